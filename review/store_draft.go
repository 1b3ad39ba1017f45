package review

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
)

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// standing is a draft with everything a decision depends on.
type standing struct {
	policy    string // the version that an approval was judged by
	draft     pipeline.Draft
	requester pipeline.Person
	revision  int64 // of the ticket now

	state       pipeline.DraftState
	kind        pipeline.DecisionKind
	claimedBy   pipeline.Agent
	claimedAt   time.Time
	decidedBy   pipeline.Agent
	decidedAt   time.Time
	decision    string
	text        string
	hash        string
	reason      string
	distance    float64
	delivery    pipeline.DeliveryState
	sentAt      time.Time
	sendAt      time.Time // not before; zero: at once
	begun       bool      // delivery has begun to send what was approved
	sentences   []pipeline.EditedSentence
	correlation string // of the event that brought the customer message
	changed     string // title of a cited document that changed, was removed or turned internal
	resolved    bool   // at the desk, after the customer wrote last
	answered    bool   // an agent's reply is the last word
}

// stale says in plain words why the draft may not be approved any more.
func (st standing) stale() string {
	switch {
	case st.state == pipeline.StateStale:
		return st.reason
	case st.resolved:
		return st.over()
	case st.draft.Revision < st.revision:
		return "The customer wrote again, or somebody replied, after this was drafted."
	case st.answered:
		return st.over()
	case st.changed != "":
		return changedSource(st.changed)
	}
	return ""
}

func changedSource(title string) string {
	return fmt.Sprintf("The cited source “%s” was changed, removed or made internal after this was drafted.", title)
}

// changedCitation is the title of the first cited document that is not what it was, or
// "a page" for one that is gone; empty when all are: a person may have put in what the
// draft does not cite.
func changedCitation(ctx context.Context, q querier, cites []pipeline.Citation) (title string, err error) {
	passages, versions := make([]string, len(cites)), make([]int, len(cites))
	for i, c := range cites {
		passages[i], versions[i] = c.Passage, c.Version
	}
	err = q.QueryRow(ctx, `
		SELECT coalesce((SELECT coalesce(ci.title, 'a page')
		                   FROM unnest($1::text[], $2::int[]) AS c (passage, version)
		                   LEFT JOIN citable ci ON ci.passage::text = c.passage
		                  WHERE ci.passage IS NULL OR ci.deleted OR ci.current_version <> c.version OR ci.audience <> 'public'
		                  LIMIT 1), '')`, passages, versions).Scan(&title)
	if err != nil {
		return "", fmt.Errorf("look up cited sources: %w", err)
	}
	return title, nil
}

// over says in plain words why the ticket asks for nothing now.
func (st standing) over() string {
	switch {
	case st.resolved:
		return "The ticket was resolved at the desk. Reopen it there if the customer still needs a reply."
	case st.answered:
		return "Somebody replied after the customer wrote last."
	}
	return ""
}

// cause stands for the event that led to the draft, so that what follows keeps
// the same correlation.
func (st standing) cause() pipeline.Event {
	e := pipeline.NewEvent(pipeline.DraftProposed, "draft/"+st.draft.ID, st.draft.Ticket, st.draft.CreatedAt, struct{}{})
	e.Correlation = cmp.Or(st.correlation, e.ID)
	return e
}

// changedSources are the citations of draft d that are not what they were: gone,
// deleted, of an older version, or no longer public.
const changedSources = `
	             FROM jsonb_path_query(d.content, '$.sentences[*].receipts[*]') AS q (r)
	             LEFT JOIN citable ci ON ci.passage = (q.r ->> 'passage')::uuid
	            WHERE ci.passage IS NULL
	               OR ci.deleted
	               OR ci.current_version <> ci.version
	               OR ci.audience <> 'public'`

const standingSQL = `
	SELECT d.content,
	       t.requester_id, t.requester_name, t.requester_email,
	       t.revision,
	       coalesce(r.state, 'open'), coalesce(r.kind, ''),
	       coalesce(c.id, ''), coalesce(c.name, ''), coalesce(c.email, ''), r.claimed_at,
	       coalesce(w.id, r.decided_by, ''), coalesce(w.name, r.decided_by, ''), coalesce(w.email, ''), r.decided_at,
	       coalesce(r.decision::text, ''), coalesce(r.text, ''), coalesce(r.hash, ''), coalesce(r.reason, ''),
	       coalesce(r.distance, 0), coalesce(r.delivery, ''), r.sent_at, r.send_at, r.begun_at IS NOT NULL, r.sentences,
	       coalesce((SELECT o.event ->> 'correlation'
	                   FROM outcomes o
	                  WHERE o.desk = d.desk AND o.ticket = d.ticket AND o.message = d.message), ''),
	       t.status = 'solved' AND coalesce(t.solved_at >= (SELECT max(m.at) FROM messages m
	                                                        WHERE m.desk = t.desk AND m.ticket = t.id AND m.role = 'customer' AND m.public), true),
	       coalesce((SELECT m.role = 'agent' FROM messages m
	                  WHERE m.desk = t.desk AND m.ticket = t.id AND m.role IN ('customer', 'agent') AND m.public
	                  ORDER BY m.at DESC, m.received_at DESC, m.id DESC LIMIT 1), false),
	       -- the first cited document that is not what it was; only asked while it matters
	       CASE WHEN coalesce(r.state, 'open') IN ('open', 'claimed', 'approved', 'returned') THEN (
	           SELECT coalesce(ci.title, q.r ->> 'title') ` + changedSources + `
	            LIMIT 1) END
	  FROM drafts d
	  JOIN tickets t ON t.desk = d.desk AND t.id = d.ticket
	  LEFT JOIN reviews r ON r.draft = d.id
	  LEFT JOIN agents c ON c.id = r.claimed_by
	  LEFT JOIN agents w ON w.id = r.decided_by
	 WHERE d.id = $1`

func readStanding(ctx context.Context, q querier, draft string) (standing, error) {
	if _, err := uuid.Parse(draft); err != nil {
		return standing{}, errNoDraft
	}
	var st standing
	var claimedAt, decidedAt, sentAt, sendAt *time.Time
	var changed *string
	err := q.QueryRow(ctx, standingSQL, draft).Scan(&st.draft,
		&st.requester.ID, &st.requester.Name, &st.requester.Email, &st.revision,
		&st.state, &st.kind,
		&st.claimedBy.ID, &st.claimedBy.Name, &st.claimedBy.Email, &claimedAt,
		&st.decidedBy.ID, &st.decidedBy.Name, &st.decidedBy.Email, &decidedAt,
		&st.decision, &st.text, &st.hash, &st.reason, &st.distance, &st.delivery, &sentAt, &sendAt, &st.begun, &st.sentences, &st.correlation, &st.resolved, &st.answered, &changed)
	if err != nil {
		return standing{}, notFound(fmt.Errorf("find draft: %w", err))
	}
	st.claimedAt, st.decidedAt, st.sentAt, st.sendAt = deref(claimedAt), deref(decidedAt), deref(sentAt), deref(sendAt)
	if changed != nil {
		st.changed = *changed
	}
	return st, nil
}

func deref(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// lockStanding reads the standing with the review locked against other
// decisions and the ticket locked against new revisions until tx ends.
func lockStanding(ctx context.Context, tx pgx.Tx, draft string) (standing, error) {
	// An unseen draft gets its row here, so that there is something to lock.
	_, err := tx.Exec(ctx, `
		INSERT INTO reviews (draft, desk, ticket, state)
		SELECT id, desk, ticket, 'open' FROM drafts WHERE id = $1
		ON CONFLICT (draft) DO NOTHING`, draft)
	if err != nil {
		return standing{}, fmt.Errorf("open review: %w", err)
	}
	// Ticket before review: tracking and every decision take them in this order.
	if _, err := tx.Exec(ctx, `
		SELECT FROM tickets t
		  JOIN drafts d ON d.desk = t.desk AND d.ticket = t.id
		 WHERE d.id = $1
		   FOR SHARE OF t`, draft); err != nil {
		return standing{}, fmt.Errorf("lock ticket: %w", err)
	}
	if _, err := tx.Exec(ctx, `SELECT FROM reviews WHERE draft = $1 FOR UPDATE`, draft); err != nil {
		return standing{}, fmt.Errorf("lock review: %w", err)
	}
	return readStanding(ctx, tx, draft)
}

// saveDecision moves the review (fenced by its state) and appends the decision.
func saveDecision(ctx context.Context, tx pgx.Tx, st standing, d pipeline.Decision, data pipeline.DecidedData, distance float64, sentences []pipeline.EditedSentence) error {
	text := ""
	if data.Reply != nil {
		text = data.Reply.Text
	}
	var sql string
	args := []any{d.Draft, string(st.state), string(data.State), d.By.ID, data.Decision}
	switch d.Kind {
	case pipeline.Claim:
		sql = `UPDATE reviews
		          SET state = $3, claimed_by = $4, claimed_at = now(), decision = $5, updated_at = now()
		        WHERE draft = $1 AND state = $2`
	case pipeline.Release:
		sql = `UPDATE reviews
		          SET state = $3, claimed_by = NULL, claimed_at = NULL, decision = $5, updated_at = now()
		        WHERE draft = $1 AND state = $2 AND $4::text <> ''`
	case pipeline.Arrived: // who approved what stays as it is; who said so is in decisions
		sql = `UPDATE reviews
		          SET state = $3, delivery = 'sent', sent_at = coalesce(decided_at, now()), decision = $5, reason = '', updated_at = now()
		        WHERE draft = $1 AND state = $2 AND $4::text <> '' AND delivery = 'asked'`
	case pipeline.Undo: // the approval stays the latest decision: should a desk have its reply all the same, that settles it
		sql = `UPDATE reviews
		          SET state = $3, delivery = 'undone', send_at = NULL, reason = '', updated_at = now()
		        WHERE draft = $1 AND state = $2 AND begun_at IS NULL AND $4::text <> '' AND $5::uuid IS NOT NULL`
	default:
		sql = `UPDATE reviews
		          SET state = $3, decided_by = $4, decided_at = now(), decision = $5, kind = $6, text = $7, hash = $8,
		              reason = $9, distance = $10, delivery = $11, send_at = $12, sentences = $13, begun_at = NULL, updated_at = now()
		        WHERE draft = $1 AND state = $2`
		delivery := ""
		if approves(d.Kind) {
			delivery = string(pipeline.DeliveryQueued)
		}
		var sendAt *time.Time
		if !data.SendAt.IsZero() {
			sendAt = &data.SendAt
		}
		args = append(args, string(d.Kind), text, data.Hash, d.Reason, distance, delivery, sendAt, sentences)
	}
	tag, err := tx.Exec(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("save review: %w", err)
	}
	if tag.RowsAffected() != 1 {
		return pipeline.Errorf(pipeline.Conflict, "The draft moved on meanwhile. Reload and look again.")
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO decisions (id, draft, kind, agent, surface, hash, text, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		data.Decision, d.Draft, string(d.Kind), d.By.ID, d.Surface, data.Hash, text, d.Reason); err != nil {
		return fmt.Errorf("append decision: %w", err)
	}
	return nil
}

// begin notes that the reply of an approval leaves now, and waits for whoever is
// taking it back. The error is pipeline.ErrUndone when it was taken back, and a
// Conflict when another decision took its place.
func begin(ctx context.Context, q querier, d pipeline.DecidedData) error {
	var began, undone bool
	err := q.QueryRow(ctx, `
		WITH began AS (
			UPDATE reviews
			   SET begun_at = coalesce(begun_at, now())
			 WHERE draft = $1
			   AND decision = $2
			   AND state = 'approved'
			RETURNING true)
		SELECT EXISTS (SELECT FROM began)`, d.Draft, d.Decision).Scan(&began)
	if err != nil {
		return fmt.Errorf("begin to send: %w", err)
	}
	if began {
		return nil
	}
	// a statement of its own: it sees what the holder of the lock committed
	if err := q.QueryRow(ctx, `SELECT EXISTS (SELECT FROM decisions WHERE draft = $1 AND kind = 'undo')`, d.Draft).Scan(&undone); err != nil {
		return fmt.Errorf("find undo: %w", err)
	}
	if undone {
		return pipeline.ErrUndone
	}
	return pipeline.Errorf(pipeline.Conflict, "Nothing was sent: another decision took the place of this approval.")
}

// Find returns a draft as people see it. The error kind is NotFound.
func (s *Service) Find(ctx context.Context, draft string) (pipeline.Review, error) {
	st, err := readStanding(ctx, s.pool, draft)
	if err != nil {
		return pipeline.Review{}, err
	}
	t, err := s.tickets.Ticket(ctx, st.draft.Ticket)
	if err != nil {
		return pipeline.Review{}, err
	}
	w, err := s.work.Find(ctx, st.draft.Ticket)
	if err != nil && pipeline.KindOf(err) != pipeline.NotFound {
		return pipeline.Review{}, err
	}
	return st.review(t, w), nil
}

// Place is where a draft stands, as far as a form needs to know before it decides.
type Place struct {
	Ticket   pipeline.TicketRef
	State    pipeline.DraftState
	Delivery pipeline.DeliveryState
	SendAt   time.Time       // of an approved reply; zero: at once
	Begun    bool            // delivery has begun to send it
	To       pipeline.Person // who gets it
}

// Undoable is pipeline.Review's.
func (p Place) Undoable() bool {
	return pipeline.Review{State: p.State, SendAt: p.SendAt, Begun: p.Begun}.Undoable()
}

// Unsure is pipeline.Review's.
func (p Place) Unsure() bool { return pipeline.Review{State: p.State, Delivery: p.Delivery}.Unsure() }

// Place reads where a draft stands, without the draft. The error kind is NotFound.
func (s *Service) Place(ctx context.Context, draft string) (Place, error) {
	if _, err := uuid.Parse(draft); err != nil {
		return Place{}, errNoDraft
	}
	var p Place
	var sendAt *time.Time
	err := s.pool.QueryRow(ctx, `
		SELECT d.desk, d.ticket, coalesce(r.state, 'open'), coalesce(r.delivery, ''), r.send_at, r.begun_at IS NOT NULL,
		       t.requester_id, t.requester_name, t.requester_email
		  FROM drafts d
		  JOIN tickets t ON t.desk = d.desk AND t.id = d.ticket
		  LEFT JOIN reviews r ON r.draft = d.id
		 WHERE d.id = $1`, draft).Scan(&p.Ticket.Desk, &p.Ticket.ID, &p.State, &p.Delivery, &sendAt, &p.Begun, &p.To.ID, &p.To.Name, &p.To.Email)
	if err != nil {
		return p, notFound(fmt.Errorf("find draft: %w", err))
	}
	p.SendAt = deref(sendAt)
	return p, nil
}

// findDraft reads a draft as it was made, which never changes.
func (s *Service) findDraft(ctx context.Context, draft string) (d pipeline.Draft, err error) {
	if _, err := uuid.Parse(draft); err != nil {
		return d, errNoDraft
	}
	if err := s.pool.QueryRow(ctx, `SELECT content FROM drafts WHERE id = $1`, draft).Scan(&d); err != nil {
		return d, notFound(fmt.Errorf("find draft: %w", err))
	}
	return d, nil
}

func (st standing) review(t pipeline.Ticket, w pipeline.Work) pipeline.Review {
	r := pipeline.Review{Draft: st.draft, Ticket: t, Work: w, State: st.state, ClaimedBy: st.claimedBy, ClaimedAt: st.claimedAt,
		DecidedBy: st.decidedBy, DecidedAt: st.decidedAt, Text: st.text, Hash: st.hash, Reason: st.reason,
		Distance: st.distance, Delivery: st.delivery, SentAt: st.sentAt, SendAt: st.sendAt, Begun: st.begun, Sentences: st.sentences}
	switch st.state {
	case pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned, pipeline.StateStale:
		r.Stale = st.stale()
	}
	if st.draft.Abstained == "" {
		r.ApproveHash = st.draft.ReplyFor(st.draft.Text(), st.requester).Hash()
	}
	return r
}

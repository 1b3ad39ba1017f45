package review

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/sergi/go-diff/diffmatchpatch"

	"footnote/pipeline"
	"footnote/review/audit"
)

// The longest reply that may be approved, and the longest reason or note that is
// kept with a decision, in runes. What is longer is refused, never cut.
const (
	maxReply  = 20_000
	maxReason = 5_000
)

func tooLong(text string) error {
	if n := utf8.RuneCountInString(text); n > maxReply {
		return pipeline.Errorf(pipeline.Invalid, "The reply has %d characters; the limit is %d. Shorten it; nothing was cut or sent.", n, maxReply)
	}
	return nil
}

// from lists the states each kind of decision may start in, and to is where it
// leads. The machine is drawn in package pipeline.
var (
	from = map[pipeline.DecisionKind][]pipeline.DraftState{
		pipeline.Claim:   {pipeline.StateOpen, pipeline.StateReturned},
		pipeline.Release: {pipeline.StateClaimed},
		pipeline.Approve: {pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned},
		// also after no to the draft: the customer still waits for a reply
		pipeline.Edit:   {pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned, pipeline.StateRejected, pipeline.StateHandedOff},
		pipeline.Reject: {pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned},
		// also on to somebody else
		pipeline.HandOff: {pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned, pipeline.StateHandedOff},
		pipeline.Redraft: {pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned, pipeline.StateStale, pipeline.StateRejected, pipeline.StateHandedOff},
		pipeline.Arrived: {pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned},
		pipeline.Undo:    {pipeline.StateApproved},
	}
	to = map[pipeline.DecisionKind]pipeline.DraftState{
		pipeline.Claim:   pipeline.StateClaimed,
		pipeline.Release: pipeline.StateOpen,
		pipeline.Approve: pipeline.StateApproved,
		pipeline.Edit:    pipeline.StateApproved,
		pipeline.Reject:  pipeline.StateRejected,
		pipeline.HandOff: pipeline.StateHandedOff,
		pipeline.Redraft: pipeline.StateSuperseded,
		pipeline.Arrived: pipeline.StateSent,
		pipeline.Undo:    pipeline.StateReturned,
	}
)

// Decide carries out one person's decision about one draft. It is the only way
// a person changes a draft's state; console, Slack and the demo all call it.
//
// Errors: NotFound (no such draft), Invalid (empty or oversized text, an edit
// that a guard blocks, approving an abstention), Denied (nobody named), Conflict
// (somebody else holds or decided it, the draft is stale, or the hash is not
// that of the reply as it would be sent; the sentence says who and when).
// A repeated decision by the same person with the same effect is not an error.
func (s *Service) Decide(ctx context.Context, d pipeline.Decision) (pipeline.Decided, error) {
	if err := valid(d); err != nil {
		return pipeline.Decided{}, err
	}
	var edited pipeline.Edited
	if d.Kind == pipeline.Edit {
		var err error
		if edited, err = s.guardEdit(ctx, d); err != nil {
			return pipeline.Decided{}, err
		}
	}
	if d.Kind == pipeline.HandOff {
		var err error
		if d, err = s.addressed(ctx, d); err != nil {
			return pipeline.Decided{}, err
		}
	}
	version := ""
	if approves(d.Kind) && s.policy != nil {
		var err error
		if version, err = s.judged(ctx, d); err != nil {
			return pipeline.Decided{}, err
		}
	}
	var out pipeline.Decided
	var refused error // committed with the transaction: the draft turned out to be stale
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		st, err := lockStanding(ctx, tx, d.Draft)
		if err != nil {
			return err
		}
		st.policy = version
		if done, ok := repeated(st, d); ok {
			out = done
			return nil
		}
		if err := st.permits(d); err != nil {
			return err
		}
		if stale := st.stale(); stale != "" && approves(d.Kind) {
			refused = pipeline.Errorf(pipeline.Conflict, "Not sent: %s", stale)
			return s.void(ctx, tx, st, stale)
		}
		if why := st.over(); why != "" && (d.Kind == pipeline.Redraft || d.Kind == pipeline.Claim) {
			return pipeline.Errorf(pipeline.Conflict, "%s", why)
		}
		if out, err = s.apply(ctx, tx, st, d, edited); err != nil {
			return err
		}
		return s.work.Refresh(ctx, tx, st.draft.Ticket)
	})
	if err == nil {
		err = refused
	}
	s.Wake()
	return out, err
}

func approves(k pipeline.DecisionKind) bool { return k == pipeline.Approve || k == pipeline.Edit }

func valid(d pipeline.Decision) error {
	if _, err := uuid.Parse(d.Draft); err != nil {
		return pipeline.Errorf(pipeline.NotFound, "There is no such draft.")
	}
	if _, ok := to[d.Kind]; !ok {
		return pipeline.Errorf(pipeline.Invalid, "There is no decision %q.", d.Kind)
	}
	if d.By.ID == "" {
		return pipeline.Errorf(pipeline.Denied, "Sign in first: a decision needs a name.")
	}
	if err := tooLong(d.Text); err != nil {
		return err
	}
	switch n := utf8.RuneCountInString(d.Reason); {
	case d.Kind == pipeline.Edit && strings.TrimSpace(d.Text) == "":
		return pipeline.Errorf(pipeline.Invalid, "The reply is empty. Write it, or reject the draft.")
	case n > maxReason:
		return pipeline.Errorf(pipeline.Invalid, "The reason or note has %d characters; the limit is %d. Shorten it; nothing was cut or done.", n, maxReason)
	case !utf8.ValidString(d.Text) || strings.ContainsRune(d.Text, 0):
		return pipeline.Errorf(pipeline.Invalid, "The reply holds characters that cannot be sent (broken UTF-8 or NUL). Paste it as plain text.")
	case d.Kind == pipeline.Reject && strings.TrimSpace(d.Reason) == "":
		return pipeline.Errorf(pipeline.Invalid, "Say why the draft is rejected: it is what drafts are improved by.")
	case d.Kind == pipeline.Approve && d.Hash == "":
		return pipeline.Errorf(pipeline.Invalid, "The approval names no text. Reload the draft and approve what you see.")
	}
	return nil
}

// guardEdit refuses an edited text that a guard blocks, and says what its sentences
// rest on.
func (s *Service) guardEdit(ctx context.Context, d pipeline.Decision) (pipeline.Edited, error) {
	edited, err := s.Reread(ctx, d.Draft, d.Text, d.Put)
	if err != nil {
		return edited, err
	}
	var blocked []string
	for _, f := range edited.Findings {
		if f.Severity == pipeline.Block {
			blocked = append(blocked, f.Detail)
		}
	}
	if len(blocked) > 0 {
		return edited, pipeline.Errorf(pipeline.Invalid, "Not sent: %s", strings.Join(blocked, " "))
	}
	return edited, nil
}

// judged returns the version of the policy that a reply was judged by. The error kind
// is Invalid for one that it forbids, Denied for one that somebody else may approve.
func (s *Service) judged(ctx context.Context, d pipeline.Decision) (string, error) {
	draft, err := s.findDraft(ctx, d.Draft)
	if err != nil {
		return "", err
	}
	t, err := s.tickets.Ticket(ctx, draft.Ticket)
	if err != nil {
		return "", err
	}
	words := d.Text
	if d.Kind == pipeline.Approve {
		if words = draft.Text(); draft.Abstained != "" {
			return "", nil // nothing to approve; said later
		}
	}
	version, found := s.policy.Judge(ctx, draft, t.Queue, words)
	manages := d.By.Role == "manager" || d.By.Role == "admin"
	for _, f := range found {
		switch {
		case f.Severity == pipeline.Block:
			return "", pipeline.Errorf(pipeline.Invalid, "Not sent: %s", f.Detail)
		case f.By != "" && f.By != d.By.Role && !manages:
			return "", pipeline.Errorf(pipeline.Denied, "Not sent: %s Hand the ticket to a manager, or take it out of the reply.", f.Detail)
		}
	}
	return version, nil
}

// Reread runs the guards over a text that would be sent instead of the draft's,
// sentence by sentence. put names passages that the person put in. The error kind is
// Invalid for a text that is too long to be sent.
func (s *Service) Reread(ctx context.Context, draft, text string, put []string) (pipeline.Edited, error) {
	if err := tooLong(text); err != nil || s.checker == nil {
		return pipeline.Edited{}, err
	}
	d, err := s.findDraft(ctx, draft)
	if err != nil {
		return pipeline.Edited{}, err
	}
	return s.checker.CheckEdit(ctx, d, clean(text), put[:min(len(put), maxPut)])
}

// maxPut is how many passages one person may put into a reply.
const maxPut = 20

// Check is Reread for surfaces that show findings only.
func (s *Service) Check(ctx context.Context, draft, text string) ([]pipeline.Finding, error) {
	edited, err := s.Reread(ctx, draft, text, nil)
	return edited.Findings, err
}

// repeated recognises the same decision made twice: a double click, a retried
// form or a redelivered press.
func repeated(st standing, d pipeline.Decision) (pipeline.Decided, bool) {
	same := false
	switch d.Kind {
	case pipeline.Claim:
		same = st.state == pipeline.StateClaimed && st.claimedBy.ID == d.By.ID
	case pipeline.Release:
		same = st.state == pipeline.StateOpen
	case pipeline.Approve:
		same = (st.state == pipeline.StateApproved || st.state == pipeline.StateSent) && st.decidedBy.ID == d.By.ID && st.hash == d.Hash
	case pipeline.Edit:
		same = (st.state == pipeline.StateApproved || st.state == pipeline.StateSent) && st.decidedBy.ID == d.By.ID && st.text == clean(d.Text)
	case pipeline.Arrived:
		same = st.state == pipeline.StateSent
	case pipeline.Undo:
		same = st.state == pipeline.StateReturned && st.delivery == pipeline.DeliveryUndone
	default:
		same = st.state == to[d.Kind] && st.decidedBy.ID == d.By.ID && st.kind == d.Kind && (d.Kind != pipeline.HandOff || st.reason == d.Reason)
	}
	if !same {
		return pipeline.Decided{}, false
	}
	return pipeline.Decided{ID: st.decision, Draft: d.Draft, State: st.state, By: d.By, At: st.decidedAt, Distance: st.distance}, true
}

// permits checks the state machine, the claim, and what the person saw.
func (st standing) permits(d pipeline.Decision) error {
	if d.Seen != "" && d.Seen != st.state && !(d.Seen == pipeline.StateOpen && st.state == pipeline.StateClaimed && st.claimedBy.ID == d.By.ID) {
		return st.conflict()
	}
	allowed := false
	for _, f := range from[d.Kind] {
		allowed = allowed || f == st.state
	}
	if d.Kind == pipeline.Undo {
		return st.undoable(d.By)
	}
	if !allowed {
		return st.conflict()
	}
	if st.state == pipeline.StateClaimed && st.claimedBy.ID != d.By.ID {
		if d.Kind != pipeline.Release || (d.By.Role != "manager" && d.By.Role != "admin") {
			return st.conflict()
		}
	}
	if d.Kind == pipeline.Arrived && st.delivery != pipeline.DeliveryAsked {
		return pipeline.Errorf(pipeline.Conflict, "There is no reply of which it is not known whether it arrived. Reload and look again.")
	}
	if st.draft.Abstained != "" && d.Kind == pipeline.Approve {
		return pipeline.Errorf(pipeline.Invalid, "There is no draft to approve: Footnote abstained. Write the reply yourself, or ask for a redraft with a hint.")
	}
	if d.Kind == pipeline.Approve {
		if want := st.draft.ReplyFor(st.draft.Text(), st.requester).Hash(); d.Hash != want {
			return pipeline.Errorf(pipeline.Conflict, "What you approved is not what would be sent now. Reload the draft and look again.")
		}
	}
	return nil
}

// undoable says why an approval cannot be taken back any more, or not by this person.
// That nothing has left is certain: Fresh notes the beginning under the same lock.
func (st standing) undoable(by pipeline.Agent) error {
	switch {
	case st.state == pipeline.StateSent:
		return pipeline.Errorf(pipeline.Conflict, "Too late to undo: the reply was sent.")
	case st.state != pipeline.StateApproved:
		return pipeline.Errorf(pipeline.Conflict, "There is no reply on its way that could be taken back. Reload and look again.")
	case st.begun:
		return pipeline.Errorf(pipeline.Conflict, "Too late to undo: the reply is being sent.")
	case st.decidedBy.ID != by.ID && by.Role != "manager" && by.Role != "admin":
		return pipeline.Errorf(pipeline.Conflict, "%s approved this; only they or a manager can take it back.", st.decidedBy.Name)
	}
	return nil
}

// conflict says who did what and when, for the person who came second.
func (st standing) conflict() error {
	who, when := st.decidedBy.Name, st.decidedAt
	if st.state == pipeline.StateClaimed {
		who, when = st.claimedBy.Name, st.claimedAt
	}
	if who == "" {
		who = "Footnote"
	}
	at := when.UTC().Format("15:04:05 UTC on 2 Jan")
	switch st.state {
	case pipeline.StateOpen:
		return pipeline.Errorf(pipeline.Conflict, "The draft is open again. Reload and decide.")
	case pipeline.StateClaimed:
		return pipeline.Errorf(pipeline.Conflict, "%s claimed this draft at %s.", who, at)
	case pipeline.StateApproved:
		return pipeline.Errorf(pipeline.Conflict, "%s already approved this at %s; it is on its way.", who, at)
	case pipeline.StateSent:
		return pipeline.Errorf(pipeline.Conflict, "%s already sent a reply at %s.", who, at)
	case pipeline.StateRejected:
		return pipeline.Errorf(pipeline.Conflict, "%s rejected this draft at %s.", who, at)
	case pipeline.StateHandedOff:
		return pipeline.Errorf(pipeline.Conflict, "%s handed this off at %s.", who, at)
	case pipeline.StateSuperseded:
		return pipeline.Errorf(pipeline.Conflict, "A newer version of this draft exists. Open the ticket to see it.")
	case pipeline.StateStale:
		return pipeline.Errorf(pipeline.Conflict, "This draft is out of date: %s", st.reason)
	default:
		return pipeline.Errorf(pipeline.Conflict, "This draft came back: %s", st.reason)
	}
}

func clean(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
}

// apply writes everything one decision changes, within tx.
func (s *Service) apply(ctx context.Context, tx pgx.Tx, st standing, d pipeline.Decision, edited pipeline.Edited) (pipeline.Decided, error) {
	id := uuid.NewString()
	out := pipeline.Decided{ID: id, Draft: d.Draft, State: to[d.Kind], By: d.By}
	data := pipeline.DecidedData{Decision: id, Draft: d.Draft, Kind: d.Kind, State: out.State, By: d.By, Surface: d.Surface,
		Reason: d.Reason, Revision: st.draft.Revision, Message: st.draft.Message}
	if approves(d.Kind) {
		text, cites := st.draft.Text(), st.draft
		if d.Kind == pipeline.Edit {
			text = clean(d.Text)
		}
		if len(edited.Sentences) > 0 {
			cites = edited.Draft(st.draft)
		}
		reply := cites.ReplyFor(text, st.requester)
		data.Reply, data.Hash = &reply, reply.Hash()
		out.Distance = Distance(st.draft.Text(), text)
	}
	if d.Kind == pipeline.Arrived {
		data.Hash, out.Distance = st.hash, st.distance
	}
	if d.Kind == pipeline.Undo {
		data.Undoes, data.Hash = st.decision, st.hash
	}
	if err := tx.QueryRow(ctx, `SELECT now()`).Scan(&out.At); err != nil {
		return out, fmt.Errorf("read clock: %w", err)
	}
	if approves(d.Kind) && s.undoFor > 0 && d.Surface != pipeline.SurfaceDemo {
		data.SendAt = out.At.Add(s.undoFor)
	}
	if err := saveDecision(ctx, tx, st, d, data, out.Distance, edited.Sentences); err != nil {
		return out, err
	}
	if d.Kind == pipeline.HandOff {
		if err := saveHandOff(ctx, tx, st.draft.Ticket, st.draft.Message, d); err != nil {
			return out, err
		}
	}
	rows, err := s.span(ctx, tx, d, st)
	if err != nil {
		return out, err
	}
	if err := audit.Append(ctx, tx, audit.Entry{Actor: d.By.ID, Action: "draft." + string(d.Kind), Object: "draft/" + d.Draft,
		Detail: map[string]string{"decision": id, "hash": data.Hash, "surface": d.Surface, "reason": d.Reason, "policy": st.policy}, Rows: append(rows, audit.Ref{Table: "decisions", Key: id})}); err != nil {
		return out, err
	}
	typ := pipeline.DraftDecided
	if d.Kind == pipeline.Claim || d.Kind == pipeline.Release {
		typ = pipeline.DraftClaimed
	}
	e := st.cause().Follow(typ, "decision/"+id, out.At, data)
	if err := enqueue(ctx, tx, e); err != nil {
		return out, err
	}
	if d.Kind == pipeline.Redraft {
		return out, s.requestRedraft(ctx, tx, st, d, e)
	}
	return out, nil
}

// span starts, touches or ends the agent's span as the decision says, and returns
// what it ended.
func (s *Service) span(ctx context.Context, tx pgx.Tx, d pipeline.Decision, st standing) ([]audit.Ref, error) {
	ref := st.draft.Ticket
	switch d.Kind {
	case pipeline.Approve, pipeline.Edit:
		return s.endSpan(ctx, tx, ref, d.By, d.Surface, "reply")
	case pipeline.Release:
		if st.claimedBy.ID != d.By.ID { // a manager took it from whoever worked on it
			return s.releaseSpan(ctx, tx, ref, st.claimedBy.ID)
		}
		fallthrough
	case pipeline.Reject, pipeline.HandOff, pipeline.Arrived:
		return s.endSpan(ctx, tx, ref, d.By, d.Surface, string(d.Kind))
	}
	return nil, s.touch(ctx, tx, ref, d.By, d.Surface)
}

// requestRedraft asks for the next version with what is read of the thread, as it is now.
func (s *Service) requestRedraft(ctx context.Context, tx pgx.Tx, st standing, d pipeline.Decision, cause pipeline.Event) error {
	t, err := s.tickets.TicketIn(ctx, tx, st.draft.Ticket)
	if err != nil {
		return err
	}
	m, ok := t.LastCustomerMessage()
	if !ok {
		return pipeline.Errorf(pipeline.Invalid, "There is no customer message to answer.")
	}
	if st.draft.Revision == st.revision { // only thanks came after it, if anything
		m.ID = st.draft.Message
	}
	version := 1
	if err := tx.QueryRow(ctx, `
		SELECT coalesce(max(version), 0) + 1 FROM drafts WHERE desk = $1 AND ticket = $2 AND message = $3`,
		t.Desk, t.ID, m.ID).Scan(&version); err != nil {
		return fmt.Errorf("count versions: %w", err)
	}
	keep := ""
	switch st.state {
	case pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned: // nobody said no to it
		if st.draft.Message == m.ID && st.draft.Abstained == "" && st.stale() == "" {
			keep = st.draft.ID
		}
	}
	id := fmt.Sprintf("draft/%s/%s/%d", t.TicketRef, m.ID, version)
	return enqueue(ctx, tx, cause.Follow(pipeline.DraftRequested, id, time.Now(),
		pipeline.Requested{Ticket: t.ForDraft(m.ID), Message: m.ID, Version: version, Hint: d.Reason, By: d.By.ID, Keep: keep}))
}

// Distance is the Levenshtein distance between two texts over the longer
// length, both in runes: 0 for equal texts, at most 1.
func Distance(a, b string) float64 {
	if a == b {
		return 0
	}
	dmp := diffmatchpatch.New()
	diffs := dmp.DiffMain(a, b, false)
	longest := max(utf8.RuneCountInString(a), utf8.RuneCountInString(b))
	return min(1, float64(dmp.DiffLevenshtein(diffs))/float64(longest))
}

// Fresh tells whether an approved reply may still be sent: nobody took it back, the
// ticket has not moved on and every cited passage is still current and public.
// Delivery asks right before it sends; once the answer was yes, nobody can take the
// reply back any more. The error is pipeline.ErrUndone, or its kind is Conflict and
// its sentence says why.
func (s *Service) Fresh(ctx context.Context, e pipeline.Event) error {
	d, err := pipeline.Decode[pipeline.DecidedData](e)
	if err != nil {
		return err
	}
	st, err := readStanding(ctx, s.pool, d.Draft)
	if err != nil {
		return err
	}
	if why := st.stale(); why != "" {
		return pipeline.Errorf(pipeline.Conflict, "%s", why)
	}
	if d.Reply != nil {
		changed, err := changedCitation(ctx, s.pool, d.Reply.Citations)
		if err != nil {
			return err
		}
		if changed != "" {
			return pipeline.Errorf(pipeline.Conflict, "%s", changedSource(changed))
		}
	}
	return begin(ctx, s.pool, d)
}

var errNoDraft = pipeline.Errorf(pipeline.NotFound, "There is no such draft.")

func notFound(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return errNoDraft
	}
	return err
}

package review

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
	"footnote/pipeline/tracking"
	"footnote/review/audit"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrations.ApplyDSN)) }

type recorder struct {
	mu     sync.Mutex
	events []pipeline.Event
}

func (r *recorder) Publish(_ context.Context, e pipeline.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.ContainsFunc(r.events, func(x pipeline.Event) bool { return x.ID == e.ID }) {
		r.events = append(r.events, e)
	}
	return nil
}

// threads stands in for tracking: one ticket with one customer message.
type threads struct{}

func (threads) Ticket(_ context.Context, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	return pipeline.Ticket{TicketRef: ref, Messages: []pipeline.Message{{ID: "m1", Role: pipeline.RoleCustomer, Public: true, Text: "How?"}}}, nil
}

func (t threads) TicketIn(ctx context.Context, _ pgx.Tx, ref pipeline.TicketRef) (pipeline.Ticket, error) {
	return t.Ticket(ctx, ref)
}

// banned blocks texts that hold a word.
type banned string

func (b banned) CheckEdit(_ context.Context, d pipeline.Draft, text string, put []string) (e pipeline.Edited, err error) {
	if strings.Contains(text, string(b)) {
		e.Findings = []pipeline.Finding{{Check: "link", Severity: pipeline.Block, Sentence: -1, Detail: "The link is not in a cited source."}}
	}
	for _, s := range d.Sentences { // what stands is kept
		if strings.Contains(text, strings.TrimRight(s.Text, ".")) {
			e.Sentences = append(e.Sentences, pipeline.EditedSentence{Sentence: s, State: pipeline.EditKept})
		}
	}
	for i, p := range put {
		e.Sentences = append(e.Sentences, pipeline.EditedSentence{Sentence: pipeline.Sentence{Text: text, Receipts: []pipeline.Receipt{{Number: 2 + i, Passage: p, Version: 1}}}, State: pipeline.EditProven})
	}
	if len(e.Sentences) == 0 {
		e.Sentences = []pipeline.EditedSentence{{Sentence: pipeline.Sentence{Text: text}, State: pipeline.EditUnproven}}
	}
	return e, nil
}

var (
	ana = pipeline.Agent{ID: "ana", Name: "Ana", Email: "ana@example.com", Role: "agent"}
	ben = pipeline.Agent{ID: "ben", Name: "Ben", Email: "ben@example.com", Role: "agent"}
	may = pipeline.Agent{ID: "max", Name: "Max", Email: "max@example.com", Role: "manager"}
	ref = pipeline.TicketRef{Desk: "sandbox", ID: "1"}
)

const passage = "0198d9c0-0000-7000-8000-0000000000aa"

type world struct {
	*Service
	pool  *pgxpool.Pool
	bus   *recorder
	draft pipeline.Draft
}

// setup makes a ticket at revision 1 with one message, one cited passage and
// one open draft.
func setup(t *testing.T) *world {
	t.Helper()
	w := &world{pool: pgtest.New(t), bus: &recorder{}}
	w.Service = New(Config{Pool: w.pool, Publisher: w.bus, Tickets: threads{}, Checker: banned("evil.example")})
	w.exec(t, `INSERT INTO tickets (desk, id, subject, requester_name, requester_email, revision, created_at, status_at) VALUES ('sandbox', '1', 'Help', 'Cy', 'cy@example.com', 1, now(), now())`)
	w.exec(t, `INSERT INTO messages (desk, ticket, id, role, text, public, at, revision) VALUES ('sandbox', '1', 'm1', 'customer', 'How?', true, now(), 1)`)
	w.exec(t, `INSERT INTO outcomes (desk, ticket, message, kind) VALUES ('sandbox', '1', 'm1', 'proposed')`)
	w.exec(t, `INSERT INTO sources (name, kind, location) VALUES ('help', 'folder', '/help')`)
	w.exec(t, `INSERT INTO documents (id, source, path, version, title, audience, hash, raw_hash, bytes) VALUES ('help/a', 'help', 'a', 1, 'Cancelling', 'public', 'h', 'h', 1)`)
	w.exec(t, `INSERT INTO document_versions (document, version, title, text, hash) VALUES ('help/a', 1, 'Cancelling', 'Press Cancel.', 'h')`)
	w.exec(t, `INSERT INTO passages (id, document, version, ordinal, text, start_at, end_at, hash, terms) VALUES ($1, 'help/a', 1, 0, 'Press Cancel.', 0, 13, 'h', '{}')`, passage)
	for _, a := range []pipeline.Agent{ana, ben, may} {
		w.exec(t, `INSERT INTO agents (id, name, email, role) VALUES ($1, $2, $3, $4)`, a.ID, a.Name, a.Email, a.Role)
	}
	w.draft = w.save(t, 1, "")
	return w
}

func (w *world) save(t *testing.T, version int, abstained string) pipeline.Draft {
	t.Helper()
	d := pipeline.Draft{ID: uuid.NewString(), Ticket: ref, Message: "m1", Revision: 1, Version: version, Abstained: abstained, Drafter: "extractive", CreatedAt: time.Now()}
	if abstained == "" {
		d.Sentences = []pipeline.Sentence{{Text: "Press Cancel.", Receipts: []pipeline.Receipt{{Number: 1, Passage: passage, Document: "help/a", Version: 1, Quote: "Press Cancel.", End: 13, Title: "Cancelling", Audience: pipeline.Public}}}}
	}
	w.exec(t, `INSERT INTO drafts (id, desk, ticket, message, revision, version, content, abstained, drafter) VALUES ($1, 'sandbox', '1', 'm1', 1, $2, $3, $4, 'extractive')`, d.ID, version, d, abstained)
	return d
}

func (w *world) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := w.pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func (w *world) find(t *testing.T) pipeline.Review {
	t.Helper()
	r, err := w.Find(t.Context(), w.draft.ID)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *world) decide(t *testing.T, d pipeline.Decision) (pipeline.Decided, error) {
	t.Helper()
	if d.Draft == "" {
		d.Draft = w.draft.ID
	}
	return w.Decide(t.Context(), d)
}

func (w *world) must(t *testing.T, d pipeline.Decision) pipeline.Decided {
	t.Helper()
	out, err := w.decide(t, d)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// published drains the outbox and returns events of a type.
func (w *world) published(t *testing.T, typ pipeline.EventType) []pipeline.Event {
	t.Helper()
	for {
		n, err := w.publishBatch(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	var out []pipeline.Event
	for _, e := range w.bus.events {
		if e.Type == typ {
			out = append(out, e)
		}
	}
	return out
}

func wantKind(t *testing.T, err error, kind pipeline.Kind, says string) {
	t.Helper()
	if err == nil || pipeline.KindOf(err) != kind || !strings.Contains(err.Error(), says) {
		t.Fatalf("error %v (%v), want %v saying %q", err, pipeline.KindOf(err), kind, says)
	}
}

func TestApproveBindsTheExactReply(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.must(t, pipeline.Decision{Kind: pipeline.Claim, By: ana, Surface: "console"})
	seen := w.find(t)
	w.must(t, pipeline.Decision{Kind: pipeline.Approve, By: ana, Hash: seen.ApproveHash, Seen: pipeline.StateClaimed, Surface: "console"})
	events := w.published(t, pipeline.DraftDecided)
	if len(events) != 1 {
		t.Fatalf("%d draft.decided, want 1", len(events))
	}
	d, err := pipeline.Decode[pipeline.DecidedData](events[0])
	if err != nil || d.Reply == nil || d.Reply.Hash() != d.Hash || d.Hash != seen.ApproveHash || d.Reply.Text != "Press Cancel." || d.Reply.Recipient.Email != "cy@example.com" {
		t.Fatalf("decided %+v, %v", d, err)
	}
	if r := w.find(t); r.State != pipeline.StateApproved || r.DecidedBy.Name != "Ana" || r.Delivery != pipeline.DeliveryQueued {
		t.Fatalf("review %+v", r)
	}
	if n, _, err := audit.Verify(t.Context(), w.pool); err != nil || n != 2 {
		t.Fatalf("audit %d rows, %v", n, err)
	}
	var spans, ms int
	if err := w.pool.QueryRow(t.Context(), `SELECT count(*), sum(active_ms) FROM spans WHERE ended_by = 'reply'`).Scan(&spans, &ms); err != nil || spans != 1 || ms < 0 {
		t.Fatalf("%d spans of %d ms, %v", spans, ms, err)
	}
}

func TestWrongHashApprovesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.decide(t, pipeline.Decision{Kind: pipeline.Approve, By: ana, Hash: "beef"})
	wantKind(t, err, pipeline.Conflict, "not what would be sent")
	w.exec(t, `UPDATE tickets SET requester_email = 'other@example.com'`) // the recipient is bound too
	hash := w.draft.ReplyFor(w.draft.Text(), pipeline.Person{Name: "Cy", Email: "cy@example.com"}).Hash()
	_, err = w.decide(t, pipeline.Decision{Kind: pipeline.Approve, By: ana, Hash: hash})
	wantKind(t, err, pipeline.Conflict, "not what would be sent")
	if n := len(w.published(t, pipeline.DraftDecided)); n != 0 {
		t.Fatalf("%d decided events", n)
	}
}

func TestFiftyAtOnceOneDecides(t *testing.T) {
	t.Parallel()
	w := setup(t)
	hash := w.find(t).ApproveHash
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for i := range 50 {
		by := pipeline.Agent{ID: fmt.Sprint("a", i), Name: fmt.Sprint("Agent ", i)}
		wg.Go(func() {
			_, err := w.Decide(t.Context(), pipeline.Decision{Draft: w.draft.ID, Kind: pipeline.Approve, By: by, Hash: hash})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if pipeline.KindOf(err) != pipeline.Conflict {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 || len(w.published(t, pipeline.DraftDecided)) != 1 {
		t.Fatalf("%d won, want 1", won)
	}
	if n, _, err := audit.Verify(t.Context(), w.pool); err != nil || n != 1 {
		t.Fatalf("audit %d rows, %v", n, err)
	}
}

func TestSecondComerIsToldWhoAndWhen(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.must(t, pipeline.Decision{Kind: pipeline.Claim, By: ana})
	for _, kind := range []pipeline.DecisionKind{pipeline.Claim, pipeline.Edit, pipeline.Reject, pipeline.HandOff, pipeline.Redraft, pipeline.Release} {
		_, err := w.decide(t, pipeline.Decision{Kind: kind, By: ben, Text: "x", Reason: "r"})
		wantKind(t, err, pipeline.Conflict, "Ana claimed this draft at")
	}
	w.must(t, pipeline.Decision{Kind: pipeline.Claim, By: ana}) // again: the same effect
	w.must(t, pipeline.Decision{Kind: pipeline.Release, By: may})
	w.must(t, pipeline.Decision{Kind: pipeline.Claim, By: ben})
}

func TestEditIsCheckedAndMeasured(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.decide(t, pipeline.Decision{Kind: pipeline.Edit, By: ana, Text: "See https://evil.example"})
	wantKind(t, err, pipeline.Invalid, "not in a cited source")
	_, err = w.decide(t, pipeline.Decision{Kind: pipeline.Edit, By: ana, Text: " \n"})
	wantKind(t, err, pipeline.Invalid, "empty")
	out := w.must(t, pipeline.Decision{Kind: pipeline.Edit, By: ana, Text: "Press Cancel!\r\nThanks"})
	if out.Distance < 0.2 || out.Distance > 0.6 {
		t.Fatalf("distance %v", out.Distance)
	}
	d, err := pipeline.Decode[pipeline.DecidedData](w.published(t, pipeline.DraftDecided)[0])
	if err != nil || d.Reply.Text != "Press Cancel!\nThanks" || len(d.Reply.Citations) != 1 {
		t.Fatalf("%+v, %v", d.Reply, err)
	}
}

func TestNothingStaleIsApproved(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ change, says string }{
		"customer wrote again":     {`UPDATE tickets SET revision = 2`, "wrote again"},
		"source has a new version": {`UPDATE documents SET version = 2`, "“Cancelling” was changed"},
		"source turned internal":   {`UPDATE documents SET audience = 'internal'`, "“Cancelling” was changed"},
		"source was deleted":       {`UPDATE documents SET deleted_at = now()`, "“Cancelling” was changed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			hash := w.find(t).ApproveHash
			w.exec(t, tc.change)
			_, err := w.decide(t, pipeline.Decision{Kind: pipeline.Approve, By: ana, Hash: hash})
			wantKind(t, err, pipeline.Conflict, tc.says)
			if r := w.find(t); r.State != pipeline.StateStale || !strings.Contains(r.Stale, tc.says) {
				t.Fatalf("review %s: %s", r.State, r.Stale)
			}
			if len(w.published(t, pipeline.DraftVoided)) != 1 || len(w.published(t, pipeline.DraftDecided)) != 0 {
				t.Fatal("want one draft.voided and no draft.decided")
			}
			w.must(t, pipeline.Decision{Kind: pipeline.Redraft, By: ana, Reason: "use the new page"})
			reqs := w.published(t, pipeline.DraftRequested)
			if len(reqs) != 1 {
				t.Fatalf("%d redraft requests", len(reqs))
			}
			if q, err := pipeline.Decode[pipeline.Requested](reqs[0]); err != nil || q.Version != 2 || q.Hint != "use the new page" {
				t.Fatalf("%+v, %v", q, err)
			}
		})
	}
}

func TestFreshAsksAgainBeforeSending(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.must(t, pipeline.Decision{Kind: pipeline.Approve, By: ana, Hash: w.find(t).ApproveHash})
	e := w.published(t, pipeline.DraftDecided)[0]
	if err := w.Fresh(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	w.exec(t, `UPDATE documents SET audience = 'internal'`)
	wantKind(t, w.Fresh(t.Context(), e), pipeline.Conflict, "made internal")
}

func TestEventsVoidAndSupersede(t *testing.T) {
	t.Parallel()
	w := setup(t)
	proposed := func(d pipeline.Draft) pipeline.Event {
		return pipeline.NewEvent(pipeline.DraftProposed, "p/"+d.ID, ref, time.Now(), pipeline.Proposed{Draft: d.ID, Message: "m1", Revision: 1, Version: d.Version})
	}
	second := w.save(t, 2, "")
	for _, e := range []pipeline.Event{proposed(second), proposed(w.draft), proposed(second)} {
		if err := w.Handle(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if r := w.find(t); r.State != pipeline.StateSuperseded {
		t.Fatalf("first version is %s", r.State)
	}
	w.exec(t, `UPDATE tickets SET revision = 2`)
	updated := pipeline.NewEvent(pipeline.TicketUpdated, "u", ref, time.Now(), pipeline.Updated{Revision: 2, Cause: "customer_message"})
	if err := w.Handle(t.Context(), updated); err != nil {
		t.Fatal(err)
	}
	w.draft = second
	if r := w.find(t); r.State != pipeline.StateStale {
		t.Fatalf("second version is %s", r.State)
	}
}

func TestDeliverySettlesOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	out := w.must(t, pipeline.Decision{Kind: pipeline.Approve, By: ana, Hash: w.find(t).ApproveHash})
	ev := func(typ pipeline.EventType, state pipeline.DeliveryState) pipeline.Event {
		return pipeline.NewEvent(typ, string(state), ref, time.Now(), pipeline.Delivered{Draft: w.draft.ID, Decision: out.ID, State: state, Reason: "the desk refused", At: time.Now(), By: ana})
	}
	steps := []struct {
		e    pipeline.Event
		want pipeline.DraftState
	}{
		{ev(pipeline.ReplyReturned, pipeline.DeliveryUnknown), pipeline.StateReturned},
		{ev(pipeline.ReplyDelivered, pipeline.DeliverySent), pipeline.StateSent}, // found after all
		{ev(pipeline.ReplyReturned, pipeline.DeliveryUnknown), pipeline.StateSent},
		{ev(pipeline.ReplyDelivered, pipeline.DeliverySent), pipeline.StateSent},
	}
	for i, s := range steps {
		if err := w.Handle(t.Context(), s.e); err != nil {
			t.Fatal(err)
		}
		if r := w.find(t); r.State != s.want {
			t.Fatalf("step %d: %s, want %s", i, r.State, s.want)
		}
	}
	if n, _, err := audit.Verify(t.Context(), w.pool); err != nil || n != 3 {
		t.Fatalf("audit %d rows, %v: want approve, returned, sent", n, err)
	}
}

// TestTooLongIsRefusedWhole: what is too long is refused with its true length, and
// a long note is kept as it was written.
// TestArrived: a person who was asked says that the reply arrived. Nobody can say so
// of a reply that is not in question.
func TestArrived(t *testing.T) {
	t.Parallel()
	w := setup(t)
	says := func(by pipeline.Agent) error {
		_, err := w.Decide(t.Context(), pipeline.Decision{Draft: w.draft.ID, Kind: pipeline.Arrived, By: by, Surface: "console"})
		return err
	}
	if err := says(ana); pipeline.KindOf(err) != pipeline.Conflict || err == nil {
		t.Errorf("of an open draft: %v", err)
	}
	out := w.must(t, pipeline.Decision{Kind: pipeline.Approve, By: ana, Hash: w.find(t).ApproveHash})
	was := w.find(t)
	if err := says(ben); pipeline.KindOf(err) != pipeline.Conflict || err == nil {
		t.Errorf("of one on its way: %v", err)
	}
	returned := pipeline.NewEvent(pipeline.ReplyReturned, "asked", ref, time.Now(), pipeline.Delivered{Draft: w.draft.ID, Decision: out.ID,
		State: pipeline.DeliveryAsked, Reason: "look", At: time.Now(), By: ana})
	if err := w.Handle(t.Context(), returned); err != nil {
		t.Fatal(err)
	}
	w.must(t, pipeline.Decision{Kind: pipeline.Claim, By: ben}) // claimed, it is still in question
	if r := w.find(t); !r.Unsure() {
		t.Fatalf("%+v", r)
	}
	for range 2 { // a double click
		if err := says(ben); err != nil {
			t.Fatal(err)
		}
	}
	r := w.find(t)
	if r.State != pipeline.StateSent || r.Delivery != pipeline.DeliverySent || r.Unsure() || r.DecidedBy.ID != ana.ID || r.Text != was.Text || r.Hash != was.Hash || r.SentAt.IsZero() {
		t.Errorf("%+v", r)
	}
	var by string
	var n int
	if err := w.pool.QueryRow(t.Context(), `SELECT count(*), max(agent) FROM decisions WHERE draft = $1 AND kind = 'arrived'`, w.draft.ID).Scan(&n, &by); err != nil || n != 1 || by != ben.ID {
		t.Errorf("%d decisions by %s, %v", n, by, err)
	}
}

func TestTooLongIsRefusedWhole(t *testing.T) {
	t.Parallel()
	w := setup(t)
	reply := strings.Repeat("ä", 300_000)
	_, err := w.decide(t, pipeline.Decision{Kind: pipeline.Edit, By: ana, Text: reply})
	wantKind(t, err, pipeline.Invalid, "has 300000 characters; the limit is 20000")
	_, err = w.Check(t.Context(), w.draft.ID, reply)
	wantKind(t, err, pipeline.Invalid, "has 300000 characters")
	_, err = w.decide(t, pipeline.Decision{Kind: pipeline.HandOff, By: ana, Reason: strings.Repeat("ä", 5001)})
	wantKind(t, err, pipeline.Invalid, "has 5001 characters; the limit is 5000")
	note := strings.Repeat("ä", 5000)
	w.must(t, pipeline.Decision{Kind: pipeline.HandOff, By: ana, Reason: note})
	if r := w.find(t); r.Reason != note {
		t.Errorf("%d bytes of the note are kept", len(r.Reason))
	}
}

func TestAbstentionIsAnsweredByHand(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.draft = w.save(t, 2, "no source supports an answer")
	_, err := w.decide(t, pipeline.Decision{Kind: pipeline.Approve, By: ana, Hash: "x"})
	wantKind(t, err, pipeline.Invalid, "abstained")
	w.must(t, pipeline.Decision{Kind: pipeline.Edit, By: ana, Text: "We looked into it."})
}

// TestSilenceIsWorkOnlyBeforeAnEnd: a pause within the idle limit goes on being
// work; after a longer one the next look begins anew; a decision or a reply in the
// desk makes work of the silence before it, up to the limit, for its author only; a
// message since makes it another piece of work.
func TestSilenceIsWorkOnlyBeforeAnEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pause  time.Duration // of Ana, after a minute's work
		again  bool          // she looks again after it
		end    string
		others string // what Ben did
		want   time.Duration
	}{
		"a short pause":                      {10 * time.Minute, true, "approve", "", 11 * time.Minute},
		"a long pause and a second look":     {2 * time.Hour, true, "approve", "", time.Minute},
		"a long pause, then approved":        {2 * time.Hour, false, "approve", "", 16 * time.Minute},
		"a long pause, then rejected":        {2 * time.Hour, false, "reject", "", 16 * time.Minute},
		"a message, then approved":           {2 * time.Hour, false, "message, approve", "", time.Minute},
		"written in the desk":                {20 * time.Minute, false, "desk", "", 16 * time.Minute},
		"a second look, written in the desk": {2 * time.Hour, true, "desk", "", time.Minute},
		"another one only looked":            {5 * time.Minute, false, "desk", "looked before", 6 * time.Minute},
		"another one let it go":              {5 * time.Minute, false, "desk", "let go", 6 * time.Minute},
		"another one looked since":           {5 * time.Minute, false, "desk", "looked since", 6 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			look := func(by pipeline.Agent) {
				t.Helper()
				if err := w.Open(t.Context(), ref, by, "console"); err != nil {
					t.Fatal(err)
				}
			}
			w.exec(t, `UPDATE messages SET at = now() - interval '1 day', received_at = now() - interval '1 day'`)
			w.exec(t, `UPDATE agents SET email = 'Ana@desk.example' WHERE id = $1`, ana.ID)
			switch c.others {
			case "looked before":
				look(ben)
				w.exec(t, `UPDATE spans SET started_at = now() - interval '8 minutes', last_seen_at = now() - interval '8 minutes'`)
			case "let go":
				look(ben)
				w.exec(t, `UPDATE spans SET started_at = now() - interval '3 minutes', last_seen_at = now() - interval '3 minutes', ended_at = now() - interval '3 minutes', ended_by = 'release', active_ms = 0`)
			}
			look(ana)
			w.exec(t, `UPDATE spans SET last_seen_at = now() - $1 * interval '1 millisecond', started_at = now() - $1 * interval '1 millisecond' - interval '1 minute' WHERE agent = $2`, c.pause.Milliseconds(), ana.ID)
			if _, err := w.CloseIdle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if c.again {
				look(ana)
			}
			if c.others == "looked since" {
				look(ben)
				w.exec(t, `UPDATE spans SET started_at = now() - interval '1 second', last_seen_at = now() - interval '1 second' WHERE agent = $1`, ben.ID)
			}
			switch c.end {
			case "message, approve":
				w.exec(t, `UPDATE messages SET at = now() - interval '1 minute', received_at = now() - interval '1 minute'`)
				fallthrough
			case "approve":
				w.must(t, pipeline.Decision{Kind: pipeline.Approve, By: ana, Hash: w.find(t).ApproveHash})
			case "reject":
				w.must(t, pipeline.Decision{Kind: pipeline.Reject, By: ana, Reason: "Wrong"})
			case "desk":
				author := ""
				if c.others == "looked since" {
					author = "ana@desk.example"
				}
				w.exec(t, `INSERT INTO messages (desk, ticket, id, role, text, public, at, revision, author_email) VALUES ($1, $2, 'r', 'agent', 'Hello', true, now(), 2, $3)`, ref.Desk, ref.ID, author)
				if err := w.Handle(t.Context(), pipeline.NewEvent(pipeline.TicketUpdated, "updated/r", ref, time.Now(), pipeline.Updated{Revision: 2, Message: "r", Cause: "agent_reply"})); err != nil {
					t.Fatal(err)
				}
			}
			var n int
			var ms int64
			if err := w.pool.QueryRow(t.Context(), `SELECT count(*), coalesce(sum(handling_ms), 0)::bigint FROM handling_times`).Scan(&n, &ms); err != nil {
				t.Fatal(err)
			}
			if got := time.Duration(ms) * time.Millisecond; n != 1 || (got-c.want).Abs() > 2*time.Second {
				t.Errorf("%v of handling time on %d tickets, want %v", got, n, c.want)
			}
		})
	}
}

func TestSpansEndAtTheIdleLimit(t *testing.T) {
	t.Parallel()
	w := setup(t)
	if err := w.Open(t.Context(), ref, ana, "console"); err != nil {
		t.Fatal(err)
	}
	w.exec(t, `UPDATE spans SET started_at = now() - interval '2 hours', last_seen_at = now() - interval '1 hour'`)
	if err := w.Open(t.Context(), ref, ana, "console"); err != nil {
		t.Fatal(err)
	}
	var ended, open int
	var ms int64
	if err := w.pool.QueryRow(t.Context(), `SELECT count(ended_at), count(*) - count(ended_at), sum(active_ms) FROM spans`).Scan(&ended, &open, &ms); err != nil {
		t.Fatal(err)
	}
	if want := time.Hour.Milliseconds(); ended != 1 || open != 1 || ms != want {
		t.Fatalf("%d ended, %d open, %d ms; want 1, 1, %d", ended, open, ms, want)
	}
	wantKind(t, w.Open(t.Context(), pipeline.TicketRef{Desk: "x", ID: "y"}, ana, "console"), pipeline.NotFound, "no ticket")
}

// TestReplyInTheDeskEndsTheSpan: a control ticket is answered in the desk, which
// ends the work on it when the reply was written; until somebody finished it, it
// has no handling time.
func TestReplyInTheDeskEndsTheSpan(t *testing.T) {
	t.Parallel()
	w := setup(t)
	handled := func() (n int, ms int64) {
		t.Helper()
		if err := w.pool.QueryRow(t.Context(), `SELECT count(*), coalesce(sum(handling_ms), 0)::bigint FROM handling_times`).Scan(&n, &ms); err != nil {
			t.Fatal(err)
		}
		return n, ms
	}
	told := func(id, role string, ago time.Duration) {
		t.Helper()
		w.exec(t, `INSERT INTO messages (desk, ticket, id, role, text, public, at, revision) VALUES ($1, $2, $3, $4, 'Hello', true, now() - $5 * interval '1 millisecond', 2)`,
			ref.Desk, ref.ID, id, role, ago.Milliseconds())
		e := pipeline.NewEvent(pipeline.TicketUpdated, "updated/"+id, ref, time.Now(), pipeline.Updated{Revision: 2, Message: id, Cause: "agent_reply"})
		if err := w.Handle(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Open(t.Context(), ref, ana, "console"); err != nil {
		t.Fatal(err)
	}
	w.exec(t, `UPDATE spans SET started_at = now() - interval '5 minutes', last_seen_at = now() - interval '4 minutes'`)
	told("before", "agent", 6*time.Minute)
	told("auto", "bot", time.Minute)
	if n, _ := handled(); n != 0 {
		t.Error("a reply from before, or of a bot, ends the work")
	}
	told("reply", "agent", time.Minute)
	if n, ms := handled(); n != 1 || ms < 239_000 || ms > 241_000 {
		t.Errorf("%d tickets with %d ms, want 4 minutes on 1", n, ms)
	}
	told("reply again", "agent", 0)
	if n, ms := handled(); n != 1 || ms < 239_000 || ms > 241_000 {
		t.Errorf("after another reply %d tickets with %d ms", n, ms)
	}

	// Twenty minutes of writing in the desk: the span ends idle, and counts once
	// the reply is there.
	w.exec(t, `DELETE FROM spans`)
	if err := w.Open(t.Context(), ref, ana, "console"); err != nil {
		t.Fatal(err)
	}
	w.exec(t, `UPDATE spans SET started_at = now() - interval '20 minutes', last_seen_at = now() - interval '20 minutes'`)
	if _, err := w.CloseIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, _ := handled(); n != 0 {
		t.Error("a ticket that was only looked at has a handling time")
	}
	told("late", "agent", 0)
	if n, ms := handled(); n != 1 || ms != (15*time.Minute).Milliseconds() {
		t.Errorf("%d tickets with %d ms, want the limit on 1", n, ms)
	}
}

func TestAuditFindsEveryChange(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for i := range 5 {
		by := []pipeline.Agent{ana, ben}[i%2]
		w.must(t, pipeline.Decision{Kind: pipeline.Claim, By: by})
		w.must(t, pipeline.Decision{Kind: pipeline.Release, By: by})
	}
	for i, change := range []string{
		`UPDATE audit_log SET actor = 'eve' WHERE seq = 4`,
		`UPDATE audit_log SET at = at + interval '1 millisecond' WHERE seq = 4`,
		`UPDATE audit_log SET detail = detail || '{"reason": "x"}' WHERE seq = 4`,
		`UPDATE audit_log SET hash = set_byte(hash, 3, 255 - get_byte(hash, 3)) WHERE seq = 4`,
		`DELETE FROM audit_log WHERE seq = 4`,
	} {
		w.exec(t, `CREATE TABLE IF NOT EXISTS audit_copy AS SELECT * FROM audit_log`)
		w.exec(t, change)
		if _, _, err := audit.Verify(t.Context(), w.pool); err == nil || !strings.Contains(err.Error(), "row") {
			t.Errorf("change %d not found: %v", i, err)
		}
		w.exec(t, `DELETE FROM audit_log`)
		w.exec(t, `INSERT INTO audit_log SELECT * FROM audit_copy`)
	}
	if n, _, err := audit.Verify(t.Context(), w.pool); err != nil || n != 10 {
		t.Fatalf("%d rows, %v", n, err)
	}
}

func TestChangedKnowledgeVoidsWhatCitesIt(t *testing.T) {
	t.Parallel()
	w := setup(t)
	if err := w.Handle(t.Context(), pipeline.NewEvent(pipeline.DraftProposed, "p", ref, time.Now(), pipeline.Proposed{Draft: w.draft.ID, Message: "m1", Revision: 1, Version: 1})); err != nil {
		t.Fatal(err)
	}
	changed := pipeline.NewEvent(pipeline.KnowledgeChanged, "k", pipeline.TicketRef{Desk: "knowledge", ID: "help"}, time.Now(), pipeline.Changed{Source: "help", Documents: []string{"help/a"}})
	if err := w.Handle(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	if r := w.find(t); r.State != pipeline.StateOpen {
		t.Fatalf("the draft is %s although its source is what it was", r.State)
	}
	w.exec(t, `UPDATE documents SET version = 2`)
	if err := w.Handle(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	if r := w.find(t); r.State != pipeline.StateStale || !strings.Contains(r.Reason, "“Cancelling”") {
		t.Fatalf("the draft is %s: %s", r.State, r.Reason)
	}
}

// TestAuditFindsRewrittenRows rewrites, behind Footnote's back, what the report is
// made of: each change is found, also by a log that walked past it before, and what
// Footnote changes itself is not.
func TestAuditFindsRewrittenRows(t *testing.T) {
	t.Parallel()
	w := setup(t)
	// vouched for until five minutes ago
	if err := pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error {
		return audit.Append(t.Context(), tx, audit.Entry{Actor: "footnote", Action: "rows.sealed", Object: "rows", Detail: map[string]string{"until": time.Now().Add(-5 * time.Minute).UTC().Format(time.RFC3339Nano)}})
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.Open(t.Context(), ref, ben, "console"); err != nil {
		t.Fatal(err)
	}
	w.exec(t, `UPDATE spans SET started_at = now() - interval '2 hours', last_seen_at = now() - interval '1 hour'`)
	if n, err := w.CloseIdle(t.Context()); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if err := w.Open(t.Context(), ref, ana, "console"); err != nil {
		t.Fatal(err)
	}
	out := w.must(t, pipeline.Decision{Kind: pipeline.Approve, By: ana, Hash: w.find(t).ApproveHash})
	w.exec(t, `INSERT INTO deliveries (id, decision, draft, desk, ticket, event, hash, marker, state, created_at) VALUES ($1, $2, $3, 'sandbox', '1', '{}', 'h', 'mark', 'sent', now() - interval '90 s')`, uuid.NewString(), out.ID, out.Draft)
	w.exec(t, `UPDATE outcomes SET kind = 'proposed', recorded_at = now() - interval '80 s'`)
	e := pipeline.NewEvent(pipeline.ReplyDelivered, "delivered/1", ref, time.Now(), pipeline.Delivered{Decision: out.ID, Draft: out.Draft, State: pipeline.DeliverySent, At: time.Now()})
	if err := w.Handle(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if err := audit.Seal(t.Context(), w.pool); err != nil {
		t.Fatal(err)
	}
	l := audit.NewLog(w.pool)
	s, err := l.State(t.Context())
	if err != nil || s.Broken != nil || len(s.Different) != 0 || s.Checked < 6 {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, c := range []struct{ table, change, undo string }{
		{"spans", `UPDATE spans SET active_ms = active_ms + 1 WHERE ended_by = 'idle'`, `UPDATE spans SET active_ms = active_ms - 1 WHERE ended_by = 'idle'`},
		{"spans", `UPDATE spans SET started_at = started_at - interval '1 s' WHERE ended_by = 'reply'`, `UPDATE spans SET started_at = started_at + interval '1 s' WHERE ended_by = 'reply'`},
		{"spans", `UPDATE spans SET ended_at = ended_at - interval '1 day' WHERE ended_by = 'reply'`, `UPDATE spans SET ended_at = ended_at + interval '1 day' WHERE ended_by = 'reply'`},
		{"decisions", `UPDATE decisions SET at = at - interval '1 day' WHERE kind = 'approve'`, `UPDATE decisions SET at = at + interval '1 day' WHERE kind = 'approve'`},
		{"deliveries", `UPDATE deliveries SET created_at = created_at - interval '1 day'`, `UPDATE deliveries SET created_at = created_at + interval '1 day'`},
		{"outcomes", `UPDATE outcomes SET arrived_at = arrived_at - interval '1 day'`, `UPDATE outcomes SET arrived_at = arrived_at + interval '1 day'`},
		{"outcomes", `UPDATE outcomes SET arrived_at = arrived_at - interval '1 day', recorded_at = recorded_at + interval '1 day'`, `UPDATE outcomes SET arrived_at = arrived_at + interval '1 day', recorded_at = recorded_at - interval '1 day'`},
		{"outcomes", `UPDATE outcomes SET kind = 'skipped'`, `UPDATE outcomes SET kind = 'proposed'`},
		{"reviews", `UPDATE reviews SET sent_at = sent_at - interval '1 day'`, `UPDATE reviews SET sent_at = sent_at + interval '1 day'`},
	} {
		w.exec(t, c.change)
		s, err := audit.Check(t.Context(), w.pool)
		if err != nil || s.Broken != nil || len(s.Different) != 1 || s.Different[0].Table != c.table || s.Different[0].Seq == 0 {
			t.Errorf("%s: %+v, %v", c.change, s.Different, err)
		}
		if _, _, err := audit.Verify(t.Context(), w.pool); err == nil || !strings.Contains(err.Error(), c.table) {
			t.Errorf("%s: %v", c.change, err)
		}
		w.exec(t, c.undo)
	}
	// Rows that nobody made through Footnote, each as a whole.
	for _, c := range []struct{ table, insert, undo string }{
		{"spans", `INSERT INTO spans (id, desk, ticket, agent, kind, surface, started_at, last_seen_at, ended_at, ended_by, active_ms) VALUES (gen_random_uuid(), 'sandbox', '1', 'ana', 'measured', 'console', now(), now(), now() + interval '1 s', 'reply', 60000)`,
			`DELETE FROM spans WHERE active_ms = 60000`},
		{"decisions", `INSERT INTO decisions (id, draft, kind, agent, surface, at) SELECT gen_random_uuid(), draft, 'edit', 'ana', 'console', now() - interval '40 days' FROM decisions LIMIT 1`, `DELETE FROM decisions WHERE kind = 'edit'`},
		{"deliveries", `INSERT INTO deliveries (id, decision, draft, desk, ticket, event, hash, marker, state, created_at) SELECT gen_random_uuid(), gen_random_uuid(), draft, desk, ticket, '{}', 'h', 'made up', 'sent', now() - interval '40 days' FROM deliveries LIMIT 1`,
			`DELETE FROM deliveries WHERE marker = 'made up'`},
		{"deliveries", `INSERT INTO deliveries (id, decision, draft, desk, ticket, event, hash, marker, state, created_at) SELECT gen_random_uuid(), gen_random_uuid(), draft, desk, ticket, '{}', 'h', 'made up', 'sent', now() FROM deliveries LIMIT 1`,
			`DELETE FROM deliveries WHERE marker = 'made up'`},
		{"outcomes", `WITH m AS (INSERT INTO messages (desk, ticket, id, role, text, public, at, revision) VALUES ('sandbox', '1', 'made up', 'customer', 'x', true, now(), 1) RETURNING desk, ticket, id)
			INSERT INTO outcomes (desk, ticket, message, kind, arrived_at, recorded_at) SELECT desk, ticket, id, 'proposed', now(), now() - interval '2 minutes' FROM m`,
			`WITH o AS (DELETE FROM outcomes WHERE message = 'made up') DELETE FROM messages WHERE id = 'made up'`},
		{"reviews", `WITH d AS (INSERT INTO drafts (id, desk, ticket, message, revision, version, content, abstained, drafter, cost_micros, confidence) SELECT gen_random_uuid(), desk, ticket, message, revision, 99, content, abstained, drafter, 0, 0 FROM drafts LIMIT 1 RETURNING id)
			INSERT INTO reviews (draft, desk, ticket, state, sent_at) SELECT id, 'sandbox', '1', 'sent', now() - interval '3 days' FROM d`,
			`WITH r AS (DELETE FROM reviews WHERE sent_at < now() - interval '1 day') DELETE FROM drafts WHERE version = 99`},
	} {
		w.exec(t, c.insert)
		s, err := audit.Check(t.Context(), w.pool)
		if err != nil || len(s.Different) != 1 || s.Different[0].Table != c.table || s.Different[0].Seq != 0 || !strings.Contains(s.Different[0].Error(), "no row of the log tells of it") {
			t.Errorf("a made-up row of %s: %+v, %v", c.table, s.Different, err)
		}
		w.exec(t, c.undo)
	}
	w.exec(t, `DELETE FROM spans WHERE ended_by = 'idle'`)
	if s, err := audit.Check(t.Context(), w.pool); err != nil || len(s.Different) != 1 || s.Different[0].Now != "" {
		t.Errorf("a removed span: %+v, %v", s.Different, err)
	}
}

// statements collects the SQL that a pool sends.
type statements struct {
	mu  sync.Mutex
	sql []string
}

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sql = append(s.sql, d.SQL)
	return ctx
}

func (*statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TestDecisionReadsTheDraftOnce: what a form does (where does the draft stand, then
// decide) reads the draft's content once, under the lock; an edit once more before it,
// to be checked, for checks may take long.
func TestDecisionReadsTheDraftOnce(t *testing.T) {
	t.Parallel()
	for kind, want := range map[pipeline.DecisionKind]int{pipeline.Approve: 1, pipeline.Claim: 1, pipeline.Reject: 1, pipeline.Edit: 2} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			hash := w.find(t).ApproveHash
			c := w.pool.Config()
			var sent statements
			c.ConnConfig.Tracer = &sent
			pool, err := pgxpool.NewWithConfig(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			s := New(Config{Pool: pool, Publisher: w.bus, Tickets: threads{}, Checker: banned("evil.example")})
			at, err := s.Place(t.Context(), w.draft.ID)
			if err != nil || at.Ticket != ref || at.State != pipeline.StateOpen || at.Unsure() {
				t.Fatalf("%+v %v", at, err)
			}
			d := pipeline.Decision{Draft: w.draft.ID, Kind: kind, By: ana, Surface: "console", Reason: "because"}
			switch kind {
			case pipeline.Approve:
				d.Hash, d.Reason = hash, ""
			case pipeline.Edit:
				d.Text, d.Reason = "Press Cancel twice.", ""
			}
			if _, err := s.Decide(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			content := 0
			for _, sql := range sent.sql {
				if strings.Contains(sql, "SELECT d.content") || strings.Contains(sql, "SELECT content FROM drafts") {
					content++
				}
			}
			if content != want {
				t.Errorf("the draft was read %d times, want %d, in %d statements:\n%s", content, want, len(sent.sql), strings.Join(sent.sql, "\n--\n"))
			}
			t.Logf("%d statements", len(sent.sql))
		})
	}
	if _, err := setup(t).Place(t.Context(), uuid.NewString()); pipeline.KindOf(err) != pipeline.NotFound {
		t.Errorf("no such draft: %v", err)
	}
}

// TestRedraftNeedsNoSecondConnection: the thread is read within the transaction
// that holds the locks; with a pool of one, a second connection never comes.
func TestRedraftNeedsNoSecondConnection(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.exec(t, `INSERT INTO reviews (draft, desk, ticket, state) VALUES ($1, 'sandbox', '1', 'open')`, w.draft.ID)
	cfg := w.pool.Config()
	cfg.MaxConns = 1
	one, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	tr := tracking.New(tracking.Config{Pool: one, Publisher: w.bus})
	s := New(Config{Pool: one, Publisher: w.bus, Dead: tr, Tickets: tr})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := s.Decide(ctx, pipeline.Decision{Draft: w.draft.ID, Kind: pipeline.Redraft, By: ana, Reason: "shorter"}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.publishBatch(ctx); err != nil || n != 2 {
		t.Errorf("%d events published, %v; want the decision and the request", n, err)
	}
}

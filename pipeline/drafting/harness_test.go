package drafting

import (
	"context"

	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
	"footnote/pipeline/llm"
	"footnote/pipeline/llm/llmtest"
)

func TestMain(m *testing.M) {
	code := pgtest.Main(m, migrations.ApplyDSN)
	if code == 0 {
		if err := goleak.Find(goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

var now = time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)

func passage(id, title, heading, text string) pipeline.Passage {
	return pipeline.Passage{ID: id, Document: "doc-" + id, Version: 2, Title: title, Heading: []string{heading}, Text: text, URL: "https://help.fernhill.example/" + id, Audience: pipeline.Public, Locale: "en"}
}

// shelf is a small knowledge base in which words are looked up.
type shelf struct {
	passages    []pipeline.Passage
	probability float64 // that they answer; 0: unknown
	wants       string  // what the newest turn must have to be answerable; empty: nothing
	err         error
	queries     []pipeline.Query
	mu          sync.Mutex
}

func (s *shelf) Search(_ context.Context, q pipeline.Query) (pipeline.Answer, error) {
	s.mu.Lock()
	s.queries = append(s.queries, q)
	s.mu.Unlock()
	if s.err != nil {
		return pipeline.Answer{}, s.err
	}
	var rows []corpusRow
	var kept []pipeline.Passage
	for _, p := range s.passages {
		if slices.Contains(q.Audiences, p.Audience) {
			rows = append(rows, corpusRow{ID: p.ID, Title: p.Title, Text: strings.Join(p.Heading, " ") + "\n" + p.Text})
			kept = append(kept, p)
		}
	}
	if len(rows) == 0 {
		return pipeline.Answer{}, nil
	}
	hits := newBM25(rows).search(q.Turns, q.Limit)
	for i := range hits {
		for _, p := range kept {
			if p.ID == hits[i].Passage.ID {
				hits[i].Passage = p
			}
		}
	}
	a := pipeline.Answer{Hits: hits, Probability: s.probability}
	if s.wants != "" && !strings.Contains(q.Turns[len(q.Turns)-1].Text, s.wants) {
		a.Probability = .01
	}
	return a, nil
}

func knowledge() *shelf {
	internal := passage("override", "Manual refund override", "For agents", "Runbook INT-SEC-017: agents may override the refund window for accounts above the gold tier without asking finance first.")
	internal.Audience, internal.URL = pipeline.Restricted, "https://wiki.fernhill.example/override"
	german := passage("erstattung", "Erstattungen für Ihren Tarif", "Wann Sie Geld zurückbekommen", "Sie erhalten eine Zahlung für Ihren Tarif innerhalb von 14 Tagen nach der Abbuchung vollständig erstattet. Verlängerungen eines Monatstarifs werden nicht erstattet.")
	german.Locale = "de"
	return &shelf{passages: []pipeline.Passage{
		passage("refunds", "Refunds for your plan", "When you get a refund", "You can get a full refund of a plan payment within 14 days of the charge. Renewals of a monthly plan are not refunded."),
		passage("refunds-how", "Refunds for your plan", "How to ask for a refund", "1. Go to **Settings > Billing > Invoices**.\n2. Open the invoice and choose **Request refund**.\n3. Confirm. Your plan ends on the same day.\n\nOnly the owner can request a refund."),
		passage("reader", "Pair your card reader", "Pair the reader", "To pair the card reader:\n\n1. In the app, go to **More > Card reader**.\n2. Press the power button of the reader for 3 seconds until the blue light flashes.\n3. Choose your reader from the list.\n\nThe light turns solid blue when the reader is connected."),
		passage("hours", "Contact support", "Opening hours", "Our support team is there from Monday to Friday, 8:00 a.m. to 6:00 p.m. You can also write to help@fernhill.example at any time."),
		internal, german,
	}}
}

// bus collects what was published.
type bus struct {
	mu     sync.Mutex
	events []pipeline.Event
	err    error
}

func (b *bus) Publish(_ context.Context, e pipeline.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return b.err
	}
	b.events = append(b.events, e)
	return nil
}

// drawer keeps drafts in memory.
type drawer struct {
	mu   sync.Mutex
	rows map[string]pipeline.Draft

	without map[string]Without
	settled []string
}

func (d *drawer) Find(_ context.Context, id string) (pipeline.Draft, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if row, ok := d.rows[id]; ok {
		return row, nil
	}
	return pipeline.Draft{}, pipeline.Errorf(pipeline.NotFound, "no draft")
}

func (d *drawer) Settled(_ context.Context, id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settled = append(d.settled, id)
	return nil
}

func (d *drawer) Save(_ context.Context, draft pipeline.Draft, without Without) (pipeline.Draft, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if row, ok := d.rows[draft.ID]; ok {
		return row, nil
	}
	d.rows[draft.ID] = draft
	if d.without == nil {
		d.without = map[string]Without{}
	}
	d.without[draft.ID] = without
	return draft, nil
}

type revisions func() (int64, error)

func (r revisions) Revision(context.Context, pipeline.TicketRef) (int64, error) { return r() }

func requested(text string) pipeline.Event {
	return requestedOn(pipeline.Ticket{Messages: []pipeline.Message{{ID: "m1", Role: pipeline.RoleCustomer, Text: text, Public: true}}}, "m1", 1, "")
}

func requestedOn(t pipeline.Ticket, message string, version int, hint string) pipeline.Event {
	t.TicketRef = pipeline.TicketRef{Desk: "sandbox", ID: "T-1"}
	t.Revision = 3
	if t.Requester.Name == "" {
		t.Requester.Name = "Dana Reyes"
	}
	return pipeline.NewEvent(pipeline.DraftRequested, fmt.Sprintf("requested/%s/%d", message, version), t.TicketRef, now, pipeline.Requested{Ticket: t, Message: message, Version: version, Hint: hint})
}

type desk struct {
	*Drafter
	bus    *bus
	drawer *drawer
	shelf  *shelf
	seen   []Observation
	mu     sync.Mutex
}

func newDesk(t testing.TB, model Model) *desk {
	d := &desk{bus: &bus{}, drawer: &drawer{rows: map[string]pipeline.Draft{}}, shelf: knowledge()}
	d.Drafter = New(Config{Retriever: d.shelf, Drafts: d.drawer, Publisher: d.bus, Model: model, Now: func() time.Time { return now }, Observe: d.observe})
	return d
}

func (d *desk) observe(o Observation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = append(d.seen, o)
}

func (d *desk) handle(t testing.TB, e pipeline.Event) pipeline.Draft {
	t.Helper()
	if err := d.Handle(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	last := d.bus.events[len(d.bus.events)-1]
	p, err := pipeline.Decode[pipeline.Proposed](last)
	if err != nil {
		t.Fatal(err)
	}
	draft := d.drawer.rows[p.Draft]
	if (last.Type == pipeline.DraftAbstained) != (draft.Abstained != "") || draft.Abstained != p.Reason {
		t.Fatalf("%s for %+v", last.Type, draft)
	}
	return draft
}

// prove wants every claim proven, whatever wrote the draft.
func prove(t testing.TB, d *desk, draft pipeline.Draft) {
	t.Helper()
	for i, s := range draft.Sentences {
		if !s.Plain && len(s.Receipts) == 0 {
			t.Errorf("sentence %d %q proves nothing", i, s.Text)
		}
		for _, r := range s.Receipts {
			ok := false
			for _, p := range d.shelf.passages {
				ok = ok || p.ID == r.Passage && p.Audience == pipeline.Public && p.Text[r.Start:r.End] == r.Quote && r.Audience == pipeline.Public
			}
			if !ok || r.Number == 0 {
				t.Errorf("sentence %d: receipt %+v", i, r)
			}
		}
	}
}

func gateway(t testing.TB, servers ...*llmtest.Server) *llm.Gateway {
	t.Helper()
	var ps []llm.Provider
	for i, s := range servers {
		ps = append(ps, llm.Provider{Name: fmt.Sprintf("p%d", i), BaseURL: s.URL, Model: "fake", Timeout: 5 * time.Second, Price: llm.Price{Input: 1_000_000, Output: 1_000_000}})
	}
	g, err := llm.New(llm.Config{Providers: ps, Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func fake(t testing.TB, script ...llmtest.Step) *llmtest.Server {
	s := llmtest.New(script...)
	t.Cleanup(s.Close)
	return s
}

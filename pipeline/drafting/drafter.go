package drafting

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"footnote/pipeline"
	"footnote/pipeline/guard"
	"footnote/pipeline/llm"
	"footnote/pipeline/policy"
)

// Retriever finds passages; knowledge has it.
type Retriever interface {
	// Search returns hits of q.Audiences only, best first. With kind Unavailable the
	// ticket waits.
	Search(ctx context.Context, q pipeline.Query) (pipeline.Answer, error)
}

// Model writes answers; *llm.Gateway has it.
type Model interface {
	Complete(ctx context.Context, r llm.Request) (llm.Response, error)
}

// Drafts keeps drafts; Store has it.
type Drafts interface {
	// Find returns a saved draft. Error kind NotFound.
	Find(ctx context.Context, id string) (pipeline.Draft, error)
	// Save stores a draft, or returns the one already stored in its place.
	Save(ctx context.Context, d pipeline.Draft, without Without) (pipeline.Draft, error)
	// Settled says that a draft need not be written anew.
	Settled(ctx context.Context, draft string) error
}

// Revisions tells a ticket's current revision; tracking has it.
type Revisions interface {
	// Revision returns 0 or error kind NotFound for a ticket it does not know.
	Revision(ctx context.Context, ref pipeline.TicketRef) (int64, error)
}

// Publisher puts events on the bus; it returns once they are stored for good.
type Publisher interface {
	Publish(ctx context.Context, e pipeline.Event) error
}

// Config of a Drafter.
type Config struct {
	Retriever Retriever
	Drafts    Drafts
	Revisions Revisions // nil: no ticket ever moves on
	Publisher Publisher
	// Untouched tells whether nobody has begun on a draft; nil: nobody has.
	Untouched func(ctx context.Context, draft string) (bool, error)
	Model     Model    // nil: the extractive drafter writes everything
	Context   int      // tokens that a prompt and its answer may have together; 0: as many as they take
	Hosts     []string // sites that replies may link to besides those of cited documents
	// Policy returns the rules of a queue now; nil: those that ship.
	Policy func(ctx context.Context, queue string) policy.Rules
	// Threshold is the least probability that the sources answer at which
	// something is proposed; 0 means AnswerThreshold.
	Threshold float64
	Fit       *Fit // how the extractive drafter chooses; nil: the one that ships
	// Observe is told of every draft; may be nil. It must not block.
	Observe func(Observation)
	Log     *slog.Logger
	Now     func() time.Time // nil means time.Now
}

// Observation is what metrics count.
type Observation struct {
	Outcome   string // proposed | abstained | skipped | repeated | failed
	Drafter   string // extractive | model; empty when nothing was drafted
	Fallback  bool   // a model was asked and its draft not used
	Without   Without
	Took      time.Duration
	Retrieval time.Duration
	Findings  []pipeline.Finding
	Cost      int64 // micro-USD
}

// Drafter is safe for concurrent use, also by several processes on one database.
type Drafter struct{ Config }

// New builds a Drafter.
func New(c Config) *Drafter {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Threshold == 0 {
		c.Threshold = AnswerThreshold
	}
	if c.Fit == nil {
		c.Fit = shipped
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Observe == nil {
		c.Observe = func(Observation) {}
	}
	return &Drafter{c}
}

// Handles lists the event types that Handle wants to see.
var Handles = []pipeline.EventType{pipeline.DraftRequested}

const (
	byModel    = "model"
	byExtract  = "extractive"
	superseded = pipeline.MovedOnReason
)

// Handle takes draft.requested and ends it in exactly one of draft.proposed,
// draft.abstained and draft.skipped. A redelivered request finds its draft and
// publishes the same event again, under the same id. An error means that
// nothing was published; kind Invalid will not get better by retrying.
func (d *Drafter) Handle(ctx context.Context, e pipeline.Event) error {
	if e.Type != pipeline.DraftRequested {
		return nil
	}
	start := d.Now()
	r, err := pipeline.Decode[pipeline.Requested](e)
	if err != nil {
		return err
	}
	r.Ticket.TicketRef, r.Version = e.Ref(), max(r.Version, 1)
	saved, err := d.Drafts.Find(ctx, ID(e.Ref(), r.Message, r.Version))
	if err == nil {
		d.Observe(Observation{Outcome: "repeated", Drafter: saved.Drafter})
		return d.tell(ctx, e, saved)
	}
	if pipeline.KindOf(err) != pipeline.NotFound {
		return err
	}
	if moved, err := d.moved(ctx, r); err != nil || moved {
		return d.skip(ctx, e, r, err)
	}
	draft, seen, err := d.draft(ctx, e.Correlation, r)
	if err != nil {
		d.Observe(Observation{Outcome: "failed", Took: d.Now().Sub(start)})
		return err
	}
	if moved, err := d.moved(ctx, r); err != nil || moved {
		return d.skip(ctx, e, r, err)
	}
	if r.Instead != "" {
		if better, err := d.better(ctx, r.Instead, draft); err != nil || !better {
			d.Observe(Observation{Outcome: "repeated", Drafter: draft.Drafter, Cost: draft.CostMicros})
			return err
		}
	}
	if draft, err = d.Drafts.Save(ctx, draft, seen.Without); err != nil {
		return err
	}
	if err := d.tell(ctx, e, draft); err != nil {
		return err
	}
	seen.Took = d.Now().Sub(start)
	d.Observe(seen)
	return nil
}

// draft writes the draft that a request asks for.
func (d *Drafter) draft(ctx context.Context, correlation string, r pipeline.Requested) (pipeline.Draft, Observation, error) {
	q := Read(r.Ticket, r.Message)
	draft, seen, err := d.redraft(ctx, job{question: q, product: r.Ticket.Product, queue: r.Ticket.Queue, thread: r.Ticket.TicketRef.String(), hint: r.Hint, correlation: correlation,
		audiences: []pipeline.Audience{pipeline.Public}, internal: true}, r.Keep)
	draft.ID, draft.Ticket, draft.Message = ID(r.Ticket.TicketRef, r.Message, r.Version), r.Ticket.TicketRef, r.Message
	draft.Revision, draft.Version, draft.Hint = r.Ticket.Revision, r.Version, r.Hint
	return draft, seen, err
}

// Answer drafts an answer to a question that came without a ticket and saves
// nothing. With pipeline.Restricted among the audiences it answers an agent:
// internal sources may be cited.
func (d *Drafter) Answer(ctx context.Context, question, locale string, audiences []pipeline.Audience) (pipeline.Draft, error) {
	draft, _, err := d.Try(ctx, pipeline.Ticket{Locale: locale, Messages: []pipeline.Message{{ID: "question", Role: pipeline.RoleCustomer, Text: question, Public: true}}}, audiences)
	return draft, err
}

// Try drafts an answer to the newest message of a ticket from passages of some
// audiences (none: public ones) and saves nothing. signals are those of the least
// probable part (AnswerSignals), also where nothing is proposed; nil when a model wrote
// or nothing was found.
func (d *Drafter) Try(ctx context.Context, t pipeline.Ticket, audiences []pipeline.Audience) (draft pipeline.Draft, signals []float64, err error) {
	if len(audiences) == 0 {
		audiences = []pipeline.Audience{pipeline.Public}
	}
	draft, _, err = d.write(ctx, job{question: Read(t, ""), product: t.Product, queue: t.Queue, audiences: audiences, correlation: "ask", signals: &signals})
	draft.ID, draft.Version = uuid.NewString(), 1
	return draft, signals, err
}

// moved says whether the ticket has a newer revision than the request.
func (d *Drafter) moved(ctx context.Context, r pipeline.Requested) (bool, error) {
	if d.Revisions == nil || r.Ticket.Revision == 0 {
		return false, nil
	}
	now, err := d.Revisions.Revision(ctx, r.Ticket.TicketRef)
	if pipeline.KindOf(err) == pipeline.NotFound {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read revision of %s: %w", r.Ticket.TicketRef, err)
	}
	return now > r.Ticket.Revision, nil
}

// better tells whether a draft takes the place of one that was written while the model
// was away: a model wrote it, and nobody has begun on the other. One that stays because
// the model is still away waits on.
func (d *Drafter) better(ctx context.Context, old string, draft pipeline.Draft) (bool, error) {
	if draft.Drafter != byModel {
		return false, nil
	}
	if d.Untouched != nil {
		if untouched, err := d.Untouched(ctx, old); err != nil || !untouched {
			return false, err
		}
	}
	return true, d.Drafts.Settled(ctx, old)
}

// skip publishes draft.skipped, unless asking failed. Where a draft stands already,
// there is nothing to tell.
func (d *Drafter) skip(ctx context.Context, e pipeline.Event, r pipeline.Requested, err error) error {
	if err != nil {
		return err
	}
	if r.Instead != "" {
		return d.Drafts.Settled(ctx, r.Instead)
	}
	d.Observe(Observation{Outcome: "skipped"})
	id := string(pipeline.DraftSkipped) + "/" + ID(e.Ref(), r.Message, r.Version)
	return d.publish(ctx, e.Follow(pipeline.DraftSkipped, id, d.Now(), pipeline.Proposed{
		Message: r.Message, Revision: r.Ticket.Revision, Version: r.Version, Reason: superseded}))
}

// tell publishes what a saved draft is. Its id names the draft, so that a
// repetition is the same event.
func (d *Drafter) tell(ctx context.Context, e pipeline.Event, draft pipeline.Draft) error {
	typ := pipeline.DraftProposed
	if draft.Abstained != "" {
		typ = pipeline.DraftAbstained
	}
	return d.publish(ctx, e.Follow(typ, string(typ)+"/"+draft.ID, draft.CreatedAt, pipeline.Proposed{
		Draft: draft.ID, Message: draft.Message, Revision: draft.Revision, Version: draft.Version, Reason: draft.Abstained}))
}

func (d *Drafter) publish(ctx context.Context, e pipeline.Event) error {
	if err := d.Publisher.Publish(ctx, e); err != nil {
		return fmt.Errorf("publish %s: %w", e.Type, err)
	}
	return nil
}

// space is the UUID namespace of draft ids.
var space = uuid.MustParse("6f1d3c1e-7f0a-5c55-9d0e-5a1d7e0c0001")

// ID names the draft of one version for one message: the same request always
// has the same id (UUID version 5).
func ID(ref pipeline.TicketRef, message string, version int) string {
	return uuid.NewSHA1(space, fmt.Appendf(nil, "%q/%q/%q/%d", ref.Desk, ref.ID, message, version)).String()
}

// guardInput is what the guards need besides the draft.
func (d *Drafter) guardInput(ctx context.Context, j job, hits, internal []pipeline.Hit) guard.Input {
	in := guard.Input{Passages: passages(hits), Internal: passages(internal), Locale: j.question.Locale, Hosts: d.Hosts}
	for _, t := range j.question.Turns {
		if t.Role == pipeline.RoleCustomer {
			in.Asked += t.Text + "\n"
		}
	}
	if d.Policy != nil {
		rules := d.Policy(ctx, j.queue)
		in.Rules = &rules
	}
	if j.question.Name != "" {
		in.Names = []string{j.question.Name}
	}
	return in
}

func passages(hits []pipeline.Hit) []pipeline.Passage {
	out := make([]pipeline.Passage, len(hits))
	for i, h := range hits {
		out[i] = h.Passage
	}
	return out
}

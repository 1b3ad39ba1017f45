package console

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/knowledge"
	"footnote/pipeline"
	"footnote/review"
	"footnote/review/access"
	"footnote/review/audit"
	"footnote/review/measure"
	"footnote/review/presence"
	"footnote/review/saved"
	"footnote/review/trace"
	"footnote/review/work"
)

// now is the time on every test's clock.
var now = time.Date(2026, 11, 23, 10, 32, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return now.Add(-d) }

var (
	jo    = pipeline.Agent{ID: "a-jo", Name: "Jo Marsh", Email: "jo@example.com", Role: access.RoleAgent}
	kim   = pipeline.Agent{ID: "a-kim", Name: "Kim Osei", Email: "kim@example.com", Role: access.RoleOwner}
	maxim = pipeline.Agent{ID: "a-max", Name: "Max Feld", Email: "max@example.com", Role: access.RoleManager}
	ida   = pipeline.Agent{ID: "a-ida", Name: "Ida Rao", Email: "ida@example.com", Role: access.RoleAdmin}
)

// world is everything behind the console's ports, in memory. It keeps a ledger
// of what was asked of it.
type world struct {
	skipped    []SkippedMessage
	mu         sync.Mutex
	links      map[string]pipeline.Agent
	sessions   map[string]pipeline.Agent
	tickets    map[pipeline.TicketRef]*review.TicketView
	order      []pipeline.TicketRef
	decisions  []pipeline.Decision
	opened     []pipeline.TicketRef
	asked      []work.Filter
	replayed   []int64
	findings   func(text string) []pipeline.Finding
	people     []access.Account
	log        []audit.Row // newest first
	chain      audit.State
	failChain  error
	fail       error // what every read and decision returns
	failDecide error
	found      []Found
	saved      []saved.Reply
	pages      []presence.Page
	undoFor    time.Duration
	report     measure.Report
	drills     []measure.Drill
	behind     []measure.Ticket
	sources    []Source
	removed    []string // by whom and which
	documents  []Document
	filters    []DocumentFilter
	bad        []Quarantined
	decided    []knowledge.Decision
	letters    []DeadLetter
	unread     []UnreadHook
	trace      *trace.Trace
	baselines  []measure.Baseline
	choices    measure.Choices
	feeds      []chan pipeline.Event
}

func newWorld() *world {
	w := &world{links: map[string]pipeline.Agent{}, sessions: map[string]pipeline.Agent{}, tickets: map[pipeline.TicketRef]*review.TicketView{}}
	for _, a := range []pipeline.Agent{jo, kim, maxim, ida} {
		w.sessions["session-"+a.Role] = a
	}
	return w
}

func (w *world) Peek(_ context.Context, link string) (pipeline.Agent, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, ok := w.links[link]
	if !ok {
		return a, pipeline.Errorf(pipeline.Denied, "This sign-in link does not work any more.")
	}
	return a, nil
}

func (w *world) SignIn(ctx context.Context, link string) (string, pipeline.Agent, error) {
	a, err := w.Peek(ctx, link)
	if err != nil {
		return "", a, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.links, link)
	w.sessions["from-"+link] = a
	return "from-" + link, a, nil
}

func (w *world) FindSession(_ context.Context, token string) (pipeline.Agent, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, ok := w.sessions[token]
	if !ok {
		return a, pipeline.Errorf(pipeline.NotFound, "There is no such session.")
	}
	return a, nil
}

func (w *world) SignOut(_ context.Context, token string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.sessions, token)
	return nil
}

// trail is the audit log of the same world.
type trail struct{ *world }

func (w trail) List(_ context.Context, f audit.Filter) (out []audit.Row, err error) {
	for _, r := range w.log {
		if (f.Before == 0 || r.Seq < f.Before) && (f.Ticket.Desk == "" || r.Ticket == f.Ticket) && len(out) < f.Limit {
			out = append(out, r)
		}
	}
	return out, w.fail
}

func (w trail) State(context.Context) (audit.State, error) {
	return w.chain, cmp.Or(w.failChain, w.fail)
}

// staff is the accounts of the same world.
type staff struct{ *world }

func (w staff) Accounts(context.Context) ([]access.Account, error) { return w.people, w.fail }

func (w staff) Add(_ context.Context, _, a pipeline.Agent) (pipeline.Agent, error) {
	if w.person(a.Email) != nil {
		return a, pipeline.Errorf(pipeline.Conflict, "%s has an account already.", a.Email)
	}
	w.people = append(w.people, access.Account{Agent: a})
	return a, w.fail
}

func (w staff) Invite(_ context.Context, _ pipeline.Agent, email string) (string, error) {
	return "link-for-" + email, w.fail
}

func (w staff) SetRole(_ context.Context, _ pipeline.Agent, email, role string) error {
	return w.change(email, func(a *access.Account) { a.Role = role })
}

func (w staff) Disable(_ context.Context, _ pipeline.Agent, email string) error {
	return w.change(email, func(a *access.Account) { a.DisabledAt = now })
}

func (w staff) Enable(_ context.Context, _ pipeline.Agent, email string) error {
	return w.change(email, func(a *access.Account) { a.DisabledAt = time.Time{} })
}

func (w *world) person(email string) *access.Account {
	for i := range w.people {
		if w.people[i].Email == email {
			return &w.people[i]
		}
	}
	return nil
}

func (w *world) change(email string, f func(*access.Account)) error {
	a := w.person(email)
	if a == nil {
		return pipeline.Errorf(pipeline.NotFound, "There is no account for %q.", email)
	}
	if f(a); !slices.ContainsFunc(w.people, func(a access.Account) bool { return a.Role == access.RoleAdmin && a.DisabledAt.IsZero() }) {
		return pipeline.Errorf(pipeline.Conflict, "%s is the last administrator.", email)
	}
	return w.fail
}

func (w *world) add(v review.TicketView) pipeline.TicketRef {
	w.tickets[v.Ticket.TicketRef] = &v
	w.order = append(w.order, v.Ticket.TicketRef)
	return v.Ticket.TicketRef
}

func (w *world) find(draft string) (*review.TicketView, *pipeline.Review) {
	for _, ref := range w.order {
		v := w.tickets[ref]
		for i := range v.Reviews {
			if v.Reviews[i].Draft.ID == draft {
				return v, &v.Reviews[i]
			}
		}
	}
	return nil, nil
}

// Decide moves states as far as the pages need it.
func (w *world) Decide(_ context.Context, d pipeline.Decision) (pipeline.Decided, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.decisions = append(w.decisions, d)
	if w.failDecide != nil {
		return pipeline.Decided{}, w.failDecide
	}
	v, r := w.find(d.Draft)
	if r == nil {
		return pipeline.Decided{}, pipeline.Errorf(pipeline.NotFound, "There is no such draft.")
	}
	if r.Stale != "" && (d.Kind == pipeline.Approve || d.Kind == pipeline.Edit) {
		return pipeline.Decided{}, pipeline.Errorf(pipeline.Conflict, "Not sent: %s", r.Stale)
	}
	if d.Seen != "" && d.Seen != r.State {
		return pipeline.Decided{}, pipeline.Errorf(pipeline.Conflict, "Somebody decided this already.")
	}
	if d.Kind == pipeline.Approve && d.Hash != r.ApproveHash {
		return pipeline.Decided{}, pipeline.Errorf(pipeline.Conflict, "What you approved is not what would be sent now.")
	}
	switch d.Kind {
	case pipeline.Claim:
		r.State, r.ClaimedBy, r.ClaimedAt = pipeline.StateClaimed, d.By, now
	case pipeline.Release:
		r.State, r.ClaimedBy = pipeline.StateOpen, pipeline.Agent{}
	case pipeline.Approve, pipeline.Edit:
		r.State, r.DecidedBy, r.DecidedAt, r.Text, r.Delivery = pipeline.StateApproved, d.By, now, r.Draft.Text(), pipeline.DeliveryQueued
		if w.undoFor > 0 {
			r.SendAt = now.Add(w.undoFor)
		}
		if d.Kind == pipeline.Edit {
			r.Text, r.Distance = d.Text, review.Distance(r.Draft.Text(), d.Text)
		}
	case pipeline.Undo:
		r.State, r.Delivery, r.SendAt = pipeline.StateReturned, pipeline.DeliveryUndone, time.Time{}
	default:
		r.State = map[pipeline.DecisionKind]pipeline.DraftState{pipeline.Reject: pipeline.StateRejected, pipeline.HandOff: pipeline.StateHandedOff, pipeline.Redraft: pipeline.StateSuperseded,
			pipeline.Arrived: pipeline.StateSent}[d.Kind]
		r.DecidedBy, r.DecidedAt, r.Reason = d.By, now, d.Reason
	}
	v.History = append(v.History, review.Entry{At: now, Who: d.By.Name, What: string(d.Kind), Detail: d.Reason, Surface: d.Surface})
	w.tell(pipeline.NewEvent(pipeline.DraftDecided, "decision", v.Ticket.TicketRef, now, struct{}{}))
	return pipeline.Decided{Draft: d.Draft, State: r.State, By: d.By, At: now}, nil
}

func (w *world) tell(e pipeline.Event) {
	for _, f := range w.feeds {
		select {
		case f <- e:
		default:
		}
	}
}

func (w *world) Find(_ context.Context, draft string) (pipeline.Review, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, r := w.find(draft)
	if r == nil {
		return pipeline.Review{}, pipeline.Errorf(pipeline.NotFound, "There is no such draft.")
	}
	return *r, w.fail
}

func (w *world) Place(ctx context.Context, draft string) (review.Place, error) {
	r, err := w.Find(ctx, draft)
	v, _ := w.find(draft)
	if v == nil {
		return review.Place{}, err
	}
	return review.Place{Ticket: r.Draft.Ticket, State: r.State, Delivery: r.Delivery, SendAt: r.SendAt, Begun: r.Begun, To: v.Ticket.Requester}, err
}

func (w *world) Open(_ context.Context, ref pipeline.TicketRef, by pipeline.Agent, surface string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opened = append(w.opened, ref)
	return w.fail
}

func (w *world) Reread(_ context.Context, draft, text string, put []string) (e pipeline.Edited, err error) {
	if w.findings != nil {
		e.Findings = w.findings(text)
	}
	_, r := w.find(draft)
	for line := range strings.Lines(text) {
		s := pipeline.EditedSentence{Sentence: pipeline.Sentence{Text: strings.TrimSpace(line), Line: true}, State: pipeline.EditUnproven}
		if r != nil {
			for _, d := range r.Draft.Sentences {
				if strings.TrimSpace(d.Text) == s.Text {
					s.Receipts, s.Plain, s.State = d.Receipts, d.Plain, pipeline.EditKept
				}
			}
		}
		for _, h := range w.found {
			if slices.Contains(put, h.Passage.ID) && slices.Contains(h.Quotes, s.Text) {
				s.State, s.Receipts = pipeline.EditProven, []pipeline.Receipt{{Number: 9, Passage: h.Passage.ID, Quote: s.Text}}
			}
		}
		e.Sentences = append(e.Sentences, s)
	}
	return e, w.fail
}

// Here, Gone and Others keep who is at which ticket.
func (w *world) Here(_ context.Context, p presence.Page) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages = append(slices.DeleteFunc(w.pages, func(o presence.Page) bool { return o.ID == p.ID }), p)
	return w.fail
}

func (w *world) Gone(_ context.Context, p presence.Page) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages = slices.DeleteFunc(w.pages, func(o presence.Page) bool { return o.ID == p.ID && o.By.ID == p.By.ID })
	return w.fail
}

func (w *world) Others(_ context.Context, ref pipeline.TicketRef, agent string) (out []presence.Other, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.pages {
		if p.Ticket == ref && p.By.ID != agent {
			out = append(out, presence.Other{Agent: p.By, Writing: p.Writing})
		}
	}
	return out, w.fail
}

// replies are the saved replies of the same world.
type replies struct{ *world }

func (w replies) List(context.Context) ([]saved.Reply, error) { return w.saved, w.fail }

func (w replies) Save(_ context.Context, _ pipeline.Agent, r saved.Reply) error {
	if strings.Contains(r.Text, "{frist") {
		return pipeline.Errorf(pipeline.Invalid, "There is no variable {frist name}.")
	}
	w.saved = append(w.saved, r)
	return w.fail
}

func (w replies) Remove(_ context.Context, _ pipeline.Agent, id string) error {
	w.saved = slices.DeleteFunc(w.saved, func(r saved.Reply) bool { return r.ID == id })
	return w.fail
}

// shelf finds what the world says, whatever is looked for.
type shelf struct{ *world }

func (w shelf) Find(context.Context, pipeline.TicketRef, string) ([]Found, error) {
	return w.found, w.fail
}

func (w *world) Queue(_ context.Context, f work.Filter) (work.Page, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, f)
	if w.fail != nil {
		return work.Page{}, w.fail
	}
	rows, err := w.chosen(f)
	if err != nil {
		return work.Page{}, err
	}
	from, _ := strconv.Atoi(f.After)
	p := work.Page{Rows: rows[min(from, len(rows)):]}
	if len(p.Rows) > f.Limit {
		p.Rows, p.Next = p.Rows[:f.Limit], strconv.Itoa(from+f.Limit)
	}
	return p, nil
}

func (w *world) chosen(f work.Filter) (out []work.Row, err error) {
	if !slices.Contains(work.Views, f.View) {
		return nil, pipeline.Errorf(pipeline.Invalid, "There is no queue view %q.", f.View)
	}
	for _, ref := range w.order {
		r := row(w.tickets[ref])
		show := map[work.View]bool{work.All: true, work.Done: r.State == pipeline.WorkDone, work.Sending: r.State == pipeline.WorkOnItsWay,
			work.Mine: r.Owner.ID == f.Agent && (r.Open() || r.State == pipeline.WorkSnoozed), work.Todo: r.Open(),
			work.Later: r.State == pipeline.WorkSnoozed || r.State == pipeline.WorkWaiting}[f.View]
		if show && strings.Contains(strings.ToLower(r.Subject+r.Requester.Name), strings.ToLower(f.Words)) && (len(f.States) == 0 || slices.Contains(f.States, r.State)) &&
			(f.Desk == "" || f.Desk == ref.Desk) && (f.Queue == "" || f.Queue == r.Queue) && (f.Owner == "" || f.Owner == r.Owner.ID) && (!f.Findings || r.Warnings > 0) {
			out = append(out, r)
		}
	}
	return out, nil
}

func (w *world) Search(_ context.Context, f work.Filter) (work.Filter, error) { return f, nil }

func (w *world) Counts(_ context.Context, f work.Filter, of ...work.View) (map[work.View]work.Count, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[work.View]work.Count{}
	for _, f.View = range of {
		rows, err := w.chosen(f)
		if err != nil {
			return nil, err
		}
		out[f.View] = work.Count{N: min(len(rows), work.MaxCount), More: len(rows) > work.MaxCount}
	}
	return out, w.fail
}

func (w *world) Choices(context.Context) (c work.Choices, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, v := range w.tickets {
		for _, x := range []struct {
			to *[]string
			is string
		}{{&c.Desks, v.Ticket.Desk}, {&c.Queues, v.Ticket.Queue}, {&c.Languages, v.Ticket.Locale}} {
			if x.is != "" && !slices.Contains(*x.to, x.is) {
				*x.to = append(*x.to, x.is)
				slices.Sort(*x.to)
			}
		}
	}
	return c, w.fail
}

// Skipped implements Skips.
func (w *world) Skipped(context.Context, int) ([]SkippedMessage, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.skipped, w.failDecide
}

// TakeIn implements Skips.
func (w *world) TakeIn(_ context.Context, ref pipeline.TicketRef, message string, by pipeline.Agent) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, m := range w.skipped {
		if m.Ticket == ref && m.Message == message {
			w.skipped = append(w.skipped[:i], w.skipped[i+1:]...)
			return nil
		}
	}
	return pipeline.Errorf(pipeline.Conflict, "No rule leaves this message out any more. Reload and look again.")
}

func (w *world) Snooze(_ context.Context, ref pipeline.TicketRef, by pipeline.Agent, until time.Time, _ string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failDecide != nil {
		return w.failDecide
	}
	w.tickets[ref].Work = pipeline.Work{Ticket: ref, State: pipeline.WorkSnoozed, Owner: by, Until: until, Since: now, Message: "m1", Draft: workOf(w.tickets[ref]).Draft}
	return nil
}

func (w *world) Unsnooze(_ context.Context, ref pipeline.TicketRef, _ pipeline.Agent, _ string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tickets[ref].Work = pipeline.Work{}
	return w.failDecide
}

func row(v *review.TicketView) work.Row {
	r := work.Row{Work: workOf(v), Subject: v.Ticket.Subject, Requester: v.Ticket.Requester, Arm: v.Ticket.Arm, Queue: v.Ticket.Queue, Language: v.Ticket.Locale}
	if m, ok := v.Ticket.LastCustomerMessage(); ok {
		r.Excerpt = m.Text
	}
	o := outcome(review.TicketView{Outcomes: v.Outcomes, Work: r.Work})
	r.Outcome, r.Reason = o.Kind, o.Reason
	if r.Draft != "" {
		rv := v.Reviews[0]
		r.Confidence, r.Delivery, r.Abstained = rv.Draft.Confidence, rv.Delivery, rv.Draft.Abstained != ""
	}
	return r
}

// workOf is what package work makes of such a ticket, in the cases that pages of
// these tests show.
func workOf(v *review.TicketView) pipeline.Work {
	if v.Work.State != "" {
		return v.Work
	}
	w := pipeline.Work{Ticket: v.Ticket.TicketRef, State: pipeline.WorkToWrite, Why: pipeline.WhyDrafting}
	m, ok := v.Ticket.LastCustomerMessage()
	if !ok {
		w.State, w.Why = pipeline.WorkDone, pipeline.WhyNothingToDo
		return w
	}
	w.Message, w.WaitsSince = m.ID, m.At
	o := outcome(review.TicketView{Outcomes: v.Outcomes, Work: w})
	set := func(s pipeline.WorkState, why pipeline.WorkWhy, by pipeline.Agent) pipeline.Work {
		w.State, w.Why, w.Owner = s, why, by
		return w
	}
	if repliedSince(v.Ticket, o) {
		return set(pipeline.WorkDone, pipeline.WhyAnsweredAtDesk, pipeline.Agent{})
	}
	if len(v.Reviews) > 0 && v.Reviews[0].Draft.Message == m.ID {
		rv := v.Reviews[0]
		w.Draft, w.Warnings = rv.Draft.ID, len(rv.Draft.Findings)
		switch rv.State {
		case pipeline.StateApproved:
			return set(pipeline.WorkOnItsWay, "", rv.DecidedBy)
		case pipeline.StateSent:
			return set(pipeline.WorkDone, pipeline.WhyAnsweredByUs, rv.DecidedBy)
		case pipeline.StateRejected:
			if pipeline.EndsWork(rv.Reason) {
				return set(pipeline.WorkDone, pipeline.WhyNothingToDo, rv.DecidedBy)
			}
			return set(pipeline.WorkToWrite, pipeline.WhyRejected, pipeline.Agent{})
		case pipeline.StateHandedOff:
			return set(pipeline.WorkToWrite, pipeline.WhyHandedOff, pipeline.Agent{})
		case pipeline.StateSuperseded:
			return set(pipeline.WorkToWrite, pipeline.WhyDrafting, pipeline.Agent{})
		case pipeline.StateStale:
			return set(pipeline.WorkToWrite, pipeline.WhyStale, rv.ClaimedBy)
		case pipeline.StateClaimed:
			return set(pipeline.WorkClaimed, "", rv.ClaimedBy)
		case pipeline.StateReturned:
			if rv.Delivery == pipeline.DeliveryUndone {
				return set(pipeline.WorkToReview, pipeline.WhyUndone, rv.DecidedBy)
			}
			return set(pipeline.WorkToReview, pipeline.WhyReturned, rv.DecidedBy)
		}
		if rv.Draft.Abstained != "" {
			return set(pipeline.WorkToWrite, pipeline.WhyAbstained, pipeline.Agent{})
		}
		return set(pipeline.WorkToReview, "", pipeline.Agent{})
	}
	switch {
	case pipeline.AsksNothing(o.Kind, o.Reason):
		return set(pipeline.WorkDone, pipeline.WhyNothingToDo, pipeline.Agent{})
	case o.Paused():
		w.Why = pipeline.WhyPaused
	case o.Kind == pipeline.OutcomeSkipped:
		w.Why = pipeline.WhyNoDraft
	case o.Kind == pipeline.OutcomeHeldOut:
		w.Why = pipeline.WhyHeldOut
	case o.Kind == pipeline.OutcomeFailed:
		w.Why = pipeline.WhyFailed
	}
	return w
}

func (w *world) Ticket(_ context.Context, ref pipeline.TicketRef) (review.TicketView, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v, ok := w.tickets[ref]
	if !ok {
		return review.TicketView{}, pipeline.Errorf(pipeline.NotFound, "There is no ticket %s.", ref)
	}
	out := *v
	out.Reviews, out.Work = slices.Clone(v.Reviews), workOf(v)
	for i := range out.Reviews {
		out.Reviews[i].Work = out.Work
	}
	return out, w.fail
}

func (w *world) Subscribe(ctx context.Context) (<-chan pipeline.Event, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := make(chan pipeline.Event, 8)
	w.feeds = append(w.feeds, f)
	return f, w.fail
}

// reports, library and letters are the other ports of the same world.
type reports struct{ *world }

// refuse says what a Reporter says.
func refuse(f measure.Filter) error {
	switch {
	case f.Desk == "nope":
		return pipeline.Errorf(pipeline.Invalid, "There is no desk “nope”.")
	case !f.From.Before(f.To):
		return pipeline.Errorf(pipeline.Invalid, "The period ends before it begins.")
	}
	return nil
}

func (w reports) Report(_ context.Context, f measure.Filter) (measure.Report, error) {
	rep := w.report
	rep.From, rep.To = f.From, f.To
	return rep, cmp.Or(w.fail, refuse(f))
}

func (w reports) Tickets(_ context.Context, d measure.Drill) ([]measure.Ticket, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drills = append(w.drills, d)
	if err := refuse(d.Filter); err != nil {
		return nil, err
	}
	if d.Figure == "nonsense" {
		return nil, pipeline.Errorf(pipeline.Invalid, "There is no figure %q.", d.Figure)
	}
	return w.behind, w.fail
}

func (w reports) Baselines(context.Context, string) ([]measure.Baseline, error) {
	return w.baselines, w.fail
}

func (w reports) Choices(context.Context) (measure.Choices, error) { return w.choices, w.fail }

func (w *world) Unread(context.Context, int) ([]UnreadHook, error) { return w.unread, w.fail }

type library struct{ *world }

func (w library) Sources(context.Context) ([]Source, error) { return w.sources, w.fail }

func (w library) RemoveSource(_ context.Context, by pipeline.Agent, name string) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := findSource(w.sources, name)
	if i < 0 {
		return 0, pipeline.Errorf(pipeline.NotFound, "There is no such source.")
	}
	w.removed = append(w.removed, by.ID+" "+name)
	n := w.sources[i].Documents
	w.sources = slices.Delete(w.sources, i, i+1)
	return n, w.fail
}

func (w library) Decisions(context.Context) ([]knowledge.Decision, error) { return w.decided, w.fail }

func (w library) Decide(_ context.Context, by pipeline.Agent, d knowledge.Decision) error {
	d.By, d.At = by.ID, now
	w.decided = append(w.decided, d)
	return w.fail
}

func (w library) TakeBack(_ context.Context, by pipeline.Agent, d knowledge.Decision) error {
	w.decided = slices.DeleteFunc(w.decided, func(o knowledge.Decision) bool { return o.Key == d.Key && o.Value == d.Value })
	return w.fail
}

func (w library) Documents(_ context.Context, f DocumentFilter) (DocumentPage, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.filters = append(w.filters, f)
	from := min(f.Offset, len(w.documents))
	return DocumentPage{Documents: w.documents[from:min(len(w.documents), from+f.Limit)], Total: len(w.documents)}, w.fail
}

func (w library) Document(_ context.Context, id string, version int) (Document, error) {
	for _, d := range w.documents {
		if d.ID == id {
			if version > 0 {
				d.Version = version
			}
			return d, w.fail
		}
	}
	return Document{}, pipeline.Errorf(pipeline.NotFound, "There is no document %q.", id)
}

func (w library) Quarantine(context.Context) ([]Quarantined, error) { return w.bad, w.fail }

// Explain explains what the world says; every ticket when it says nothing.
func (w *world) Explain(_ context.Context, id string) (trace.Trace, error) {
	if w.trace != nil {
		return *w.trace, w.fail
	}
	for _, v := range w.tickets {
		if ref := v.Ticket.TicketRef; ref.String() == id {
			return trace.Trace{ID: id, Is: "a ticket", Ticket: &ref, Steps: []trace.Step{
				{At: ago(26 * time.Hour), Kind: "message", ID: "m1", What: "customer", Detail: v.Ticket.Messages[0].Text},
				{At: ago(time.Hour), Kind: "draft", ID: draftID(0), What: "version 1, extractive, confidence 0.82"},
				{At: ago(time.Minute), Kind: "error", ID: "e1", What: "delivery gave up after 5 tries", Detail: "the desk answered 502"}}}, w.fail
		}
	}
	return trace.Trace{}, pipeline.Errorf(pipeline.NotFound, "Nothing is known under %q.", id)
}

type deadLetters struct{ *world }

func (w deadLetters) DeadLetters(context.Context, int) ([]DeadLetter, error) {
	return w.letters, w.fail
}

func (w deadLetters) Replay(_ context.Context, id int64) error {
	for _, l := range w.letters {
		if l.ID == id {
			w.replayed = append(w.replayed, id)
			return w.fail
		}
	}
	return pipeline.Errorf(pipeline.NotFound, "There is no dead letter %d.", id)
}

func newConsole(t testing.TB, w *world, change ...func(*Config)) *Console {
	t.Helper()
	cfg := Config{Access: w, People: staff{w}, Audit: trail{w}, PublicURL: "http://footnote.example", Review: w, Tickets: w, Queue: w, Snoozes: w, Skips: w, Finder: shelf{w}, Saved: replies{w}, Presence: w, Reports: reports{w}, Knowledge: library{w}, Curation: library{w}, Learning: &learned{state: provenState()}, DeadLetters: deadLetters{w}, Unread: w, Live: w, Traces: w,
		Abstention: Abstention{Threshold: .1, Points: []AbstentionPoint{{Threshold: .1, Drafted: .94, Wrong: .46}, {Threshold: .5, Drafted: .48, Wrong: .24, Lost: .3}}},
		Parts: func(context.Context) []Part {
			return []Part{{Name: "PostgreSQL", OK: true, Detail: "private, 14 MB"}, {Name: "NATS", OK: true, Detail: "embedded, 5 consumers"}, {Name: "Search index", OK: true, Detail: "embedded, 412 passages"},
				{Name: "Model", Detail: "2 of 2 providers refuse: the key is not valid"}, {Name: "desks", Waits: true, Detail: "desk zendesk waits until 12:40 UTC, 14 events (tracking: Zendesk asks to slow down)"}}
		},
		Sandbox: "/sandbox/", Version: "0.1.0", Now: func() time.Time { return now }}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

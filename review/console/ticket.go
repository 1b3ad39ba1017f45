package console

import (
	"cmp"
	"net/http"
	"time"

	"footnote/pipeline"
	"footnote/review"
	"footnote/review/access"
)

// surface names the console in decisions and spans.
const surface = "console"

// ticketPage is one ticket: the thread on one side, what to answer on the other.
type ticketPage struct {
	frame
	Ticket   pipeline.Ticket
	Path     string
	EditPath string
	DeskURL  string // the ticket in the desk; empty when it has no page
	Trace    string // what happened, for those who may see it; else empty
	Audit    string // the audit trail of its drafts, the same
	Who      string
	State    mark
	Latest   *message  // the newest customer message
	Thread   []message // everything, oldest first
	Outcome  review.Outcome
	TakeIn   string // path that has the message answered which a rule left out; empty: none did, or this person may not
	Work     pipeline.Work
	Note     string // why the work is in its state, and who
	Answered bool   // an agent replied since
	Snooze   string // path that puts it off; empty when it cannot be
	Unsnooze string // path that brings it back; empty when it is here
	Snoozes  []option
	History  []review.Entry
	Handling string
	Print    string
	Here     hereView
	Heart    string // path that a page in use is told by; empty: nothing to measure
	Next     string // the next ticket that needs this person
	Desk     string // that the desk does not answer, and what that means here; empty: it does

	Draft    *draftView // nil without one
	Versions []version
	Editing  bool
	Text     string        // in the editor
	Kept     string        // what somebody wrote for a draft that is not shown any more
	Dirty    bool          // it is not what the editor opens with
	Put      []string      // passages that the person put in
	Findings []findingView // of the text in the editor
	Preview  []paragraph   // the same, with what each sentence rests on
	Unproven int           // its sentences that no source found says
	MaySave  bool          // there is a page of saved replies
	Saved    []option      // replies that can be put in
	MayFind  bool          // the editor searches the knowledge
	Finder   finderView
	Problem  *errorView            // why the last action did nothing
	Done     string                // what the last action did
	Leaving  *leavingView          // what it did to another ticket; nil when it was this one
	Tried    pipeline.DecisionKind // the last action when it did nothing, and
	Words    string                // what was written with it
	Reasons  []string
	HandOffs []string
	HandTo   []option     // people and queues to hand it off to; empty: to anybody
	Related  *relatedView // nil: not asked for

	RelatedPath string
}

// message is one entry of the thread.
type message struct {
	pipeline.Message
	Who    string
	Side   string // customer | agent | note | system
	Role   string // in words
	Folded bool   // older ones are folded
}

type version struct {
	Path   string
	Number int
	State  mark
	At     moment
	Here   bool
	Hint   string
}

// rejections and handOffs are reasons people choose from; they may add words.
var (
	rejections = []string{"The answer is wrong", "The source is out of date", "The source does not fit the question", "Something is missing",
		"Tone or language", pipeline.NoReplyNeeded, "Something else"}
	handOffs = []string{"Needs a specialist", "Needs access to the account", "Legal, safety or billing dispute", "Another language", "Something else"}
)

func ticketRef(r *http.Request) pipeline.TicketRef {
	id := r.PathValue("id")
	if id == "" {
		id = r.FormValue("id")
	}
	return pipeline.TicketRef{Desk: r.PathValue("desk"), ID: id}
}

// ticket shows a ticket. Reading one that needs somebody counts as working on it.
func (c *Console) ticket(w http.ResponseWriter, r *http.Request) error {
	ref := ticketRef(r)
	view, err := c.Tickets.Ticket(r.Context(), ref)
	if err != nil {
		return err
	}
	agent, done := agentOf(r), c.done(w, r)
	heart := ""
	if access.May(agent.Role, access.Decide) && needsSomebody(view, agent, r.FormValue("edit") != "") && done.name != string(pipeline.Release) {
		heart = withQuery("/tickets/"+pathEscape(ref.Desk)+"/seen", "id", ref.ID, "edit", r.FormValue("edit"))
		if !refreshing(r) {
			if err := c.Review.Open(r.Context(), ref, agent, surface); err != nil {
				// reading must go on; what is lost is time, and the log says so
				c.Log.WarnContext(r.Context(), "open span", "ticket", ref.String(), "agent", agent.ID, "error", err)
			}
		}
	}
	p := c.ticketPage(r, view, r.FormValue("draft"))
	p.Heart = heart
	if r.FormValue("related") != "" {
		p.Related = c.related(r.Context(), view.Ticket)
	}
	p.Here = c.arrive(r, ref, agent, p.Draft != nil && p.Draft.Can.Edit && r.FormValue("edit") != "")
	if p.Leaving = c.leaving(r, done); p.Leaving == nil && stillDone(view, pipeline.DecisionKind(done.name)) {
		p.Done = doneWords[done.name]
	}
	if p.Draft != nil && p.Draft.Can.Edit && r.FormValue("edit") != "" {
		p.Editing, p.Text = true, p.Draft.startText()
		c.offerSaved(r, &p)
	}
	return c.render(w, http.StatusOK, "ticket", p)
}

// stillDone tells whether what an address says was done last still stands: people
// reload pages, and customers write again.
func stillDone(v review.TicketView, done pipeline.DecisionKind) bool {
	switch done {
	case doneSnooze:
		return v.Work.State == pipeline.WorkSnoozed
	case doneUnsnooze:
		return v.Work.State != pipeline.WorkSnoozed
	}
	if len(v.Reviews) == 0 {
		return false
	}
	switch s := v.Reviews[0].State; done {
	case pipeline.Claim:
		return s == pipeline.StateClaimed
	case pipeline.Approve, pipeline.Edit:
		return s == pipeline.StateApproved || s == pipeline.StateSent
	case pipeline.Reject:
		return s == pipeline.StateRejected
	case pipeline.HandOff:
		return s == pipeline.StateHandedOff
	case pipeline.Arrived:
		return s == pipeline.StateSent
	}
	return true
}

// needsSomebody tells whether time spent on the ticket is handling time: once
// there is nothing to do, it is not, nor after this agent said no to the draft,
// unless they go on to write the reply.
func needsSomebody(v review.TicketView, a pipeline.Agent, writing bool) bool {
	w := v.Work
	if w.State == "" {
		return len(v.Outcomes) > 0 // it came a moment ago
	}
	if w.Why == pipeline.WhyRejected || w.Why == pipeline.WhyHandedOff {
		rv := v.Reviews[max(0, choose(v.Reviews, w.Draft, w.Message))]
		return writing || rv.DecidedBy.ID != a.ID
	}
	return w.Open() || w.State == pipeline.WorkSnoozed
}

// outcome is that of the customer message which the work is about.
func outcome(v review.TicketView) review.Outcome {
	for _, o := range v.Outcomes {
		if o.Message == v.Work.Message {
			return o
		}
	}
	if len(v.Outcomes) == 0 || v.Work.Message != "" {
		return review.Outcome{Message: v.Work.Message}
	}
	return v.Outcomes[len(v.Outcomes)-1]
}

// repliedSince tells whether an agent's public reply came after the message.
func repliedSince(t pipeline.Ticket, o review.Outcome) bool {
	after := false
	for _, m := range t.Messages {
		if m.ID == o.Message {
			after = true
		} else if after && m.Role == pipeline.RoleAgent && m.Public {
			return true
		}
	}
	return false
}

func (c *Console) ticketPage(r *http.Request, v review.TicketView, draft string) ticketPage {
	t, agent := v.Ticket, agentOf(r)
	p := ticketPage{frame: c.frame(r, t.Title(), "/queue"), Ticket: t, Path: TicketPath(t.TicketRef), EditPath: withParam(TicketPath(t.TicketRef), "edit", "1"), DeskURL: local(t.URL),
		Who: personName(t.Requester), History: v.History, Reasons: rejections, HandOffs: handOffs}
	if o := outcome(v); c.Skips != nil && pipeline.AsksNothing(o.Kind, o.Reason) && len(v.Reviews) == 0 && access.May(agent.Role, access.Decide) {
		p.TakeIn = takeInPath(t.TicketRef)
	}
	p.Live, p.Trace, p.Audit = c.Live != nil, c.tracePath(agent, t.TicketRef), c.auditPath(agent, t.TicketRef)
	if p.Title == "" {
		p.Title = "Ticket " + plain(t.ID)
	}
	p.Desk = c.deskAway(t.Desk, v.Work)
	p.Print = fingerprint([]any{t, v.Work, v.Reviews, v.Outcomes, v.History, p.Desk})
	if v.HandlingMS > 0 {
		p.Handling = span(ms(v.HandlingMS))
	}
	p.MayFind = c.mayFind(agent)
	p.Thread, p.Latest = thread(t)
	p.Work, p.Outcome = v.Work, outcome(v)
	p.State, p.Note = workMark(v.Work), c.workNote(v.Work, "")
	p.Answered = repliedSince(t, p.Outcome)
	shown := choose(v.Reviews, cmp.Or(draft, v.Work.Draft), p.Outcome.Message)
	for i, rv := range v.Reviews {
		p.Versions = append(p.Versions, version{Path: withParam(p.Path, "draft", rv.Draft.ID), Number: rv.Draft.Version, Here: i == shown,
			State: draftMark(rv), At: c.moment(rv.Draft.CreatedAt), Hint: rv.Draft.Hint})
	}
	if shown >= 0 {
		p.Draft = newDraftView(v.Reviews[shown], t, agent)
		if c.Signature != nil && p.Draft.Can.Any() {
			p.Draft.Signed = c.Signature(r.Context(), t.Desk, agent)
		}
		p.Draft.Seconds = c.secondsTo(p.Draft.SendAt)
		if shown > 0 && v.Reviews[shown].Draft.ID != v.Work.Draft {
			p.Draft.Can = actions{}
			p.Draft.Older = true
		}
	}
	if p.Draft != nil && draft == "" && p.Outcome.Message != "" && p.Draft.Draft.Message != p.Outcome.Message {
		p.Draft.Can.Redraft = p.Draft.Can.Redraft && p.Outcome.Kind != ""
	}
	p.RelatedPath = withParam(p.Path, "related", "1")
	c.offerSnooze(&p, agent)
	if p.Draft != nil && p.Draft.Can.HandOff {
		p.HandTo = c.handTo(r.Context(), agent)
	}
	if access.May(agent.Role, access.Decide) {
		p.Next = c.nextTicket(r.Context(), agent, t.TicketRef)
	}
	return p
}

// deskAway says that a ticket's desk does not answer, while that matters to the work.
func (c *Console) deskAway(desk string, w pipeline.Work) string {
	if c.Desk == nil || !w.Open() && w.State != pipeline.WorkOnItsWay && w.State != pipeline.WorkSnoozed {
		return ""
	}
	s := c.Desk(desk)
	if s.Since.IsZero() {
		return ""
	}
	at := s.Since.UTC().Format("15:04 UTC")
	if c.Now().Sub(s.Since) > 12*time.Hour {
		at = s.Since.UTC().Format("2 January 15:04 UTC")
	}
	say := s.Name + " does not answer since " + at
	if s.Refused {
		say = s.Name + " refuses Footnote's access since " + at
	}
	if w.State == pipeline.WorkOnItsWay {
		return say + "; your reply waits, and goes out by itself when it can."
	}
	return say + "; what you approve waits, and goes out by itself when it can."
}

// keep puts what somebody wrote for a draft back into the editor, or beside it when
// the page shows another draft now, or one that nobody may answer: words written for
// one draft are never sent as an edit of another.
func (p *ticketPage) keep(draft, text string) {
	if p.Draft != nil && p.Draft.Draft.ID == draft && p.Draft.Can.Edit {
		p.Editing, p.Text = true, text
		return
	}
	p.Kept = text
}

// offerSnooze says whether this person may put the ticket off, or bring it back.
func (c *Console) offerSnooze(p *ticketPage, a pipeline.Agent) {
	if c.Snoozes == nil || !access.May(a.Role, access.Decide) {
		return
	}
	ref := p.Ticket.TicketRef
	switch w := p.Work; {
	case w.State == pipeline.WorkSnoozed:
		p.Unsnooze = withQuery("/tickets/"+pathEscape(ref.Desk)+"/unsnooze", "id", ref.ID)
	case w.Open() && (w.State != pipeline.WorkClaimed || w.Owner.ID == a.ID):
		p.Snooze = withQuery("/tickets/"+pathEscape(ref.Desk)+"/snooze", "id", ref.ID)
		for _, s := range pipeline.SnoozeTimes {
			p.Snoozes = append(p.Snoozes, option{s.Name, s.Label})
		}
	}
}

// choose returns which review is shown: the one asked for, else the newest if it
// answers the newest message; -1 when there is none.
func choose(reviews []pipeline.Review, asked, newest string) int {
	for i, rv := range reviews {
		if asked != "" && rv.Draft.ID == asked {
			return i
		}
	}
	if len(reviews) == 0 || newest != "" && reviews[0].Draft.Message != newest && reviews[0].Stale == "" && reviews[0].State != pipeline.StateStale {
		return -1
	}
	return 0
}

// thread turns messages into what is shown, and finds the customer's latest.
// Everything before it is folded once there is a lot of it.
func thread(t pipeline.Ticket) ([]message, *message) {
	out := make([]message, len(t.Messages))
	latest := -1
	for i, m := range t.Messages {
		out[i] = message{Message: m, Who: personName(m.Author)}
		switch {
		case m.Role == pipeline.RoleCustomer:
			out[i].Side, out[i].Role = "customer", "Customer"
			if m.Public {
				latest = i
			}
		case m.Role == pipeline.RoleSystem || m.Role == pipeline.RoleBot:
			out[i].Side, out[i].Role = "system", "Automatic"
		case !m.Public:
			out[i].Side, out[i].Role = "note", "Internal note"
		default:
			out[i].Side, out[i].Role = "agent", "Agent"
		}
		if m.Marker != "" {
			out[i].Role = "Agent, by Footnote"
		}
	}
	for i := range out {
		out[i].Folded = i < latest && len(out) > 3
	}
	if latest < 0 {
		return out, nil
	}
	return out, &out[latest]
}

// seen is told every minute by a page that somebody uses.
func (c *Console) seen(w http.ResponseWriter, r *http.Request) error {
	ref := ticketRef(r)
	view, err := c.Tickets.Ticket(r.Context(), ref)
	if err != nil {
		return err
	}
	if needsSomebody(view, agentOf(r), r.FormValue("edit") != "") {
		if err := c.Review.Open(r.Context(), ref, agentOf(r), surface); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"footnote/pipeline"
	"footnote/review"
)

// kinds maps the last part of a form's address to the decision it makes.
var kinds = map[string]pipeline.DecisionKind{
	"claim": pipeline.Claim, "release": pipeline.Release, "approve": pipeline.Approve, "edit": pipeline.Edit,
	"reject": pipeline.Reject, "hand-off": pipeline.HandOff, "redraft": pipeline.Redraft, "arrived": pipeline.Arrived, "undo": pipeline.Undo,
}

// doneWords tells what a decision did, on the page it leads to.
var doneWords = map[string]string{
	string(pipeline.Claim):   "You claimed this ticket.",
	string(pipeline.Release): "You released this ticket. Your time on it has stopped.",
	string(pipeline.Approve): "Approved. The reply is on its way.",
	string(pipeline.Edit):    "Approved with your words. The reply is on its way.",
	string(pipeline.Reject):  "Rejected. Your reason is kept to improve drafts.",
	string(pipeline.HandOff): "Handed off.",
	doneSnooze:               "Put off. It comes back by itself, or when the customer writes.",
	doneUnsnooze:             "It is back in the queue.",
	string(pipeline.Arrived): "Noted: the reply arrived. It is not sent again.",
	string(pipeline.Undo):    "Taken back: nothing was sent. Change what you like, or send it again.",
	string(pipeline.Redraft): "A new draft is on its way. This page shows it when it is there.",
}

// decide carries out one form of the ticket page and leads back to it. When it
// cannot, the same page says why and still holds what the person wrote.
func (c *Console) decide(w http.ResponseWriter, r *http.Request) error {
	kind, ok := kinds[r.PathValue("kind")]
	if !ok {
		return pipeline.Errorf(pipeline.NotFound, "There is no such action.")
	}
	if err := r.ParseForm(); err != nil {
		return formError(err)
	}
	f := r.PostForm
	d := pipeline.Decision{Draft: r.PathValue("draft"), Kind: kind, By: agentOf(r), Surface: surface, Seen: pipeline.DraftState(f.Get("seen")),
		Hash: f.Get("hash"), Reason: reason(f)}
	if kind == pipeline.Edit {
		d.Text, d.Put = lineEnds(f.Get("text")), f["put"]
	}
	if kind == pipeline.HandOff {
		to, name, _ := strings.Cut(f.Get("to"), ":")
		switch to {
		case "agent":
			d.To = name
		case "queue":
			d.Queue = name
		}
	}
	before, err := c.Review.Place(r.Context(), d.Draft)
	if err != nil {
		return err
	}
	if err := looked(before, kind, f); err != nil {
		return c.refused(w, r, before, d, err)
	}
	if _, err := c.Review.Decide(r.Context(), d); err != nil {
		return c.refused(w, r, before, d, err)
	}
	to := TicketPath(before.Ticket)
	if leaves[kind] {
		if next := c.nextTicket(r.Context(), d.By, before.Ticket); next != "" {
			to = next
		}
	}
	c.leadTo(w, r, to, string(kind), d.Draft)
	return nil
}

// leaves are the decisions after which a ticket is out of this person's hands: the
// next one follows by itself.
var leaves = map[pipeline.DecisionKind]bool{pipeline.Approve: true, pipeline.Edit: true, pipeline.HandOff: true}

// leavingView is what a decision on another ticket did, on the page that it leads to.
type leavingView struct {
	Say     string // what was done
	Who     string // the customer
	Path    string // the other ticket
	Undo    string // path that takes the approval back; empty when it cannot be
	Seconds int    // until the reply leaves
}

// leaving tells of a decision on another ticket than the page's; nil when there is
// nothing to tell. It never fails a page.
func (c *Console) leaving(r *http.Request, done doneAction) *leavingView {
	if !leaves[pipeline.DecisionKind(done.name)] || done.draft == "" {
		return nil
	}
	at, err := c.Review.Place(r.Context(), done.draft)
	if err != nil {
		c.Log.WarnContext(r.Context(), "tell of the last decision", "draft", done.draft, "error", err)
		return nil
	}
	if at.Ticket == ticketRef(r) {
		return nil
	}
	v := &leavingView{Say: doneWords[done.name], Who: personName(at.To), Path: TicketPath(at.Ticket), Seconds: c.secondsTo(at.SendAt)}
	if at.Undoable() {
		v.Say, v.Undo = "Approved.", "/drafts/"+pathEscape(done.draft)+"/undo"
	}
	return v
}

// secondsTo counts the whole seconds until t, at least 0.
func (c *Console) secondsTo(t time.Time) int {
	return max(0, int((t.Sub(c.Now())+time.Second-1)/time.Second))
}

// looked refuses to send once more what may have arrived, unless the person says
// that they looked.
func looked(p review.Place, kind pipeline.DecisionKind, f url.Values) error {
	if (kind == pipeline.Approve || kind == pipeline.Edit) && p.Unsure() && f.Get("looked") == "" {
		return pipeline.Errorf(pipeline.Invalid, "Nothing was sent: the customer may have this reply already. Look at the ticket in the desk, then say that you looked.")
	}
	return nil
}

// toTicket leads from the address of an action, where a refused one shows the
// ticket, to the ticket itself: people reload pages.
func (c *Console) toTicket(w http.ResponseWriter, r *http.Request) error {
	at, err := c.Review.Place(r.Context(), r.PathValue("draft"))
	if err != nil {
		return err
	}
	to := TicketPath(at.Ticket)
	switch r.PathValue("kind") {
	case "edit", "check", "find", "insert", "saved":
		to = withParam(to, "edit", "1")
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func formError(err error) error {
	if tooLarge(err) {
		return err
	}
	return pipeline.Errorf(pipeline.Invalid, "The form could not be read.")
}

// reason joins the chosen reason and the person's own words.
func reason(f url.Values) string {
	chosen, words := strings.TrimSpace(f.Get("reason")), strings.TrimSpace(lineEnds(f.Get("words")))
	if chosen == "" || words == "" {
		return chosen + words
	}
	return chosen + ": " + words
}

// lineEnds undoes what browsers do to line ends in forms.
func lineEnds(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// refused shows the ticket as it is now, with the reason why nothing was done
// and the text that was to be sent.
func (c *Console) refused(w http.ResponseWriter, r *http.Request, before review.Place, d pipeline.Decision, cause error) error {
	problem := c.explain(r, cause)
	view, err := c.Tickets.Ticket(r.Context(), before.Ticket)
	if err != nil {
		return cause // its page keeps the text too
	}
	p := c.ticketPage(r, view, "")
	p.Problem, p.Tried, p.Words = &problem, d.Kind, lineEnds(r.PostForm.Get("words"))
	if d.Kind == pipeline.Edit {
		p.keep(d.Draft, d.Text)
	}
	if p.Editing {
		if edited, err := c.Review.Reread(r.Context(), d.Draft, d.Text, d.Put); err == nil {
			p.showEdited(edited)
		}
		p.Put = d.Put
	}
	return c.render(w, problem.Status, "ticket", p)
}

func ms(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

func pathEscape(s string) string { return url.PathEscape(s) }

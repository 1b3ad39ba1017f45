package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"footnote/pipeline"
	"footnote/review/access"
)

// form collects what a form on the page would post.
func form(t *testing.T, a answer, action string) url.Values {
	t.Helper()
	forms := a.find("form", "action", action)
	if len(forms) != 1 {
		t.Fatalf("%d forms post to %s", len(forms), action)
	}
	out := url.Values{}
	walk(forms[0], func(n *html.Node) {
		switch name := attr(n, "name"); {
		case name == "":
		case n.Data == "input":
			out.Add(name, attr(n, "value"))
		case n.Data == "textarea":
			text := ""
			if n.FirstChild != nil {
				text = n.FirstChild.Data
			}
			out.Add(name, text)
		}
	})
	return out
}

const firstTicket = "/tickets/sandbox/1040"

func TestApprovePostsWhatWasSeen(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	page := ask(t, c, access.RoleAgent, firstTicket, nil)
	want(t, page, 200, "Approve & send", "Goes to Ada Lovelace", "60 days", "Probably answers it, 82 %", "Billing › Invoice details", "version 3", "Public", "You promise this")
	at := "/drafts/" + draftID(0) + "/approve"
	claimed := ask(t, newConsole(t, typical()), access.RoleAgent, at, form(t, page, at))
	if a := ask(t, c, access.RoleAgent, firstTicket, nil, after(claimed)); strings.Contains(a.words(), "Approved. The reply") {
		t.Error("an approval that never was is told")
	}
	for kind, to := range map[string]string{"approve": firstTicket, "edit": firstTicket + "?edit=1"} { // reloaded after a refusal
		if a := ask(t, c, access.RoleAgent, "/drafts/"+draftID(0)+"/"+kind, nil); a.StatusCode != 303 || a.Header.Get("Location") != to {
			t.Errorf("reloading %s: status %d to %q", kind, a.StatusCode, a.Header.Get("Location"))
		}
	}
	want(t, ask(t, c, access.RoleAgent, "/drafts/"+draftID(99)+"/edit", nil), 404)
	f := form(t, page, at)
	a := ask(t, c, access.RoleAgent, at, f)
	if a.StatusCode != 303 || a.Header.Get("Location") != "/tickets/sandbox/1042" { // the next one
		t.Fatalf("status %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	_, r := w.find(draftID(0))
	d := w.decisions[0]
	if d.Kind != pipeline.Approve || d.Seen != pipeline.StateOpen || d.Hash != r.ApproveHash || d.By != jo || d.Surface != "console" || d.Text != "" {
		t.Errorf("decision is %+v", d)
	}
	told := ask(t, c, access.RoleAgent, "/tickets/sandbox/1042", nil, after(a))
	want(t, told, 200, "Approved. The reply is on its way.", "Show it")
	want(t, ask(t, c, access.RoleAgent, firstTicket, nil), 200, "On its way", "Next ticket")
	for name, again := range map[string]answer{"reloaded": ask(t, c, access.RoleAgent, "/tickets/sandbox/1042", nil, after(told)), "another tab": ask(t, c, access.RoleAgent, "/tickets/sandbox/1041", nil, after(a))} {
		if strings.Contains(again.words(), "The reply is on its way.") {
			t.Errorf("%s: the banner of a past action is told again", name)
		}
	}
	// the second click
	again := ask(t, c, access.RoleAgent, at, f)
	want(t, again, 409, "Not done.", "Somebody decided this already.")
}

func TestEditKeepsTheWordsWhateverFails(t *testing.T) {
	t.Parallel()
	const mine = "Hello,\r\nmy own <b>words</b> & more."
	at := "/drafts/" + draftID(0) + "/edit"
	post := url.Values{"seen": {"open"}, "text": {mine}}
	for name, c := range map[string]struct {
		fail   error
		status int
	}{
		"conflict":    {pipeline.Errorf(pipeline.Conflict, "Max claimed this draft."), 409},
		"invalid":     {pipeline.Errorf(pipeline.Invalid, "Not sent: it links to an internal page."), 422},
		"unavailable": {pipeline.Errorf(pipeline.Unavailable, "The database is away."), 503},
		"internal":    {fmt.Errorf("disk full at /var"), 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := typical()
			w.failDecide = c.fail
			w.findings = func(string) []pipeline.Finding {
				return []pipeline.Finding{{Severity: pipeline.Block, Detail: "An internal page is named.", Sentence: -1}}
			}
			a := ask(t, newConsole(t, w), access.RoleAgent, at, post)
			want(t, a, c.status, "Not done.", pipeline.Say(c.fail), "Must change", "An internal page is named.")
			if got := form(t, a, at).Get("text"); got != lineEnds(mine) {
				t.Errorf("the editor holds %q", got)
			}
			if strings.Contains(a.Body, "/var") {
				t.Error("the page tells an internal cause")
			}
			if w.decisions[0].Text != lineEnds(mine) {
				t.Errorf("posted text %q", w.decisions[0].Text)
			}
		})
	}
	t.Run("stale meanwhile", func(t *testing.T) {
		t.Parallel()
		w := typical()
		_, r := w.find(draftID(0))
		r.State, r.Stale = pipeline.StateStale, "The customer wrote again."
		a := ask(t, newConsole(t, w), access.RoleAgent, at, post)
		want(t, a, 409, "The customer wrote again.", "It was not sent; copy what you need", "Ask for a new draft")
		if kept := a.find("textarea", "id", "kept"); len(kept) != 1 || kept[0].FirstChild.Data != lineEnds(mine) {
			t.Error("the words are gone")
		}
	})
	t.Run("nothing can be read", func(t *testing.T) {
		t.Parallel()
		w := typical()
		w.fail = pipeline.Errorf(pipeline.Unavailable, "The database is away.")
		a := ask(t, newConsole(t, w), access.RoleAgent, at, post)
		want(t, a, 503, "The database is away.")
		if kept := a.find("textarea", "id", "kept"); len(kept) != 1 || kept[0].FirstChild.Data != mine && kept[0].FirstChild.Data != lineEnds(mine) {
			t.Error("the words are gone")
		}
	})
	t.Run("session ended", func(t *testing.T) {
		t.Parallel()
		w := typical()
		a := ask(t, newConsole(t, w), "", at, post)
		want(t, a, 401, "Your session has ended")
		if kept := a.find("textarea", "id", "kept"); len(kept) != 1 || len(w.decisions) != 0 {
			t.Error("the words are gone, or were sent")
		}
	})
}

func TestEditorOpensWithTheDraft(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	_, r := w.find(draftID(0))
	at := "/drafts/" + draftID(0)
	if got := form(t, ask(t, c, access.RoleAgent, firstTicket+"?edit=1", nil), at+"/edit").Get("text"); got != r.Draft.Text() {
		t.Errorf("the editor holds %q, the draft is %q", got, r.Draft.Text())
	}
	// an edited reply that came back is what is edited, and sent, again
	_, r = w.find(draftID(3))
	r.Text = "\n  my words\n"
	at = "/drafts/" + draftID(3)
	page := ask(t, c, access.RoleAgent, "/tickets/sandbox/1043", nil)
	want(t, page, 200, "Refused by the desk", "the ticket is closed", "Send again")
	if got := form(t, page, at+"/edit").Get("text"); strings.TrimLeft(got, "\n") != strings.TrimLeft(r.Text, "\n") {
		t.Errorf("“Send again” posts %q", got)
	}
	if len(page.find("form", "action", at+"/approve")) != 0 {
		t.Error("approving would lose the person's words")
	}
	if got := form(t, ask(t, c, access.RoleAgent, "/tickets/sandbox/1043?edit=1", nil), at+"/edit").Get("text"); got != r.Text {
		t.Errorf("the editor holds %q", got)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	w := typical()
	w.findings = func(text string) []pipeline.Finding {
		if !strings.Contains(text, "90") {
			return nil
		}
		return []pipeline.Finding{{Severity: pipeline.Warn, Detail: "90 days stands in no source.", Sentence: -1}}
	}
	c := newConsole(t, w)
	at := "/drafts/" + draftID(0) + "/check"
	script := func(r *http.Request) { r.Header.Set("Accept", "application/json") }
	var got checked
	a := ask(t, c, access.RoleAgent, at, url.Values{"text": {"within 90 days"}}, script)
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil || len(got.Findings) != 1 || got.Findings[0].Word != "Check" {
		t.Errorf("%s, %v", a.Body, err)
	}
	if a := ask(t, c, access.RoleAgent, at, url.Values{"text": {"soon"}}, script); !strings.HasPrefix(a.Body, `{"findings":[],"sentences":[{"text":"soon","state":"unproven","cites":[],"gap":1}]`) {
		t.Errorf("nothing found is %s", a.Body)
	}
	page := ask(t, c, access.RoleAgent, at, url.Values{"text": {"within 90 days"}})
	want(t, page, 200, "90 days stands in no source.")
	if form(t, page, "/drafts/"+draftID(0)+"/edit").Get("text") != "within 90 days" {
		t.Error("the editor lost the text")
	}
	if a := ask(t, c, "", at, url.Values{"text": {"x"}}, script); a.StatusCode != 401 || !strings.Contains(a.Body, `"problem"`) {
		t.Errorf("without a session: %d %s", a.StatusCode, a.Body)
	}
	if len(w.decisions) != 0 {
		t.Error("checking decided something")
	}
}

func TestEveryDecision(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]struct {
		form  url.Values
		kind  pipeline.DecisionKind
		why   string
		words string
	}{
		"claim":    {url.Values{"seen": {"open"}}, pipeline.Claim, "", "You claimed this ticket."},
		"reject":   {url.Values{"seen": {"open"}, "reason": {"The answer is wrong"}, "words": {" it is\r\n60 "}}, pipeline.Reject, "The answer is wrong: it is\n60", "Rejected"},
		"hand-off": {url.Values{"seen": {"open"}, "reason": {"Needs a specialist"}}, pipeline.HandOff, "Needs a specialist", "Handed off"},
		"redraft":  {url.Values{"seen": {"open"}, "words": {"mention VAT"}}, pipeline.Redraft, "mention VAT", "A new draft is on its way."},
	} {
		w := typical()
		con := newConsole(t, w)
		a := ask(t, con, access.RoleAgent, "/drafts/"+draftID(0)+"/"+kind, c.form)
		if a.StatusCode != 303 {
			t.Fatalf("%s: %d %s", kind, a.StatusCode, a.words())
		}
		if d := w.decisions[0]; d.Kind != c.kind || d.Reason != c.why || d.Seen != pipeline.StateOpen {
			t.Errorf("%s: %+v", kind, d)
		}
		want(t, ask(t, con, access.RoleAgent, a.Header.Get("Location"), nil, after(a)), 200, c.words)
	}
	c := newConsole(t, typical())
	want(t, ask(t, c, access.RoleAgent, "/drafts/"+draftID(0)+"/explode", url.Values{}), 404)
	want(t, ask(t, c, access.RoleAgent, "/drafts/none/claim", url.Values{}), 404)
	if a := ask(t, c, access.RoleAgent, "/drafts/"+draftID(0)+"/edit", url.Values{"text": {strings.Repeat("x", maxForm)}}); a.StatusCode != 413 {
		t.Errorf("a huge form: %d", a.StatusCode)
	}
}

// TestLongTexts: no field cuts what is pasted into it, the true length is said, and
// what was written is given back.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	for _, path := range []string{firstTicket, firstTicket + "?edit=1", "/operations"} {
		for _, tag := range []string{"textarea", "input"} {
			for _, n := range ask(t, c, access.RoleManager, path, nil).find(tag, "", "") {
				if attr(n, "maxlength") != "" && attr(n, "type") != "search" {
					t.Errorf("%s: %s cuts what is pasted", path, attr(n, "name"))
				}
			}
		}
	}
	v, _ := w.find(draftID(0))
	v.Ticket.Messages[0].Text = strings.Repeat("ä", 300_000)
	if !strings.Contains(ask(t, c, access.RoleAgent, firstTicket, nil).words(), "shortened: 300 000 characters in all") {
		t.Error("a long message does not say how long it is")
	}
	v.Ticket.Messages[0].Text = "How?"
	w.failDecide = pipeline.Errorf(pipeline.Invalid, "The note has 6000 characters.")
	note := strings.Repeat("x", 6000)
	a := ask(t, c, access.RoleAgent, "/drafts/"+draftID(0)+"/hand-off", url.Values{"seen": {"open"}, "reason": {"Needs a specialist"}, "words": {note}})
	want(t, a, 422, "The note has 6000 characters.", note)
	a = ask(t, c, access.RoleAgent, "/drafts/"+draftID(0)+"/edit", url.Values{"seen": {"open"}, "text": {strings.Repeat("ä", 300_000)}})
	if a.StatusCode != 422 || !strings.Contains(a.Body, strings.Repeat("ä", 300_000)) {
		t.Errorf("a long reply is not given back: %d", a.StatusCode)
	}
}

// TestSendAgainWantsALook: a reply of which it is not known whether it arrived is sent
// again only by somebody who says that they looked; or it arrived.
func TestSendAgainWantsALook(t *testing.T) {
	t.Parallel()
	w := typical()
	v, r := w.find(draftID(0))
	r.State, r.Delivery, r.Text, r.Reason = pipeline.StateReturned, pipeline.DeliveryAsked, r.Draft.Text(), "The ticket changed since."
	at, hash := "/drafts/"+draftID(0), r.ApproveHash
	c := newConsole(t, w)
	page := ask(t, c, access.RoleAgent, TicketPath(v.Ticket.TicketRef), nil)
	for _, say := range []string{"It arrived", "Send again", "I looked: the customer does not have it", "The ticket changed since.", "Look for it at the desk"} {
		if !strings.Contains(page.Body, say) {
			t.Errorf("the page does not say %q", say)
		}
	}
	for _, kind := range []string{"approve", "edit"} {
		a := ask(t, c, access.RoleAgent, at+"/"+kind, url.Values{"seen": {"returned"}, "hash": {hash}, "text": {"Again"}})
		if a.StatusCode < 400 || a.StatusCode >= 500 || !strings.Contains(a.Body, "Nothing was sent") || len(w.decisions) != 0 {
			t.Errorf("%s: %d, %d decisions", kind, a.StatusCode, len(w.decisions))
		}
	}
	want(t, ask(t, c, access.RoleAgent, at+"/approve", url.Values{"seen": {"returned"}, "hash": {hash}, "looked": {"yes"}}), 303)
	r.State, r.Delivery = pipeline.StateReturned, pipeline.DeliveryAsked
	a := ask(t, c, access.RoleAgent, at+"/arrived", url.Values{"seen": {"returned"}})
	want(t, a, 303)
	want(t, ask(t, c, access.RoleAgent, a.Header.Get("Location"), nil, after(a)), 200, "Noted: the reply arrived.")
	if len(w.decisions) != 2 || w.decisions[0].Kind != pipeline.Approve || w.decisions[1].Kind != pipeline.Arrived {
		t.Errorf("%+v", w.decisions)
	}
}

// TestOffers checks who is offered what in which state.
func TestOffers(t *testing.T) {
	t.Parallel()
	open := actions{Approve: true, Edit: true, Claim: true, Reject: true, HandOff: true, Redraft: true}
	held := actions{Approve: true, Edit: true, Release: true, Reject: true, HandOff: true, Redraft: true}
	for name, c := range map[string]struct {
		change func(*pipeline.Review)
		by     pipeline.Agent
		want   actions
	}{
		"open":              {func(r *pipeline.Review) {}, jo, open},
		"owner":             {func(r *pipeline.Review) {}, kim, actions{}},
		"mine":              {func(r *pipeline.Review) { r.State, r.ClaimedBy = pipeline.StateClaimed, jo }, jo, held},
		"theirs":            {func(r *pipeline.Review) { r.State, r.ClaimedBy = pipeline.StateClaimed, ida }, jo, actions{}},
		"theirs, a manager": {func(r *pipeline.Review) { r.State, r.ClaimedBy = pipeline.StateClaimed, jo }, maxim, actions{Release: true}},
		"outdated":          {func(r *pipeline.Review) { r.Stale = "x" }, jo, actions{Reject: true, HandOff: true, Redraft: true}},
		"stale":             {func(r *pipeline.Review) { r.State, r.Stale = pipeline.StateStale, "x" }, jo, actions{Redraft: true}},
		"abstained":         {func(r *pipeline.Review) { r.Draft.Abstained, r.ApproveHash = "x", "" }, jo, actions{Edit: true, Claim: true, Reject: true, HandOff: true, Redraft: true}},
		"returned":          {func(r *pipeline.Review) { r.State, r.Text = pipeline.StateReturned, r.Draft.Text() }, jo, actions{Approve: true, Edit: true, Reject: true, HandOff: true, Redraft: true}},
		"asked": {func(r *pipeline.Review) {
			r.State, r.Delivery, r.Text = pipeline.StateReturned, pipeline.DeliveryAsked, r.Draft.Text()
		}, jo, actions{Approve: true, Edit: true, Reject: true, HandOff: true, Redraft: true, Arrived: true}},
		"approved":   {func(r *pipeline.Review) { r.State = pipeline.StateApproved }, jo, actions{}},
		"sent":       {func(r *pipeline.Review) { r.State = pipeline.StateSent }, ida, actions{}},
		"superseded": {func(r *pipeline.Review) { r.State = pipeline.StateSuperseded }, ida, actions{}},
	} {
		r := pipeline.Review{Draft: sampleDraft(pipeline.TicketRef{Desk: "d", ID: "1"}, "x"), State: pipeline.StateOpen, ApproveHash: "h"}
		c.change(&r)
		if got := allowed(r, c.by); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestSpansCountWork checks that looking at a ticket counts as handling it only
// while it needs somebody.
func TestSpansCountWork(t *testing.T) {
	t.Parallel()
	for path, counts := range map[string]bool{
		"/tickets/sandbox/1040": true, "/tickets/sandbox/1041": true, "/tickets/sandbox/1042": true, "/tickets/sandbox/1043": true, "/tickets/sandbox/1044": true,
		"/tickets/sandbox/1045": false, "/tickets/sandbox/1046": false, "/tickets/sandbox/1047": false, "/tickets/sandbox/1048": false, // Jo handed it off
		"/tickets/sandbox/1060": true, "/tickets/sandbox/1061": true, "/tickets/sandbox/1062": true, "/tickets/sandbox/1063": false,
	} {
		w := typical()
		c := newConsole(t, w)
		page := ask(t, c, access.RoleAgent, path, nil)
		want(t, page, 200)
		if got := len(w.opened) == 1; got != counts {
			t.Errorf("%s: counted %v, want %v", path, got, counts)
		}
		heart := attr(page.find("div", "id", "live-ticket")[0], "data-heart")
		if (heart != "") != counts {
			t.Errorf("%s: heart %q", path, heart)
		}
		if counts {
			if a := ask(t, c, access.RoleAgent, heart, url.Values{}); a.StatusCode != 204 || len(w.opened) != 2 {
				t.Errorf("%s: heartbeat %d, %d touches", path, a.StatusCode, len(w.opened))
			}
			ask(t, c, access.RoleAgent, path, nil, func(r *http.Request) { r.Header.Set("X-Footnote-Refresh", "1") })
			if len(w.opened) != 2 {
				t.Errorf("%s: a page that reads itself again counts as work", path)
			}
		}
		w.opened = nil
		if ask(t, c, access.RoleOwner, path, nil); len(w.opened) != 0 {
			t.Errorf("%s: somebody who cannot decide is timed", path)
		}
	}
	released := typical()
	c := newConsole(t, released)
	a := ask(t, c, access.RoleAgent, "/drafts/"+draftID(1)+"/release", url.Values{"seen": {"claimed"}})
	want(t, a, 303)
	if want(t, ask(t, c, access.RoleAgent, a.Header.Get("Location"), nil, after(a)), 200, "Your time on it has stopped"); len(released.opened) != 0 {
		t.Error("the page that a release leads to counts as work")
	}
	w := typical()
	_, r := w.find(draftID(0))
	r.State = pipeline.StateSent
	if a := ask(t, newConsole(t, w), access.RoleAgent, "/tickets/sandbox/seen?id=1040", url.Values{}); a.StatusCode != 204 || len(w.opened) != 0 {
		t.Errorf("an old page's heartbeat: %d, %d touches", a.StatusCode, len(w.opened))
	}
}

func TestTicketStates(t *testing.T) {
	t.Parallel()
	c := newConsole(t, typical())
	for path, words := range map[string][]string{
		"/tickets/sandbox/1041":                      {"Claimed", "Max Feld is on it"},
		"/tickets/sandbox/1042":                      {"No draft", "cover under half", "Nearest passages", "Internal", "Write the reply"},
		"/tickets/sandbox/1044":                      {"Out of date", "The customer wrote again", "Ask for a new draft", "Earlier in this conversation", "Internal note", "2 drafts on this ticket"},
		"/tickets/sandbox/1045":                      {"On its way", "Waiting to be sent", "It is shown as sent once the desk has it."},
		"/tickets/sandbox/1046":                      {"The desk has it.", "Approved by Jo Marsh", "Message desk-9913 in the desk", "What was changed in the draft", "2 min 34 s of work"},
		"/tickets/sandbox/1047":                      {"Done", "nothing to answer by Jo Marsh", "Rejected", "No reply is needed"},
		"/tickets/sandbox/1048":                      {"Handed off", "clause 7"},
		"/tickets/sandbox/1060":                      {"To write", "control: without a draft", "No draft is shown"},
		"/tickets/sandbox/1061":                      {"A draft is being written"},
		"/tickets/sandbox/1062":                      {"Drafting failed", "gave up after 5 tries"},
		"/tickets/sandbox/1063":                      {"Done", "Nothing to answer", "auto-reply"},
		"/tickets/sandbox/1044?draft=" + draftID(40): {"older version", "Replaced"},
	} {
		a := ask(t, c, access.RoleAgent, path, nil)
		want(t, a, 200, words...)
		if path != "/tickets/sandbox/1046" && strings.Contains(a.words(), "The desk has it") {
			t.Errorf("%s is shown as sent", path)
		}
	}
	if a := ask(t, c, access.RoleAgent, "/tickets/sandbox/1060", nil); strings.Contains(a.Body, "/drafts/") {
		t.Error("a control ticket shows something of a draft")
	}
}

func TestControlTicketSaysWhenItWasAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld()
	v := sampleTicket(20, "Team plan for schools", "Is there a discount for schools?", 15*time.Minute)
	v.Ticket.Arm, v.Outcomes[0].Kind = pipeline.ArmControl, pipeline.OutcomeHeldOut
	w.add(v)
	c, path := newConsole(t, w), TicketPath(v.Ticket.TicketRef)
	want(t, ask(t, c, access.RoleAgent, path, nil), 200, "Answer this one without a draft")
	v.Ticket.Messages = append(v.Ticket.Messages, pipeline.Message{ID: "reply", Role: pipeline.RoleAgent, Public: true, Text: "Yes, a fifth.", At: now})
	w.add(v)
	if a := ask(t, c, access.RoleAgent, path, nil); strings.Contains(a.words(), "until you reply") || !strings.Contains(a.words(), "Answered in the desk") {
		t.Errorf("an answered control ticket says: %s", a.words())
	}
}

package bottest

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

// Cases is the list, in the order of the table.
var Cases = []Case{
	{"unsigned refused", caseUnsigned},
	{"clock skew refused", caseSkew},
	{"duplicate ×3", caseDuplicate},
	{"reordered", caseReordered},
	{"own note ignored", caseOwnNote},
	{"own reply ignored", caseOwnReply},
	{"agent reply voids", caseAgentReply},
	{"follow-up voids", caseFollowUp},
	{"moved meanwhile", caseMoved},
	{"solved and reopened", caseReopened},
	{"deleted", caseDeleted},
	{"merged", caseMerged},
	{"429", caseThrottled},
	{"5xx", caseServerError},
	{"lost answer", caseLostAnswer},
	{"our reply is moved", caseReplyMoved},
	{"50 kB HTML", caseBigHTML},
	{"empty", caseEmpty},
	{"attachments only", caseAttachments},
	{"right to left", caseRightToLeft},
	{"quoted history", caseQuoted},
	{"automatic reply", caseAutoReply},
	{"an hour down", caseHourDown},
	{"in whose name", caseInWhoseName},
	{"one note", caseOneNote},
	{"an anonymous visitor", caseVisitor},
	{"an idle minute", caseIdleMinute},
	{"setup twice", caseSetupTwice},
	{"tags by outcome", caseTags},
	{"status after sending", caseAfterSend},
}

// caseVisitor: a visitor of whom the platform knows no name is greeted by none, and a chat
// without a subject is named by its first words.
func caseVisitor(r *run) {
	if !r.Chats {
		r.skip("the platform's fake has no chats of visitors")
	}
	ref, m := r.Begin(Said{Role: pipeline.RoleCustomer, Visitor: true, Text: question})
	r.j.news()
	t, err := r.j.tracker.Ticket(r.t.Context(), ref)
	if err != nil {
		r.Fatalf("ticket: %v", err)
	}
	if name := text.FirstName(t.Requester.Name); name != "" {
		r.Errorf("the visitor would be greeted as %q (%q)", name, t.Requester.Name)
	}
	if t.Title() != question {
		r.Errorf("the ticket is named %q", t.Title())
	}
	r.wantDrafts(ref, m)
}

const question = "How do I change the address of my order?"

// begin opens a ticket and tracks it.
func (r *run) begin(s Said) (pipeline.TicketRef, string) {
	s.Role = pipeline.RoleCustomer
	ref, m := r.Begin(s)
	r.j.news()
	return ref, m
}

// message finds a message of a ticket as tracking has it.
func (r *run) message(ref pipeline.TicketRef, id string) pipeline.Message {
	t, err := r.j.tracker.Ticket(r.t.Context(), ref)
	if err != nil {
		r.Fatalf("ticket %s: %v", ref, err)
	}
	i := slices.IndexFunc(t.Messages, func(m pipeline.Message) bool { return m.ID == id })
	if i < 0 {
		r.Fatalf("message %s is not in ticket %s", id, ref)
	}
	return t.Messages[i]
}

func (r *run) hooks() []Hook {
	if r.Hooks == nil {
		r.skip("the platform sends no webhooks")
	}
	return r.Hooks()
}

func caseUnsigned(r *run) {
	r.hooks()
	r.Begin(Said{Role: pipeline.RoleCustomer, Text: question})
	for _, h := range r.Hooks() {
		changed := append(slices.Clone(h.Body), ' ')
		for name, bad := range map[string]Hook{"no headers": {http.Header{}, h.Body}, "another body": {h.Header, changed}} {
			if name == "another body" && r.Sign == nil {
				continue // a secret in a header covers no body
			}
			if code := r.j.hook(bad); code != http.StatusUnauthorized {
				r.Errorf("%s: answered %d, want 401", name, code)
			}
		}
	}
	if r.j.intake != 0 {
		r.Errorf("%d events were published", r.j.intake)
	}
}

func caseSkew(r *run) {
	r.hooks()
	r.Begin(Said{Role: pipeline.RoleCustomer, Text: question})
	hooks := r.Hooks()
	r.Advance(10 * time.Minute)
	for _, h := range hooks {
		if code := r.j.hook(h); code != http.StatusUnauthorized {
			r.Errorf("ten minutes old: answered %d, want 401", code)
		}
	}
	r.Advance(-20 * time.Minute)
	for _, h := range hooks {
		if code := r.j.hook(h); code != http.StatusUnauthorized {
			r.Errorf("ten minutes ahead: answered %d, want 401", code)
		}
	}
}

func caseDuplicate(r *run) {
	r.hooks()
	ref, m := r.Begin(Said{Role: pipeline.RoleCustomer, Text: question})
	hooks := r.Hooks()
	r.j.bring(hooks...)
	once := r.j.intake
	r.Advance(2 * time.Second)
	r.j.bring(hooks...)
	r.j.bring(hooks...)
	if once == 0 || r.j.intake != once {
		r.Errorf("%d events for one delivery, %d after three", once, r.j.intake)
	}
	r.wantDrafts(ref, m)
}

func caseReordered(r *run) {
	r.hooks()
	ref, a := r.Begin(Said{Role: pipeline.RoleCustomer, Text: question})
	r.Advance(time.Second)
	b := r.Write(ref, Said{Role: pipeline.RoleAgent, Text: "Which order?"})
	r.Advance(time.Second)
	c := r.Write(ref, Said{Role: pipeline.RoleCustomer, Text: "Order 1001, how do I change it?"})
	hooks := r.Hooks()
	slices.Reverse(hooks)
	r.j.bring(hooks...)
	t, err := r.j.tracker.Ticket(r.t.Context(), ref)
	if err != nil {
		r.Fatalf("ticket: %v", err)
	}
	var got []string
	for _, m := range t.Messages {
		got = append(got, m.ID)
	}
	if !slices.Equal(got, []string{a, b, c}) {
		r.Errorf("the thread is %v, want %v", got, []string{a, b, c})
	}
	if r.j.drafts(ref)[c] != 1 {
		r.Errorf("the newest message has %d drafts, want 1", r.j.drafts(ref)[c])
	}
}

func caseOwnNote(r *run) {
	noter, ok := r.Desk.(bots.Noter)
	if !ok || r.Notes == nil {
		r.skip("the desk takes no private notes")
	}
	ref, m := r.begin(Said{Text: question})
	before := len(r.j.causes(ref))
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	id, err := noter.Note(ctx, bots.Note{Ticket: ref, Text: "Draft:\nOpen settings?", Marker: bots.MarkerFor(uuid())})
	if err != nil || id == "" {
		r.Fatalf("note: %q, %v", id, err)
	}
	if notes := r.Notes(ref); len(notes) != 1 || !bots.SameText(notes[0].Text, "Draft:\nOpen settings?") || notes[0].ID != id {
		r.Errorf("the platform has the notes %+v", notes)
	}
	if n := len(r.Accepted(ref)); n != 0 {
		r.Errorf("%d public replies for a private note", n)
	}
	r.j.news()
	r.wantDrafts(ref, m)
	if got := r.j.causes(ref); len(got) != before {
		r.Errorf("our note makes a new revision: %v", got)
	}
	if d := r.j.send(r.j.approve(ref, m, "Open settings.")); d.State != pipeline.DeliverySent {
		r.Errorf("after our note the reply is %s: %s", d.State, d.Reason)
	}
}

func caseOwnReply(r *run) {
	ref, m := r.begin(Said{Text: question})
	r.Advance(time.Second)
	d := r.j.send(r.j.approve(ref, m, "Open settings. Does that help?"))
	if d.State != pipeline.DeliverySent {
		r.Fatalf("the reply is %s: %s", d.State, d.Reason)
	}
	r.j.news()
	r.j.news()
	r.wantDrafts(ref, m)
	if rd, ok := bots.ReaderOf(r.Desk); ok {
		t, err := rd.Thread(r.t.Context(), ref)
		if err != nil {
			r.Fatalf("read: %v", err)
		}
		if last, _ := t.LastCustomerMessage(); last.ID != m {
			r.Errorf("our reply is read as the customer's: %+v", last)
		}
	}
}

// caseAgentReply: somebody answers by hand while an approval is on its way.
func caseAgentReply(r *run) {
	r.reader()
	ref, m := r.begin(Said{Text: question})
	decision := r.j.approve(ref, m, "Open settings.")
	r.Advance(time.Second)
	r.Write(ref, Said{Role: pipeline.RoleAgent, Text: "I have changed it for you."})
	r.j.news()
	if got := r.j.causes(ref); !slices.Contains(got, "agent_reply") {
		r.Errorf("the draft is not voided: ticket.updated says %v", got)
	}
	if d := r.j.send(decision); d.State != pipeline.DeliveryStale {
		r.Errorf("the approval is %s (%s), want stale", d.State, d.Reason)
	}
	r.wantDrafts(ref, m)
	if n := r.ours(ref); n != 0 {
		r.Errorf("%d replies were sent", n)
	}
}

// ours counts the public replies that carry the approved text.
func (r *run) ours(ref pipeline.TicketRef) (n int) {
	for _, a := range r.Accepted(ref) {
		if strings.HasPrefix(a.Text, "Open settings.") {
			n++
		}
	}
	return n
}

func caseFollowUp(r *run) {
	r.reader()
	ref, m := r.begin(Said{Text: question})
	decision := r.j.approve(ref, m, "Open settings.")
	r.Advance(time.Second)
	more := r.Write(ref, Said{Role: pipeline.RoleCustomer, Text: "And how do I cancel it?"})
	if d := r.j.send(decision); d.State != pipeline.DeliveryStale {
		r.Errorf("the approval is %s (%s), want stale", d.State, d.Reason)
	}
	r.j.news()
	r.wantDrafts(ref, m, more)
	if n := r.ours(ref); n != 0 {
		r.Errorf("%d replies were sent", n)
	}
}

// caseMoved: the customer writes between the last reading and the call that
// sends: the desk has no reply to the words before.
func caseMoved(r *run) {
	rd := r.reader()
	ref, _ := r.begin(Said{Text: question})
	t, err := rd.Thread(r.t.Context(), ref)
	if err != nil {
		r.Fatalf("read: %v", err)
	}
	if t.UpdatedAt.IsZero() {
		r.skip("the desk does not tell when a ticket changed")
	}
	r.Advance(time.Second)
	r.Write(ref, Said{Role: pipeline.RoleCustomer, Text: "Forget it."})
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	_, err = r.Desk.Post(ctx, bots.Post{Ticket: ref, Text: "Open settings.", Marker: bots.MarkerFor(uuid()), Seen: t.UpdatedAt,
		Author: pipeline.Agent{ID: "a1", Name: "Grace Hopper", Email: "grace@example.org"}, Recipient: pipeline.Person{Name: "Ada", Email: "ada@example.org"}})
	if v := bots.VerdictOf(err); v != bots.Moved || r.ours(ref) != 0 {
		r.Errorf("the verdict is %s (%v), and %d replies were sent", v, err, r.ours(ref))
	}
}

func (r *run) change(ref pipeline.TicketRef, c Change) {
	r.Advance(time.Second)
	if r.Change == nil || !r.Change(ref, c) {
		r.skip("the platform knows no " + string(c))
	}
	r.j.news()
}

func caseReopened(r *run) {
	ref, m := r.begin(Said{Text: question})
	r.change(ref, Solve)
	if t, err := r.j.tracker.Ticket(r.t.Context(), ref); err != nil || t.Status != pipeline.StatusSolved {
		r.Errorf("solved at the desk, here %q (%v)", t.Status, err)
	}
	r.Advance(time.Second)
	more := r.Write(ref, Said{Role: pipeline.RoleCustomer, Text: "It still does not work, what now?"})
	r.change(ref, Reopen)
	if t, err := r.j.tracker.Ticket(r.t.Context(), ref); err != nil || t.Status != pipeline.StatusOpen {
		r.Errorf("reopened at the desk, here %q (%v)", t.Status, err)
	}
	r.wantDrafts(ref, m, more)
}

func caseDeleted(r *run) { r.gone(Delete) }

func caseMerged(r *run) { r.gone(Merge) }

// gone: an approval for a ticket that is not there any more is not sent, and
// its webhooks do no harm.
func (r *run) gone(c Change) {
	ref, m := r.begin(Said{Text: question})
	decision := r.j.approve(ref, m, "Open settings.")
	r.change(ref, c)
	if d := r.j.send(decision); d.State != pipeline.DeliveryFailed && d.State != pipeline.DeliveryStale {
		r.Errorf("the approval is %s (%s), want failed or stale", d.State, d.Reason)
	}
	r.wantDrafts(ref, m)
	if n := r.ours(ref); n != 0 {
		r.Errorf("%d replies were sent", n)
	}
}

// once sends an approval through a fault and wants exactly one remote reply.
func (r *run) once(f DeskFault) {
	r.reader()
	ref, m := r.begin(Said{Text: question})
	r.Advance(time.Second)
	r.Reply(f)
	d := r.j.send(r.j.approve(ref, m, "Open settings.\n\nThen change it <here> & save."))
	want, n := pipeline.DeliverySent, 1
	if r.Desk.Can().Absence == bots.AbsenceNothing && !f.Accept && f.Status != http.StatusTooManyRequests {
		want, n = pipeline.DeliveryAsked, 0 // the desk does not have it, and nothing proves that
	}
	if d.State != want || (d.RemoteID == "") != (want == pipeline.DeliveryAsked) {
		r.Errorf("%+v: the reply is %s (%s), want %s", f, d.State, d.Reason, want)
	}
	if got := r.ours(ref); got != n {
		r.Errorf("%+v: the platform has %d replies, want %d", f, got, n)
	}
	r.j.news()
	r.wantDrafts(ref, m)
}

func caseThrottled(r *run) { r.once(DeskFault{Status: 429, RetryAfter: 7 * time.Second}) }

func caseServerError(r *run) {
	r.once(DeskFault{Status: 503, Body: "<html>busy</html>"})
}

func caseLostAnswer(r *run) {
	r.once(DeskFault{Reset: true, Accept: true})
	r.once(DeskFault{Stall: true, Accept: true})
	r.once(DeskFault{Status: 502, Body: "<html>bad gateway</html>", Accept: true})
}

// caseReplyMoved: the platform took our reply, the answer was lost, and then the
// reply went where we do not look: it is not sent again, and a person is asked.
func caseReplyMoved(r *run) {
	r.reader()
	if r.Change == nil {
		r.skip("nothing can be done to tickets")
	}
	ways := 0
	for _, c := range []Change{MoveReply, RemoveReply, HideReply, EditReply, Merge, Delete} {
		ref, m := r.begin(Said{Text: question})
		r.Advance(time.Second)
		r.Reply(DeskFault{Reset: true, Accept: true})
		decision := r.j.approve(ref, m, "Open settings.\n\nThen change it <here> & save.")
		r.j.deliver()
		if n := r.ours(ref); n != 1 {
			r.Fatalf("the platform took %d replies, want 1", n)
		}
		r.Advance(time.Second)
		can, left := r.Change(ref, c), r.ours(ref)
		d := r.j.send(decision)
		if !can {
			continue
		}
		ways++
		if more := r.ours(ref) - left; more > 0 {
			r.Errorf("%s: it was sent %d times more", c, more)
		}
		switch found := d.State == pipeline.DeliverySent && d.RemoteID != ""; {
		case found && c == MoveReply && r.Desk.Can().Absence != bots.AbsenceUnchanged: // it was looked for elsewhere too
		case found && (c == Merge || c == Delete) && left == 1: // it is where it was
		case found && c == EditReply && r.Desk.Can().Marker == bots.MarkerField: // known by its mark
		case d.State != pipeline.DeliveryAsked || d.Reason == "":
			r.Errorf("%s: the reply is %s (%s), want asked", c, d.State, d.Reason)
		}
	}
	if ways == 0 {
		r.skip("nobody can move or change a reply on this platform")
	}
}

func caseBigHTML(r *run) {
	body := "<div>" + question + "</div><table>" + strings.Repeat("<tr><td style=\"color:#123\">line</td><td><b>of</b> a table</td></tr>", 900) +
		"</table><script>alert(1)</script><img src=\"https://track.example/p.gif\" width=1 height=1><p>The end.</p>"
	ref, m := r.begin(Said{HTML: body, Text: question + strings.Repeat("\nline of a table", 3500) + "\nThe end."})
	text := r.message(ref, m).Text
	if !strings.HasPrefix(text, question) || !strings.HasSuffix(strings.TrimSpace(text), "The end.") || len(text) > 100_000 {
		r.Errorf("%d bytes: %.60q … %q", len(text), text, text[max(0, len(text)-60):])
	}
	for _, bad := range []string{"alert(", "track.example", "<td", "style="} {
		if strings.Contains(text, bad) {
			r.Errorf("the text holds %q", bad)
		}
	}
	r.wantDrafts(ref, m)
}

// caseEmpty: the subject is none that could stand for the text.
func caseEmpty(r *run) {
	ref, m := r.begin(Said{Subject: "Re: My order", Text: ""})
	if got := r.message(ref, m); got.Text != "" || got.Role != pipeline.RoleCustomer {
		r.Errorf("an empty message is %+v", got)
	}
	r.wantDrafts(ref, m)
}

func caseAttachments(r *run) {
	ref, m := r.begin(Said{Text: "", Attachments: []string{"screen shot.png", "../../etc/passwd"}})
	got := r.message(ref, m)
	if len(got.Attachments) != 2 || got.Attachments[0] != "screen shot.png" {
		r.Errorf("attachments %q", got.Attachments)
	}
	for _, a := range got.Attachments {
		if strings.ContainsAny(a, "/\\") {
			r.Errorf("an attachment's name is a path: %q", a)
		}
	}
}

func caseRightToLeft(r *run) {
	const text = "مرحبا، كيف أغيّر العنوان؟ 👩‍👩‍👧 שלום e\u0301"
	ref, m := r.begin(Said{Text: text})
	if got := r.message(ref, m).Text; got != text {
		r.Errorf("the text is %q, want %q", got, text)
	}
	const reply = "Open settings. افتح الإعدادات ← «العنوان» \u202eabc\u202c 👍🏽"
	d := r.j.send(r.j.approve(ref, m, reply))
	if got := r.Accepted(ref); len(got) != 1 || !bots.SameText(got[0].Text, reply) {
		r.Errorf("%s: the platform has %+v", d.State, got)
	}
}

func caseQuoted(r *run) {
	ref, m := r.begin(Said{HTML: `<div dir="ltr">That did not help, what else?</div><br><div class="gmail_quote"><div>On Mon, 2 Mar 2026 at 09:00, Grace wrote:<br></div><blockquote>Open settings.</blockquote></div>`,
		Text: "That did not help, what else?\n\nOn Mon, 2 Mar 2026 at 09:00, Grace wrote:\n> Open settings.\n"})
	text := r.message(ref, m).Text
	if !strings.HasPrefix(text, "That did not help, what else?") {
		r.Errorf("the text is %q", text)
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Contains(line, "Open settings.") && !strings.HasPrefix(line, ">") {
			r.Errorf("older mail is not marked: %q", text)
		}
	}
	r.wantDrafts(ref, m)
}

func caseAutoReply(r *run) {
	ref, m := r.begin(Said{Subject: "Re: Order 1001", Auto: true, Text: "I am on vacation until 9 March and read no mail. This is an automatic reply."})
	if role := r.message(ref, m).Role; role == pipeline.RoleCustomer { // tracking, too, tells them by their words
		r.Errorf("it is read as the customer's")
	}
	r.wantDrafts(ref)
}

// caseHourDown: no webhook arrives for an hour; one pass finds everything, and
// late webhooks and a second pass change nothing.
func caseHourDown(r *run) {
	if _, ok := bots.PollerOf(r.Desk); !ok {
		r.skip("the desk cannot be polled")
	}
	old, m := r.begin(Said{Text: question})
	r.j.poll()
	r.j.track()
	want := map[pipeline.TicketRef][]string{}
	for range 12 {
		r.Advance(4 * time.Minute)
		ref, first := r.Begin(Said{Role: pipeline.RoleCustomer, Text: question})
		want[ref] = []string{first}
	}
	r.Write(old, Said{Role: pipeline.RoleAgent, Text: "Which one?"})
	r.Advance(time.Second)
	more := r.Write(old, Said{Role: pipeline.RoleCustomer, Text: "The green one, how?"})
	r.Advance(12 * time.Minute)
	r.j.poll()
	r.j.track()
	check := func() {
		r.wantDrafts(old, m, more)
		for ref, ms := range want {
			r.wantDrafts(ref, ms...)
		}
	}
	check()
	before := r.j.intake
	if r.Hooks != nil {
		for _, h := range r.Hooks() {
			r.j.hook(h) // late ones may be refused for their age
		}
		r.j.track()
	}
	r.j.poll()
	r.j.track()
	check()
	if r.j.intake > before+2*len(want)+4 {
		r.Errorf("late webhooks and a second pass told %d more events", r.j.intake-before)
	}
}

package slack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// Sample is a message or form as people would see it in Slack, of a ticket that
// was made up: to look at while working on it, and for golden files.
type Sample struct {
	Name    string // "card-typical": what it is and which case
	Surface string // message or modal
	JSON    []byte // what Slack is sent: {"text", "blocks"} or a view
}

// Samples renders every kind of card, thread and form from the same code as
// the real ones. console is the console's address, or "".
func Samples(console string) ([]Sample, error) {
	var out []Sample
	var err error
	add := func(name, surface string, v any) {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err == nil {
			err = e.Encode(v)
		}
		out = append(out, Sample{Name: name, Surface: surface, JSON: b.Bytes()})
	}
	message := func(name string, m layout.Message) {
		add(name, "message", map[string]any{"text": m.Text, "blocks": m.Blocks})
	}
	page := ""
	if console != "" {
		page = strings.TrimSuffix(console, "/") + "/tickets/sandbox/T-1042"
	}
	for _, s := range sampleCases() {
		message("card-"+s.name, render(s.review, s.past, page).Rich())
		for i, n := range threadOf(s.review, s.past) {
			kind, _, _ := strings.Cut(n.key, "/")
			message(fmt.Sprintf("thread-%s-%d-%s", s.name, i+1, kind), n.says.Rich())
		}
		if s.name == "typical" {
			message("card-typical-plain", render(s.review, s.past, page).Simple())
		}
	}
	for _, v := range sampleForms() {
		add("modal-"+v.name, "modal", v.view)
	}
	for _, p := range samplePages(page) {
		if p.surface == "home" {
			add(p.name, p.surface, api.HomeTabViewRequest{Type: api.VTHomeTab, Blocks: api.Blocks{BlockSet: p.page.Blocks(true)}})
			continue
		}
		add(p.name, p.surface, map[string]any{"text": p.page.Notice, "blocks": p.page.Blocks(true)})
	}
	return out, err
}

// sampleCase is a draft worth looking at.
type sampleCase struct {
	name   string
	review pipeline.Review
	past   pipeline.Past
}

var (
	sampleTime = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	sampleAda  = pipeline.Agent{ID: "a-ada", Name: "Ada Lovelace", Email: "ada@acme.test", Role: "agent"}
	sampleAlan = pipeline.Agent{ID: "a-alan", Name: "Alan Turing", Email: "alan@acme.test", Role: "agent"}
)

const sampleID = "5f0c3c1e-0000-4000-8000-00000000000"

// hostile is what outsiders might write everywhere they can.
const hostile = "<!channel> <@U1ADA> <https://evil.test|https://acme.test> *bold* `x` &lt;!here&gt; @here [a](https://evil.test) \u202Eabc\u200B\U000E0041"

func sampleCases() []sampleCase {
	var out []sampleCase
	add := func(name string, change func(*pipeline.Review)) *sampleCase {
		r := sampleReview()
		if change != nil {
			change(&r)
		}
		if r.Draft.Abstained == "" {
			r.ApproveHash = r.Draft.ReplyFor(r.Draft.Text(), r.Ticket.Requester).Hash()
		}
		out = append(out, sampleCase{name: name, review: r})
		return &out[len(out)-1]
	}
	decided := func(s pipeline.DraftState, reason string) func(*pipeline.Review) {
		return func(r *pipeline.Review) {
			r.State, r.DecidedBy, r.DecidedAt, r.Reason = s, sampleAda, sampleTime.Add(4*time.Minute), reason
			r.Text, r.Hash = r.Draft.Text(), "h"
		}
	}
	add("typical", nil)
	add("abstained", sampleAbstention)
	add("long", sampleLong)
	add("right-to-left", sampleRightToLeft)
	add("hostile", sampleHostile)
	add("internal", func(r *pipeline.Review) {
		sampleInternal(r)
		r.Draft.Findings = append(r.Draft.Findings, pipeline.Finding{Check: "audience", Severity: pipeline.Block, Sentence: 2, Detail: "The sentence cites an internal source."})
	})
	add("claimed", func(r *pipeline.Review) {
		r.State, r.ClaimedBy, r.ClaimedAt = pipeline.StateClaimed, sampleAda, sampleTime
	})
	sampleRedrafted(add("redrafted", func(r *pipeline.Review) {
		r.Draft.ID, r.Draft.Version, r.Draft.Hint = sampleID+"2", 2, "Say that express shipping is not refunded."
	}))
	add("approved", decided(pipeline.StateApproved, ""))
	add("returned", func(r *pipeline.Review) {
		decided(pipeline.StateReturned, "The ticket is closed and takes no replies.")(r)
		r.Delivery = pipeline.DeliveryFailed
	})
	add("unknown", func(r *pipeline.Review) {
		decided(pipeline.StateReturned, "The desk did not answer.")(r)
		r.Delivery = pipeline.DeliveryUnknown
	})
	add("asked", func(r *pipeline.Review) {
		decided(pipeline.StateReturned, "It is not known whether the desk has this reply: the ticket does not show it, but has changed since. It may have been edited, deleted, or moved to another ticket.")(r)
		r.Delivery = pipeline.DeliveryAsked
	})
	add("rejected", decided(pipeline.StateRejected, "The sources are wrong or out of date: the page of 2019"))
	add("handed-off", decided(pipeline.StateHandedOff, ""))
	add("stale", func(r *pipeline.Review) {
		r.State, r.Reason = pipeline.StateStale, "The customer wrote again, or somebody replied, after this was drafted."
		r.Ticket.Messages = append(r.Ticket.Messages, pipeline.Message{ID: "m-8", Role: pipeline.RoleCustomer, Public: true,
			Text: "Never mind the fee.\nI only want to know when.", At: sampleTime.Add(time.Hour)})
	})
	sent := add("sent", func(r *pipeline.Review) {
		decided(pipeline.StateSent, "")(r)
		r.Text, r.Distance, r.SentAt = "Hello Grace, it is on its way.", 0.34, sampleTime.Add(5*time.Minute)
	})
	sent.past.Steps = []pipeline.Step{
		{Draft: sampleID + "1", At: sampleTime.Add(time.Minute), Who: sampleAda.Name, What: "claimed", Surface: "slack"},
		{Draft: sampleID + "1", At: sampleTime.Add(4 * time.Minute), Who: sampleAda.Name, What: "edited and approved", Surface: "slack"},
		{Draft: sampleID + "1", At: sampleTime.Add(5 * time.Minute), Who: "delivery", What: "sent", Surface: "sandbox"}}
	return out
}

// sampleReview is a draft as most are.
func sampleReview() pipeline.Review {
	ref := pipeline.TicketRef{Desk: "sandbox", ID: "T-1042"}
	p := func(id, title string, heading string, audience pipeline.Audience) pipeline.Passage {
		return pipeline.Passage{ID: id, Document: "d-" + id, Version: 3, Title: title, Heading: []string{heading}, URL: "https://help.acme.test/" + id,
			Audience: audience, UpdatedAt: sampleTime.AddDate(0, -8, 0)}
	}
	refunds, fees := p("p1", "Refunds", "How long it takes", pipeline.Public), p("p2", "Card fees", "Who pays", pipeline.Public)
	return pipeline.Review{
		State: pipeline.StateOpen,
		Draft: pipeline.Draft{ID: sampleID + "1", Ticket: ref, Message: "m-7", Revision: 3, Version: 1, Locale: "en",
			Sentences: []pipeline.Sentence{
				{Text: "Hello Grace,", Plain: true},
				{Text: "refunds reach your card within five days.", Receipts: sampleReceipt(1, refunds), Break: true},
				{Text: "We pay the card fee.", Receipts: sampleReceipt(2, fees)},
				{Text: "More: https://help.acme.test/p1", Plain: true, Break: true},
			},
			Findings: []pipeline.Finding{
				{Check: "commitment", Severity: pipeline.Confirm, Sentence: 1, Detail: "Commits to a refund or credit (“refunds”)."},
				{Check: "age", Severity: pipeline.Warn, Sentence: 2, Detail: "“Card fees” was last reviewed in March 2026: check that it still holds."}},
			Confidence: 0.82, Drafter: "model", Model: "gpt-5-mini", PromptVersion: "7", CreatedAt: sampleTime,
			Nearest: []pipeline.Hit{{Passage: refunds, Score: 2, Support: 0.9}, {Passage: fees, Score: 1, Support: 0.5}}},
		Ticket: pipeline.Ticket{TicketRef: ref, Subject: "Where is my refund?", URL: "https://desk.acme.test/t/1042",
			Requester: pipeline.Person{ID: "c1", Name: "Grace Hopper", Email: "grace@example.com"},
			Messages: []pipeline.Message{
				{ID: "m-6", Role: pipeline.RoleCustomer, Public: true, Text: "An older question."},
				{ID: "m-7", Role: pipeline.RoleCustomer, Public: true, Text: "I sent the shoes back on Monday.\nWhere is my money?", Attachments: []string{"receipt.pdf"}, At: sampleTime},
			}},
	}
}

// sampleInternal makes the second source one that customers must not see.
func sampleInternal(r *pipeline.Review) {
	r.Draft.Sentences = slices.Clone(r.Draft.Sentences)
	s := &r.Draft.Sentences[2]
	s.Receipts = slices.Clone(s.Receipts)
	s.Receipts[0].Audience, r.Draft.Nearest[1].Passage.Audience = pipeline.Restricted, pipeline.Restricted
}

func sampleReceipt(n int, x pipeline.Passage) []pipeline.Receipt {
	return []pipeline.Receipt{{Number: n, Passage: x.ID, Document: x.Document, Version: x.Version, Quote: "within five days",
		Title: x.Title, Section: x.Section(), URL: x.URL, Audience: x.Audience}}
}

// sampleAbstention is a message that no draft could be written for.
func sampleAbstention(r *pipeline.Review) {
	r.Draft.Sentences, r.Draft.Findings = nil, nil
	r.Draft.Abstained = "The knowledge says nothing about shoes"
}

// sampleLong is a reply of 3,500 characters.
func sampleLong(r *pipeline.Review) {
	receipts := r.Draft.Sentences[1].Receipts
	r.Draft.Sentences = nil
	for i := range 50 {
		r.Draft.Sentences = append(r.Draft.Sentences, pipeline.Sentence{Break: i%5 == 0,
			Text: fmt.Sprintf("Sentence number %02d explains one more step of what has to be done.", i+1), Receipts: receipts})
	}
}

func sampleRightToLeft(r *pipeline.Review) {
	r.Ticket.Subject, r.Ticket.Requester.Name = "أين استرداد أموالي؟", "فاطمة"
	r.Ticket.Messages[1].Text = "أعدت الحذاء يوم الاثنين. می\u200cخواهم بدانم."
	r.Draft.Sentences[0].Text = "مرحبًا فاطمة،"
	r.Draft.Sentences[1].Text = "يصل المبلغ إلى بطاقتك خلال خمسة أيام."
	r.Draft.Sentences[2].Text = "نحن ندفع رسوم البطاقة."
	r.Draft.Locale = "ar"
}

func sampleHostile(r *pipeline.Review) {
	r.Ticket.Subject, r.Ticket.Requester.Name, r.Ticket.URL = hostile, hostile, "javascript:alert(1)"
	r.Ticket.Messages[1].Text, r.Ticket.Messages[1].Attachments = hostile, []string{hostile}
	r.Draft.Sentences[1].Text = "see https://help.acme.test@evil.test/x and http://xn--80ak6aa92e.com and https://аррӏе.com/ " + hostile
	for i := range r.Draft.Sentences {
		for j := range r.Draft.Sentences[i].Receipts {
			c := &r.Draft.Sentences[i].Receipts[j]
			c.Title, c.Section, c.URL = hostile, hostile, "https://user:pw@evil.test/"
		}
	}
	r.Draft.Findings = []pipeline.Finding{{Severity: pipeline.Warn, Sentence: -1, Detail: hostile}}
	r.Draft.Model, r.Draft.Fallback, r.Draft.Reduced, r.Draft.Hint = hostile, hostile, hostile, hostile
}

// sampleRedrafted gives the second version of a draft its past.
func sampleRedrafted(s *sampleCase) {
	first := sampleReview()
	first.State, first.DecidedBy, first.DecidedAt, first.Reason = pipeline.StateSuperseded, sampleAlan, sampleTime.Add(2*time.Minute), s.review.Draft.Hint
	sentences := append([]pipeline.Sentence{}, s.review.Draft.Sentences...)
	sentences[2] = pipeline.Sentence{Text: "Express shipping is not refunded.", Receipts: sentences[1].Receipts}
	s.review.Draft.Sentences, s.review.Draft.Findings = sentences, s.review.Draft.Findings[:1]
	s.review.ApproveHash = s.review.Draft.ReplyFor(s.review.Draft.Text(), s.review.Ticket.Requester).Hash()
	s.past = pipeline.Past{Reviews: []pipeline.Review{s.review, first}, Steps: []pipeline.Step{
		{Draft: first.Draft.ID, At: sampleTime.Add(time.Minute), Who: sampleAlan.Name, What: "claimed", Surface: "console"},
		{Draft: first.Draft.ID, At: first.DecidedAt, Who: sampleAlan.Name, What: "asked for a redraft", Detail: first.Reason, Surface: "console"}}}
}

type sampleForm struct {
	name string
	view api.ModalViewRequest
}

func sampleForms() []sampleForm {
	var out []sampleForm
	of := func(kind string, r pipeline.Review) form {
		return form{Kind: kind, Draft: r.Draft.ID, Hash: r.ApproveHash, Seen: pipeline.StateOpen}
	}
	cases := map[string]pipeline.Review{}
	for _, s := range sampleCases() {
		cases[s.name] = s.review
	}
	for _, name := range []string{"typical", "long", "right-to-left", "hostile", "abstained"} {
		r := cases[name]
		out = append(out, sampleForm{"edit-" + name, of(actEdit, r).fill(r, typed{reply: editable(r.Draft)}, "")})
	}
	r := cases["typical"]
	mine := kept{id: "kept", text: "Hello Grace, we refund the fee of https://help.acme.test/p1 tomorrow.", at: sampleTime}
	found := []pipeline.Finding{{Check: "commitment", Severity: pipeline.Confirm, Sentence: -1, Detail: "Commits to a refund or credit (“refund”)."},
		{Check: "number", Severity: pipeline.Warn, Sentence: -1, Detail: "In no cited source: 90 days."}}
	bad := kept{id: "kept", text: editable(cases["hostile"].Draft), at: sampleTime}
	return append(out,
		sampleForm{"edit-kept", of(actEdit, r).offer(r, mine)},
		sampleForm{"confirm", of(actEdit, r).confirmation(mine, found)},
		sampleForm{"confirm-hostile", of(actEdit, r).confirmation(bad, []pipeline.Finding{{Severity: pipeline.Confirm, Detail: hostile}})},
		sampleForm{"reject", of(actReject, r).fill(r, typed{}, "")},
		sampleForm{"redraft", of(actRedraft, r).fill(r, typed{}, "")},
		sampleForm{"loading", of(actEdit, r).loading()},
		sampleForm{"decided", of(actEdit, r).note("There is nothing left to decide: Approved by Ada Lovelace, 20 Nov 2026 09:34 UTC – being sent…")})
}

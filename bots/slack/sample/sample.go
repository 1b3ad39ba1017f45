// Package sample has made-up drafts that are worth looking at, and how what Slack
// would be sent is written down.
//
// In: nothing. Out: reviews for previews, golden files and tests; nothing of it
// reaches a workspace.
package sample

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// Sample is a message or form as people would see it in Slack, of a ticket that
// was made up: to look at while working on it, and for golden files.
type Sample struct {
	Name    string // "card-typical": what it is and which case
	Surface string // message, modal or home
	JSON    []byte // what Slack is sent: {"text", "blocks"} or a view
}

// New is what Slack is sent as a sample.
func New(name, surface string, v any) Sample {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil { // what is sent to Slack always marshals
		panic(err)
	}
	return Sample{Name: name, Surface: surface, JSON: b.Bytes()}
}

// Message is a message as a sample.
func Message(name string, m layout.Message) Sample {
	return New(name, "message", map[string]any{"text": m.Text, "blocks": m.Blocks})
}

// Case is a draft worth looking at.
type Case struct {
	Name   string
	Review pipeline.Review
	Past   pipeline.Past
}

var (
	Time = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	Ada  = pipeline.Agent{ID: "a-ada", Name: "Ada Lovelace", Email: "ada@acme.test", Role: "agent"}
	Alan = pipeline.Agent{ID: "a-alan", Name: "Alan Turing", Email: "alan@acme.test", Role: "agent"}
)

const ID = "5f0c3c1e-0000-4000-8000-00000000000"

// Hostile is what outsiders might write everywhere they can.
const Hostile = "<!channel> <@U1ADA> <https://evil.test|https://acme.test> *bold* `x` &lt;!here&gt; @here [a](https://evil.test) \u202Eabc\u200B\U000E0041"

func Cases() []Case {
	var out []Case
	add := func(name string, change func(*pipeline.Review)) *Case {
		r := Typical()
		if change != nil {
			change(&r)
		}
		switch {
		case r.Work.State != "":
		case r.State == pipeline.StateClaimed:
			r.Work.State = pipeline.WorkClaimed
		case r.State == pipeline.StateOpen && r.Draft.Abstained != "":
			r.Work.State = pipeline.WorkToWrite
		case r.State == pipeline.StateOpen, r.State == pipeline.StateReturned:
			r.Work.State = pipeline.WorkToReview
		}
		if r.Draft.Abstained == "" {
			r.ApproveHash = r.Draft.ReplyFor(r.Draft.Text(), r.Ticket.Requester).Hash()
		}
		out = append(out, Case{Name: name, Review: r})
		return &out[len(out)-1]
	}
	decided := func(s pipeline.DraftState, reason string) func(*pipeline.Review) {
		return func(r *pipeline.Review) {
			r.State, r.DecidedBy, r.DecidedAt, r.Reason = s, Ada, Time.Add(4*time.Minute), reason
			r.Text, r.Hash = r.Draft.Text(), "h"
		}
	}
	add("typical", nil)
	add("abstained", Abstention)
	add("long", sampleLong)
	add("right-to-left", sampleRightToLeft)
	add("hostile", sampleHostile)
	add("internal", func(r *pipeline.Review) {
		Internal(r)
		r.Draft.Findings = append(r.Draft.Findings, pipeline.Finding{Check: "audience", Severity: pipeline.Block, Sentence: 2, Detail: "The sentence cites an internal source."})
	})
	add("claimed", func(r *pipeline.Review) {
		r.State, r.ClaimedBy, r.ClaimedAt = pipeline.StateClaimed, Ada, Time
	})
	sampleRedrafted(add("redrafted", func(r *pipeline.Review) {
		r.Draft.ID, r.Draft.Version, r.Draft.Hint = ID+"2", 2, "Say that express shipping is not refunded."
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
	add("rejected", func(r *pipeline.Review) {
		decided(pipeline.StateRejected, "The sources are wrong or out of date: the page of 2019")(r)
		r.Work = pipeline.Work{State: pipeline.WorkToWrite, Why: pipeline.WhyRejected}
	})
	add("snoozed", func(r *pipeline.Review) {
		r.Work = pipeline.Work{State: pipeline.WorkSnoozed, Owner: Ada, Until: Time.Add(4 * time.Hour)}
	})
	add("handed-off", decided(pipeline.StateHandedOff, ""))
	add("stale", func(r *pipeline.Review) {
		r.State, r.Reason = pipeline.StateStale, "The customer wrote again, or somebody replied, after this was drafted."
		r.Ticket.Messages = append(r.Ticket.Messages, pipeline.Message{ID: "m-8", Role: pipeline.RoleCustomer, Public: true,
			Text: "Never mind the fee.\nI only want to know when.", At: Time.Add(time.Hour)})
	})
	add("sent-long", func(r *pipeline.Review) {
		sampleLong(r)
		decided(pipeline.StateSent, "")(r)
		r.SentAt = Time.Add(5 * time.Minute)
	})
	sent := add("sent", func(r *pipeline.Review) {
		decided(pipeline.StateSent, "")(r)
		r.Text, r.Distance, r.SentAt = "Hello Grace, it is on its way.", 0.34, Time.Add(5*time.Minute)
	})
	sent.Past.Steps = []pipeline.Step{
		{Draft: ID + "1", At: Time.Add(time.Minute), Who: Ada.Name, What: "claimed", Surface: "slack"},
		{Draft: ID + "1", At: Time.Add(4 * time.Minute), Who: Ada.Name, What: "edited and approved", Surface: "slack"},
		{Draft: ID + "1", At: Time.Add(5 * time.Minute), Who: "delivery", What: "sent", Surface: "sandbox"}}
	return out
}

// Typical is a draft as most are.
func Typical() pipeline.Review {
	ref := pipeline.TicketRef{Desk: "sandbox", ID: "T-1042"}
	p := func(id, title string, heading string, audience pipeline.Audience) pipeline.Passage {
		return pipeline.Passage{ID: id, Document: "d-" + id, Version: 3, Title: title, Heading: []string{heading}, URL: "https://help.acme.test/" + id,
			Audience: audience, UpdatedAt: Time.AddDate(0, -8, 0)}
	}
	refunds, fees := p("p1", "Refunds", "How long it takes", pipeline.Public), p("p2", "Card fees", "Who pays", pipeline.Public)
	return pipeline.Review{
		State: pipeline.StateOpen,
		Draft: pipeline.Draft{ID: ID + "1", Ticket: ref, Message: "m-7", Revision: 3, Version: 1, Locale: "en",
			Sentences: []pipeline.Sentence{
				{Text: "Hello Grace,", Plain: true},
				{Text: "refunds reach your card within five days.", Receipts: sampleReceipt(1, refunds), Break: true},
				{Text: "We pay the card fee.", Receipts: sampleReceipt(2, fees)},
				{Text: "More: https://help.acme.test/p1", Plain: true, Break: true},
			},
			Findings: []pipeline.Finding{
				{Check: "commitment", Severity: pipeline.Confirm, Sentence: 1, Detail: "Commits to a refund or credit (“refunds”)."},
				{Check: "age", Severity: pipeline.Warn, Sentence: 2, Detail: "“Card fees” was last reviewed in March 2026: check that it still holds."}},
			Confidence: 0.82, Drafter: "model", Model: "gpt-5-mini", PromptVersion: "7", CreatedAt: Time,
			Nearest: []pipeline.Hit{{Passage: refunds, Score: 2, Support: 0.9}, {Passage: fees, Score: 1, Support: 0.5}}},
		Ticket: pipeline.Ticket{TicketRef: ref, Subject: "Where is my refund?", URL: "https://desk.acme.test/t/1042",
			Requester: pipeline.Person{ID: "c1", Name: "Grace Hopper", Email: "grace@example.com"},
			Messages: []pipeline.Message{
				{ID: "m-6", Role: pipeline.RoleCustomer, Public: true, Text: "An older question."},
				{ID: "m-7", Role: pipeline.RoleCustomer, Public: true, Text: "I sent the shoes back on Monday.\nWhere is my money?", Attachments: []string{"receipt.pdf"}, At: Time},
			}},
	}
}

// Internal makes the second source one that customers must not see.
func Internal(r *pipeline.Review) {
	r.Draft.Sentences = slices.Clone(r.Draft.Sentences)
	s := &r.Draft.Sentences[2]
	s.Receipts = slices.Clone(s.Receipts)
	s.Receipts[0].Audience, r.Draft.Nearest[1].Passage.Audience = pipeline.Restricted, pipeline.Restricted
}

func sampleReceipt(n int, x pipeline.Passage) []pipeline.Receipt {
	return []pipeline.Receipt{{Number: n, Passage: x.ID, Document: x.Document, Version: x.Version, Quote: quotes[n%len(quotes)],
		Title: x.Title, Section: x.Section(), URL: x.URL, Audience: x.Audience}}
}

var quotes = []string{"We pay the fee of the card, whichever it is.", "Refunds reach the card that paid within five days of the parcel's arrival."}

// Abstention is a message that no draft could be written for.
func Abstention(r *pipeline.Review) {
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
	r.Ticket.Subject, r.Ticket.Requester.Name, r.Ticket.URL = Hostile, Hostile, "javascript:alert(1)"
	r.Ticket.Messages[1].Text, r.Ticket.Messages[1].Attachments = Hostile, []string{Hostile}
	r.Draft.Sentences[1].Text = "see https://help.acme.test@evil.test/x and http://xn--80ak6aa92e.com and https://аррӏе.com/ " + Hostile
	for i := range r.Draft.Sentences {
		for j := range r.Draft.Sentences[i].Receipts {
			c := &r.Draft.Sentences[i].Receipts[j]
			c.Title, c.Section, c.Quote, c.URL = Hostile, Hostile, Hostile, "https://user:pw@evil.test/"
		}
	}
	r.Draft.Findings = []pipeline.Finding{{Severity: pipeline.Warn, Sentence: -1, Detail: Hostile}}
	r.Draft.Model, r.Draft.Fallback, r.Draft.Reduced, r.Draft.Hint = Hostile, Hostile, Hostile, Hostile
}

// sampleRedrafted gives the second version of a draft its past.
func sampleRedrafted(s *Case) {
	first := Typical()
	first.State, first.DecidedBy, first.DecidedAt, first.Reason = pipeline.StateSuperseded, Alan, Time.Add(2*time.Minute), s.Review.Draft.Hint
	sentences := append([]pipeline.Sentence{}, s.Review.Draft.Sentences...)
	sentences[2] = pipeline.Sentence{Text: "Express shipping is not refunded.", Receipts: sentences[1].Receipts}
	s.Review.Draft.Sentences, s.Review.Draft.Findings = sentences, s.Review.Draft.Findings[:1]
	s.Review.ApproveHash = s.Review.Draft.ReplyFor(s.Review.Draft.Text(), s.Review.Ticket.Requester).Hash()
	s.Past = pipeline.Past{Reviews: []pipeline.Review{s.Review, first}, Steps: []pipeline.Step{
		{Draft: first.Draft.ID, At: Time.Add(time.Minute), Who: Alan.Name, What: "claimed", Surface: "console"},
		{Draft: first.Draft.ID, At: first.DecidedAt, Who: Alan.Name, What: "asked for a redraft", Detail: first.Reason, Surface: "console"}}}
}

// Smeared is a typical draft with the text everywhere where outside text stands.
func Smeared(s string) pipeline.Review {
	r := Typical()
	r.Ticket.Subject, r.Ticket.Requester.Name, r.Ticket.Messages[1].Text, r.Ticket.Messages[1].Attachments = s, s, s, []string{s}
	r.Draft.Sentences[1].Text = s
	for i := range r.Draft.Sentences {
		for j := range r.Draft.Sentences[i].Receipts {
			c := &r.Draft.Sentences[i].Receipts[j]
			c.Title, c.Section, c.Quote = s, s, s
		}
	}
	r.Draft.Findings[0].Detail, r.Draft.Model, r.Draft.Fallback, r.Draft.Hint = s, s, s, s
	return r
}

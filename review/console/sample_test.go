package console

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"footnote/knowledge"
	"footnote/pipeline"
	"footnote/review"
	"footnote/review/access"
	"footnote/review/audit"
	"footnote/review/measure"
)

func customer(id, text string, at time.Time) pipeline.Message {
	return pipeline.Message{ID: id, Role: pipeline.RoleCustomer, Author: pipeline.Person{Name: "Ada Lovelace", Email: "ada@customer.example"}, Text: text, Public: true, At: at}
}

func receipt(n int, quote, title, section string) pipeline.Receipt {
	return pipeline.Receipt{Number: n, Passage: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), Document: "help/" + title + ".md", Version: 3, Quote: quote,
		Title: title, Section: title + " › " + section, URL: "https://help.example.com/" + title, Audience: pipeline.Public}
}

// sampleDraft is a two-paragraph draft with four receipts over three passages.
func sampleDraft(ref pipeline.TicketRef, id string) pipeline.Draft {
	return pipeline.Draft{ID: id, Ticket: ref, Message: "m1", Revision: 1, Version: 1, Locale: "en", Confidence: 0.82, Drafter: "extractive", CreatedAt: ago(11 * time.Minute),
		Sentences: []pipeline.Sentence{
			{Text: "Hello Ada,", Plain: true},
			{Text: "You can change the address on your invoices under Settings, Billing, Invoice details.", Break: true, Receipts: []pipeline.Receipt{
				receipt(1, "To change the address printed on invoices, open Settings › Billing › Invoice details and save.", "Billing", "Invoice details")}},
			{Text: "Invoices that were already issued keep the old address; we can reissue them for up to 60 days.", Receipts: []pipeline.Receipt{
				receipt(1, "Issued invoices keep the address they were issued with.", "Billing", "Invoice details"),
				receipt(2, "On request, support can reissue an invoice up to 60 days after its date.", "Refunds", "Reissuing invoices")}},
			{Text: "A VAT number can be added in the same place.", Break: true, Receipts: []pipeline.Receipt{
				receipt(3, "Add your VAT number in the field below the address.", "Tax", "VAT numbers")}},
			{Text: "Kind regards", Plain: true, Break: true},
		},
		Findings: []pipeline.Finding{
			{Check: "number", Severity: pipeline.Warn, Sentence: 2, Detail: "“60 days” stands in the source as a limit for support. Check that it fits this customer’s plan."},
			{Check: "commitment", Severity: pipeline.Confirm, Sentence: 2, Detail: "We can reissue an invoice."},
		}}
}

func sampleTicket(n int, subject, text string, waited time.Duration) review.TicketView {
	ref := pipeline.TicketRef{Desk: "sandbox", ID: fmt.Sprint(1040 + n)}
	return review.TicketView{
		Ticket: pipeline.Ticket{TicketRef: ref, Subject: subject, Status: pipeline.StatusOpen, Locale: "en", Queue: "Billing", URL: "/sandbox/tickets/" + ref.ID,
			Requester: pipeline.Person{ID: "c1", Name: "Ada Lovelace", Email: "ada@customer.example"}, Revision: 1, CreatedAt: ago(waited), Arm: pipeline.ArmTreatment,
			Messages: []pipeline.Message{customer("m1", text, ago(waited))}},
		Outcomes: []review.Outcome{{Message: "m1", Kind: pipeline.OutcomeProposed, ArrivedAt: ago(waited), RecordedAt: ago(waited)}},
	}
}

func withDraft(v review.TicketView, id string, state pipeline.DraftState) review.TicketView {
	d := sampleDraft(v.Ticket.TicketRef, id)
	rv := pipeline.Review{Draft: d, Ticket: v.Ticket, State: state, ApproveHash: d.ReplyFor(d.Text(), v.Ticket.Requester).Hash()}
	switch state {
	case pipeline.StateClaimed:
		rv.ClaimedBy, rv.ClaimedAt = maxim, ago(4*time.Minute)
	case pipeline.StateStale:
		rv.Stale = "The customer wrote again, or somebody replied, after this was drafted."
	case pipeline.StateApproved, pipeline.StateSent, pipeline.StateReturned, pipeline.StateRejected, pipeline.StateHandedOff, pipeline.StateSuperseded:
		rv.DecidedBy, rv.DecidedAt, rv.Text = jo, ago(3*time.Minute), d.Text()
	}
	v.Reviews = append([]pipeline.Review{rv}, v.Reviews...)
	v.History = append(v.History, review.Entry{At: ago(9 * time.Minute), Who: "Jo Marsh", What: "claimed", Surface: "slack"}, review.Entry{At: ago(8 * time.Minute), Who: "Jo Marsh", What: "released", Surface: "slack"})
	return v
}

func draftID(n int) string { return fmt.Sprintf("11111111-0000-4000-8000-%012d", n) }

// typical fills a world with one ticket in every state and a month of figures.
func typical() *world {
	w := newWorld()
	type one struct {
		subject, text string
		waited        time.Duration
		who           string
		state         pipeline.DraftState
	}
	for i, s := range []one{
		{"Change the address on our invoices", "Hi,\n\nwe moved offices last month and our invoices still show the old address. Where can I change it? And can you send the October invoice again with the new one?\n\nThanks\nAda", 12 * time.Minute, "Ada Lovelace", pipeline.StateOpen},
		{"Cannot export more than 10,000 rows", "The export stops at 10,000 rows. Our table has 48,000. Is there a limit, and can I get the rest some other way?", 26 * time.Minute, "Grace Hopper", pipeline.StateClaimed},
		{"Does the API support webhooks for deletions?", "We only receive created and updated. I can't find anything on deleted.", 48 * time.Minute, "Alan Turing", ""},
		{"Two-factor codes are rejected", "Since this morning every code is 'invalid'. I tried three phones.", 5*time.Hour + 20*time.Minute, "Katherine Johnson", pipeline.StateReturned},
		{"Refund for the annual plan", "We cancelled on day 12. How do we get the refund?", 2 * time.Hour, "Edsger Dijkstra", pipeline.StateStale},
		{"Where are your data centres?", "Our compliance team asks in which countries data is stored.", 33 * time.Minute, "Barbara Liskov", pipeline.StateApproved},
		{"Add a seat", "How do I add a seat in the middle of the month?", 3 * time.Hour, "Donald Knuth", pipeline.StateSent},
		{"Is there a dark mode?", "asking for my eyes", 26 * time.Hour, "Radia Perlman", pipeline.StateRejected},
		{"Contract question", "Please have legal look at clause 7.", 50 * time.Minute, "Tony Hoare", pipeline.StateHandedOff},
	} {
		v := sampleTicket(i, s.subject, s.text, s.waited)
		v.Ticket.Requester.Name = s.who
		v.Ticket.Messages[0].Author.Name = s.who
		if s.state != "" {
			v = withDraft(v, draftID(i), s.state)
		} else {
			v.Outcomes[0].Kind, v.Outcomes[0].Reason = pipeline.OutcomeAbstained, "no passage covers “deletions”"
			d := pipeline.Draft{ID: draftID(i), Ticket: v.Ticket.TicketRef, Message: "m1", Revision: 1, Version: 1, Abstained: "the nearest passages cover under half of the question", Drafter: "extractive", CreatedAt: ago(40 * time.Minute)}
			d.Nearest = []pipeline.Hit{
				{Support: 0.41, Passage: pipeline.Passage{ID: "p1", Document: "help/API.md", Version: 7, Title: "API", Heading: []string{"Webhooks"}, Text: "Webhooks are sent when a record is created or updated. Each delivery carries a signature.", Audience: pipeline.Public, URL: "https://help.example.com/API"}},
				{Support: 0.28, Passage: pipeline.Passage{ID: "p2", Document: "wiki/Deletions.md", Version: 1, Title: "Deletions", Heading: []string{"Internals"}, Text: "Deleted records stay in the trash for 30 days.", Audience: pipeline.Restricted}}}
			v.Reviews = []pipeline.Review{{Draft: d, Ticket: v.Ticket, State: pipeline.StateOpen}}
		}
		w.add(v)
	}
	settle(w)
	held := sampleTicket(20, "Team plan for schools", "Is there a discount for schools?", 15*time.Minute)
	held.Ticket.Arm, held.Outcomes[0].Kind = pipeline.ArmControl, pipeline.OutcomeHeldOut
	w.add(held)
	fresh := sampleTicket(21, "Password reset mail never arrives", "I waited an hour, nothing in spam.", 20*time.Second)
	fresh.Outcomes[0].Kind = ""
	w.add(fresh)
	failed := sampleTicket(22, "Sync stopped", "The sync shows error E-114.", 70*time.Minute)
	failed.Outcomes[0].Kind, failed.Outcomes[0].Reason = pipeline.OutcomeFailed, "drafting gave up after 5 tries: search index unavailable"
	w.add(failed)
	skipped := sampleTicket(23, "Automatic reply: out of office", "I am out of the office until Monday.", 7*time.Hour)
	skipped.Outcomes[0].Kind, skipped.Outcomes[0].Reason = pipeline.OutcomeSkipped, "auto-reply"
	w.add(skipped)
	w.library()
	w.report = sampleReport()
	for i := range 14 {
		w.behind = append(w.behind, measure.Ticket{Ref: pipeline.TicketRef{Desk: "sandbox", ID: fmt.Sprint(1000 + i)}, Subject: "How do I add a seat?", Draft: draftID(i), Value: fmt.Sprintf("%d.%d s", 300-i*13, i%10), Detail: "1 span, treatment", At: ago(time.Duration(i) * 5 * time.Hour)})
	}
	w.baselines = []measure.Baseline{
		{Desk: "zendesk", Definition: "Zendesk: ticket metrics reply_time_in_minutes, full_resolution_time_in_minutes; seconds spent: Time Tracking app", Tickets: 1840, From: ago(120 * 24 * time.Hour), To: ago(31 * 24 * time.Hour),
			Handling:      measure.Figure{Kind: "native", N: 1702, MedianMS: 402_000, P90MS: 1_260_000, LowMS: 390_000, HighMS: 415_000},
			FirstResponse: measure.Figure{Kind: "native", N: 1840, MedianMS: 9_900_000, P90MS: 61_000_000, LowMS: 9_100_000, HighMS: 10_800_000},
			Resolution:    measure.Figure{Kind: "native", N: 1840, MedianMS: 93_600_000, P90MS: 410_000_000, LowMS: 88_000_000, HighMS: 99_000_000}, Reopened: 131, ReopensKnown: 1840},
		{Desk: "chatwoot", Definition: "Chatwoot: reporting events first_response, conversation_resolved", Tickets: 3, From: ago(40 * 24 * time.Hour), To: ago(33 * 24 * time.Hour),
			FirstResponse: measure.Figure{Kind: "native", N: 3, MedianMS: 60_000, P90MS: 90_000}}}
	w.unread = []UnreadHook{{Desk: "webhook", Reason: "The body is not JSON: byte 61: unexpected end of JSON input.", Size: 61, Begin: `{"kind":"message","ticket":{"id":"4711"},"message":{"id":"m1",`, Times: 3, At: ago(20 * time.Minute)}}
	w.letters = []DeadLetter{
		{ID: 7, Consumer: "drafting", Type: pipeline.DraftRequested, Ref: failed.Ticket.TicketRef, EventID: "draft/sandbox/1062/m1/1", Reason: "search knowledge: index unavailable: connection refused", Deliveries: 5, At: ago(65 * time.Minute)},
		{ID: 6, Consumer: "delivery", Type: pipeline.DraftDecided, EventID: "decision/4e1d", Reason: "send reply: 403 Forbidden", Deliveries: 5, At: ago(30 * time.Hour), ReplayedAt: ago(29 * time.Hour)}}
	w.skipped = []SkippedMessage{
		{Ticket: pipeline.TicketRef{Desk: "email", ID: "77"}, Message: "m1", Subject: "Re: My order", From: pipeline.Person{Name: "Grace Hopper", Email: "grace@shop.example"},
			Rule: "It says that an agent wrote it, and nothing proves that: the mail server did not vouch for the sender. It was not taken for an agent's answer.", At: now.Add(-time.Hour)},
		{Ticket: pipeline.TicketRef{Desk: "email", ID: "78"}, Message: "m1", Subject: "Undelivered Mail Returned to Sender", From: pipeline.Person{Name: "Mail Delivery System", Email: "mailer-daemon@mx.example"},
			Rule: "The reply was not delivered to a-very-long-address-of-somebody-whom-nobody-knows-any-more@example.org: 550 5.1.1 no such user.", At: now.Add(-26 * time.Hour)}}
	return w
}

// settle gives the decided samples what makes them interesting.
func settle(w *world) {
	_, r := w.find(draftID(3))
	r.Delivery, r.Reason = pipeline.DeliveryFailed, "The desk refused it: the ticket is closed."
	v, r := w.find(draftID(6))
	r.Delivery, r.SentAt = pipeline.DeliverySent, ago(2*time.Minute)
	r.Text = "Hello Donald,\n\nYou can change the address on your invoices under Settings, Billing, Invoice details. A VAT number can be added in the same place.\n\nBest\nJo"
	r.Distance = review.Distance(r.Draft.Text(), r.Text)
	v.Ticket.Messages = append(v.Ticket.Messages, pipeline.Message{ID: "desk-9913", Role: pipeline.RoleAgent, Author: pipeline.Person{Name: "Jo Marsh"}, Text: r.Text, Public: true, At: ago(2 * time.Minute), Marker: "fn-1"})
	v.HandlingMS = 154_000
	_, r = w.find(draftID(5))
	r.Delivery = pipeline.DeliveryQueued
	_, r = w.find(draftID(7))
	r.Reason = "No reply is needed"
	_, r = w.find(draftID(8))
	r.Reason = "Legal, safety or billing dispute: clause 7"
	// the stale one has a longer thread
	v, _ = w.find(draftID(4))
	v.Ticket.Messages = append([]pipeline.Message{
		customer("m-2", "Hello, are refunds possible at all?", ago(30*time.Hour)),
		{ID: "m-1", Role: pipeline.RoleAgent, Author: pipeline.Person{Name: "Max Feld"}, Text: "Yes, within 14 days.", Public: true, At: ago(29 * time.Hour)},
		{ID: "m0", Role: pipeline.RoleAgent, Author: pipeline.Person{Name: "Max Feld"}, Text: "Check plan before answering, was on a pilot contract.", At: ago(28 * time.Hour)},
	}, v.Ticket.Messages...)
	v.Reviews[0].Draft.Version = 2
	old := v.Reviews[0]
	old.Draft.ID, old.Draft.Version, old.State, old.Stale = draftID(40), 1, pipeline.StateSuperseded, ""
	v.Reviews = append(v.Reviews, old)
}

func (w *world) library() {
	for n := int64(120); n > 0; n-- {
		row := audit.Row{Seq: n, At: ago(time.Duration(120-n) * 7 * time.Minute), Actor: "footnote", Action: "account.created", Object: "agent/a-jo", Detail: map[string]any{"email": "jo@example.com", "role": "agent"}}
		if n%3 > 0 {
			row = audit.Row{Seq: n, At: row.At, Actor: jo.ID, Name: jo.Name, Action: "draft.approve", Object: "draft/" + draftID(6), Ticket: pipeline.TicketRef{Desk: "sandbox", ID: "1046"},
				Detail: map[string]any{"decision": draftID(9), "hash": strings.Repeat("5ac1", 16), "surface": "console", "reason": ""}}
		}
		w.log = append(w.log, row)
	}
	w.chain = audit.State{Rows: 120, Head: []byte("0123456789abcdef0123456789abcdef"), At: now}
	for i, a := range []pipeline.Agent{ida, jo, kim, maxim} {
		w.people = append(w.people, access.Account{Agent: a, CreatedAt: ago(900 * time.Hour), SeenAt: ago(time.Duration(i) * 30 * time.Hour)})
	}
	w.people = append(w.people, access.Account{Agent: pipeline.Agent{ID: "a-ron", Name: "Ron Lee", Email: "ron@example.com", Role: access.RoleAgent}, DisabledAt: ago(200 * time.Hour)})
	w.sources = []Source{
		{Name: "help", Kind: "folder", Location: "/srv/help-centre", Documents: 61, Internal: 12, LeftOut: 2, Quarantined: 7, Unclear: 7, SyncedAt: ago(3 * time.Minute), Configured: true},
		{Name: "wiki", Kind: "git", Location: "https://git.example.com/support/wiki", Documents: 19, Quarantined: 2, SyncedAt: ago(26 * time.Hour), Error: "fetch: authentication failed. Renew the token in the settings."}}
	for i := range 80 {
		d := Document{ID: fmt.Sprintf("help/articles/article-%02d.md", i), Source: "help", Path: fmt.Sprintf("articles/article-%02d.md", i),
			Title: []string{"Billing and invoices", "Refunds", "Tax and VAT", "Exports", "Two-factor sign-in", "API and webhooks", "Seats and plans"}[i%7], URL: "https://help.example.com/articles",
			Audience: pipeline.Public, Owner: "Kim Osei", ReviewedAt: ago(time.Duration(i*9) * 24 * time.Hour), UpdatedAt: ago(time.Duration(i) * 7 * time.Hour), Version: 1 + i%4, Current: 1 + i%4, Bytes: 4211, Locale: "en", Product: "Core"}
		if i%5 == 3 {
			d.Audience, d.Owner, d.ReviewedAt = pipeline.Restricted, "", time.Time{}
		}
		for j, h := range [][]string{nil, {"Invoice details"}, {"Invoice details", "Reissuing invoices"}} {
			d.Passages = append(d.Passages, pipeline.Passage{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", j), Ordinal: j, Heading: h, Text: "To change the address printed on invoices, open Settings › Billing › Invoice details and save. Issued invoices keep the address they were issued with.\n\n- open Settings\n- choose Billing"})
		}
		for v := d.Version; v > 0; v-- {
			d.Versions = append(d.Versions, DocumentVersion{Version: v, Title: d.Title, CreatedAt: ago(time.Duration(5-v) * 40 * 24 * time.Hour)})
		}
		w.documents = append(w.documents, d)
	}
	w.bad = []Quarantined{{Source: "wiki", Path: "scan.pdf", Reason: "The PDF holds no text: it is a scan. Run text recognition, or write it as Markdown.", Bytes: 2_411_000, At: ago(27 * time.Hour)}, {Source: "wiki", Path: "old/notes.doc", Reason: "The format is not known.", Bytes: 51_200, At: ago(90 * time.Hour)},
		{Source: "help", Path: "articles/old-voucher.md", Reason: "It says that it is not in use: draft: true (line 3).", Fate: knowledge.LeftOut, Key: "draft", Value: "true", At: now}, {Source: "help", Path: "v1/start.md", Reason: "It is of an older version: v2/start.md is the newer one.", Fate: knowledge.LeftOut, Key: "version", Value: "v1", At: now}}
	for i := range 7 {
		w.bad = append(w.bad, Quarantined{Source: "help", Path: fmt.Sprintf("partners/terms-%d.md", i), Reason: "It is not clear who may read it: visibility: partner (line 3).", Fate: knowledge.Unclear, Key: "visibility", Value: "partner", Bytes: 2100, At: now})
	}
	w.decided = []knowledge.Decision{{Source: "help", Key: "groups", Means: knowledge.MeansInternal, By: "kim", At: ago(30 * time.Hour)}, {Source: "help", Key: "status", Value: "translated", Means: knowledge.MeansNothing, By: "kim", At: ago(50 * time.Hour)}}
}

func sampleReport() measure.Report {
	min := 60_000.0
	rep := measure.Report{
		Handling: []measure.Figure{
			{Kind: "measured", Arm: pipeline.ArmTreatment, N: 214, MedianMS: 3.1 * min, P90MS: 9.4 * min, LowMS: 2.8 * min, HighMS: 3.5 * min},
			{Kind: "measured", Arm: pipeline.ArmControl, N: 38, Capped: 4, MedianMS: 6.4 * min, P90MS: 17.2 * min, LowMS: 5.1 * min, HighMS: 8.3 * min},
			{Kind: "native", Arm: pipeline.ArmTreatment, N: 3, MedianMS: 4 * min, P90MS: 5 * min},
			{Kind: "proxy", Arm: pipeline.ArmTreatment, N: 96, MedianMS: 31 * min, P90MS: 190 * min, LowMS: 22 * min, HighMS: 47 * min}},
		Holdout:       measure.Holdout{Tickets: 388, Control: 41, Settings: []measure.HoldoutSetting{{Share: .2, From: now.AddDate(0, -2, 0), To: now.AddDate(0, 0, -20)}, {Share: .1, From: now.AddDate(0, 0, -20)}}},
		FirstResponse: measure.Figure{N: 240, MedianMS: 18 * min, P90MS: 71 * min, LowMS: 15 * min, HighMS: 22 * min},
		Resolution:    measure.Figure{N: 180, MedianMS: 205 * min, P90MS: 1480 * min, LowMS: 160 * min, HighMS: 260 * min},
		Arrivals:      412, Outcomes: map[pipeline.OutcomeKind]int{pipeline.OutcomeProposed: 301, pipeline.OutcomeAbstained: 44, pipeline.OutcomeHeldOut: 41, pipeline.OutcomeSkipped: 21, pipeline.OutcomeFailed: 2}, Pending: 3,
		Decided: 268, Decisions: map[string]int{"approve": 171, "edit": 66, "reject": 22, "hand_off": 9, "open": 12, "stale": 8, "redraft": 13},
		Distance: 0.031, Deliveries: map[pipeline.DeliveryState]int{pipeline.DeliverySent: 233, pipeline.DeliveryQueued: 2, pipeline.DeliveryFailed: 1, pipeline.DeliveryAsked: 1}, CostMicros: 4_830_000}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 30 {
		d := measure.Day{Date: now.Truncate(24*time.Hour).AddDate(0, 0, i-29), Arrivals: 6 + rng.IntN(18), Sent: 3 + rng.IntN(8), N: 4 + rng.IntN(7)}
		if d.Date.Weekday() == time.Saturday || d.Date.Weekday() == time.Sunday {
			d.Arrivals, d.Sent, d.N = rng.IntN(4), rng.IntN(2), rng.IntN(3)
		}
		if d.N > 0 {
			d.MedianMS = (5.5 - float64(i)*0.08 + rng.Float64()) * min
		}
		if d.N >= 5 {
			d.LowMS, d.HighMS = d.MedianMS*0.72, d.MedianMS*1.4
		}
		rep.Days = append(rep.Days, d)
	}
	return rep
}

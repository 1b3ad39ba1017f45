package slack

import (
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// samplePage is an answer, a list or a Home tab worth looking at.
type samplePage struct {
	name, surface string
	page          layout.Page
}

// samplePages are made-up pages; link is the page of every ticket in the
// console, or "".
func samplePages(link string) []samplePage {
	to := func(pipeline.TicketRef) string { return link }
	draft, none, evil := sampleReview(), sampleReview(), sampleReview()
	sampleInternal(&draft)
	draft.Draft.Findings, none.Draft.Sentences, none.Draft.Findings = nil, nil, nil
	none.Draft.Abstained = "The knowledge says nothing about hats"
	for _, c := range sampleCases() {
		if c.name == "hostile" {
			evil = c.review
		}
	}
	const ref = "FN-ABCDEFGHIJ"
	paused := Switch{Paused: true, By: "Grete Hermann", Reason: "the knowledge is being rebuilt", At: sampleTime}
	return []samplePage{
		{"answer-typical", "message", Answer{Question: "How long do refunds take?", Draft: draft.Draft, Reference: ref}.page()},
		{"answer-customer", "message", Answer{Question: "Where is my money?", Draft: sampleReview().Draft, Reference: ref, Customer: true}.page()},
		{"answer-alone", "message", Answer{Question: "How long do refunds take?", Draft: draft.Draft, Reference: ref, Alone: "it uses internal sources, and " + guestReaders.why(hereAsked)}.page()},
		{"answer-abstained", "message", Answer{Question: "Do you sell hats?", Draft: none.Draft, Reference: ref, Note: "public sources only: " + guestReaders.why(hereAsked)}.page()},
		{"answer-hostile", "message", Answer{Question: hostile, Draft: evil.Draft, Reference: ref}.page()},
		{"home-typical", "home", Home{Name: "Ada Lovelace", Work: sampleWork(Switch{}, ""), At: sampleTime, Page: to, Console: "https://footnote.acme.test"}.page()},
		{"home-empty", "home", Home{Name: "Ada Lovelace", At: sampleTime}.page()},
		{"home-hostile", "home", Home{Name: hostile, Work: sampleWork(Switch{Paused: true, By: hostile, Reason: hostile, At: sampleTime}, hostile), At: sampleTime, Page: to}.page()},
		{"digest-typical", "message", reportPage("Last week", sampleFigures())},
		{"digest-empty", "message", reportPage("Yesterday", Figures{From: sampleTime.AddDate(0, 0, -1), To: sampleTime, FirstResponse: Duration{Name: "first response"}})},
		{"command-status", "message", statusPage(Overview{Switch: paused, Parts: []Part{{"NATS", true, "1ms"}, {"model", false, "breaker open"}}, Waiting: 7, Pending: 1})},
		{"command-queue", "message", queuePage(sampleWork(paused, ""), to)},
		{"command-help", "message", helpPage()},
	}
}

// sampleWork is a person's work; a text that is not empty stands everywhere.
func sampleWork(sw Switch, text string) Work {
	line := func(id, subject, state string) Line {
		l := Line{Ticket: pipeline.TicketRef{Desk: "sandbox", ID: id}, Subject: subject, From: "Grace Hopper", State: state, ArrivedAt: sampleTime}
		if text != "" {
			l.Subject, l.From, l.State = text, text, text
		}
		return l
	}
	return Work{Switch: sw, Claims: []Line{line("T-1042", "Where is my refund?", "claimed by Ada Lovelace")},
		Open: []Line{line("T-1043", "Change of address", "a draft waits"), line("T-1044", "", "no source answers it")}, OpenTotal: 7,
		Week: Week{Approved: 12, Edited: 5, Rejected: 1, HandedOff: 2, Tickets: 18, MedianMS: 95_000}}
}

// sampleFigures are a manager's week.
func sampleFigures() Figures {
	return Figures{From: sampleTime.AddDate(0, 0, -7), To: sampleTime, Arrivals: 120, Pending: 2,
		Outcomes:  []Count{{"proposed", 80}, {"abstained", 30}, {"held out", 0}, {"skipped", 7}, {"failed", 1}},
		Decisions: []Count{{"approved as drafted", 50}, {"edited", 20}, {"rejected", 5}, {"handed off", 5}}, Replies: 70,
		Handling: []Duration{{Name: "with a draft, measured", N: 60, MedianMS: 95_000, P90MS: 400_000, LowMS: 80_000, HighMS: 120_000},
			{Name: "without a draft (control), measured", N: 4, MedianMS: 240_000, P90MS: 500_000}},
		FirstResponse: Duration{Name: "first response", N: 70, MedianMS: 3_700_000, P90MS: 9_000_000, LowMS: 3_000_000, HighMS: 4_000_000}, Distance: 0.08, CostMicros: 1_234_567}
}

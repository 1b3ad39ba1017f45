package requests

import (
	api "github.com/slack-go/slack"

	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/bots/slack/sample"
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
	draft, none, evil := sample.Typical(), sample.Typical(), sample.Typical()
	sample.Internal(&draft)
	draft.Draft.Findings, none.Draft.Sentences, none.Draft.Findings = nil, nil, nil
	none.Draft.Abstained = "The knowledge says nothing about hats"
	for _, c := range sample.Cases() {
		if c.Name == "hostile" {
			evil = c.Review
		}
	}
	const ref = "FN-ABCDEFGHIJ"
	paused := Switch{Paused: true, By: "Grete Hermann", Reason: "the knowledge is being rebuilt", At: sample.Time}
	return []samplePage{
		{"answer-typical", "message", Answer{Question: "How long do refunds take?", Draft: draft.Draft, Reference: ref}.page()},
		{"answer-customer", "message", Answer{Question: "Where is my money?", Draft: sample.Typical().Draft, Reference: ref, Customer: true}.page()},
		{"answer-alone", "message", Answer{Question: "How long do refunds take?", Draft: draft.Draft, Reference: ref, Alone: "it uses internal sources, and " + client.GuestReaders.Why(client.HereAsked)}.page()},
		{"answer-abstained", "message", Answer{Question: "Do you sell hats?", Draft: none.Draft, Reference: ref, Note: "public sources only: " + client.GuestReaders.Why(client.HereAsked)}.page()},
		{"answer-hostile", "message", Answer{Question: sample.Hostile, Draft: evil.Draft, Reference: ref}.page()},
		{"home-typical", "home", Home{Name: "Ada Lovelace", Work: SampleWork(Switch{}, ""), At: sample.Time, Page: to, Console: "https://footnote.acme.test"}.page()},
		{"home-empty", "home", Home{Name: "Ada Lovelace", At: sample.Time}.page()},
		{"home-hostile", "home", Home{Name: sample.Hostile, Work: SampleWork(Switch{Paused: true, By: sample.Hostile, Reason: sample.Hostile, At: sample.Time}, sample.Hostile), At: sample.Time, Page: to}.page()},
		{"digest-typical", "message", reportPage("Last week", SampleFigures(), to)},
		{"digest-empty", "message", reportPage("Yesterday", Figures{From: sample.Time.AddDate(0, 0, -1), To: sample.Time, FirstResponse: Duration{Name: "first response"}}, to)},
		{"command-status", "message", statusPage(Overview{Switch: paused, Parts: []Part{{"NATS", true, "1ms"}, {"model", false, "breaker open"}}, Waiting: 7, Pending: 1})},
		{"command-queue", "message", queuePage(SampleWork(paused, ""), to)},
		{"command-help", "message", helpPage()},
	}
}

// SampleWork is a person's work; a text that is not empty stands everywhere.
func SampleWork(sw Switch, text string) Work {
	line := func(id, subject, state string) Line {
		l := Line{Ticket: pipeline.TicketRef{Desk: "sandbox", ID: id}, Subject: subject, From: "Grace Hopper", State: state, ArrivedAt: sample.Time}
		if text != "" {
			l.Subject, l.From, l.State = text, text, text
		}
		return l
	}
	return Work{Switch: sw, Claims: []Line{line("T-1042", "Where is my refund?", "claimed by Ada Lovelace")},
		Open: []Line{line("T-1043", "Change of address", "a draft waits"), line("T-1044", "", "no source answers it")}, OpenTotal: 7,
		Week: Week{Approved: 12, Edited: 5, Rejected: 1, HandedOff: 2, Tickets: 18, MedianMS: 95_000}}
}

// SampleFigures are a manager's week.
func SampleFigures() Figures {
	return Figures{From: sample.Time.AddDate(0, 0, -7), To: sample.Time, Arrivals: 120, Pending: 2,
		Outcomes:  []Count{{Name: "proposed", N: 80}, {Name: "abstained", N: 30}, {Name: "held out", N: 0}, {Name: "skipped", N: 7}, {Name: "failed", N: 1}},
		Decisions: []Count{{Name: "approved as drafted", N: 50}, {Name: "edited", N: 20}, {Name: "rejected", N: 5}, {Name: "handed off", N: 5}}, Replies: 70,
		Handling: []Duration{{Name: "with a draft, measured", N: 60, MedianMS: 95_000, P90MS: 400_000, LowMS: 80_000, HighMS: 120_000},
			{Name: "without a draft (control), measured", N: 4, MedianMS: 240_000, P90MS: 500_000}},
		FirstResponse: Duration{Name: "first response", N: 70, MedianMS: 3_700_000, P90MS: 9_000_000, LowMS: 3_000_000, HighMS: 4_000_000}, Distance: 0.08, CostMicros: 1_234_567,
		Waiting: []Line{{Ticket: pipeline.TicketRef{Desk: "sandbox", ID: "T-1043"}, Subject: "Change of address", From: "Grace Hopper", State: "a draft waits", ArrivedAt: sample.Time,
			card: "https://acme.slack.com/archives/C0TRIAGE/p1795944600000100"}},
		Work: []Count{{Name: "to review", N: 3}, {Name: "to write", N: 2}, {Name: "claimed", N: 1}, {Name: "snoozed", N: 4}, {Name: "waiting for the customer", N: 1000, More: true}}}
}

// Samples are answers, lists and Home tabs; link is the page of every ticket in the console, or "".
func Samples(link string) []sample.Sample {
	var out []sample.Sample
	for _, p := range samplePages(link) {
		if p.surface == "home" {
			out = append(out, sample.New(p.name, p.surface, api.HomeTabViewRequest{Type: api.VTHomeTab, Blocks: api.Blocks{BlockSet: p.page.Blocks(true)}}))
			continue
		}
		out = append(out, sample.New(p.name, p.surface, map[string]any{"text": p.page.Notice, "blocks": p.page.Blocks(true)}))
	}
	return out
}

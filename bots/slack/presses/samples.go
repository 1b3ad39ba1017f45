package presses

import (
	api "github.com/slack-go/slack"

	"footnote/bots"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/sample"
	"footnote/pipeline"
)

// Samples are the forms over made-up drafts.
func Samples() []sample.Sample {
	var out []sample.Sample
	for _, v := range sampleForms() {
		out = append(out, sample.New("modal-"+v.name, "modal", v.view))
	}
	return out
}

type sampleForm struct {
	name string
	view api.ModalViewRequest
}

func sampleForms() []sampleForm {
	var out []sampleForm
	of := func(kind string, r pipeline.Review) Form {
		return Form{Kind: kind, Draft: r.Draft.ID, Hash: r.ApproveHash, Seen: pipeline.StateOpen}
	}
	cases := map[string]pipeline.Review{}
	for _, s := range sample.Cases() {
		cases[s.Name] = s.Review
	}
	for _, name := range []string{"typical", "long", "right-to-left", "hostile", "abstained", "rejected", "asked"} {
		r := cases[name]
		out = append(out, sampleForm{"edit-" + name, of(cards.ActEdit, r).fill(r, typed{reply: startText(r)}, "")})
	}
	r := cases["typical"]
	mine := kept{id: "kept", text: "Hello Grace, we refund the fee of https://help.acme.test/p1 tomorrow.", at: sample.Time}
	found := []pipeline.Finding{{Check: "commitment", Severity: pipeline.Confirm, Sentence: -1, Detail: "Commits to a refund or credit (“refund”)."},
		{Check: "number", Severity: pipeline.Warn, Sentence: -1, Detail: "In no cited source: 90 days."}}
	bad := kept{id: "kept", text: editable(cases["hostile"].Draft), at: sample.Time}
	return append(out,
		sampleForm{"edit-kept", of(cards.ActEdit, r).offer(r, mine)},
		sampleForm{"confirm", of(cards.ActEdit, r).confirmation(mine, found)},
		sampleForm{"confirm-hostile", of(cards.ActEdit, r).confirmation(bad, []pipeline.Finding{{Severity: pipeline.Confirm, Detail: sample.Hostile}})},
		sampleForm{"reject", of(cards.ActReject, r).fill(r, typed{}, "")},
		sampleForm{"receipts", of(cards.ActReceipts, r).receipts(r)},
		sampleForm{"receipts-hostile", of(cards.ActReceipts, cases["hostile"]).receipts(cases["hostile"])},
		sampleForm{"hand-off", of(cards.ActHandOff, r).handOff([]bots.Taker{{Agent: "a-alan", Name: "Alan Turing"}, {Queue: "refunds"}, {Agent: "a-x", Name: sample.Hostile}}, typed{})},
		sampleForm{"snooze", of(cards.ActSnooze, r).fill(r, typed{}, "")},
		sampleForm{"redraft", of(cards.ActRedraft, r).fill(r, typed{}, "")},
		sampleForm{"loading", of(cards.ActEdit, r).loading()},
		sampleForm{"decided", of(cards.ActEdit, r).Note("There is nothing left to decide: Approved by Ada Lovelace, 20 Nov 2026 09:34 UTC – being sent…")})
}

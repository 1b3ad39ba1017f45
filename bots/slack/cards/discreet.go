package cards

import (
	"context"
	"slices"

	"footnote/bots/slack/client"
	"footnote/pipeline"
)

// CitesInternal tells whether anything of the draft is not for outsiders.
func CitesInternal(d pipeline.Draft) bool {
	return quotesInternal(d) || slices.ContainsFunc(d.Nearest, func(h pipeline.Hit) bool { return h.Passage.Audience != pipeline.Public })
}

// quotesInternal tells whether the draft's sentences rest on what is not for
// outsiders.
func quotesInternal(d pipeline.Draft) bool {
	return slices.ContainsFunc(d.Citations(), func(r pipeline.Receipt) bool { return r.Audience != pipeline.Public })
}

// discreet is the review as the channel may show it: where not only
// colleagues read it, without what internal sources say. note says so.
func (c *Cards) discreet(ctx context.Context, channel string, r pipeline.Review) (_ pipeline.Review, note string) {
	if !CitesInternal(r.Draft) {
		return r, ""
	}
	who := c.Readers(ctx, channel, false)
	if who.Reach == client.Colleagues {
		return r, ""
	}
	why := who.Why("this channel")
	d := &r.Draft
	if quotesInternal(*d) {
		d.Sentences, d.Findings, d.Abstained = nil, nil, "The draft cites internal sources, and "+why+": look at it in the console"
	}
	d.Nearest = slices.Clone(d.Nearest)
	for i, h := range d.Nearest {
		if h.Passage.Audience != pipeline.Public {
			d.Nearest[i].Passage = pipeline.Passage{Title: "a source that is not shown here", Audience: h.Passage.Audience}
		}
	}
	return r, "internal sources are not shown: " + why
}

package requests

import (
	"context"

	"footnote/bots/slack/client"
	"footnote/bots/slack/presses"
	"footnote/pipeline"
)

// Ports are what requests are answered from.
type Ports struct {
	// Asker answers questions; nil: questions are refused with that reason.
	Asker Asker
	// Office is behind commands and the Home tab; nil: they say so.
	Office Office
	// Reactions maps emoji names on answers to "good" or "bad"; may be empty.
	Reactions map[string]string
	// Digest says when managers' figures are posted; the zero value never.
	Digest DigestConfig
}

// Wrong lists what the settings cannot be.
func (p Ports) Wrong() []string {
	var wrong []string
	for name, word := range p.Reactions {
		if word != "good" && word != "bad" {
			wrong = append(wrong, "reaction "+name+": only good and bad are known")
		}
	}
	if say := p.Digest.wrong(); say != "" {
		wrong = append(wrong, say)
	}
	return wrong
}

// Requests answers what colleagues ask for. All methods may be called from
// several goroutines; any number of processes may do it on the same database.
type Requests struct {
	*client.Client
	cfg     Ports
	presses *presses.Presses
	homes   homeViews
}

// cardsOf says where in Slack the tickets of the lists stand.
func (c *Requests) cardsOf(ctx context.Context, lists ...[]Line) {
	var refs []pipeline.TicketRef
	for _, list := range lists {
		for _, l := range list {
			refs = append(refs, l.Ticket)
		}
	}
	links := c.presses.CardLinks(ctx, refs)
	for _, list := range lists {
		for i := range list {
			list[i].card = links[list[i].Ticket]
		}
	}
}

// New calls nobody.
func New(p *presses.Presses, ports Ports) *Requests {
	return &Requests{Client: p.Client, cfg: ports, presses: p}
}

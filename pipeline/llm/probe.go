package llm

import (
	"context"
	"slices"
	"time"

	"footnote/pipeline"
)

// probeSchema and probeAsk are the smallest question in the form of all others: who
// answers it can be reached, takes our key, knows the model and keeps to a form.
var probeSchema = []byte(`{"type":"object","additionalProperties":false,"required":["ready"],"properties":{"ready":{"type":"boolean"}}}`)

const (
	probeSystem = "You are asked whether you can answer in a form. Set ready to true."
	probeUser   = "Are you ready?"
	probeTokens = 400 // some think before they answer

	// probeEvery and probeLeast are how soon, and how seldom, a silent provider is asked
	// again.
	probeEvery = 15 * time.Second
	probeLeast = 4 * time.Minute
)

// Probe asks each provider that was not asked yet, or gave no answer the last time, or
// every one with all, whether it answers: one small call each, in the ledger as
// "probe". It goes through all forms that a provider may want, and keeps the one that
// it takes. How they are is in States afterwards.
func (g *Gateway) Probe(ctx context.Context, all bool) {
	schema, err := compile(probeSchema)
	if err != nil {
		panic(err) // it is ours
	}
	for _, p := range g.routes {
		if !all && p.well() {
			continue
		}
		back, ok := p.turn(ctx)
		if !ok {
			return
		}
		g.probe(ctx, p, schema)
		back()
	}
}

func (g *Gateway) probe(ctx context.Context, p *route, schema *validator) {
	ctx, cancel := context.WithTimeout(ctx, 2*p.Timeout)
	defer cancel()
	p.form.recall(ctx)
	r := Request{Purpose: "probe", System: probeSystem, User: probeUser, Schema: probeSchema, SchemaName: "state", MaxOutputTokens: probeTokens}
	for range 2 * len(modes) {
		_, _, f := g.once(ctx, p, r, schema, nil)
		if f == nil || ctx.Err() != nil {
			return
		}
		if f.again || f.code == codeSchema && !p.form.settled.Load() && p.form.next() {
			continue
		}
		return
	}
}

// Watch probes providers at once, and those that are silent again and again, ever less
// often, until ctx ends.
func (g *Gateway) Watch(ctx context.Context) {
	keepAsking(ctx, g.allWell, func() { g.Probe(ctx, false) })
}

func (g *Gateway) allWell() bool {
	return !slices.ContainsFunc(g.routes, func(p *route) bool { return !p.well() })
}

// Check tells what is the matter with providers, in the operator's words; nil when all
// answer. The error kind is Budget when the day's money is spent, Unavailable when no
// provider can be expected to answer, and Conflict when others can.
func (g *Gateway) Check() error {
	if spent, limit := g.budget.today(); limit > 0 && spent >= limit {
		return pipeline.Errorf(pipeline.Budget, "the daily budget is spent (%s of %s); drafts are extractive until midnight UTC", dollars(spent), dollars(limit))
	}
	var ill []string
	for _, s := range g.States() {
		if why := s.Problem(); why != "" {
			ill = append(ill, s.Provider+" ("+s.Model+") "+why)
		}
	}
	switch {
	case ill == nil:
		return nil
	case len(ill) == len(g.routes):
		return pipeline.Errorf(pipeline.Unavailable, "%s", joined(ill))
	}
	return pipeline.Errorf(pipeline.Conflict, "%s", joined(ill))
}

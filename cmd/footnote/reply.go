package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"footnote/pipeline"
	"footnote/pipeline/guard"
	"footnote/pipeline/text"
	"footnote/review/console"
)

// replySettings are how an approved reply leaves.
type replySettings struct {
	UndoSend time.Duration `yaml:"undo_send" env:"FOOTNOTE_UNDO_SEND" default:"10s" help:"how long an approved reply waits before it is sent, so that it can be taken back; 0s: it leaves at once"`
}

// maxUndo keeps a customer from waiting for a reply that somebody approved.
const maxUndo = 5 * time.Minute

func (s replySettings) check(p *problems) {
	if s.UndoSend > maxUndo {
		p.bad("undo_send: at most %s; the customer waits meanwhile", maxUndo)
	}
}

// editChecker runs the guards over a reply that a person wrote.
type editChecker struct{ a *app }

// CheckEdit implements review.Checker. What is known of the sources is what the draft
// cites, what was found beside it, and current public passages that the person put in.
func (c editChecker) CheckEdit(ctx context.Context, d pipeline.Draft, said string, put []string) (pipeline.Edited, error) {
	in := guard.EditInput{TextInput: guard.TextInput{Text: said, Locale: d.Locale, Hosts: c.a.c.ownSites()}, Draft: d}
	ids := slices.Clone(put)
	for _, h := range d.Nearest { // an editor may use what was found beside what was cited
		if ids = append(ids, h.Passage.ID); h.Passage.Audience == pipeline.Restricted {
			in.Internal = append(in.Internal, h.Passage)
		}
	}
	var err error
	if in.Passages, err = c.a.knowledge.CitablePassages(ctx, ids); err != nil {
		return pipeline.Edited{}, err
	}
	for _, r := range d.Citations() {
		in.Passages = append(in.Passages, pipeline.Passage{ID: r.Passage, Document: r.Document, Version: r.Version, Title: r.Title, Text: r.Quote, URL: r.URL, Audience: r.Audience})
	}
	t, err := c.a.tracker.Ticket(ctx, d.Ticket)
	if err != nil && pipeline.KindOf(err) != pipeline.NotFound {
		return pipeline.Edited{}, err
	}
	if m, ok := t.LastCustomerMessage(); ok {
		in.Asked = m.Text
	}
	in.Names = []string{t.Requester.Name}
	rules := c.a.policy.Now(ctx).For(t.Queue)
	in.Rules = &rules
	return guard.CheckEdit(in), nil
}

// finder searches the knowledge for people who write a reply.
type finder struct{ a *app }

// The most that a search beside a reply shows: passages, and sentences of each.
const (
	foundPassages = 6
	foundQuotes   = 4
)

// Find implements console.Finder.
func (f finder) Find(ctx context.Context, ref pipeline.TicketRef, words string) ([]console.Found, error) {
	q := pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: words}}, Audiences: []pipeline.Audience{pipeline.Public, pipeline.Restricted}, Limit: foundPassages}
	t, err := f.a.tracker.Ticket(ctx, ref)
	if err != nil {
		return nil, err
	}
	q.Locale, q.Product = t.Locale, t.Product
	answer, err := f.a.knowledge.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	var out []console.Found
	for _, h := range answer.Hits {
		out = append(out, console.Found{Passage: h.Passage, Quotes: nearestQuotes(h.Passage, words, t.Locale)})
	}
	return out, nil
}

// nearestQuotes are the statements of a passage that have most of the words, in the
// order of the passage.
func nearestQuotes(p pipeline.Passage, words, locale string) []string {
	lang := text.BaseLanguage(locale)
	asked := map[string]bool{}
	for _, w := range text.Words(words, lang) {
		if w.Stem != "" {
			asked[w.Stem] = true
		}
	}
	all := guard.Statements(p)
	has := make([]int, len(all))
	order := make([]int, len(all))
	for i, s := range all {
		order[i] = i
		for _, w := range text.Words(s, lang) {
			if asked[w.Stem] {
				has[i]++
			}
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return has[b] - has[a] })
	order = order[:min(len(order), foundQuotes)]
	slices.Sort(order)
	out := make([]string, len(order))
	for i, k := range order {
		out[i] = strings.TrimSpace(all[k])
	}
	return out
}

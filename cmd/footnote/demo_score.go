package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"footnote/pipeline"
	"footnote/pipeline/drafting"
)

// demoScores compare retrieval, citations and replies with gold data. Means are
// over tickets that have it; an abstention counts as a wrong citation and an
// empty reply.
type demoScores struct {
	Scored               int     `json:"scored"`
	RecallAt5            float64 `json:"recall_at_5"`
	NDCGAt10             float64 `json:"ndcg_at_10"`
	FirstCitationCorrect float64 `json:"first_citation_correct"`
	ReplyF1              float64 `json:"reply_f1"`
}

// score repeats each ticket's search as drafting made it, and reads the drafts.
func (d *demo) score(ctx context.Context, a *app) (*demoScores, error) {
	if d.gold == nil {
		return nil, nil
	}
	passages, err := d.goldPassages(ctx, a)
	if err != nil {
		return nil, err
	}
	s := &demoScores{}
	for id, t := range d.opened {
		gold := d.gold[t.ID]
		if len(gold) == 0 {
			continue
		}
		s.Scored++
		if err := s.add(ctx, a, id, t, gold, passages); err != nil {
			return nil, err
		}
	}
	if n := float64(s.Scored); n > 0 {
		s.RecallAt5, s.NDCGAt10, s.FirstCitationCorrect, s.ReplyF1 = s.RecallAt5/n, s.NDCGAt10/n, s.FirstCitationCorrect/n, s.ReplyF1/n
	}
	return s, nil
}

func (s *demoScores) add(ctx context.Context, a *app, id string, t demoTicket, gold []span, passages map[string]span) error {
	ticket, err := a.tracker.Ticket(ctx, pipeline.TicketRef{Desk: "sandbox", ID: id})
	if err != nil {
		return err
	}
	message, _ := ticket.LastCustomerMessage()
	q := drafting.Read(ticket, message.ID)
	answer, err := a.knowledge.Search(ctx, pipeline.Query{Turns: q.Turns, Locale: q.Locale, Audiences: []pipeline.Audience{pipeline.Public}, Limit: 10})
	if err != nil {
		return err
	}
	var hits []span
	for _, h := range answer.Hits {
		hits = append(hits, passages[h.Passage.ID]) // of another document: covers nothing
	}
	relevant := 0
	for _, p := range passages {
		if slices.ContainsFunc(gold, p.covers) {
			relevant++
		}
	}
	recall, _ := ranking(hits, gold, relevant, 5)
	_, ndcg := ranking(hits, gold, relevant, 10)
	s.RecallAt5 += recall
	s.NDCGAt10 += ndcg
	draft, err := (drafting.Store{Pool: a.p.pool}).Find(ctx, drafting.ID(ticket.TicketRef, message.ID, 1))
	if pipeline.KindOf(err) == pipeline.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	var said []string
	first := true
	for _, sentence := range draft.Sentences {
		if len(sentence.Receipts) == 0 {
			continue
		}
		said = append(said, sentence.Text)
		if first && slices.ContainsFunc(gold, passages[sentence.Receipts[0].Passage].covers) {
			s.FirstCitationCorrect++
		}
		first = false
	}
	s.ReplyF1 += tokenF1(strings.Join(said, " "), t.Reply)
	return nil
}

// goldPassages returns the passages of every document that has a gold span, in
// character offsets of its raw text.
func (d *demo) goldPassages(ctx context.Context, a *app) (map[string]span, error) {
	docs := map[string]bool{}
	for _, spans := range d.gold {
		for _, g := range spans {
			docs[g.doc] = true
		}
	}
	rows, err := a.p.pool.Query(ctx, `
		SELECT p.id::text, d.path, v.text, p.start_at, p.end_at
		  FROM passages p
		  JOIN documents d ON d.id = p.document AND d.version = p.version
		  JOIN document_versions v ON v.document = p.document AND v.version = p.version
		 WHERE d.deleted_at IS NULL`)
	if err != nil {
		return nil, fmt.Errorf("read passages: %w", err)
	}
	defer rows.Close()
	out := map[string]span{}
	for rows.Next() {
		var id, path, text string
		var start, end int
		if err := rows.Scan(&id, &path, &text, &start, &end); err != nil {
			return nil, fmt.Errorf("read passages: %w", err)
		}
		if docs[path] {
			from := utf8.RuneCountInString(text[:start])
			out[id] = span{doc: path, start: from, end: from + utf8.RuneCountInString(text[start:end])}
		}
	}
	return out, rows.Err()
}

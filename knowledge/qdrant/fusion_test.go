package qdrant_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"footnote/knowledge"
	"footnote/knowledge/library"
	"footnote/knowledge/qdrant"
	"footnote/pipeline"
)

const topics = 24

// topic names a thing as the help pages call it, and as customers do.
func topic(i int) (page, customer string) {
	a, b := string(rune('a'+i%5)), string(rune('k'+i/5))
	return a + b + "orium", b + a + "widget"
}

// knower is a model with one dimension a topic. It knows a topic by either name;
// reads says which topic it takes a question's for.
type knower struct{ reads func(topic int) int }

func (knower) Model() string   { return "knower" }
func (knower) Dimensions() int { return topics }
func (m knower) EmbedQuestion(ctx context.Context, texts []string) ([][]float32, error) {
	return m.Embed(ctx, texts)
}

func (m knower) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for at, text := range texts {
		out[at] = make([]float32, topics)
		for i := range topics {
			out[at][i] = .01 + .001*float32((i*7+len(text))%topics)
			page, customer := topic(i)
			switch {
			case strings.Contains(text, "Settings of"):
				if strings.Contains(text, "page of the "+page) {
					out[at][i]++
				}
			case strings.Contains(text, page), strings.Contains(text, customer):
				out[at][m.reads(i)]++
			}
		}
	}
	return out, nil
}

// TestHybridIsNeverWorse asks the same questions by terms and by both, of models
// that know the matter, that are wrong, and that know nothing.
func TestHybridIsNeverWorse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		reads func(topic int) int
		words bool // customers also use words that no page has
		least int  // questions answered right, of all
	}{
		{"knows", func(i int) int { return i }, true, 2 * topics},
		{"wrong", func(i int) int { return (i + 5) % topics }, false, topics},
		{"knows nothing", func(int) int { return 0 }, false, topics},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, func(k *knowledge.Config, q *qdrant.Config) { k.Embedder, q.Dimensions = knower{c.reads}, topics })
			var all docs
			var asked []string
			for i := range topics {
				page, customer := topic(i)
				other, _ := topic((i + topics - 5) % topics) // whoever asks for that one is nearly answered here, too
				all = append(all, md(fmt.Sprintf("%02d.md", i), "# Settings\n\nSettings of your account are changed on the page of the "+page+
					" by its owner, once a day at most. Who may change the "+page+" asks nobody; whoever is not an owner asks one for it.\n\nOther pages are changed elsewhere, such as the "+other+".\n"))
				asked = append(asked, "who may change the "+page)
				if c.words {
					asked = append(asked, "who may change the "+customer)
				}
			}
			s.sync(t, "help", all)
			cfg := s.cfg
			cfg.Embedder = nil
			byTerms := library.Open(cfg)
			defer byTerms.Close()
			right := func(k *library.Library) (n int) {
				for i, text := range asked {
					if c.words {
						i /= 2
					}
					a, err := k.Search(t.Context(), pipeline.Query{Turns: []pipeline.Turn{{Text: text}}, Audiences: []pipeline.Audience{pipeline.Public}})
					if err != nil || a.Reduced != "" {
						t.Fatalf("%q: %+v %v", text, a, err)
					}
					if len(a.Hits) > 0 && a.Hits[0].Passage.Document == fmt.Sprintf("help/%02d.md", i) {
						n++
					}
				}
				return n
			}
			terms, hybrid := right(byTerms), right(s.Library)
			if hybrid < terms || hybrid < c.least {
				t.Errorf("%d of %d right by both, %d by terms; want at least %d", hybrid, len(asked), terms, c.least)
			}
			t.Logf("%d of %d right by both, %d by terms", hybrid, len(asked), terms)
		})
	}
}

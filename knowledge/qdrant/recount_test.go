package qdrant_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/ingest"
	"footnote/knowledge/qdrant"
)

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.String()
}

// shelf is a source whose pages change at random.
type shelf struct {
	rnd   *rand.Rand
	pages map[int][]string // by number: paragraphs
	gone  map[int][]string
}

func (s *shelf) paragraph() string {
	words := strings.Fields("refund card invoice billing password reset export calendar printer offline shipping address account owner team seat plan price limit error retry")
	var out []string
	for range 6 + s.rnd.IntN(20) {
		out = append(out, words[s.rnd.IntN(len(words))])
	}
	return fmt.Sprintf("## %s %s\n\n%s.\n", out[0], out[1], strings.Join(out, " "))
}

func (s *shelf) some() int {
	for n := range s.pages {
		return n
	}
	return 0
}

// change does one thing that happens to pages.
func (s *shelf) change() {
	switch n := s.some(); s.rnd.IntN(7) {
	case 0: // a new one
		s.pages[1000+s.rnd.IntN(1<<20)] = []string{s.paragraph(), s.paragraph()}
	case 1: // taken away
		s.gone[n] = s.pages[n]
		delete(s.pages, n)
	case 2: // brought back as it was
		for g, p := range s.gone {
			s.pages[g] = p
			delete(s.gone, g)
			break
		}
	case 3: // a paragraph more
		s.pages[n] = append([]string{s.paragraph()}, s.pages[n]...)
	case 4: // a paragraph goes to another page
		if p := s.pages[n]; len(p) > 1 {
			to := s.some()
			s.pages[n] = p[1:]
			s.pages[to] = append(append([]string{}, s.pages[to]...), p[0])
		}
	case 5: // a word of a paragraph
		p := append([]string{}, s.pages[n]...)
		i := s.rnd.IntN(len(p))
		p[i] = strings.Replace(p[i], ".\n", " anew.\n", 1)
		s.pages[n] = p
	case 6: // the same text twice
		s.pages[1000+s.rnd.IntN(1<<20)] = append([]string{}, s.pages[n]...)
	}
}

func (s *shelf) docs() docs {
	var out docs
	for n, p := range s.pages {
		out = append(out, md(fmt.Sprintf("page-%d.md", n), fmt.Sprintf("# Page %d\n\n%s", n%3, strings.Join(p, "\n"))))
	}
	return out
}

// TestMovedOnIsRecounted: whatever happens to pages and lessons, what search keeps in
// memory and moves on by what changed is what reading everything anew gives; and
// nothing was read anew meanwhile.
func TestMovedOnIsRecounted(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			var log lockedBuffer
			s := newStack(t, func(c *knowledge.Config, _ *qdrant.Config) {
				c.Log = slog.New(slog.NewTextHandler(&log, nil))
			})
			pages := &shelf{rnd: rand.New(rand.NewPCG(seed, 1)), pages: map[int][]string{}, gone: map[int][]string{}}
			for n := range 40 {
				pages.pages[n] = []string{pages.paragraph(), pages.paragraph(), pages.paragraph()}
			}
			s.sync(t, "help", pages.docs())
			s.learning(t, true)
			s.ask(t, "refund card")
			for step := range 30 {
				if step%10 == 9 {
					if _, err := ingest.ForgetVersions(t.Context(), s.cfg.Pool, time.Now().Add(-time.Millisecond), 3, false); err != nil {
						t.Fatal(err)
					}
				}
				for range 1 + pages.rnd.IntN(3) {
					pages.change()
				}
				s.sync(t, "help", pages.docs())
				for range pages.rnd.IntN(3) {
					question := pages.paragraph()
					if hits := s.ask(t, question); len(hits) > 0 {
						hit := hits[pages.rnd.IntN(len(hits))]
						s.teach(t, fmt.Sprintf("d%d-%d", step, pages.rnd.Int()), question, hit.Passage.ID, []float64{1, .6, .4, -.6}[pages.rnd.IntN(4)])
					}
				}
				if step == 17 {
					if _, err := s.Revert(t.Context(), knowledge.Taken{Agent: "agent none"}, "test"); err != nil {
						t.Fatal(err)
					}
				}
				if step%3 == 2 {
					s.ask(t, "invoice")
					same, err := s.Recount(t.Context())
					if err != nil || !same {
						t.Fatalf("step %d: otherwise than counted anew (%v)\n%s", step, err, log.text())
					}
				}
			}
			if strings.Contains(log.text(), "anew") {
				t.Errorf("read anew instead of moved on:\n%s", log.text())
			}
		})
	}
}

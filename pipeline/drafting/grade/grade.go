// Package grade says how good drafts are. In: questions with what an answer to them
// must say, and a drafter; out: figures, and one line a set. It makes no index and
// knows no files: whoever runs it passes both.
package grade

import (
	"context"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"footnote/pipeline"
	"footnote/pipeline/arithmetic"
)

// Case is a question with what is known of its answer.
type Case struct {
	ID     string
	Ticket pipeline.Ticket
	// Says are the words that an answer has, all of them; Omits are words of another
	// answer. Case, typographic marks and white space do not matter.
	Says  []string
	Omits string
	// Quotes are sentences of which an answer quotes at least half.
	Quotes []string
	// Reply is what a person answered; empty when nobody did.
	Reply string
	// Unanswerable says that the corpus has no answer.
	Unanswerable bool
	// Gold tells how much of the gold span some quotes hold, in [0,1]; nil without one.
	Gold func(quotes []Quote) float64
	// Cites tells whether a passage is a right one to cite; nil where that is not known.
	Cites func(pipeline.Passage) bool
}

// Quote is bytes [Start, End) of a document's cleaned text.
type Quote struct {
	Document   string
	Start, End int
}

// Drafted is what became of a case.
type Drafted struct {
	Case  Case
	Draft pipeline.Draft
	Took  time.Duration
	// Signals from which the draft's probability comes; nil without.
	Signals []float64
	// Right says that the draft says what was asked.
	Right bool
	// Cited says that the first citation is a right one.
	Cited bool
	F1    float64 // token F1 with Reply; 0 for an abstention
	Words int
}

// Drafter writes drafts; *drafting.Drafter has it.
type Drafter interface {
	Try(ctx context.Context, t pipeline.Ticket, audiences []pipeline.Audience) (draft pipeline.Draft, signals []float64, err error)
}

// goldShare of a gold span, quoted, is an answer.
const goldShare = .5

// Run drafts every case.
func Run(ctx context.Context, d Drafter, cases []Case) ([]Drafted, error) {
	out := make([]Drafted, len(cases))
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error {
			for i := int(next.Add(1)) - 1; i < len(cases); i = int(next.Add(1)) - 1 {
				start := time.Now()
				draft, signals, err := d.Try(ctx, cases[i].Ticket, nil)
				if err != nil {
					return fmt.Errorf("draft %s: %w", cases[i].ID, err)
				}
				out[i] = Judge(cases[i], draft)
				out[i].Took, out[i].Signals = time.Since(start), signals
			}
			return nil
		})
	}
	return out, g.Wait()
}

// Judge compares a draft with what its case wants.
func Judge(c Case, d pipeline.Draft) Drafted {
	out := Drafted{Case: c, Draft: d}
	if d.Abstained != "" {
		return out
	}
	var said []string
	var quotes []Quote
	given := map[string]pipeline.Passage{}
	for _, h := range d.Nearest {
		given[h.Passage.ID] = h.Passage
	}
	for _, s := range d.Sentences {
		if len(s.Receipts) == 0 {
			continue
		}
		if len(said) == 0 && c.Cites != nil {
			out.Cited = c.Cites(given[s.Receipts[0].Passage])
		}
		said = append(said, s.Text)
		for _, r := range s.Receipts {
			quotes = append(quotes, Quote{r.Document, given[r.Passage].Start + r.Start, given[r.Passage].Start + r.End})
		}
	}
	text := strings.Join(said, " ")
	out.Words, out.F1 = len(strings.Fields(text)), arithmetic.TokenF1(text, c.Reply)
	if c.Reply == "" {
		out.F1 = 0
	}
	out.Right = c.Answers(text, quotes) >= goldShare
	return out
}

// Answers is the share of what an answer must have that a text with these quotes has.
func (c Case) Answers(text string, quotes []Quote) float64 {
	switch {
	case c.Unanswerable:
	case len(c.Says) > 0:
		return one(Says(text, c.Says) && (c.Omits == "" || !Says(text, []string{c.Omits})))
	case len(c.Quotes) > 0:
		held := 0.0
		for _, q := range c.Quotes {
			held += one(strings.Contains(squeezed(text), squeezed(q)))
		}
		return held / float64(len(c.Quotes))
	case c.Gold != nil:
		return c.Gold(quotes)
	}
	return 0
}

// Says tells whether a text has all these words.
func Says(text string, all []string) bool {
	text = plain(text)
	for _, s := range all {
		if !strings.Contains(text, plain(s)) {
			return false
		}
	}
	return true
}

var marks = strings.NewReplacer("’", "'", "‘", "'", "“", `"`, "”", `"`, "–", "-", "—", "-", "‑", "-", "\u00a0", " ")

func plain(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(marks.Replace(s))), " ")
}

// Same tells whether two sentences say the same words, or one has the other.
func Same(a, b string) bool {
	a, b = squeezed(a), squeezed(b)
	return a != "" && b != "" && (strings.Contains(a, b) || len(a) > 30 && strings.Contains(b, a))
}

var notWord = regexp.MustCompile(`[^\p{L}\p{N}]+`)

// squeezed has letters and digits only: tokenised and plain text are alike.
func squeezed(s string) string { return notWord.ReplaceAllString(strings.ToLower(s), "") }

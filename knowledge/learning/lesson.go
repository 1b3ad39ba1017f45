package learning

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/knowledge/search"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

// Lesson is what one decision of a person teaches: for this question, these
// passages were right, or wrong.
type Lesson struct {
	Decision  string                // its id: the same lesson counts once
	Draft     string                // the draft it was about; its question is asked again by the proof
	Kind      pipeline.DecisionKind // approve, edit or reject
	Turns     []pipeline.Turn       // the conversation as drafting read it; hashes of its word stems and its embedding are kept
	Locale    string
	Cites     []Cite
	Requester string // who asked; kept as a hash
	Agent     string // who decided; kept as a hash
	Thread    string // the ticket ("desk/id"); kept as a hash
	At        time.Time
	// Guided says that learned votes had brought up a passage it cites and nobody
	// touched the text: it teaches, but proves nothing.
	Guided bool
}

// Cite is one passage of a lesson.
type Cite struct {
	Passage string  // id
	Weight  float64 // in [-1,1]: how much the decision says for it, or against it
}

// Learn makes later searches for similar questions find the passages that people
// approved, and avoid those they rejected, while learning is switched on. Hashes
// of word stems are stored, and with an embedder the direction of the question's
// vector; never the customer's words. It returns the number of
// passages that the lesson is about; 0 when the decision has taught before.
func (k *Lessons) Learn(ctx context.Context, l Lesson) (int, error) {
	terms, weights := l.asks()
	if l.Decision == "" || len(terms) == 0 || len(l.Cites) == 0 {
		return 0, nil
	}
	if l.Kind == "" {
		l.Kind = pipeline.Approve
	}
	kept := keptLesson{Lesson: l, terms: terms, weights: weights}
	if asked := k.search.QuestionVector(ctx, l.Turns); asked.Vector != nil {
		kept.model, kept.meaning = k.Model(), asked.Meaning
	}
	var n int
	err := k.InTx(ctx, func(tx pgx.Tx) (err error) {
		if n, err = saveLesson(ctx, tx, kept); n == 0 && err == nil {
			err = errNothing
		}
		return err
	})
	if errors.Is(err, errNothing) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return n, k.remember(ctx)
}

// errNothing rolls a transaction back in which nothing was to be done.
var errNothing = errors.New("nothing to do")

// asks is the lesson's question as it is kept.
func (l Lesson) asks() ([]text.Term, []float32) {
	return search.Asks(pipeline.Query{Turns: l.Turns, Locale: l.Locale})
}

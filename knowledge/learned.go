package knowledge

import (
	"encoding/json"
	"time"
)

// Taken is what a revert takes back; the zero value is everything.
type Taken struct {
	Decision string    // one lesson
	Agent    string    // lessons of one agent
	Since    time.Time // lessons taught at or after it
}

// Proof is one held-out replay of the installation's own approvals, and what
// followed from it.
type Proof struct {
	ID       int64           `json:"id"`
	At       time.Time       `json:"at"`
	By       string          `json:"by"` // who asked for it, or "schedule"
	Seq      int64           `json:"-"`  // newest lesson there was
	On       bool            `json:"on"`
	Reason   string          `json:"reason"`
	Strength float64         `json:"strength"`
	Trust    float64         `json:"trust,omitempty"` // in what questions mean to Model, against their words
	Model    string          `json:"model,omitempty"` // of embeddings that the replay searched with
	Report   json.RawMessage `json:"report"`          // figures, intervals, slices
	// Weighing of words and vectors that the replay proved to tell better whether an
	// answer is there; nil: by words alone. A proof read later has it in its report.
	Weighing *Weighing `json:"-"`
}

// LearningState is what searches do with what was learned.
type LearningState struct {
	On        bool
	Strength  float64
	Trust     float64 // in what questions mean, against their words
	ChangedAt time.Time
	Seq       int64 // of the newest lesson
	Lessons   int   // that stand
	Reverted  int
	Proof     *Proof // the newest; nil before the first
}

// Fresh is how many lessons came after the newest proof.
func (s LearningState) Fresh() int {
	if s.Proof == nil {
		return int(s.Seq)
	}
	return int(max(0, s.Seq-s.Proof.Seq))
}

// Evidence is what a search knows of whether its first passages answer.
type Evidence struct {
	Words   float64 `json:"words"` // log odds by words, at even odds
	Apart   float64 `json:"apart"` // by vectors: how far the nearest passage stands out, in [0,1]
	Vectors bool    `json:"-"`     // there were vectors to search with
}

// Weighing says how far vectors are believed beside words: the log odds that an
// answer is there are Bias + Words × those by words + Apart × how far the nearest
// passage stands out. It holds for the model it was learned with.
type Weighing struct {
	Model string  `json:"model"`
	Bias  float64 `json:"bias"`
	Words float64 `json:"words"`
	Apart float64 `json:"apart"`
}

// Weighed is what a weighing made of a search's evidence.
type Weighed struct {
	Evidence Evidence `json:"evidence"`
	By       Weighing `json:"by"`
}

// LogOdds of an answer.
func (w Weighing) LogOdds(e Evidence) float64 { return w.Bias + w.Words*e.Words + w.Apart*e.Apart }

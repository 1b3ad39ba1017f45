package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Sentence is one piece of a draft. A sentence that states anything about the
// product or the company carries at least one receipt; greetings, transitions
// and link lines are Plain and state nothing.
type Sentence struct {
	Text     string    `json:"text"`
	Receipts []Receipt `json:"receipts,omitempty"`
	// Plain marks courtesy and link lines, written by code or checked to claim
	// nothing.
	Plain bool `json:"plain,omitempty"`
	// Break asks for a new paragraph ("\n\n") before the sentence; Line for a
	// new line ("\n"), as for steps. Otherwise a space joins sentences.
	Break bool `json:"break,omitempty"`
	Line  bool `json:"line,omitempty"`
}

// Receipt proves one sentence: an exact quote at byte offsets [Start, End) of a
// passage's Text in one document version. It is whole: sentences, list items or
// rows, never a part of one. The words that introduce a list and the header of a
// table are receipts of their own, before what stands under them.
type Receipt struct {
	Number   int      `json:"number"` // the marker shown: [1], [2]…; one number per passage, by first use
	Passage  string   `json:"passage"`
	Document string   `json:"document"`
	Version  int      `json:"version"`
	Quote    string   `json:"quote"`
	Start    int      `json:"start"`
	End      int      `json:"end"`
	Title    string   `json:"title"`
	Section  string   `json:"section"`
	URL      string   `json:"url,omitempty"`
	Audience Audience `json:"audience"`
}

// Severity of a finding.
type Severity string

const (
	Block   Severity = "block"   // the draft may not be shown as it is
	Warn    Severity = "warn"    // an agent must look
	Confirm Severity = "confirm" // a commitment: the agent confirms it by approving
)

// Finding is what a guard saw in a draft.
type Finding struct {
	Check    string   `json:"check"` // schema, receipt, quote, number, negation, audience, link, language, …
	Severity Severity `json:"severity"`
	Sentence int      `json:"sentence"` // index into Draft.Sentences; -1 for the whole draft
	Detail   string   `json:"detail"`   // plain words for the agent
	// By is the role that an approval needs in spite of it; empty: whoever may decide.
	By string `json:"by,omitempty"`
}

// DraftState is where a draft stands with people; see doc.go.
type DraftState string

const (
	StateOpen       DraftState = "open"
	StateClaimed    DraftState = "claimed"
	StateApproved   DraftState = "approved"
	StateSent       DraftState = "sent"
	StateReturned   DraftState = "returned"
	StateRejected   DraftState = "rejected"
	StateHandedOff  DraftState = "handed_off"
	StateSuperseded DraftState = "superseded"
	StateStale      DraftState = "stale"
)

// Draft is a proposed reply to one customer message. Its content never changes
// after it was saved; people's decisions are kept beside it.
type Draft struct {
	ID        string     `json:"id"` // UUID
	Ticket    TicketRef  `json:"ticket"`
	Message   string     `json:"message"`  // the customer message it answers
	Revision  int64      `json:"revision"` // of the ticket when it was asked for
	Version   int        `json:"version"`  // 1, 2… within (ticket, message): redrafts count up
	Locale    string     `json:"locale"`
	Sentences []Sentence `json:"sentences"`
	Findings  []Finding  `json:"findings,omitempty"`
	// Confidence is Probability for a proposal, 0 for an abstention.
	Confidence float64 `json:"confidence"`
	// Probability in [0,1] that the draft says all that was asked; of one that a model
	// wrote, that the sources answer. 0 unknown.
	Probability float64 `json:"probability,omitempty"`
	// Abstained says why nothing is proposed; empty for a proposal.
	Abstained string `json:"abstained,omitempty"`
	// Nearest holds what retrieval found, for abstentions and for rebuilding.
	Nearest []Hit `json:"nearest,omitempty"`
	// Drafter is "extractive" or "model"; Model, PromptVersion and PromptHash
	// are empty for extractive drafts.
	Drafter       string `json:"drafter"`
	Model         string `json:"model,omitempty"`
	PromptVersion string `json:"prompt_version,omitempty"`
	PromptHash    string `json:"prompt_hash,omitempty"`
	CostMicros    int64  `json:"cost_micros"` // millionths of USD
	// Fallback says why the model's draft was not used; empty when it was, or
	// when no model is configured.
	Fallback  string    `json:"fallback,omitempty"`
	Reduced   string    `json:"reduced,omitempty"`
	Hint      string    `json:"hint,omitempty"` // the agent's words for a redraft
	CreatedAt time.Time `json:"created_at"`
}

// Text renders the reply as the customer would read it: without markers.
func (d Draft) Text() string {
	var b []byte
	for i, s := range d.Sentences {
		switch {
		case i == 0:
		case s.Break:
			b = append(b, "\n\n"...)
		case s.Line:
			b = append(b, '\n')
		default:
			b = append(b, ' ')
		}
		b = append(b, s.Text...)
	}
	return string(b)
}

// Citations returns each cited passage once, by marker number.
func (d Draft) Citations() []Receipt {
	var out []Receipt
	seen := map[int]bool{}
	for _, s := range d.Sentences {
		for _, r := range s.Receipts {
			if !seen[r.Number] {
				seen[r.Number] = true
				out = append(out, r)
			}
		}
	}
	return out
}

// Citation is the part of a receipt that an approval binds.
type Citation struct {
	Passage string `json:"passage"`
	Version int    `json:"version"`
}

// Reply is what is sent to the customer: exactly what a person approved.
type Reply struct {
	Ticket    TicketRef  `json:"ticket"`
	Text      string     `json:"text"`
	Recipient Person     `json:"recipient"`
	Citations []Citation `json:"citations"`
}

// Hash binds an approval to the exact text, recipient and citations:
// hex(SHA-256(canonical JSON of the reply)).
func (r Reply) Hash() string {
	if r.Citations == nil {
		r.Citations = []Citation{}
	}
	b, err := json.Marshal(r)
	if err != nil { // strings, ints and slices of them always marshal
		panic(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// ReplyFor builds the reply that approving the draft with this text would send.
func (d Draft) ReplyFor(text string, to Person) Reply {
	r := Reply{Ticket: d.Ticket, Text: text, Recipient: to, Citations: []Citation{}}
	for _, c := range d.Citations() {
		r.Citations = append(r.Citations, Citation{Passage: c.Passage, Version: c.Version})
	}
	return r
}

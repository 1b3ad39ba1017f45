package pipeline

// EditState says what stands behind one sentence of a reply that a person wrote.
type EditState string

const (
	EditKept     EditState = "kept"     // as it was drafted, with its receipts
	EditProven   EditState = "proven"   // changed or new; its receipts prove it
	EditPlain    EditState = "plain"    // states nothing: courtesy, a question
	EditUnproven EditState = "unproven" // states something that no source found says
)

// CheckUnsourced is the check of a sentence that is new and that no source found says.
const CheckUnsourced = "unsourced"

// EditedSentence is one sentence of a person's reply.
type EditedSentence struct {
	Sentence
	State EditState `json:"state"`
}

// Edited is a person's reply, sentence by sentence, and what the guards say of it. A
// finding's Sentence is an index into Sentences; -1 for the whole reply.
type Edited struct {
	Sentences []EditedSentence `json:"sentences"`
	Findings  []Finding        `json:"findings,omitempty"`
}

// Draft returns d with the sentences of the edit, so that a reply cites what the sent
// words rest on and nothing else.
func (e Edited) Draft(d Draft) Draft {
	d.Sentences = make([]Sentence, len(e.Sentences))
	for i, s := range e.Sentences {
		d.Sentences[i] = s.Sentence
	}
	return d
}

// Unproven counts the sentences that state something no source found says.
func (e Edited) Unproven() (n int) {
	for _, s := range e.Sentences {
		if s.State == EditUnproven {
			n++
		}
	}
	return n
}

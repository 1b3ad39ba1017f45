package pipeline

import "time"

// DecisionKind is what a person does with a draft.
type DecisionKind string

const (
	Claim   DecisionKind = "claim"
	Release DecisionKind = "release"
	Approve DecisionKind = "approve" // the draft's own text
	Edit    DecisionKind = "edit"    // the person's text; also approves it
	Reject  DecisionKind = "reject"  // with a reason
	HandOff DecisionKind = "hand_off"
	Redraft DecisionKind = "redraft" // with a hint
	// Arrived: a person looked, and the desk or the customer has the reply of which
	// delivery could not tell.
	Arrived DecisionKind = "arrived"
	// Undo takes an approval back before its reply has begun to leave.
	Undo DecisionKind = "undo"
)

// Agent is a person with an account in Footnote.
type Agent struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Role  string `json:"role"` // agent | owner | manager | admin
}

// Decision is a person's wish about one draft, from any surface.
type Decision struct {
	Draft   string       `json:"draft"`
	Kind    DecisionKind `json:"kind"`
	By      Agent        `json:"by"`
	Surface string       `json:"surface"` // console | slack | demo
	// State is the draft's state as the person saw it (compare-and-set).
	// Empty means: whatever it is now.
	Seen DraftState `json:"seen,omitempty"`
	// Hash is the hash of the reply as the person saw it. Approve requires it.
	Hash string `json:"hash,omitempty"`
	Text string `json:"text,omitempty"` // Edit: the whole reply
	// Put: Edit: passages that the person put in, which its sentences may rest on.
	Put []string `json:"put,omitempty"`
	// To and Queue: HandOff: to which person (an agent's ID) or to which queue; empty:
	// to anybody.
	To     string `json:"to,omitempty"`
	Queue  string `json:"queue,omitempty"`
	Reason string `json:"reason,omitempty"` // Reject, HandOff: why; Redraft: the hint
}

// Decided is the state after a decision.
type Decided struct {
	ID    string     `json:"id"` // decision id (UUID)
	Draft string     `json:"draft"`
	State DraftState `json:"state"`
	By    Agent      `json:"by"`
	At    time.Time  `json:"at"`
	// Distance in [0,1] is the Levenshtein distance between draft and sent
	// text over the longer length, in runes: 0 is sent as drafted.
	Distance float64 `json:"distance"`
}

// DeliveryState is where one approved reply stands; see doc.go.
type DeliveryState string

const (
	DeliveryQueued  DeliveryState = "queued"
	DeliverySending DeliveryState = "sending"
	DeliverySent    DeliveryState = "sent"
	DeliveryFailed  DeliveryState = "failed"
	DeliveryUnknown DeliveryState = "unknown"
	DeliveryStale   DeliveryState = "stale"
	DeliveryAsked   DeliveryState = "asked"
	// DeliveryUndelivered: the desk took it, and it did not reach the customer.
	DeliveryUndelivered DeliveryState = "undelivered"
	DeliveryUndone      DeliveryState = "undone" // the person who approved it took it back; nothing was sent
)

// SurfaceDemo is the surface of scripted agents, who take nothing back: what they
// approve leaves at once.
const SurfaceDemo = "demo"

// ErrUndone is that an approval was taken back before anything was sent.
var ErrUndone = Errorf(Conflict, "Nothing was sent: the reply was taken back.")

// Review is one draft as people see it: the draft, its ticket with the thread,
// and where it stands now.
type Review struct {
	Draft  Draft      `json:"draft"`
	Ticket Ticket     `json:"ticket"`
	Work   Work       `json:"work,omitzero"` // of the ticket; zero while nothing is known of it
	State  DraftState `json:"state"`
	// Stale says why the draft may no longer be approved (a newer customer
	// message, an agent's reply, a changed source); empty when it may.
	Stale     string    `json:"stale,omitempty"`
	ClaimedBy Agent     `json:"claimed_by,omitzero"`
	ClaimedAt time.Time `json:"claimed_at,omitzero"`
	DecidedBy Agent     `json:"decided_by,omitzero"`
	DecidedAt time.Time `json:"decided_at,omitzero"`
	// Text is the approved reply; empty before approval. Hash binds it.
	Text string `json:"text,omitempty"`
	// Sentences are an edited reply's, with what each rests on; empty for one that was
	// sent as drafted, or approved before they were kept.
	Sentences []EditedSentence `json:"sentences,omitempty"`
	Hash      string           `json:"hash,omitempty"`
	Reason    string           `json:"reason,omitempty"` // rejected, handed off, returned: why
	Distance  float64          `json:"distance"`
	Delivery  DeliveryState    `json:"delivery,omitempty"`
	SentAt    time.Time        `json:"sent_at,omitzero"`
	// SendAt is the earliest moment at which an approved reply leaves; until then, and
	// until delivery begins, it can be taken back. Zero: it leaves at once.
	SendAt time.Time `json:"send_at,omitzero"`
	Begun  bool      `json:"begun,omitempty"` // delivery has begun to send it
	// ApproveHash is what Decision.Hash must hold to approve the draft as it is.
	ApproveHash string `json:"approve_hash,omitempty"`
}

// Undoable tells whether the approval can still be taken back. Decide has the last word.
func (r Review) Undoable() bool {
	return r.State == StateApproved && !r.SendAt.IsZero() && !r.Begun
}

// Unsure tells whether a reply was approved before of which it is not known whether
// it arrived: a person must look before another is sent.
func (r Review) Unsure() bool {
	switch r.State {
	case StateOpen, StateClaimed, StateReturned:
		return r.Delivery == DeliveryAsked || r.Delivery == DeliveryUnknown
	}
	return false
}

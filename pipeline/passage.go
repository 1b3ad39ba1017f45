package pipeline

import (
	"strings"
	"time"
)

// Audience says who may see a document's words.
type Audience string

const (
	Public     Audience = "public"   // may be quoted and linked to customers
	Restricted Audience = "internal" // may inform an agent; never in text or link for a customer
)

// Passage is one citable chunk of one document version.
type Passage struct {
	ID       string   `json:"id"`       // UUID, stable for (document, version, ordinal)
	Document string   `json:"document"` // document id
	Version  int      `json:"version"`  // document version, from 1
	Ordinal  int      `json:"ordinal"`  // position in the document, from 0
	Source   string   `json:"source"`
	Title    string   `json:"title"`   // the document's title
	Heading  []string `json:"heading"` // path of headings above the passage, outermost first; without the title
	Text     string   `json:"text"`    // cleaned Markdown; receipts quote from here
	// Start and End are byte offsets of Text in the document's cleaned text.
	Start    int      `json:"start"`
	End      int      `json:"end"`
	URL      string   `json:"url,omitempty"`
	Audience Audience `json:"audience"`
	Locale   string   `json:"locale,omitempty"`
	Product  string   `json:"product,omitempty"`
	Owner    string   `json:"owner,omitempty"`
	// ReviewedAt is when the owner last vouched for the document; zero if never.
	ReviewedAt time.Time `json:"reviewed_at,omitzero"`
	UpdatedAt  time.Time `json:"updated_at,omitzero"`
}

// outdatedMonths between two reviews; half of it is an ordinary review cycle.
const outdatedMonths = 24

// Outdated tells a passage that its owner last vouched for long before another one
// that was found beside it: where two pages differ, the older is the wrong one.
func (p Passage) Outdated(newest time.Time) bool {
	return !p.ReviewedAt.IsZero() && p.ReviewedAt.AddDate(0, outdatedMonths, 0).Before(newest)
}

// Section returns the title and heading path as one line: "Title › Heading".
func (p Passage) Section() string {
	return strings.Join(append([]string{p.Title}, p.Heading...), " › ")
}

// Query is what drafting asks of retrieval.
type Query struct {
	// Turns is the thread, oldest first, cleaned of quotes and signatures. The
	// last turn is the newest customer message and weighs most.
	Turns []Turn
	// Audiences is required: passages of any other audience are never returned.
	Audiences []Audience
	Locale    string // preferred locale; others are returned only when it has nothing close
	Product   string // preferred product; empty means any
	// Thread names the ticket ("desk/id"), so that replies approved in it before
	// help to find what is asked next; empty without one.
	Thread string
	Limit  int // passages wanted; 0 means 5
	Tokens int // budget for the passages' text, estimated tokens; 0 means no budget
	// Beside asks for up to so many passages more, behind the hits: those that
	// stand next to the best hits and go on with the same section.
	Beside int
}

// Turn is one message of the conversation as retrieval sees it.
type Turn struct {
	Role Role   `json:"role"`
	Text string `json:"text"`
}

// Hit is a passage with its score for one query.
type Hit struct {
	Passage Passage `json:"passage"`
	// Score is comparable within one answer only; higher is better.
	Score float64 `json:"score"`
	// Support in [0,1] is the share of the question's information (IDF mass)
	// that the passage covers; comparable between questions.
	Support float64 `json:"support"`
	// Beside marks a passage that was not found itself: it goes on with the
	// section of a better hit, whose support it carries. Its score is 0.
	Beside bool `json:"beside,omitempty"`
	// Learned is the part of Score that earlier approvals gave; negative when
	// they took away.
	Learned float64 `json:"learned,omitempty"`
}

// Answer is what retrieval returns: hits best first, and what was reduced.
type Answer struct {
	Hits []Hit `json:"hits"`
	// Probability in [0,1] that the first hits answer the question; comparable
	// between questions, at even odds. 0: nothing was found, or nobody can tell.
	Probability float64 `json:"probability"`
	// Information of the newest turn's words: inverse document frequency by the term of
	// the stem (text.TermOf). Empty: nobody can tell. A word that no passage has carries
	// the most.
	Information map[uint32]float64 `json:"-"`
	// Passages is how many were searched; 0: nobody can tell.
	Passages int `json:"-"`
	// Reduced names parts that were not available ("dense vectors"); empty
	// when the search was whole. It is shown on the draft.
	Reduced string `json:"reduced,omitempty"`
}

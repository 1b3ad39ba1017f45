package console

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"footnote/knowledge"
	"footnote/pipeline"
	"footnote/review/access"
)

type learningPage struct {
	frame
	State    knowledge.LearningState
	Proving  Proving
	Proof    *proofView
	MaySteer bool
	Done     string
}

// proofView is a proof as the page draws it: differences of nDCG on one scale.
type proofView struct {
	knowledge.Proof
	Approvals, Judged, Needed int
	Enough                    bool
	Answers                   *provenAnswers // nil without an embedding model
	Rows                      []gainRow
	Zero                      float64 // where no difference is
	Ticks                     []tick
}

type gainRow struct {
	Name             string
	N                int
	Without, With    float64
	Value, Low, High float64
	X, XLow, XHigh   float64
	Tone, Label      string
	Part             bool // one of several that make the whole
}

// provenAnswers is whether vectors help to tell that an answer is there, as the
// proof's report has it.
type provenAnswers struct {
	On     bool
	Reason string
}

// provenGain is a gain as the proof's report has it.
type provenGain struct {
	Name    string     `json:"slice"`
	Queries int        `json:"queries"`
	NDCG    [2]float64 `json:"ndcg@5"`
	Ranked  struct {
		Value, Low, High float64
	} `json:"ndcg_difference"`
}

func (c *Console) learning(w http.ResponseWriter, r *http.Request) error {
	if c.Learning == nil {
		return missing("Learning")
	}
	s, err := c.Learning.Learning(r.Context())
	if err != nil {
		return err
	}
	p := learningPage{frame: c.frame(r, "Learning", "/knowledge"), State: s, Proving: c.Learning.Proving(), MaySteer: access.May(agentOf(r).Role, access.SteerLearning)}
	switch what, n, _ := strings.Cut(c.done(w, r).name, "-"); {
	case what == "proved":
		p.Done = "The approvals were replayed; this is what came out."
	case what == "reverted" && atoi(n) == 0:
		p.Done = "There was nothing to take back."
	case what == "reverted":
		p.Done = plural(max(0, atoi(n)), "lesson was", "lessons were") + " taken back. Searches no longer use them."
	}
	if s.Proof != nil {
		if s.Proof.At.After(p.Proving.FailedAt) {
			p.Proving.Failed = "" // another process, or another try, was luckier
		}
		if p.Proof, err = newProofView(*s.Proof); err != nil {
			return err
		}
	}
	return c.render(w, http.StatusOK, "learning", p)
}

func newProofView(p knowledge.Proof) (*proofView, error) {
	var rep struct {
		Approvals, Judged, Needed int
		All                       provenGain
		Slices, Stream            []provenGain
		Answers                   *provenAnswers
	}
	if err := json.Unmarshal(p.Report, &rep); err != nil {
		return nil, fmt.Errorf("read proof: %w", err)
	}
	v := &proofView{Proof: p, Approvals: rep.Approvals, Judged: rep.Judged, Needed: rep.Needed, Enough: rep.Judged >= rep.Needed, Answers: rep.Answers}
	add := func(g provenGain, part bool) {
		if g.Queries > 0 {
			v.Rows = append(v.Rows, gainRow{Name: g.Name, N: g.Queries, Without: g.NDCG[0], With: g.NDCG[1], Value: g.Ranked.Value, Low: g.Ranked.Low, High: g.Ranked.High, Part: part})
		}
	}
	rep.All.Name = "All questions"
	add(rep.All, false)
	for _, g := range append(rep.Slices, rep.Stream...) {
		add(g, true)
	}
	v.scale()
	return v, nil
}

// scale places rows around zero, on a scale that holds every interval.
func (v *proofView) scale() {
	top := .05
	for _, r := range v.Rows {
		top = max(top, math.Abs(r.Low), math.Abs(r.High))
	}
	top = math.Ceil(min(top, 1)*20) / 20
	at := func(x float64) float64 { return math.Round(500 + 480*max(-1, min(1, x/top))) }
	v.Zero = at(0)
	v.Ticks = []tick{{at(-top), fmt.Sprintf("−%.2f", top)}, {at(0), "0"}, {at(top), fmt.Sprintf("+%.2f", top)}}
	for i := range v.Rows {
		r := &v.Rows[i]
		r.X, r.XLow, r.XHigh = at(r.Value), at(r.Low), at(r.High)
		switch {
		case r.Low > 0:
			r.Tone = "good"
		case r.High < 0:
			r.Tone = "bad"
		default:
			r.Tone = "calm"
		}
		r.Label = fmt.Sprintf("%s: nDCG %.3f without, %.3f with learning; difference %+.3f, 95 %% interval %+.3f to %+.3f, %s", r.Name, r.Without, r.With, r.Value, r.Low, r.High, plural(r.N, "question", "questions"))
	}
}

func (c *Console) prove(w http.ResponseWriter, r *http.Request) error {
	if c.Learning == nil {
		return missing("Learning")
	}
	done, err := c.Learning.Prove(r.Context(), cmp.Or(agentOf(r).Name, agentOf(r).ID))
	if err != nil {
		return err
	}
	if done {
		c.leadTo(w, r, "/knowledge/learning", "proved")
		return nil
	}
	http.Redirect(w, r, "/knowledge/learning", http.StatusSeeOther)
	return nil
}

// reverts are the spans of time that can be taken back; a form that names
// another one changes nothing.
var reverts = map[string]time.Duration{"day": 24 * time.Hour, "week": 7 * 24 * time.Hour, "all": 0}

// toRevert reads what a form asks to take back.
func (c *Console) toRevert(r *http.Request) (knowledge.Taken, error) {
	d, ok := reverts[r.FormValue("what")]
	switch {
	case c.Learning == nil:
		return knowledge.Taken{}, missing("Learning")
	case !ok:
		return knowledge.Taken{}, pipeline.Errorf(pipeline.Invalid, "Choose what to take back.")
	case d > 0:
		return knowledge.Taken{Since: c.Now().Add(-d)}, nil
	}
	return knowledge.Taken{}, nil
}

// askRevert says how many lessons would go, and asks.
func (c *Console) askRevert(w http.ResponseWriter, r *http.Request) error {
	what, err := c.toRevert(r)
	if err != nil {
		return err
	}
	n, err := c.Learning.CountLessons(r.Context(), what)
	if err != nil {
		return err
	}
	p := confirmPage{frame: c.frame(r, "Take back what was learned?", "/knowledge"), Say: "No lesson is from that time: there is nothing to take back.", Back: "/knowledge/learning"}
	if n > 0 {
		p.Say = plural(n, "lesson goes", "lessons go") + ", from every search, at once. They stay on record. Drafts and decisions stay as they are."
		p.Action, p.Name, p.Value, p.Button = "/knowledge/learning/revert", "what", r.FormValue("what"), "Take back "+plural(n, "lesson", "lessons")
	}
	return c.render(w, http.StatusOK, "confirm", p)
}

func (c *Console) revert(w http.ResponseWriter, r *http.Request) error {
	what, err := c.toRevert(r)
	if err != nil {
		return err
	}
	n, err := c.Learning.Revert(r.Context(), what, agentOf(r).ID)
	if err != nil {
		return err
	}
	c.Log.InfoContext(r.Context(), "take lessons back", "lessons", n, "what", r.FormValue("what"), "agent", agentOf(r).ID)
	c.leadTo(w, r, "/knowledge/learning", fmt.Sprintf("reverted-%d", n))
	return nil
}

package console

import (
	"net/http"
	"slices"

	"footnote/knowledge"
	"footnote/pipeline"
	"footnote/review/access"
)

// filesShown is how many files one question names.
const filesShown = 5

type quarantinePage struct {
	frame
	Unclear []question // a person must decide
	Lost    []question // too, on pages that would lose text
	Asking  []question // too, on pages that ask something of their readers
	Unread  []Quarantined
	LeftOut []question
	Decided []knowledge.Decision
	MayMend bool
	Told    string // what was just done: decided, back
	Empty   bool
}

// question is a key with a value in one source, and the pages that have it.
type question struct {
	Source, Key, Value string
	Reason             string // of the first
	Files              []Quarantined
	More               int
	MayMend            bool // whoever looks may decide
}

// Lost tells a question about text that is left out from one about access.
func (q question) Lost() bool { return q.Key == knowledge.LostKey }

// Asks tells a question about a sentence that asks something of a page's readers.
func (q question) Asks() bool { return q.Key == knowledge.DemandKey }

// Name is the key for people.
func (q question) Name() string {
	if q.Lost() {
		return "Text left out"
	}
	if q.Asks() {
		return "Asks of its readers"
	}
	return q.Key
}

// questions puts what has the same key and value in a source together.
func questions(items []Quarantined, fate knowledge.Fate, mayMend bool) (out []question) {
	for _, q := range items {
		if q.Fate != fate {
			continue
		}
		i := slices.IndexFunc(out, func(o question) bool {
			return o.Source == q.Source && o.Key == q.Key && o.Value == q.Value && q.Key != ""
		})
		if i < 0 {
			out = append(out, question{Source: q.Source, Key: q.Key, Value: q.Value, Reason: q.Reason, MayMend: mayMend})
			i = len(out) - 1
		}
		if o := &out[i]; len(o.Files) < filesShown {
			o.Files = append(o.Files, q)
		} else {
			o.More++
		}
	}
	return out
}

func (c *Console) quarantine(w http.ResponseWriter, r *http.Request) error {
	if c.Knowledge == nil {
		return missing("Knowledge")
	}
	items, err := c.Knowledge.Quarantine(r.Context())
	if err != nil {
		return err
	}
	p := quarantinePage{frame: c.frame(r, "Quarantine", "/knowledge"), Empty: len(items) == 0}
	p.MayMend = c.Curation != nil && access.May(agentOf(r).Role, access.DecideAccess)
	p.Unclear, p.LeftOut = questions(items, knowledge.Unclear, p.MayMend), questions(items, knowledge.LeftOut, p.MayMend)
	for _, q := range p.Unclear {
		if q.Lost() {
			p.Lost = append(p.Lost, q)
		}
		if q.Asks() {
			p.Asking = append(p.Asking, q)
		}
	}
	p.Unclear = slices.DeleteFunc(p.Unclear, func(q question) bool { return q.Lost() || q.Asks() })
	for _, q := range items {
		if q.Fate != knowledge.Unclear && q.Fate != knowledge.LeftOut {
			p.Unread = append(p.Unread, q)
		}
	}
	if p.Decided, err = c.Knowledge.Decisions(r.Context()); err != nil {
		return err
	}
	p.Told = short(r.FormValue("told"), 160)
	return c.render(w, http.StatusOK, "quarantine", p)
}

// decideAccess keeps a decision, or takes it back.
func (c *Console) decideAccess(w http.ResponseWriter, r *http.Request) error {
	if c.Curation == nil {
		return missing("Knowledge")
	}
	d := knowledge.Decision{Source: r.FormValue("source"), Key: r.FormValue("key"), Value: r.FormValue("value"), Means: knowledge.Ruling(r.FormValue("means"))}
	if r.FormValue("any") != "" {
		d.Value = ""
	}
	if len(d.Key) > 200 || len(d.Value) > 600 {
		return pipeline.Errorf(pipeline.Invalid, "That key or value is too long.")
	}
	told, do := "decided", c.Curation.Decide
	if r.FormValue("back") != "" {
		told, do = "back", c.Curation.TakeBack
	}
	if err := do(r.Context(), agentOf(r), d); err != nil {
		return err
	}
	c.Log.InfoContext(r.Context(), "decide what a key means", "source", d.Source, "key", d.Key, "value", d.Value, "means", d.Means, "what", told, "agent", agentOf(r).ID)
	http.Redirect(w, r, withQuery("/knowledge/quarantine", "told", told), http.StatusSeeOther)
	return nil
}

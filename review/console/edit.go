package console

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"footnote/pipeline"
	"footnote/review/access"
)

// finderView is the search of the knowledge beside the editor.
type finderView struct {
	Words    string
	Searched bool
	Found    []foundView
}

// foundView is a passage that was found, with what may be put into the reply.
type foundView struct {
	Quotes []quoteView
	sourceRef
}

type quoteView struct{ Text, Value string }

// showEdited shows what each sentence of the text in the editor rests on.
func (p *ticketPage) showEdited(e pipeline.Edited) {
	p.Findings = editFindings(e)
	p.Preview, _ = layout(e.Draft(pipeline.Draft{Findings: e.Findings}))
	i := 0
	for _, para := range p.Preview {
		for _, l := range para.Lines {
			for k := range l.Sentences {
				l.Sentences[k].State = string(e.Sentences[i].State)
				i++
			}
		}
	}
	p.Unproven = e.Unproven()
}

// editFindings are what to check besides sentences that the preview marks.
func editFindings(e pipeline.Edited) []findingView {
	return findingViews(slices.DeleteFunc(slices.Clone(e.Findings), func(f pipeline.Finding) bool { return f.Check == pipeline.CheckUnsourced }))
}

// checked is what the editor's script is told.
type checked struct {
	Findings  []checkedFinding  `json:"findings"`
	Sentences []checkedSentence `json:"sentences"`
	Unproven  int               `json:"unproven"`
}

type checkedFinding struct {
	Tone   string `json:"tone"`
	Word   string `json:"word"`
	Detail string `json:"detail"`
}

type checkedSentence struct {
	Text  string             `json:"text"`
	State pipeline.EditState `json:"state"`
	Cites []int              `json:"cites"`
	Gap   int                `json:"gap"` // lines between it and the one before: 0, 1 or 2
}

// toScript is what the script is told of an edit.
func toScript(e pipeline.Edited) checked {
	out := checked{Findings: []checkedFinding{}, Sentences: []checkedSentence{}, Unproven: e.Unproven()}
	for _, f := range editFindings(e) {
		out.Findings = append(out.Findings, checkedFinding{Tone: f.Tone, Word: f.Word, Detail: plain(f.Detail)})
	}
	for _, s := range e.Sentences {
		c := checkedSentence{Text: plain(s.Text), State: s.State, Cites: []int{}}
		for _, r := range s.Receipts {
			if !slices.Contains(c.Cites, r.Number) {
				c.Cites = append(c.Cites, r.Number)
			}
		}
		switch {
		case s.Break:
			c.Gap = 2
		case s.Line:
			c.Gap = 1
		}
		out.Sentences = append(out.Sentences, c)
	}
	return out
}

// check runs the guards over the text in the editor: as JSON for the script, as
// the page itself without it.
func (c *Console) check(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return formError(err)
	}
	if wantsData(r) {
		edited, err := c.Review.Reread(r.Context(), r.PathValue("draft"), lineEnds(r.PostForm.Get("text")), r.PostForm["put"])
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json")
		return json.NewEncoder(w).Encode(toScript(edited))
	}
	return c.editing(w, r, lineEnds(r.PostForm.Get("text")), r.PostForm["put"], func(p *ticketPage) error {
		if len(p.Findings) == 0 && p.Unproven == 0 && p.Editing {
			p.Done = "Checked: nothing to change."
		}
		return nil
	})
}

// find searches the knowledge beside the editor, which keeps its text.
func (c *Console) find(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return formError(err)
	}
	return c.editing(w, r, lineEnds(r.PostForm.Get("text")), r.PostForm["put"], func(p *ticketPage) error {
		return c.findFor(r, p, r.PostForm.Get("find"))
	})
}

// insert puts a sentence of a source at the end of the text in the editor.
func (c *Console) insert(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return formError(err)
	}
	passage, quote, ok := strings.Cut(r.PostForm.Get("insert"), " ")
	if !ok {
		return pipeline.Errorf(pipeline.Invalid, "Choose a sentence to put in.")
	}
	text, put := strings.TrimRight(lineEnds(r.PostForm.Get("text")), " \n"), r.PostForm["put"]
	if text != "" {
		text += "\n\n"
	}
	if !slices.Contains(put, passage) {
		put = append(put, passage)
	}
	return c.editing(w, r, text+quote, put, func(p *ticketPage) error {
		return c.findFor(r, p, r.PostForm.Get("find"))
	})
}

func (c *Console) findFor(r *http.Request, p *ticketPage, words string) error {
	if c.Finder == nil {
		return missing("The knowledge search")
	}
	words = strings.TrimSpace(short(words, 300))
	p.Finder.Words, p.Finder.Searched = words, words != ""
	if words == "" {
		return nil
	}
	found, err := c.Finder.Find(r.Context(), p.Ticket.TicketRef, words)
	if err != nil {
		return err
	}
	for _, f := range found {
		v := foundView{sourceRef: sourceRef{Section: f.Passage.Section(), URL: link(f.Passage.URL), Version: f.Passage.Version,
			Path: documentPath(f.Passage.Document, f.Passage.Version, f.Passage.ID), Internal: f.Passage.Audience != pipeline.Public}}
		for _, q := range f.Quotes {
			quote := quoteView{Text: q}
			if !v.Internal {
				quote.Value = f.Passage.ID + " " + q
			}
			v.Quotes = append(v.Quotes, quote)
		}
		p.Finder.Found = append(p.Finder.Found, v)
	}
	return nil
}

// editing shows the ticket with the editor open on a text, and what it rests on. What
// cannot be done is said on the same page, which keeps the text.
func (c *Console) editing(w http.ResponseWriter, r *http.Request, text string, put []string, do func(p *ticketPage) error) error {
	draft := r.PathValue("draft")
	edited, err := c.Review.Reread(r.Context(), draft, text, put)
	if err != nil && pipeline.KindOf(err) != pipeline.Invalid {
		return err
	}
	at, err2 := c.Review.Place(r.Context(), draft)
	if err2 != nil {
		return err2
	}
	view, err2 := c.Tickets.Ticket(r.Context(), at.Ticket)
	if err2 != nil {
		return err2
	}
	p := c.ticketPage(r, view, "")
	p.keep(draft, text)
	p.Put, p.Dirty = put, true
	c.offerSaved(r, &p)
	p.Here = c.arrive(r, at.Ticket, agentOf(r), p.Editing)
	if err == nil {
		p.showEdited(edited)
		err = do(&p)
	}
	status := http.StatusOK
	if err != nil {
		problem := c.explain(r, err)
		p.Problem, status = &problem, problem.Status
	}
	return c.render(w, status, "ticket", p)
}

// mayFind tells whether this person's editor offers the search.
func (c *Console) mayFind(a pipeline.Agent) bool {
	return c.Finder != nil && access.May(a.Role, access.Decide)
}

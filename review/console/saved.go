package console

import (
	"net/http"
	"strings"

	"footnote/pipeline"
	"footnote/review/saved"
)

type repliesPage struct {
	frame
	Replies   []saved.Reply
	Variables []option
	Edit      saved.Reply // in the form; without an ID it is a new one
	Done      string
	Problem   *errorView
}

var repliesDone = map[string]string{"saved": "Saved. It can be put into every reply.", "removed": "Removed."}

func (c *Console) replies(w http.ResponseWriter, r *http.Request) error {
	return c.repliesPage(w, r, http.StatusOK, repliesPage{Edit: saved.Reply{ID: r.FormValue("id")}, Done: repliesDone[c.done(w, r).name]})
}

func (c *Console) repliesPage(w http.ResponseWriter, r *http.Request, status int, p repliesPage) (err error) {
	if c.Saved == nil {
		return missing("Saved replies")
	}
	p.frame = c.frame(r, "Saved replies", "/replies")
	if p.Replies, err = c.Saved.List(r.Context()); err != nil {
		return err
	}
	for _, s := range p.Replies {
		if s.ID == p.Edit.ID && p.Problem == nil {
			p.Edit = s
		}
	}
	for _, v := range saved.Variables {
		p.Variables = append(p.Variables, option{"{" + v.Name + "}", v.Is})
	}
	return c.render(w, status, "replies", p)
}

// saveReply keeps what is in the form; what cannot be kept stays in it.
func (c *Console) saveReply(w http.ResponseWriter, r *http.Request) error {
	if c.Saved == nil {
		return missing("Saved replies")
	}
	if err := r.ParseForm(); err != nil {
		return formError(err)
	}
	reply := saved.Reply{ID: r.PostForm.Get("id"), Name: r.PostForm.Get("name"), Text: lineEnds(r.PostForm.Get("text"))}
	if err := c.Saved.Save(r.Context(), agentOf(r), reply); err != nil {
		problem := c.explain(r, err)
		return c.repliesPage(w, r, problem.Status, repliesPage{Edit: reply, Problem: &problem})
	}
	c.leadTo(w, r, "/replies", "saved")
	return nil
}

func (c *Console) removeReply(w http.ResponseWriter, r *http.Request) error {
	if c.Saved == nil {
		return missing("Saved replies")
	}
	if err := c.Saved.Remove(r.Context(), agentOf(r), r.FormValue("id")); err != nil {
		return err
	}
	c.leadTo(w, r, "/replies", "removed")
	return nil
}

// offerSaved lists the saved replies beside the editor. It never fails a page.
func (c *Console) offerSaved(r *http.Request, p *ticketPage) {
	if p.MaySave = c.Saved != nil; !p.MaySave {
		return
	}
	list, err := c.Saved.List(r.Context())
	if err != nil {
		c.Log.WarnContext(r.Context(), "list saved replies", "error", err)
		return
	}
	for _, s := range list {
		p.Saved = append(p.Saved, option{s.ID, short(plain(s.Name), 80)})
	}
}

// insertSaved puts a saved reply, filled in for the ticket, at the end of the text in
// the editor: from there on it is the person's own words, for the guards too.
func (c *Console) insertSaved(w http.ResponseWriter, r *http.Request) error {
	if c.Saved == nil {
		return missing("Saved replies")
	}
	if err := r.ParseForm(); err != nil {
		return formError(err)
	}
	list, err := c.Saved.List(r.Context())
	if err != nil {
		return err
	}
	at, err := c.Review.Place(r.Context(), r.PathValue("draft"))
	if err != nil {
		return err
	}
	view, err := c.Tickets.Ticket(r.Context(), at.Ticket)
	if err != nil {
		return err
	}
	text, found := strings.TrimRight(lineEnds(r.PostForm.Get("text")), " \n"), false
	for _, s := range list {
		if s.ID == r.PostForm.Get("saved") {
			if found = true; text != "" {
				text += "\n\n"
			}
			text += s.Fill(view.Ticket, agentOf(r))
		}
	}
	return c.editing(w, r, text, r.PostForm["put"], func(*ticketPage) error {
		if !found {
			return pipeline.Errorf(pipeline.Invalid, "Choose a saved reply to put in.")
		}
		return nil
	})
}

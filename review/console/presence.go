package console

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"footnote/pipeline"
	"footnote/review/access"
	"footnote/review/presence"
)

// lookRound is how often an open ticket page is told who else is there.
const lookRound = 4 * time.Second

// hereView is who else is at the ticket, and how the page says that it is.
type hereView struct {
	Say        string
	Here, Gone string // paths that signs of life go to; empty: nobody is told of this page
}

// arrive notes that somebody opened a ticket, and says who else is there. It never
// fails a page.
func (c *Console) arrive(r *http.Request, ref pipeline.TicketRef, a pipeline.Agent, writing bool) (v hereView) {
	if c.Presence == nil || refreshing(r) { // what the script reads again, it has on the page already
		return v
	}
	if access.May(a.Role, access.Decide) {
		page := presence.Page{Ticket: ref, ID: rand.Text(), By: a, Writing: writing}
		at, edit := "/tickets/"+pathEscape(ref.Desk), ""
		if writing {
			edit = "1"
		}
		v.Here = withQuery(at+"/here", "id", ref.ID, "page", page.ID, "edit", edit)
		v.Gone = withQuery(at+"/gone", "id", ref.ID, "page", page.ID)
		if err := c.Presence.Here(r.Context(), page); err != nil {
			c.Log.WarnContext(r.Context(), "note presence", "ticket", ref.String(), "error", err)
		}
	}
	v.Say = c.others(r.Context(), ref, a)
	return v
}

// others says who else is at a ticket; nothing when it cannot be told.
func (c *Console) others(ctx context.Context, ref pipeline.TicketRef, a pipeline.Agent) string {
	list, err := c.Presence.Others(ctx, ref, a.ID)
	if err != nil {
		c.Log.WarnContext(ctx, "read presence", "ticket", ref.String(), "error", err)
		return ""
	}
	return plain(presence.Say(list))
}

// here is a page's sign of life.
func (c *Console) here(w http.ResponseWriter, r *http.Request) error {
	if c.Presence == nil {
		return missing("Presence")
	}
	err := c.Presence.Here(r.Context(), presence.Page{Ticket: ticketRef(r), ID: r.FormValue("page"), By: agentOf(r), Writing: r.FormValue("edit") != ""})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// gone is a page's last word.
func (c *Console) gone(w http.ResponseWriter, r *http.Request) error {
	if c.Presence == nil {
		return missing("Presence")
	}
	if err := c.Presence.Gone(r.Context(), presence.Page{Ticket: ticketRef(r), ID: r.FormValue("page"), By: agentOf(r)}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

package console

import (
	"net/http"

	"footnote/pipeline"
)

// What snoozing did, on the page it leads to.
const (
	doneSnooze   = "snooze"
	doneUnsnooze = "unsnooze"
)

// snooze puts a ticket off for one of the times to choose from.
func (c *Console) snooze(w http.ResponseWriter, r *http.Request) error {
	if c.Snoozes == nil {
		return missing("Snoozes")
	}
	if err := r.ParseForm(); err != nil {
		return formError(err)
	}
	for _, s := range pipeline.SnoozeTimes {
		if s.Name == r.PostForm.Get("for") {
			ref := ticketRef(r)
			if err := c.Snoozes.Snooze(r.Context(), ref, agentOf(r), c.Now().Add(s.For), surface); err != nil {
				return err
			}
			c.leadTo(w, r, TicketPath(ref), doneSnooze)
			return nil
		}
	}
	return pipeline.Errorf(pipeline.Invalid, "Choose how long the ticket is put off.")
}

// unsnooze brings it back.
func (c *Console) unsnooze(w http.ResponseWriter, r *http.Request) error {
	if c.Snoozes == nil {
		return missing("Snoozes")
	}
	ref := ticketRef(r)
	if err := c.Snoozes.Unsnooze(r.Context(), ref, agentOf(r), surface); err != nil {
		return err
	}
	c.leadTo(w, r, TicketPath(ref), doneUnsnooze)
	return nil
}

package console

import (
	"net/http"
	"time"

	"footnote/pipeline"
)

// snoozes are how long a ticket can be put off, to choose from.
var snoozes = []struct {
	option
	d time.Duration
}{{option{"1h", "1 hour"}, time.Hour}, {option{"4h", "4 hours"}, 4 * time.Hour}, {option{"1d", "1 day"}, 24 * time.Hour},
	{option{"3d", "3 days"}, 72 * time.Hour}, {option{"7d", "1 week"}, 7 * 24 * time.Hour}}

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
	for _, s := range snoozes {
		if s.Value == r.PostForm.Get("for") {
			ref := ticketRef(r)
			if err := c.Snoozes.Snooze(r.Context(), ref, agentOf(r), c.Now().Add(s.d), surface); err != nil {
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

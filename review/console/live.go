package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"footnote/pipeline"
)

// beat is how often a quiet stream says that it lives; the session is looked at
// again then, so that a disabled account stops hearing.
const beat = 25 * time.Second

// change is what a page hears: which ticket has something new, and no content.
type change struct {
	Desk   string             `json:"desk"`
	Ticket string             `json:"ticket"`
	Type   pipeline.EventType `json:"type"`
}

// events streams changes as server-sent events until the page leaves, the
// session ends, or the console closes; browsers reconnect by themselves.
func (c *Console) events(w http.ResponseWriter, r *http.Request) error {
	if c.Live == nil {
		w.WriteHeader(http.StatusNoContent) // tells EventSource not to come back
		return nil
	}
	ctx := r.Context()
	feed, err := c.Live.Subscribe(ctx)
	if err != nil {
		return err
	}
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // not every server has one
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	fmt.Fprint(w, "retry: 3000\nevent: hello\ndata: {}\n\n")
	if out.Flush() != nil {
		return nil
	}
	tick := time.NewTicker(beat)
	defer tick.Stop()
	look, ref, agent, said := c.looking(r)
	defer look.Stop()
	for {
		var line string
		select {
		case <-ctx.Done():
			return nil
		case <-c.closing:
			return nil
		case <-tick.C:
			if _, err := c.session(r); err != nil {
				return nil
			}
			line = ": still here\n\n"
		case <-look.C:
			say := c.others(ctx, ref, agent)
			if say == said {
				continue
			}
			data, err := json.Marshal(map[string]string{"say": say})
			if err != nil {
				continue // strings always marshal
			}
			said, line = say, fmt.Sprintf("event: here\ndata: %s\n\n", data)
		case e, ok := <-feed:
			if !ok {
				return nil
			}
			data, err := json.Marshal(change{Desk: e.Desk, Ticket: e.Ticket, Type: e.Type})
			if err != nil {
				continue // strings always marshal
			}
			line = fmt.Sprintf("event: change\ndata: %s\n\n", data)
		}
		if _, err := fmt.Fprint(w, line); err != nil {
			return nil
		}
		if out.Flush() != nil {
			return nil
		}
	}
}

// looking is the clock by which the page of a ticket is told who else is there, and
// what it is told first: something that nobody says, so that the first look tells.
func (c *Console) looking(r *http.Request) (*time.Ticker, pipeline.TicketRef, pipeline.Agent, string) {
	t := time.NewTicker(lookRound)
	ref := pipeline.TicketRef{Desk: r.FormValue("desk"), ID: r.FormValue("id")}
	if c.Presence == nil || ref.Desk == "" || ref.ID == "" {
		t.Stop()
	}
	return t, ref, agentOf(r), "\x00"
}

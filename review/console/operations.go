package console

import (
	"net/http"
	"strconv"
	"unicode/utf8"

	"footnote/pipeline"
	"footnote/review/access"
)

type operationsPage struct {
	frame
	Switch    *Switch // nil without one
	MayPause  bool
	Done      string // what the last action did
	MayTrace  bool
	Parts     []Part
	Letters   []letter
	Waiting   int
	Unread    []UnreadHook
	MayReplay bool
	Print     string
}

type letter struct {
	DeadLetter
	Ticket string // path; empty when it is about none
}

// maxLetters is how many dead letters one page lists.
const maxLetters = 200

// maxUnread is how many unreadable webhooks one page lists.
const maxUnread = 50

var operationsDone = map[string]string{"replayed": "Replayed. Its ticket shows what comes of it.", "turned": "Done. It counts from now on."}

func (c *Console) operations(w http.ResponseWriter, r *http.Request) error {
	p := operationsPage{frame: c.frame(r, "Operations", "/operations"), MayReplay: access.May(agentOf(r).Role, access.Replay), Done: operationsDone[c.done(w, r).name],
		MayPause: access.May(agentOf(r).Role, access.Pause), MayTrace: c.Traces != nil}
	p.Live = c.Live != nil
	if c.Parts != nil {
		p.Parts = c.Parts(r.Context())
	}
	if c.Drafting != nil {
		s, err := c.Drafting.Switch(r.Context())
		if err != nil {
			return err
		}
		p.Switch = &s
	}
	if c.Unread != nil {
		var err error
		if p.Unread, err = c.Unread.Unread(r.Context(), maxUnread); err != nil {
			return err
		}
	}
	if c.DeadLetters == nil {
		return missing("Dead letters")
	}
	letters, err := c.DeadLetters.DeadLetters(r.Context(), maxLetters)
	if err != nil {
		return err
	}
	for _, d := range letters {
		l := letter{DeadLetter: d}
		if d.Ref.ID != "" {
			l.Ticket = TicketPath(d.Ref)
		}
		if d.ReplayedAt.IsZero() {
			p.Waiting++
		}
		p.Letters = append(p.Letters, l)
	}
	p.Print = fingerprint([]any{p.Parts, p.Switch, letters, p.Unread})
	return c.render(w, http.StatusOK, "operations", p)
}

// maxReason is the longest reason that is kept, in runes.
const maxReason = 300

// turnDrafting pauses or resumes drafting.
func (c *Console) turnDrafting(w http.ResponseWriter, r *http.Request) error {
	if c.Drafting == nil {
		return missing("The drafting switch")
	}
	reason := r.FormValue("reason")
	if n := utf8.RuneCountInString(reason); n > maxReason {
		return pipeline.Errorf(pipeline.Invalid, "The reason has %d characters; the limit is %d. Shorten it; nothing was changed.", n, maxReason)
	}
	var paused bool
	switch r.FormValue("to") {
	case "paused":
		paused = true
	case "drafting":
	default:
		return pipeline.Errorf(pipeline.Invalid, "Say whether to pause or to resume drafting.")
	}
	if _, err := c.Drafting.Turn(r.Context(), agentOf(r), paused, reason); err != nil {
		return err
	}
	c.leadTo(w, r, "/operations", "turned")
	return nil
}

// replay gives a dead letter to its consumer again.
func (c *Console) replay(w http.ResponseWriter, r *http.Request) error {
	if c.DeadLetters == nil {
		return missing("Dead letters")
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return pipeline.Errorf(pipeline.NotFound, "There is no such dead letter.")
	}
	if err := c.DeadLetters.Replay(r.Context(), id); err != nil {
		return err
	}
	c.Log.InfoContext(r.Context(), "replay dead letter", "id", id, "agent", agentOf(r).ID)
	c.leadTo(w, r, "/operations", "replayed")
	return nil
}

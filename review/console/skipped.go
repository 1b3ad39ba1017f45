package console

import (
	"context"
	"net/http"
	"time"

	"footnote/pipeline"
	"footnote/review/access"
)

// Skips are the messages that rules left out, and their way back; cmd fills it from
// tracking. TakeIn's error kind is Conflict when the message is not left out any more.
type Skips interface {
	Skipped(ctx context.Context, limit int) ([]SkippedMessage, error)
	TakeIn(ctx context.Context, ref pipeline.TicketRef, message string, by pipeline.Agent) error
}

// SkippedMessage is one of them, with the rule in words.
type SkippedMessage struct {
	Ticket  pipeline.TicketRef
	Message string
	Subject string
	From    pipeline.Person
	Rule    string
	At      time.Time
}

const skippedRows = 200

// skippedPage lists what rules left out.
type skippedPage struct {
	frame
	Rows []skippedRow
	More bool // there are older ones
	May  bool // take them in
}

type skippedRow struct {
	Path, TakeIn, Message, Subject, Who, Rule string
	At                                        moment
}

func (c *Console) skipped(w http.ResponseWriter, r *http.Request) error {
	if c.Skips == nil {
		return missing("Skips")
	}
	list, err := c.Skips.Skipped(r.Context(), skippedRows+1)
	if err != nil {
		return err
	}
	p := skippedPage{frame: c.frame(r, "Skipped", "/queue"), More: len(list) > skippedRows, May: access.May(agentOf(r).Role, access.Decide)}
	for _, m := range list[:min(len(list), skippedRows)] {
		who := personName(m.From)
		if m.From.Email != "" && m.From.Email != who {
			who += " <" + m.From.Email + ">"
		}
		p.Rows = append(p.Rows, skippedRow{Path: TicketPath(m.Ticket), TakeIn: takeInPath(m.Ticket), Message: m.Message, Subject: m.Subject, Who: who, Rule: m.Rule, At: c.moment(m.At)})
	}
	return c.render(w, http.StatusOK, "skipped", p)
}

func takeInPath(ref pipeline.TicketRef) string {
	return withQuery("/tickets/"+pathEscape(ref.Desk)+"/take-in", "id", ref.ID)
}

// takeIn has a message answered that a rule left out.
func (c *Console) takeIn(w http.ResponseWriter, r *http.Request) error {
	if c.Skips == nil {
		return missing("Skips")
	}
	if err := r.ParseForm(); err != nil {
		return formError(err)
	}
	ref := ticketRef(r)
	if err := c.Skips.TakeIn(r.Context(), ref, r.PostForm.Get("message"), agentOf(r)); err != nil {
		return err
	}
	http.Redirect(w, r, TicketPath(ref), http.StatusSeeOther)
	return nil
}

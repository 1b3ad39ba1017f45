package console

import (
	"context"
	"net/http"
	"strings"

	"footnote/pipeline"
	"footnote/review/access"
	"footnote/review/trace"
)

// Traces explain one thing by its id, as the trace command does.
type Traces interface {
	// Explain takes a reference (FN-…), a ticket (desk/id), or the id of an event,
	// draft, decision, delivery or card. The error kinds are NotFound and Invalid.
	Explain(ctx context.Context, id string) (trace.Trace, error)
}

type tracePage struct {
	frame
	Query   string
	Problem string
	Trace   trace.Trace
	Ticket  string // its page
	Rows    []traceRow
	More    bool
}

type traceRow struct {
	trace.Step
	Day  string // the first row of each day names it
	Time string
}

// maxSteps is how many steps a page shows, the latest ones; the command prints
// all.
const maxSteps = 500

// trace explains an id to whoever runs Footnote: it shows causes and costs that
// others need not see. Without an id it asks for one.
func (c *Console) trace(w http.ResponseWriter, r *http.Request) error {
	p := tracePage{frame: c.frame(r, "Trace", "/operations"), Query: strings.TrimSpace(r.FormValue("id"))}
	if c.Traces == nil {
		return missing("Traces")
	}
	if p.Query == "" {
		return c.render(w, http.StatusOK, "trace", p)
	}
	var err error
	p.Trace, err = c.Traces.Explain(r.Context(), p.Query)
	if kind := pipeline.KindOf(err); err != nil && (kind == pipeline.NotFound || kind == pipeline.Invalid) {
		p.Problem = pipeline.Say(err)
		return c.render(w, statusOf(err), "trace", p)
	}
	if err != nil {
		return err
	}
	if p.Trace.Ticket != nil {
		p.Ticket = TicketPath(*p.Trace.Ticket)
	}
	steps := p.Trace.Steps
	if p.More = len(steps) > maxSteps; p.More {
		steps = steps[len(steps)-maxSteps:]
	}
	day := ""
	for _, s := range steps {
		row := traceRow{Step: s, Time: s.At.UTC().Format("15:04:05.000")}
		if d := s.At.UTC().Format("2 Jan 2006"); d != day {
			row.Day, day = d, d
		}
		p.Rows = append(p.Rows, row)
	}
	return c.render(w, http.StatusOK, "trace", p)
}

// tracePath is the path of a ticket's trace for those who may see it, or "".
func (c *Console) tracePath(by pipeline.Agent, ref pipeline.TicketRef) string {
	if c.Traces == nil || !access.May(by.Role, access.SeeOperations) {
		return ""
	}
	return withQuery("/trace", "id", ref.String())
}

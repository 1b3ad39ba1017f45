package console

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"footnote/pipeline"
	"footnote/review/access"
	"footnote/review/audit"
)

// Audit reads the audit log; audit.Log fills it.
type Audit interface {
	List(ctx context.Context, f audit.Filter) ([]audit.Row, error)
	State(ctx context.Context) (audit.State, error)
}

type auditPage struct {
	frame
	Ticket     string // desk/number; empty: all
	State      audit.State
	Unverified bool // the chain could not be walked now
	Rows       []auditRow
	Older      string // path of the next page; empty on the last
	Newest     string // path of the first page; empty on it
}

type auditRow struct {
	audit.Row
	Who    string
	Path   string // of its ticket; empty without one
	Detail []string
	Broken bool // the chain breaks here
}

// auditRows is how many rows a page lists.
const auditRows = 50

// verifyWait is how long a page waits for the newest rows to be verified; the log
// does the others in the background.
const verifyWait = 2 * time.Second

func (c *Console) audit(w http.ResponseWriter, r *http.Request) error {
	if c.Audit == nil {
		return missing("The audit trail")
	}
	f := audit.Filter{Limit: auditRows + 1}
	p := auditPage{frame: c.frame(r, "Audit trail", "/audit"), Ticket: strings.TrimSpace(r.FormValue("ticket"))}
	if p.Ticket != "" {
		var ok bool
		if f.Ticket.Desk, f.Ticket.ID, ok = strings.Cut(p.Ticket, "/"); !ok || f.Ticket.Desk == "" {
			return pipeline.Errorf(pipeline.Invalid, "Write the ticket as desk/number, such as sandbox/1040.")
		}
	}
	if before := r.FormValue("before"); before != "" {
		var err error
		if f.Before, err = strconv.ParseInt(before, 10, 64); err != nil || f.Before < 1 {
			return pipeline.Errorf(pipeline.Invalid, "There is no row %q.", short(before, 30))
		}
		p.Newest = withQuery("/audit", "ticket", p.Ticket)
	}
	rows, err := c.Audit.List(r.Context(), f)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), verifyWait)
	defer cancel()
	if p.State, err = c.Audit.State(ctx); err != nil { // the rows can be read all the same
		c.Log.WarnContext(r.Context(), "verify audit log", "error", err)
		p.State, p.Unverified = audit.State{}, true
	}
	if len(rows) > auditRows {
		rows = rows[:auditRows]
		p.Older = withQuery("/audit", "ticket", p.Ticket, "before", fmt.Sprint(rows[auditRows-1].Seq))
	}
	for _, row := range rows {
		a := auditRow{Row: row, Who: row.Name, Broken: p.State.Broken != nil && p.State.Broken.Seq == row.Seq}
		if a.Who == "" {
			a.Who = row.Actor
		}
		if row.Ticket.ID != "" {
			a.Path = withParam(TicketPath(row.Ticket), "draft", strings.TrimPrefix(row.Object, "draft/"))
		}
		vouched := 0
		for _, k := range slices.Sorted(maps.Keys(row.Detail)) {
			if audit.Vouched(k) {
				vouched++
				continue
			}
			if v := fmt.Sprint(row.Detail[k]); v != "" {
				a.Detail = append(a.Detail, k+": "+v)
			}
		}
		if vouched > 0 {
			a.Detail = append(a.Detail, "vouches for: "+plural(vouched, "row", "rows"))
		}
		p.Rows = append(p.Rows, a)
	}
	return c.render(w, http.StatusOK, "audit", p)
}

// auditPath leads to what the audit trail has about a ticket, for those who may see it.
func (c *Console) auditPath(a pipeline.Agent, ref pipeline.TicketRef) string {
	if c.Audit == nil || !access.May(a.Role, access.SeeAudit) {
		return ""
	}
	return withQuery("/audit", "ticket", ref.String())
}

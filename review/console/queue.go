package console

import (
	"context"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"footnote/pipeline"
	"footnote/review"
)

// maxRows is how many tickets one view lists; counts beyond it read "100+".
const maxRows = 100

var views = []struct{ key, name string }{
	{"todo", "To do"}, {"mine", "Mine"}, {"waiting", "On their way"}, {"done", "Done"}, {"all", "All"},
}

type queuePage struct {
	frame
	View  string
	Query string
	Tabs  []tab
	Rows  []queueRow
	More  bool
	Print string
}

type tab struct {
	Path, Name string
	Here       bool
	Count      int
	More       bool // there are more than Count
}

// queueRow is one ticket as the queue shows it.
type queueRow struct {
	review.Row
	Path       string
	Who        string
	State      mark
	Confidence mark
	Bars       []bool // five, lit from the left
	Proposed   bool   // confidence and warnings mean something
	Waits      string // how long the customer has been waiting; empty when not
	Late       bool
	Note       string // one line beside the state
}

// late is when a waiting customer is shown in colour.
const late = 4 * time.Hour

func (c *Console) queue(w http.ResponseWriter, r *http.Request) error {
	p := queuePage{frame: c.frame(r, "Queue", "/queue"), View: r.FormValue("view"), Query: short(r.FormValue("q"), 200)}
	p.Live = c.Live != nil
	if p.View == "" {
		p.View = "todo"
	}
	f := review.Filter{View: p.View, Agent: p.Agent.ID, Query: p.Query, Limit: maxRows + 1}
	rows, err := c.Tickets.Queue(r.Context(), f)
	if err != nil {
		return err
	}
	if p.Tabs, err = c.tabs(r.Context(), f, len(rows)); err != nil {
		return err
	}
	if len(rows) > maxRows {
		rows, p.More = rows[:maxRows], true
	}
	for _, row := range rows {
		p.Rows = append(p.Rows, c.queueRow(row))
	}
	p.Print = fingerprint([]any{rows, p.Tabs})
	return c.render(w, http.StatusOK, "queue", p)
}

// tabs counts every view; the one that is open was counted already.
func (c *Console) tabs(ctx context.Context, f review.Filter, open int) ([]tab, error) {
	tabs := make([]tab, len(views))
	g, ctx := errgroup.WithContext(ctx)
	for i, v := range views {
		tabs[i] = tab{Path: withQuery("/queue", "view", v.key, "q", f.Query), Name: v.name, Here: v.key == f.View}
		if tabs[i].Here {
			tabs[i].Count = open
			continue
		}
		f := f
		f.View = v.key
		g.Go(func() error {
			rows, err := c.Tickets.Queue(ctx, f)
			tabs[i].Count = len(rows)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for i := range tabs {
		tabs[i].More = tabs[i].Count > maxRows
		tabs[i].Count = min(tabs[i].Count, maxRows)
	}
	return tabs, nil
}

func (c *Console) queueRow(r review.Row) queueRow {
	q := queueRow{Row: r, Path: TicketPath(r.Ref), Who: personName(r.Requester), State: stateOf(r.Outcome, r.State, r.Outdated)}
	undecided := r.State == "" || r.State == pipeline.StateOpen || r.State == pipeline.StateClaimed ||
		r.State == pipeline.StateReturned || r.State == pipeline.StateStale || r.State == pipeline.StateHandedOff
	if undecided && (r.Outcome != pipeline.OutcomeSkipped || r.Paused()) {
		d := c.Now().Sub(r.ArrivedAt)
		q.Waits, q.Late = span(d.Truncate(time.Minute)), d > late
		if d < time.Minute {
			q.Waits = "under 1 min"
		}
	}
	q.Proposed = r.Draft != "" && r.Outcome == pipeline.OutcomeProposed && undecided && q.State.Word != "Out of date"
	if q.Proposed {
		q.Confidence = confidence(r.Confidence)
		q.Bars = bars(r.Confidence)
	}
	switch {
	case r.Paused():
		q.State, q.Note = waitsForDrafting, "will be drafted"
	case r.State == pipeline.StateClaimed && r.ClaimedBy != "":
		q.Note = "by " + plain(r.ClaimedBy)
	case r.State != "" && !undecided && r.DecidedBy != "":
		q.Note = "by " + plain(r.DecidedBy)
	case (r.Outcome == pipeline.OutcomeAbstained || r.Outcome == pipeline.OutcomeSkipped || r.Outcome == pipeline.OutcomeFailed) && r.Reason != "":
		q.Note = short(r.Reason, 90)
	}
	return q
}

// bars is a probability as five steps; each number of steps belongs to one word of
// confidence.
func bars(x float64) []bool {
	out := make([]bool, 5)
	for i, from := range [...]float64{0.01, perhaps, (perhaps + probably) / 2, probably, (probably + 1) / 2} {
		out[i] = x >= from
	}
	return out
}

// personName is the best name a desk gave us.
func personName(p pipeline.Person) string {
	for _, s := range []string{p.Name, p.Email, p.ID} {
		if s != "" {
			return short(s, 80)
		}
	}
	return "Somebody"
}

// nextTicket is the path of the next ticket that needs this person, other than
// ref; empty when there is none. It never fails a page.
func (c *Console) nextTicket(ctx context.Context, a pipeline.Agent, ref pipeline.TicketRef) string {
	rows, err := c.Tickets.Queue(ctx, review.Filter{View: "todo", Agent: a.ID, Limit: 50})
	if err != nil {
		c.Log.WarnContext(ctx, "find next ticket", "error", err)
		return ""
	}
	for _, r := range rows {
		if r.Ref != ref && (r.State != pipeline.StateClaimed || r.ClaimedBy == a.Name) && r.Outcome != "" {
			return TicketPath(r.Ref)
		}
	}
	return ""
}

package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"footnote/pipeline"
	"footnote/review/work"
)

// pageRows is how many tickets one page of the queue lists.
const pageRows = 50

var views = []struct {
	key  work.View
	name string
}{
	{work.Todo, "To do"}, {work.Mine, "Mine"}, {work.Sending, "On their way"}, {work.Later, "Later"}, {work.Done, "Done"}, {work.All, "All"},
}

type queuePage struct {
	frame
	View    string
	Query   string
	Chosen  filterForm
	Narrow  bool // something is chosen
	Choices filterChoices
	Tabs    []tab
	Rows    []queueRow
	Skips   bool   // what rules left out is listed on a page of its own
	Clear   string // path without search and filter; empty when there is none
	First   string // path of the first page; empty on it
	More    string // path of the next page; empty on the last
	Print   string
}

type tab struct {
	Path, Name string
	Here       bool
	Count      int
	More       bool // there are more than Count
	Known      bool // it was counted
}

// queueRow is one ticket as the queue shows it.
type queueRow struct {
	work.Row
	Path       string
	Who        string
	Mark       mark
	Confidence mark
	Bars       []bool // five, lit from the left
	Proposed   bool   // confidence and warnings mean something
	Waits      string // how long the customer has been waiting; empty when not
	Late       bool
	Note       string // one line beside the state
}

// late is when a waiting customer is shown in colour.
const late = 4 * time.Hour

// filterForm is what the form above the queue sends, as it was sent.
type filterForm struct {
	State, Desk, Queue, Language, Owner, Waited, Findings, Sort string
}

// option is one line of a select.
type option struct{ Value, Name string }

// chooser is a select as the template shows it.
type chooser struct {
	Name, Label, Any, Is string
	Options              []option
}

type filterChoices struct {
	States, Desks, Queues, Languages, Owners, Waited, Sort []option
}

// ages are the least times that a customer waits, to choose from.
var ages = []struct {
	option
	d time.Duration
}{{option{"1h", "1 hour or more"}, time.Hour}, {option{"4h", "4 hours or more"}, 4 * time.Hour}, {option{"1d", "1 day or more"}, 24 * time.Hour}, {option{"3d", "3 days or more"}, 72 * time.Hour}}

// chosenStates are the states to choose from in each view; views of one state
// have none.
var chosenStates = map[work.View][]pipeline.WorkState{
	work.Todo:  {pipeline.WorkToReview, pipeline.WorkToWrite, pipeline.WorkClaimed},
	work.Mine:  {pipeline.WorkClaimed, pipeline.WorkToReview, pipeline.WorkToWrite, pipeline.WorkSnoozed},
	work.Later: {pipeline.WorkSnoozed, pipeline.WorkWaiting},
	work.All: {pipeline.WorkToReview, pipeline.WorkToWrite, pipeline.WorkClaimed, pipeline.WorkOnItsWay, pipeline.WorkSnoozed,
		pipeline.WorkWaiting, pipeline.WorkDone},
}

// filter reads what is asked of the queue. What is not among the choices is asked
// all the same, and finds nothing.
func (c *Console) filter(r *http.Request, agent pipeline.Agent) (work.Filter, filterForm) {
	get := func(key string) string { return short(r.FormValue(key), 200) }
	form := filterForm{get("state"), get("desk"), get("queue"), get("language"), get("owner"), get("waited"), get("findings"), get("sort")}
	f := work.Filter{View: work.View(r.FormValue("view")), Agent: agent.ID, Words: get("q"), Desk: form.Desk, Queue: form.Queue, Language: form.Language,
		Owner: form.Owner, Findings: form.Findings != "", Newest: form.Sort == "newest", After: r.FormValue("after"), Limit: pageRows}
	if f.View == "" {
		f.View = work.Todo
	}
	switch form.Owner {
	case "me":
		f.Owner = agent.ID
	case "nobody":
		f.Owner, f.Unowned = "", true
	}
	if form.State != "" {
		f.States = []pipeline.WorkState{pipeline.WorkState(form.State)}
	}
	for _, a := range ages {
		if a.Value == form.Waited {
			f.Waited = a.d
		}
	}
	return f, form
}

// path is the queue's with everything that is chosen, another view or page apart.
func (form filterForm) path(view work.View, words, after string) string {
	return withQuery("/queue", "view", string(view), "q", words, "state", form.State, "desk", form.Desk, "queue", form.Queue, "language", form.Language,
		"owner", form.Owner, "waited", form.Waited, "findings", form.Findings, "sort", form.Sort, "after", after)
}

func (c *Console) queue(w http.ResponseWriter, r *http.Request) error {
	p := queuePage{frame: c.frame(r, "Queue", "/queue")}
	p.Live = c.Live != nil
	f, form := c.filter(r, p.Agent)
	p.View, p.Query, p.Chosen = string(f.View), f.Words, form
	f, err := c.Queue.Search(r.Context(), f)
	if err != nil {
		return err
	}
	page, err := c.Queue.Queue(r.Context(), f)
	if err != nil {
		return err
	}
	p.Skips = c.Skips != nil
	if p.Tabs, err = c.tabs(r.Context(), f, form); err != nil {
		return err
	}
	if p.Choices, err = c.choices(r.Context(), f, form); err != nil {
		return err
	}
	for _, row := range page.Rows {
		p.Rows = append(p.Rows, c.queueRow(row))
	}
	if f.After != "" {
		p.First = form.path(f.View, f.Words, "")
	}
	if page.Next != "" {
		p.More = form.path(f.View, f.Words, page.Next)
	}
	p.Narrow = form != filterForm{}
	if p.Narrow || f.Words != "" {
		p.Clear = withQuery("/queue", "view", string(f.View))
	}
	p.Print = fingerprint([]any{page, p.Tabs})
	return c.render(w, http.StatusOK, "queue", p)
}

// tabs counts every view with the same filter.
func (c *Console) tabs(ctx context.Context, f work.Filter, form filterForm) ([]tab, error) {
	if _, ok := chosenStates[f.View]; !ok { // the state was chosen in another view
		form.State, f.States = "", nil
	}
	counts, err := c.Queue.Counts(ctx, f, work.Views...)
	if err != nil {
		return nil, err
	}
	out := make([]tab, len(views))
	for i, v := range views {
		_, known := counts[v.key]
		out[i] = tab{Known: known, Path: form.path(v.key, f.Words, ""), Name: v.name, Here: v.key == f.View, Count: counts[v.key].N, More: counts[v.key].More}
	}
	return out, nil
}

// choices fills the selects. What is chosen stands among them, also when nothing
// has it any more.
func (c *Console) choices(ctx context.Context, f work.Filter, form filterForm) (out filterChoices, err error) {
	have, err := c.Queue.Choices(ctx)
	if err != nil {
		return out, err
	}
	list := func(values []string, chosen string) (out []option) {
		if chosen != "" && !slices.Contains(values, chosen) {
			values = append(values, chosen)
		}
		for _, v := range values {
			out = append(out, option{v, short(plain(v), 40)})
		}
		return out
	}
	out.Desks, out.Queues, out.Languages = list(have.Desks, form.Desk), list(have.Queues, form.Queue), list(have.Languages, form.Language)
	for _, s := range chosenStates[f.View] {
		out.States = append(out.States, option{string(s), workMarks[s].Word})
	}
	out.Owners = []option{{"me", "Me"}, {"nobody", "Nobody"}}
	if form.Owner != "" && form.Owner != "me" && form.Owner != "nobody" {
		out.Owners = append(out.Owners, option{form.Owner, short(plain(form.Owner), 40)})
	}
	for _, a := range ages {
		out.Waited = append(out.Waited, a.option)
	}
	out.Sort = []option{{"newest", "Newest first"}}
	return out, nil
}

func (c *Console) queueRow(r work.Row) queueRow {
	q := queueRow{Row: r, Path: TicketPath(r.Ticket), Who: personName(r.Requester), Mark: workMark(r.Work), Note: c.workNote(r.Work, r.Reason)}
	if r.Open() || r.State == pipeline.WorkSnoozed {
		d := c.Now().Sub(r.WaitsSince)
		q.Waits, q.Late = span(d.Truncate(time.Minute)), d > late
		if d < time.Minute {
			q.Waits = "under 1 min"
		}
	}
	if q.Proposed = r.Draft != "" && !r.Abstained && (r.State == pipeline.WorkToReview || r.State == pipeline.WorkClaimed || r.State == pipeline.WorkSnoozed); q.Proposed {
		q.Confidence = confidence(r.Confidence)
		q.Bars = bars(r.Confidence)
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
	page, err := c.Queue.Queue(ctx, work.Filter{View: work.Todo, Limit: pageRows})
	if err != nil {
		c.Log.WarnContext(ctx, "find next ticket", "error", err)
		return ""
	}
	for _, r := range page.Rows {
		if r.Ticket != ref && (r.State != pipeline.WorkClaimed || r.Owner.ID == a.ID) && r.Why != pipeline.WhyDrafting {
			return TicketPath(r.Ticket)
		}
	}
	return ""
}

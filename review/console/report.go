package console

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"footnote/pipeline"
	"footnote/review/measure"
)

// decisionKinds lists what becomes of proposals, in the order pages show it: the
// first four are decisions.
var decisionKinds = []struct{ key, name, tone string }{
	{"approve", "Approved as drafted", "good"}, {"edit", "Edited, then approved", "todo"}, {"reject", "Rejected", "bad"},
	{"hand_off", "Handed off", "warn"}, {"open", "Not decided yet", "wait"}, {"stale", "Went out of date", "calm"},
	{"redraft", "Redrafted", "mine"}, {"superseded", "Replaced", "mine"},
}

var deliveryStates = []pipeline.DeliveryState{pipeline.DeliverySent, pipeline.DeliveryQueued, pipeline.DeliverySending, pipeline.DeliveryUnknown,
	pipeline.DeliveryStale, pipeline.DeliveryFailed, pipeline.DeliveryAsked, pipeline.DeliveryUndelivered}

var outcomeTones = map[pipeline.OutcomeKind]string{pipeline.OutcomeProposed: "todo", pipeline.OutcomeAbstained: "warn",
	pipeline.OutcomeHeldOut: "mine", pipeline.OutcomeSkipped: "calm", pipeline.OutcomeFailed: "bad"}

// handlingKinds are kept apart everywhere: seen by us, told by the desk, or
// guessed from its timestamps.
var handlingKinds = []struct{ key, name, how string }{
	{"measured", "Measured", "Footnote saw the work: from opening the ticket to the reply. A pause counts up to the idle limit, and not at all when it was longer and the ticket was opened anew."},
	{"native", "Native", "The desk’s own time tracking."},
	{"proxy", "Proxy", "From assignment to reply in the desk. An upper bound, not a measurement."},
}

// minToSay is the fewest tickets from which a rate is shown as a share.
const minToSay = 5

type reportPage struct {
	frame
	Range      dateRange
	Problem    string // why there is no report of this range
	Report     measure.Report
	Empty      bool
	Proposed   int
	Handling   []kindPanel
	Holdout    string
	Capped     int // tickets in Handling whose last pause was cut
	Responses  kindPanel
	Outcomes   []share
	Counted    int // messages with an outcome or pending
	Decisions  []share
	Undecided  []share // the other proposals; no shares of them
	Few        bool    // too few decisions for shares
	Untouched  string
	Delivered  []share
	Trend      trend
	Baselines  []baselinePanel
	Abstention *abstentionView // nil: nothing is known
	CSV, JSON  string
}

// kindPanel is an interval chart, such as of one kind of handling time.
type kindPanel struct {
	Name, How string
	Rows      []whisker
	Axis      axis
}

// Drawn tells whether any row has an interval to draw.
func (k kindPanel) Drawn() bool {
	return slices.ContainsFunc(k.Rows, func(w whisker) bool { return !w.None && !w.Few })
}

// dateRange is the picker: whole UTC days, both included.
type dateRange struct {
	From, To string // yyyy-mm-dd
	Desk     string
	Queue    string
	Agent    string // id
	Presets  []preset
	// Choices are what can be chosen; each list has what is chosen, also where it is
	// not known.
	Choices measure.Choices
	By      string // what is chosen, in words: “queue Billing, Ana Ortiz”
}

type preset struct {
	Name, Path string
	Here       bool
}

// readRange reads ?from=&to=&desk=&queue=&agent=; without days it is the last 30. The error kind
// is Invalid for a day that cannot be read, and for a period that has not begun.
func (c *Console) readRange(r *http.Request) (measure.Filter, dateRange, error) {
	today := c.Now().UTC().Truncate(24 * time.Hour)
	rg := dateRange{From: short(r.FormValue("from"), 20), To: short(r.FormValue("to"), 20), Desk: short(r.FormValue("desk"), 80),
		Queue: short(r.FormValue("queue"), 200), Agent: short(r.FormValue("agent"), 200)}
	to, err := readDay(rg.To, today)
	from, err2 := readDay(rg.From, to.AddDate(0, 0, -29))
	for _, n := range []int{7, 30, 90} {
		first := today.AddDate(0, 0, 1-n)
		rg.Presets = append(rg.Presets, preset{Name: fmt.Sprintf("%d days", n), Here: from.Equal(first) && to.Equal(today),
			Path: dateRange{From: first.Format(time.DateOnly), To: today.Format(time.DateOnly), Desk: rg.Desk, Queue: rg.Queue, Agent: rg.Agent}.path("/report", "")})
	}
	if err := cmp.Or(err, err2); err != nil {
		return measure.Filter{}, rg, err
	}
	rg.From, rg.To = from.Format(time.DateOnly), to.Format(time.DateOnly)
	if from.After(today) && !to.Before(from) {
		return measure.Filter{}, rg, pipeline.Errorf(pipeline.Invalid, "The period begins after today. Choose an earlier first day.")
	}
	return measure.Filter{From: from, To: to.AddDate(0, 0, 1), Desk: rg.Desk, Queue: rg.Queue, Agent: rg.Agent}, rg, nil
}

// readDay reads a day like 2026-03-31; an empty one is the usual one.
func readDay(s string, usual time.Time) (time.Time, error) {
	if s == "" {
		return usual, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return usual, pipeline.Errorf(pipeline.Invalid, "The day “%s” cannot be read. Write it like 2026-03-31.", s)
	}
	return t, nil
}

// reportChoices fills in what the filter can be.
func (c *Console) reportChoices(r *http.Request, rg *dateRange) error {
	all, err := c.Reports.Choices(r.Context())
	if err != nil {
		return err
	}
	var by []string
	keep := func(list []string, chosen, word string) []string {
		if chosen == "" {
			return list
		}
		by = append(by, word+" "+chosen)
		if slices.Contains(list, chosen) {
			return list
		}
		return append([]string{chosen}, list...)
	}
	all.Desks, all.Queues = keep(all.Desks, rg.Desk, "desk"), keep(all.Queues, rg.Queue, "queue")
	if rg.Agent != "" {
		at := slices.IndexFunc(all.Agents, func(a measure.Choice) bool { return a.ID == rg.Agent })
		if at < 0 {
			all.Agents, at = append([]measure.Choice{{ID: rg.Agent, Name: rg.Agent}}, all.Agents...), 0
		}
		by = append(by, all.Agents[at].Name)
	}
	rg.Choices, rg.By = all, strings.Join(by, ", ")
	return nil
}

func (c *Console) readReport(r *http.Request) (measure.Report, dateRange, error) {
	if c.Reports == nil {
		return measure.Report{}, dateRange{}, missing("Reports")
	}
	f, rg, err := c.readRange(r)
	if err != nil {
		return measure.Report{}, rg, err
	}
	rep, err := c.Reports.Report(r.Context(), f)
	if err != nil {
		return rep, rg, err
	}
	if f.Queue != "" || f.Agent != "" {
		return rep, rg, nil // desks recorded neither
	}
	rep.Baselines, err = c.Reports.Baselines(r.Context(), f.Desk)
	return rep, rg, err
}

func (c *Console) report(w http.ResponseWriter, r *http.Request) error {
	rep, rg, err := c.readReport(r)
	if c.Reports != nil {
		if unlisted := c.reportChoices(r, &rg); unlisted != nil {
			return unlisted
		}
	}
	if err != nil && pipeline.KindOf(err) == pipeline.Invalid {
		return c.render(w, http.StatusUnprocessableEntity, "report", reportPage{frame: c.frame(r, "Report", "/report"), Range: rg, Problem: pipeline.Say(err)})
	}
	if err != nil {
		return err
	}
	p := reportPage{frame: c.frame(r, "Report", "/report"), Range: rg, Report: rep, Trend: newTrend(rep.Days),
		CSV: rg.path("/report.csv", ""), JSON: rg.path("/report.json", ""), Proposed: rep.Outcomes[pipeline.OutcomeProposed], Empty: rep.Arrivals+rep.Decided == 0 && len(rep.Handling) == 0 && rep.FirstResponse.N == 0}
	p.Handling, p.Holdout = handlingPanels(rep, rg), holdoutWords(rep.Holdout)
	for _, f := range rep.Handling {
		p.Capped += f.Capped
	}
	p.Responses = newPanel([]plotted{{"First response", rg.path("/report/tickets", "first_response"), "", rep.FirstResponse},
		{"Resolution", rg.path("/report/tickets", "resolution"), "", rep.Resolution}})
	p.shares(rep, rg)
	p.Baselines = baselinePanels(rep.Baselines)
	p.Abstention = newAbstentionView(c.Abstention, rep.Bands)
	return c.render(w, http.StatusOK, "report", p)
}

// holdoutWords says what share of tickets was to be held out, and what was.
func holdoutWords(h measure.Holdout) string {
	var set []string
	for _, s := range h.Settings {
		words := percent(s.Share) + " since " + s.From.UTC().Format("2 Jan 2006")
		if !s.To.IsZero() {
			words = percent(s.Share) + " from " + s.From.UTC().Format("2 Jan 2006 15:04") + " to " + s.To.UTC().Format("2 Jan 2006 15:04")
		}
		set = append(set, words)
	}
	out := "not known for this period"
	if len(set) > 0 {
		out = "set to " + strings.Join(set, ", ")
	}
	if h.Tickets == 0 {
		return out + "; no ticket in this period"
	}
	return out + fmt.Sprintf("; realised: %s of %s without a draft, %s", number(h.Control), plural(h.Tickets, "ticket", "tickets"), percent(float64(h.Control)/float64(h.Tickets)))
}

// path keeps the range, and names a figure when there is one.
func (rg dateRange) path(to, figure string) string {
	return withQuery(to, "from", rg.From, "to", rg.To, "desk", rg.Desk, "queue", rg.Queue, "agent", rg.Agent, "figure", figure)
}

func handlingPanels(rep measure.Report, rg dateRange) []kindPanel {
	var out []kindPanel
	for _, k := range handlingKinds {
		var rows []plotted
		for _, f := range rep.Handling {
			if f.Kind != k.key {
				continue
			}
			row := plotted{"With drafts", rg.path("/report/tickets", "handling:"+f.Kind+":"+string(f.Arm)), "todo", f}
			if f.Arm == pipeline.ArmControl {
				row.name, row.tone = "Control, without", "mine"
			}
			rows = append(rows, row)
		}
		if len(rows) == 0 {
			continue
		}
		p := newPanel(rows)
		p.Name, p.How = k.name, k.how
		out = append(out, p)
	}
	return out
}

func (p *reportPage) shares(rep measure.Report, rg dateRange) {
	var parts []share
	for _, k := range pipeline.OutcomeKinds {
		parts = append(parts, share{Name: outcomes[k].Word, Tone: outcomeTones[k], Count: rep.Outcomes[k], Path: rg.path("/report/tickets", "outcome:"+string(k))})
	}
	parts = append(parts, share{Name: "Being drafted", Tone: "wait", Count: rep.Pending, Path: rg.path("/report/tickets", "outcome:pending")})
	p.Outcomes, p.Counted = stack(parts)
	parts = nil
	for i, d := range decisionKinds {
		part := share{Name: d.name, Tone: d.tone, Count: rep.Decisions[d.key], Path: rg.path("/report/tickets", "decision:"+d.key)}
		switch {
		case i < 4:
			parts = append(parts, part)
		case part.Count > 0:
			p.Undecided = append(p.Undecided, part)
		}
	}
	p.Decisions, _ = stack(parts)
	if p.Few = rep.Decided < minToSay; p.Few {
		for i := range p.Decisions {
			p.Decisions[i].Part = 0
		}
	} else {
		p.Untouched = percent(float64(rep.Decisions["approve"]) / float64(rep.Decided))
	}
	parts = nil
	for _, s := range deliveryStates {
		if n := rep.Deliveries[s]; n > 0 {
			m := deliveries[s]
			parts = append(parts, share{Name: m.Word, Tone: m.Tone, Count: n, Path: rg.path("/report/tickets", "delivery:"+string(s))})
		}
	}
	p.Delivered, _ = stack(parts)
}

type drillPage struct {
	frame
	Range   dateRange
	Figure  string
	Tickets []drillRow
	More    bool
	Back    string
	CSV     string
}

type drillRow struct {
	measure.Ticket
	Path string
}

// maxDrill is how many tickets behind a figure one page lists.
const maxDrill = 200

func (c *Console) readDrill(r *http.Request, limit int) (measure.Drill, []measure.Ticket, error) {
	if c.Reports == nil {
		return measure.Drill{}, nil, missing("Reports")
	}
	f, _, err := c.readRange(r)
	if err != nil {
		return measure.Drill{}, nil, err
	}
	d := measure.Drill{Filter: f, Figure: r.FormValue("figure"), Limit: limit}
	tickets, err := c.Reports.Tickets(r.Context(), d)
	return d, tickets, err
}

func (c *Console) drill(w http.ResponseWriter, r *http.Request) error {
	d, tickets, err := c.readDrill(r, maxDrill+1)
	if err != nil {
		return err
	}
	_, rg, _ := c.readRange(r) // readDrill has its error
	if err := c.reportChoices(r, &rg); err != nil {
		return err
	}
	name := figureName(d.Figure)
	p := drillPage{frame: c.frame(r, name, "/report"), Range: rg, Figure: name, Back: rg.path("/report", ""), CSV: rg.path("/report/tickets.csv", d.Figure)}
	if len(tickets) > maxDrill {
		tickets, p.More = tickets[:maxDrill], true
	}
	for _, t := range tickets {
		path := TicketPath(t.Ref)
		if t.Draft != "" {
			path = withParam(path, "draft", t.Draft)
		}
		p.Tickets = append(p.Tickets, drillRow{Ticket: t, Path: path})
	}
	return c.render(w, http.StatusOK, "drill", p)
}

// figureName puts a figure's key into words.
func figureName(figure string) string {
	noun, part, _ := strings.Cut(figure, ":")
	switch noun {
	case "handling":
		return "Handling time, " + plain(strings.ReplaceAll(part, ":", ", "))
	case "first_response":
		return "First response"
	case "resolution":
		return "Resolution"
	case "outcome":
		if part == "pending" {
			part = ""
		}
		return "Outcome: " + outcomes[pipeline.OutcomeKind(part)].Word
	case "delivery":
		return "Delivery: " + deliveries[pipeline.DeliveryState(part)].Word
	case "decision":
		for _, d := range decisionKinds {
			if d.key == part {
				return "Decision: " + d.name
			}
		}
	}
	return plain(figure)
}

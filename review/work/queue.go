package work

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"footnote/pipeline"
)

// View is one tab of the queue.
type View string

const (
	Todo    View = "todo"    // needs a person now; claimed work too
	Mine    View = "mine"    // owned by Filter.Agent, and not over
	Sending View = "waiting" // approved, and the desk does not have it yet
	Later   View = "later"   // snoozed, or waiting for the customer
	Done    View = "done"
	All     View = "all"
)

// Views lists every view in the order pages show them.
var Views = []View{Todo, Mine, Sending, Later, Done, All}

// Filter chooses and orders work. The zero value is everything to do, the longest
// waiting first.
type Filter struct {
	View  View   // empty: Todo
	Agent string // whose work Mine is

	// Each of these may be empty.
	States   []pipeline.WorkState
	Desk     string
	Queue    string
	Language string
	Owner    string        // agent id
	Waited   time.Duration // at least so long
	Unowned  bool          // only what nobody has
	Findings bool          // only drafts with findings to look at
	Words    string        // all of these, or their beginnings, stand in subject, requester or messages

	// Newest lists those that came last first; Done and All always do.
	Newest bool
	After  string // Page.Next of the page before
	Limit  int    // 0 means 50; at most 1000

	found *found // what Words come to, once Search looked
}

// Row is one ticket as the queue lists it.
type Row struct {
	pipeline.Work
	Subject    string
	Requester  pipeline.Person
	Excerpt    string // of the newest customer message
	Language   string
	Queue      string
	Outcome    pipeline.OutcomeKind // of the newest customer message; empty while it has none
	Reason     string               // of the outcome
	Arm        pipeline.Arm
	Abstained  bool
	Confidence float64
	Delivery   pipeline.DeliveryState
}

// Page is a part of the queue. Next is empty on the last one.
type Page struct {
	Rows []Row
	Next string
}

// cursor is the place of a row in the order of listing.
type cursor struct {
	At     time.Time `json:"a"`
	Desk   string    `json:"d"`
	Ticket string    `json:"t"`
}

func (c cursor) String() string {
	raw, _ := json.Marshal(c) // times and strings always marshal
	return base64.RawURLEncoding.EncodeToString(raw)
}

func readCursor(s string) (c cursor, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil {
		return c, pipeline.Errorf(pipeline.Invalid, "This page of the queue does not exist. Go back to the first one.")
	}
	return c, nil
}

// args collects the arguments of a statement.
type args []any

// add returns the place of an argument.
func (a *args) add(v any) string {
	*a = append(*a, v)
	return fmt.Sprintf("$%d", len(*a))
}

var place = regexp.MustCompile(`\$\d+`)

// used leaves out arguments that a statement of some parts does not name: PostgreSQL
// cannot tell their type.
func used(sql string, a args) (string, args) {
	var out args
	places := map[string]string{}
	sql = place.ReplaceAllStringFunc(sql, func(p string) string {
		if _, ok := places[p]; !ok {
			i, _ := strconv.Atoi(p[1:]) // digits
			places[p] = out.add(a[i-1])
		}
		return places[p]
	})
	return sql, out
}

// tabs are the work.tab that a view shows, and states those of each tab.
var (
	tabs = map[View][]string{Todo: {"todo"}, Mine: {"todo", "later"}, Sending: {"sending"}, Later: {"later"}, Done: {"done"}, All: {"todo", "sending", "later", "done"}}

	states = map[string][]pipeline.WorkState{"todo": {pipeline.WorkToReview, pipeline.WorkToWrite, pipeline.WorkClaimed}, "sending": {pipeline.WorkOnItsWay},
		"later": {pipeline.WorkSnoozed, pipeline.WorkWaiting}, "done": {pipeline.WorkDone}}
)

// parts are conditions on rows w that exclude each other: together they are the
// filter, and each is answered in the order of listing from one index.
func (f Filter) parts(a *args) ([]string, error) {
	in, ok := tabs[f.View]
	if !ok {
		return nil, pipeline.Errorf(pipeline.Invalid, "There is no queue view %q; use todo, mine, waiting, later, done or all.", string(f.View))
	}
	if f.View == Mine && f.Agent == "" {
		return nil, nil // nobody's
	}
	rest := f.conditions(a)
	var out []string
	for _, tab := range in {
		cond := isTab(tab) + rest
		if len(f.States) == 0 {
			out = append(out, cond)
			continue
		}
		for _, s := range states[tab] {
			if slices.Contains(f.States, s) {
				out = append(out, cond+" AND w.state = '"+string(s)+"'")
			}
		}
	}
	return out, nil
}

func isTab(tab string) string { return "w.tab = '" + tab + "'" }

// isDone begins the parts of what is over.
var isDone = isTab("done")

func (f Filter) conditions(a *args) string {
	var out []string
	if f.View == Mine {
		out = append(out, "w.owner = "+a.add(f.Agent), "w.state <> 'waiting'")
	}
	for _, c := range []struct{ column, is string }{{"desk", f.Desk}, {"queue", f.Queue}, {"language", f.Language}, {"owner", f.Owner}} {
		if c.is != "" {
			out = append(out, "w."+c.column+" = "+a.add(c.is))
		}
	}
	if f.Unowned {
		out = append(out, "w.owner = ''")
	}
	if f.Waited > 0 {
		out = append(out, "w.waits_at <= now() - "+a.add(f.Waited.Milliseconds())+" * interval '1 millisecond'")
	}
	if f.Findings {
		out = append(out, "w.warnings > 0")
	}
	if len(out) == 0 {
		return ""
	}
	return " AND " + strings.Join(out, " AND ")
}

func (f Filter) newest() bool { return f.Newest || f.View == Done || f.View == All }

// Queue lists a page of work. Whatever is chosen, its cost is bounded by the page,
// not by history. The error kind is Invalid for an unknown view or page.
func (s *Service) Queue(ctx context.Context, f Filter) (Page, error) {
	if f.View == "" {
		f.View = Todo
	}
	if f.Limit <= 0 || f.Limit > 1000 {
		f.Limit = 50
	}
	var a args
	parts, err := f.parts(&a)
	if err != nil || len(parts) == 0 {
		return Page{}, err
	}
	order, than := "ASC", ">"
	if f.newest() {
		order, than = "DESC", "<"
	}
	var after cursor
	if f.After != "" {
		if after, err = readCursor(f.After); err != nil {
			return Page{}, err
		}
		beyond := fmt.Sprintf(" AND (w.waits_at, w.desk, w.ticket) %s (%s, %s, %s)", than, a.add(after.At), a.add(after.Desk), a.add(after.Ticket))
		for i := range parts {
			parts[i] += beyond
		}
	}
	f, err = s.Search(ctx, f)
	if err != nil {
		return Page{}, err
	}
	var rows []Row
	if f.found.query == "" {
		rows, err = s.listFrom(ctx, from(parts), a, order, f.Limit+1)
	} else {
		rows, err = s.listFound(ctx, f.found, f.View, parts, a, order, after.At, f.Limit+1)
	}
	if err != nil {
		return Page{}, err
	}
	p := Page{Rows: rows}
	if len(rows) > f.Limit {
		p.Rows = rows[:f.Limit]
		last := p.Rows[f.Limit-1]
		p.Next = cursor{last.WaitsSince, last.Ticket.Desk, last.Ticket.ID}.String()
	}
	return p, nil
}

// Search looks the words of a filter up, so that Queue and Counts of the same page do not
// do it each.
func (s *Service) Search(ctx context.Context, f Filter) (Filter, error) {
	if f.found != nil && f.found.words == f.Words {
		return f, nil
	}
	found, err := s.search(ctx, f.Words)
	f.found = found
	return f, err
}

// MaxCount is how far tabs are counted, and maxFound with words that many tickets
// have, which costs more.
const (
	MaxCount = 1000
	maxFound = 20
)

// Count is how many rows a view has: exactly, or more than N.
type Count struct {
	N    int
	More bool
}

// Counts counts the views of a filter, each up to MaxCount. With words that many
// tickets have only the view of the filter is counted, up to twenty: the others would
// each cost as much as the page, and are left out.
func (s *Service) Counts(ctx context.Context, f Filter, views ...View) (map[View]Count, error) {
	f, err := s.Search(ctx, f)
	if err != nil {
		return nil, err
	}
	chosen := f.View
	if chosen == "" {
		chosen = Todo
	}
	of := func(views ...View) (p viewParts, a args, err error) {
		for _, v := range views {
			f.View = v
			parts, err := f.parts(&a)
			if err != nil {
				return p, a, err
			}
			p.add(v, parts)
		}
		return p, a, nil
	}
	p, a, err := of(views...)
	if err != nil {
		return nil, err
	}
	if f.found.query == "" {
		return s.count(ctx, p, a, MaxCount)
	}
	counts, err := s.countFound(ctx, f.found, p, a, MaxCount, false)
	if !errors.Is(err, errMany) {
		return counts, err
	}
	if !slices.Contains(views, chosen) {
		return map[View]Count{}, nil
	}
	if p, a, err = of(chosen); err != nil {
		return nil, err
	}
	return s.countFound(ctx, f.found, p, a, maxFound, true)
}

// query is the words as a tsquery: all of them, each as a beginning unless whole.
func query(words string, whole bool) string {
	var out []string
	for w := range strings.FieldsSeq(strings.Map(func(r rune) rune {
		if r == '\'' || r == '\\' || r == 0 {
			return ' '
		}
		return r
	}, words)) {
		w = "'" + w + "'"
		if !whole {
			w += ":*"
		}
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return strings.Join(out, " & ")
}

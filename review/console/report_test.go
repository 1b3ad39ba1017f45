package console

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"footnote/pipeline"
	"footnote/review/access"
	"footnote/review/measure"
)

var _ Reports = (*measure.Reporter)(nil)

func TestReportShowsAndLinksEveryFigure(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	a := ask(t, c, access.RoleManager, "/report", nil)
	want(t, a, 200, "412", "64 %", "of 268 decisions", "Measured", "3 min 6 s", "2 min 48 s – 3 min 30 s", "Control, without n = 38, 4 cut", "Cut: the last pause on 4 tickets was longer than the idle limit", "Proxy", "Too few to say: 3 tickets",
		"All 412 are accounted for.", "Held out as the control arm: set to 20 % from 23 Sep 2026 10:32 to 3 Nov 2026 10:32, 10 % since 3 Nov 2026; realised: 41 of 388 tickets without a draft, 11 %", "Approved as drafted 171 64 %", "Without a decision: Not decided yet 12 Went out of date 8 Redrafted 13", "with drafts, measured, with its interval; control tickets are not in them", "First response", "p90 1 h 11 min", "$4.83", "Sent 233")
	for _, link := range a.find("a", "", "") {
		if href := attr(link, "href"); strings.HasPrefix(href, "/report/tickets?") {
			want(t, ask(t, c, access.RoleManager, href, nil), 200, "The tickets behind the figure")
		}
	}
	asked := map[string]bool{}
	for _, d := range w.drills {
		asked[d.Figure] = true
		if d.From.Format(time.DateOnly) != "2026-10-25" || d.To.Format(time.DateOnly) != "2026-11-24" {
			t.Errorf("%s asks for %v to %v", d.Figure, d.From, d.To)
		}
	}
	for _, f := range []string{"handling:measured:treatment", "handling:measured:control", "handling:native:treatment", "handling:proxy:treatment", "first_response", "resolution", "outcome:proposed", "outcome:abstained", "outcome:held_out", "outcome:skipped", "outcome:failed",
		"outcome:pending", "decision:approve", "decision:edit", "decision:reject", "delivery:sent"} {
		if !asked[f] {
			t.Errorf("no link leads to %s", f)
		}
	}
}

// TestReportKeepsItsFilter: queue and agent go into the query, and every link out of the
// report keeps them: periods, figures, downloads, and the way back.
func TestReportKeepsItsFilter(t *testing.T) {
	t.Parallel()
	w := typical()
	w.choices = measure.Choices{Desks: []string{"zendesk"}, Queues: []string{"Billing & refunds", "Returns"}, Agents: []measure.Choice{{ID: "u1", Name: "Ana Ortiz"}, {ID: "u2", Name: `<b>"Bo"`}}}
	c := newConsole(t, w)
	a := ask(t, c, access.RoleManager, "/report?queue=Billing+%26+refunds&agent=u1", nil)
	want(t, a, 200, "Only what queue Billing & refunds, Ana Ortiz did", "Messages, outcomes, response times and deliveries belong to no agent", "Approved as drafted 171 64 %")
	for _, gone := range []string{"Customer messages", "Every message, one outcome", "For the customer", "Baseline of"} {
		if strings.Contains(a.words(), gone) {
			t.Errorf("%q stands in the report of one agent", gone)
		}
	}
	kept := map[string]bool{}
	for _, link := range a.find("a", "", "") {
		href := attr(link, "href")
		if !strings.HasPrefix(href, "/report") || href == "/report" {
			continue
		}
		u, err := url.Parse(href)
		if err != nil || u.Query().Get("queue") != "Billing & refunds" || u.Query().Get("agent") != "u1" {
			t.Errorf("%s loses the filter (%v)", href, err)
		}
		kept[u.Path] = true
		if u.Path == "/report/tickets" {
			d := ask(t, c, access.RoleManager, href, nil)
			want(t, d, 200, "queue Billing & refunds, Ana Ortiz")
			for _, back := range d.find("a", "", "") {
				if to := attr(back, "href"); strings.HasPrefix(to, "/report?") || strings.HasPrefix(to, "/report/tickets.csv") {
					kept["back"] = strings.Contains(to, "agent=u1") && strings.Contains(to, "queue=Billing")
				}
			}
		}
	}
	for _, path := range []string{"/report", "/report/tickets", "/report.csv", "/report.json", "back"} {
		if !kept[path] {
			t.Errorf("no link to %s keeps the filter", path)
		}
	}
	for _, d := range w.drills {
		if d.Queue != "Billing & refunds" || d.Agent != "u1" {
			t.Errorf("a figure is asked for as %+v", d.Filter)
		}
	}
	// What is chosen stays chosen, also when nobody knows it.
	b := ask(t, c, access.RoleManager, "/report?queue=gone&agent=u2", nil)
	chosen := map[string]bool{}
	for _, o := range b.find("option", "", "") {
		if slices.ContainsFunc(o.Attr, func(a html.Attribute) bool { return a.Key == "selected" }) {
			chosen[attr(o, "value")] = true
		}
	}
	if !chosen["gone"] || !chosen["u2"] {
		t.Errorf("chosen: %v", chosen)
	}
}

func TestReportSaysTooFew(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.report = measure.Report{Arrivals: 3, Outcomes: map[pipeline.OutcomeKind]int{pipeline.OutcomeProposed: 2}, Decided: 2, Decisions: map[string]int{"approve": 2},
		Handling: []measure.Figure{{Kind: "measured", Arm: pipeline.ArmTreatment, N: 2, MedianMS: 1000, P90MS: 2000}}, FirstResponse: measure.Figure{N: 2, MedianMS: 1000, P90MS: 2000}}
	a := ask(t, newConsole(t, w), access.RoleManager, "/report", nil)
	want(t, a, 200, "too few to say: 2 decisions", "Too few to say: 2 tickets", "2 of 3 are accounted for", "no model was called", "No reply was approved")
	if strings.Contains(a.words(), "Approved as drafted 2 100 %") {
		t.Error("a share of two decisions is shown")
	}
}

// TestReportShowsBaselines: what desks recorded stands apart, each desk by
// itself, with its number of tickets and interval, also before anything was measured.
func TestReportShowsBaselines(t *testing.T) {
	t.Parallel()
	for _, w := range []*world{typical(), newWorld()} {
		if len(w.baselines) == 0 {
			w.baselines = typical().baselines
		}
		c := newConsole(t, w)
		want(t, ask(t, c, access.RoleManager, "/report", nil), 200, "Baseline of zendesk", "Native: what the desk itself recorded about 1 840 tickets", "never averaged",
			"Handling, native n = 1 702", "6 min 42 s 6 min 30 s – 6 min 55 s", "First response, calendar n = 1 840", "Reopened: 131 of 1 840 tickets", "Time Tracking app", "1 d 2 h 1 d 0 h – 1 d 3 h",
			"Baseline of chatwoot", "Handling time: this desk records none", "Too few to say: 3 tickets")
		if a := ask(t, c, access.RoleManager, "/report.csv", nil); !strings.Contains(a.Body, `"baseline_handling_time","native","zendesk","1702","402000","1260000","390000","415000"`) {
			t.Errorf("the CSV has no baseline: %s", a.Body)
		}
	}
}

// TestOperationsShowsUnreadable webhooks.
func TestOperationsShowsUnreadable(t *testing.T) {
	t.Parallel()
	want(t, ask(t, newConsole(t, typical()), access.RoleManager, "/operations", nil), 200, "Unreadable webhooks 1", "webhook sent 61 B", "The body is not JSON: byte 61", "3 times", `{"kind":"message"`)
}

func TestRange(t *testing.T) {
	t.Parallel()
	for query, want := range map[string][2]string{
		"":                              {"2026-10-25", "2026-11-24"},
		"from=2026-11-01&to=2026-11-10": {"2026-11-01", "2026-11-11"},
		"from=2024-11-01&to=2026-11-01": {"2024-11-01", "2026-11-02"},
		"to=2026-01-31":                 {"2026-01-02", "2026-02-01"},
	} {
		w := newWorld()
		ask(t, newConsole(t, w), access.RoleManager, "/report/tickets?figure=resolution&"+query, nil)
		f := w.drills[0].Filter
		if got := [2]string{f.From.Format(time.DateOnly), f.To.Format(time.DateOnly)}; got != want {
			t.Errorf("%q asks for %v, want %v", query, got, want)
		}
	}
	want(t, ask(t, newConsole(t, newWorld()), access.RoleManager, "/report/tickets?figure=nonsense", nil), 422)
	for query, say := range map[string]string{
		"from=x&to=2026-11-01":          "The day “x” cannot be read. Write it like 2026-03-31.",
		"to=%00":                        "cannot be read",
		"to=2026-02-30":                 "The day “2026-02-30” cannot be read",
		"from=2026-11-24":               "The period ends before it begins",
		"from=2027-01-01&to=2027-02-01": "The period begins after today",
		"from=2026-11-10&to=2026-11-01": "The period ends before it begins",
		"desk=nope":                     "There is no desk “nope”",
	} {
		w := typical()
		c := newConsole(t, w)
		for _, path := range []string{"/report?", "/report.csv?", "/report.json?", "/report/tickets?figure=resolution&", "/report/tickets.csv?figure=resolution&"} {
			want(t, ask(t, c, access.RoleManager, path+query, nil), 422, say)
		}
		if a := ask(t, c, access.RoleManager, "/report?"+query, nil); len(a.find("input", "name", "from")) != 1 {
			t.Errorf("%s: the form is gone", query)
		}
	}
}

func TestDownloads(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	a := ask(t, c, access.RoleManager, "/report.json?from=2026-11-01&to=2026-11-23", nil)
	var rep measure.Report
	if err := json.Unmarshal([]byte(a.Body), &rep); err != nil || rep.Arrivals != 412 || len(rep.Handling) != 4 {
		t.Errorf("%v, %+v", err, rep)
	}
	if !strings.Contains(a.Body, `"from": "2026-11-01",`) || !strings.Contains(a.Body, `"to": "2026-11-23",`) {
		t.Errorf("the JSON names other days: %.200s", a.Body)
	}
	if got := a.Header.Get("Content-Disposition"); got != `attachment; filename="footnote-report-2026-11-01-to-2026-11-23.json"` {
		t.Errorf("file is %s", got)
	}
	a = ask(t, c, access.RoleManager, "/report.csv", nil)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.Body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) < 50 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	found := map[string][]string{}
	for _, r := range rows {
		found[r[0]+" "+r[1]+" "+r[2]] = r
	}
	if r := found["handling_time measured treatment"]; r == nil || r[3] != "214" || r[4] != "186000" || r[6] != "168000" {
		t.Errorf("handling time is %v", r)
	}
	if r := found["handling_time native treatment"]; r == nil || r[6] != "" || r[7] != "" {
		t.Errorf("three tickets have an interval: %v", r)
	}
	if r := found["outcome pending "]; r == nil || r[8] != "3" {
		t.Errorf("pending is %v", r)
	}
}

func TestAxis(t *testing.T) {
	t.Parallel()
	for _, top := range []float64{0, 1, 999, 1001, 59_000, 61_000, 3.6e6, 8.64e7, 9e8, 1e12, math.Inf(1), math.NaN(), -5} {
		a := newAxis(top)
		if len(a.Ticks) < 2 || len(a.Ticks) > 12 || a.Ticks[0].Name != "0" || !(a.Max > 0) || top > 0 && !math.IsInf(top, 0) && a.Max < top {
			t.Errorf("axis of %v: %+v", top, a)
		}
		seen := map[string]bool{}
		for _, tk := range a.Ticks {
			if seen[tk.Name] {
				t.Errorf("axis of %v: two ticks read %q", top, tk.Name)
			}
			seen[tk.Name] = true
		}
	}
}

func TestStackFillsTheBar(t *testing.T) {
	t.Parallel()
	parts, total := stack([]share{{Count: 1}, {Count: 0}, {Count: 2}})
	if total != 3 || parts[2].X != parts[0].W || math.Abs(parts[2].X+parts[2].W-1000) > 1 || parts[1].W != 0 {
		t.Errorf("%+v", parts)
	}
	if parts, total := stack([]share{{}, {}}); total != 0 || parts[0].W != 0 || parts[0].Part != 0 {
		t.Errorf("nothing: %+v", parts)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{0: "0 s", 300 * time.Millisecond: "under 1 s", 59 * time.Second: "59 s", 60 * time.Second: "1 min", 186 * time.Second: "3 min 6 s", 12*time.Minute + 30*time.Second: "12 min",
		71 * time.Minute: "1 h 11 min", 23 * time.Hour: "23 h", 25 * time.Hour: "1 day", 49 * time.Hour: "2 days", -time.Hour: "0 s"} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
	for x, want := range map[float64]string{0: "0 %", 0.001: "under 1 %", 0.5: "50 %", 0.999: "over 99 %", 1: "100 %"} {
		if got := percent(x); got != want {
			t.Errorf("percent(%v) = %q, want %q", x, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1\u202f000", 1234567: "1\u202f234\u202f567", -1000: "-1\u202f000", -100: "-100"} {
		if got := number(n); got != want {
			t.Errorf("number(%d) = %q, want %q", n, got, want)
		}
	}
	for m, want := range map[int64]string{0: "$0", 5: "under 1 ¢", 45_000: "4.5 ¢", 4_830_000: "$4.83"} {
		if got := money(m); got != want {
			t.Errorf("money(%d) = %q, want %q", m, got, want)
		}
	}
}

func TestKnowledgePages(t *testing.T) {
	t.Parallel()
	w := typical()
	c := newConsole(t, w)
	want(t, ask(t, c, access.RoleOwner, "/knowledge", nil), 200, "In sync", "Last sync failed", "authentication failed", "2 in quarantine", "Billing and invoices", "Internal", "1–50 of 80", "Next →")
	want(t, ask(t, c, access.RoleOwner, "/knowledge?from=50&q=bill&source=help&audience=public", nil), 200, "51–80 of 80", "← Previous", "Clear")
	if f := w.filters[1]; f != (DocumentFilter{Query: "bill", Source: "help", Audience: pipeline.Public, Offset: 50, Limit: pageSize}) {
		t.Errorf("asked for %+v", f)
	}
	ask(t, c, access.RoleOwner, "/knowledge?from=-9&audience=everybody", nil)
	if f := w.filters[2]; f.Offset != 0 || f.Audience != "" {
		t.Errorf("asked for %+v", f)
	}
	id := "/knowledge/document?id=help%2Farticles%2Farticle-03.md"
	want(t, ask(t, c, access.RoleOwner, id, nil), 200, "Exports", "3 passages", "never Due", "It may inform an agent and never appears", "Invoice details › Reissuing invoices", "Version 4")
	want(t, ask(t, c, access.RoleOwner, id+"&version=1", nil), 200, "This is version 1 of 4", "Show the current version")
	want(t, ask(t, c, access.RoleOwner, "/knowledge/quarantine", nil), 200, "scan.pdf", "it is a scan", "2.4 MB")
}

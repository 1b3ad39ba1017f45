package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"footnote/pipeline"
	"footnote/review/measure"
)

// sheet is a table on its way to a spreadsheet.
type sheet struct{ b strings.Builder }

// row adds a line: every cell quoted, and none that a spreadsheet would run.
func (s *sheet) row(cells ...string) {
	for i, c := range cells {
		if i > 0 {
			s.b.WriteByte(',')
		}
		s.b.WriteByte('"')
		s.b.WriteString(strings.ReplaceAll(harmless(c), `"`, `""`))
		s.b.WriteByte('"')
	}
	s.b.WriteString("\r\n")
}

// harmless puts an apostrophe before text that a spreadsheet could take for a
// formula: its first visible character, or the first after a line end or a
// separator, starts one. Plain numbers stay numbers.
func harmless(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\x00", "")
	if _, err := strconv.ParseFloat(s, 64); err == nil && !strings.ContainsAny(s, "xXpP_iInN") {
		return s
	}
	for i, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;\t\r\n\"'", r) }) {
		part = strings.TrimLeft(part, " \u00a0\u200b\ufeff\u3000")
		if part != "" && strings.ContainsRune("=+-@|%＝＋－＠", []rune(part)[0]) && (i == 0 || !startsWord(part)) {
			return "'" + s
		}
	}
	if s != "" && strings.ContainsRune("\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

// startsWord tells whether a dash inside a text is only a dash: "Fees, - and more".
func startsWord(part string) bool { return strings.HasPrefix(part, "- ") }

func (s *sheet) send(w http.ResponseWriter, name string) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	_, _ = w.Write([]byte("\ufeff" + s.b.String())) // the mark tells spreadsheets that this is UTF-8
	return nil
}

func fileName(rep measure.Report, noun, ext string) string {
	first, last := rep.Period()
	return fmt.Sprintf("footnote-%s-%s-to-%s.%s", noun, first, last, ext)
}

func (c *Console) reportJSON(w http.ResponseWriter, r *http.Request) error {
	rep, _, err := c.readReport(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fileName(rep, "report", "json")))
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(rep)
}

// reportCSV is the report as a long table: one figure a row.
func (c *Console) reportCSV(w http.ResponseWriter, r *http.Request) error {
	rep, _, err := c.readReport(r)
	if err != nil {
		return err
	}
	var s sheet
	s.row("figure", "part", "arm", "n", "median_ms", "p90_ms", "low_ms", "high_ms", "value")
	figure := func(name string, f measure.Figure) {
		num := func(x float64) string { return strconv.FormatFloat(x, 'f', 0, 64) }
		low, high := num(f.LowMS), num(f.HighMS)
		if f.LowMS == 0 && f.HighMS == 0 {
			low, high = "", "" // too few to say
		}
		s.row(name, f.Kind, string(f.Arm), strconv.Itoa(f.N), num(f.MedianMS), num(f.P90MS), low, high, "")
	}
	value := func(name, part, v string) { s.row(name, part, "", "", "", "", "", "", v) }
	for _, f := range rep.Handling {
		figure("handling_time", f)
	}
	figure("first_response", rep.FirstResponse)
	figure("resolution", rep.Resolution)
	value("holdout_tickets", "", strconv.Itoa(rep.Holdout.Tickets))
	value("holdout_control", "", strconv.Itoa(rep.Holdout.Control))
	for _, s := range rep.Holdout.Settings {
		value("holdout_set", s.From.UTC().Format(time.RFC3339), strconv.FormatFloat(s.Share, 'f', 4, 64))
	}
	value("arrivals", "", strconv.Itoa(rep.Arrivals))
	for _, k := range pipeline.OutcomeKinds {
		value("outcome", string(k), strconv.Itoa(rep.Outcomes[k]))
	}
	value("outcome", "pending", strconv.Itoa(rep.Pending))
	for _, d := range decisionKinds {
		value("decision", d.key, strconv.Itoa(rep.Decisions[d.key]))
	}
	for _, d := range deliveryStates {
		value("delivery", string(d), strconv.Itoa(rep.Deliveries[d]))
	}
	value("edit_distance_median", "", strconv.FormatFloat(rep.Distance, 'f', 4, 64))
	value("cost_micros", "USD", strconv.FormatInt(rep.CostMicros, 10))
	for _, b := range rep.Baselines { // the arm's column names the desk
		for _, row := range []struct {
			name string
			f    measure.Figure
		}{{"handling_time", b.Handling}, {"first_response", b.FirstResponse}, {"first_response_business", b.FirstResponseBusiness},
			{"resolution", b.Resolution}, {"resolution_business", b.ResolutionBusiness}} {
			if row.f.Arm = pipeline.Arm(b.Desk); row.f.N > 0 {
				figure("baseline_"+row.name, row.f)
			}
		}
	}
	for _, d := range rep.Days {
		day := d.Date.UTC().Format(time.DateOnly)
		value("day_arrivals", day, strconv.Itoa(d.Arrivals))
		value("day_sent", day, strconv.Itoa(d.Sent))
		figure("day_handling_time", measure.Figure{Kind: day, Arm: pipeline.ArmTreatment, N: d.N, MedianMS: d.MedianMS, LowMS: d.LowMS, HighMS: d.HighMS})
	}
	return s.send(w, fileName(rep, "report", "csv"))
}

func (c *Console) drillCSV(w http.ResponseWriter, r *http.Request) error {
	d, tickets, err := c.readDrill(r, 10_000)
	if err != nil {
		return err
	}
	var s sheet
	s.row("figure", "desk", "ticket", "subject", "value", "detail", "at", "draft")
	for _, t := range tickets {
		s.row(d.Figure, t.Ref.Desk, t.Ref.ID, t.Subject, t.Value, t.Detail, t.At.UTC().Format(time.RFC3339), t.Draft)
	}
	return s.send(w, "footnote-tickets-"+strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r == '_' {
			return r
		}
		return '-'
	}, d.Figure)+".csv")
}

// Package measure turns spans, outcomes and decisions into the manager's report.
// Every figure can be followed to the tickets behind it (Tickets). Kinds of
// handling time (measured, native, proxy) are never averaged together.
package measure

import (
	"encoding/json"
	"time"

	"footnote/pipeline"
)

// Figure is one distribution of durations.
type Figure struct {
	Kind     string       `json:"kind"` // measured | native | proxy; empty for response times
	Arm      pipeline.Arm `json:"arm,omitempty"`
	N        int          `json:"n"`
	MedianMS float64      `json:"median_ms"`
	P90MS    float64      `json:"p90_ms"`
	// LowMS and HighMS bound the median at 95 %: percentile bootstrap, 2,000
	// resamples, fixed seed; from 500 tickets on the two values it tends to. Both are
	// 0 below 6 tickets: too few to say.
	LowMS  float64 `json:"low_ms"`
	HighMS float64 `json:"high_ms"`
	// Capped counts tickets whose last pause was longer than the idle limit, and
	// counts up to it only: their true time may be longer.
	Capped int `json:"capped,omitempty"`
	// Within is the largest relative error of the figures: 0 when they are exact, 0.01
	// when so many tickets lie around one that they were not looked at one by one.
	Within float64 `json:"within,omitempty"`
}

// Report is what `footnote report` prints and the Report page shows.
type Report struct {
	From time.Time `json:"-"` // JSON has the days, as Period gives them, in "from" and "to"
	To   time.Time `json:"-"` // exclusive

	Handling []Figure `json:"handling"` // per kind and arm
	Holdout  Holdout  `json:"holdout"`
	// Behind counts changes that these figures do not have yet; 0 except while many
	// tickets of before are counted for the first time.
	Behind int `json:"behind,omitempty"`
	// Baselines is what desks recorded before Footnote; Report leaves it empty.
	Baselines     []Baseline `json:"baselines,omitempty"`
	FirstResponse Figure     `json:"first_response"` // customer's first message → first public reply, calendar time
	Resolution    Figure     `json:"resolution"`     // ticket created → solved, calendar time

	Arrivals int                          `json:"arrivals"` // customer messages
	Outcomes map[pipeline.OutcomeKind]int `json:"outcomes"`
	Pending  int                          `json:"pending"` // arrivals without an outcome yet

	// Decided counts proposals that a person approved, edited, rejected or handed off:
	// every share of decisions is of these.
	Decided   int            `json:"decided"`
	Decisions map[string]int `json:"decisions"` // approve, edit, reject, hand_off, redraft, open, stale
	// Distance is the median distance between draft and sent text over sent replies.
	Distance   float64                        `json:"distance"`
	Deliveries map[pipeline.DeliveryState]int `json:"deliveries"`
	CostMicros int64                          `json:"cost_micros"`
	Days       []Day                          `json:"days"`
	// Bands are decisions by the probability that search gave the draft's sources.
	Bands []Band `json:"bands,omitempty"`
}

// Period names the first and the last UTC day, both included.
func (r Report) Period() (first, last string) {
	return r.From.UTC().Format(time.DateOnly), r.To.Add(-time.Nanosecond).UTC().Format(time.DateOnly)
}

// MarshalJSON writes days: an exclusive end would be read as one day more.
func (r Report) MarshalJSON() ([]byte, error) {
	type figures Report
	first, last := r.Period()
	return json.Marshal(struct {
		From string `json:"from"`
		To   string `json:"to"`
		figures
	}{first, last, figures(r)})
}

// Day is one calendar day (UTC) of the trend.
type Day struct {
	Date     time.Time `json:"date"`
	Arrivals int       `json:"arrivals"`
	Sent     int       `json:"sent"`
	MedianMS float64   `json:"median_ms"` // measured handling time in the treatment arm; 0 when N is 0
	LowMS    float64   `json:"low_ms"`
	HighMS   float64   `json:"high_ms"`
	N        int       `json:"n"`
}

// Drill names the tickets behind one figure.
type Drill struct {
	Filter
	// Figure is handling:<kind>, handling:<kind>:<arm>, outcome:<kind>, outcome:pending,
	// decision:<kind>, delivery:<state>, first_response or resolution.
	Figure string
	Limit  int // 0 means 200
}

// Ticket is one line of a drill-down.
type Ticket struct {
	Ref     pipeline.TicketRef
	Subject string
	Draft   string
	Value   string // the figure for this ticket, ready to show
	Detail  string
	At      time.Time
}

package console

import (
	"fmt"
	"math"
	"time"

	"footnote/review/measure"
)

// Charts are drawn into boxes of 1000 by 1000 units that are stretched to the
// place they have; strokes and dots keep their width (see the style sheet).

// whisker is one row of an interval chart: the median with its 95 % interval.
type whisker struct {
	Name   string
	Path   string // the tickets behind it
	N      int
	Capped int  // tickets whose last pause was cut at the idle limit
	Few    bool // too few tickets for an interval
	None   bool
	Median float64
	P90    float64
	Low    float64
	High   float64
	X      pos // positions of the above on the axis
	Tone   string
	Label  string // the row in words, for people who do not see it
}

type pos struct{ Median, P90, Low, High float64 }

// axis is a scale of durations from 0 to Max, with a few ticks.
type axis struct {
	Max   float64
	Ticks []tick
}

type tick struct {
	X    float64
	Name string
}

// steps are the distances between ticks that people read easily.
var steps = []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second, time.Minute,
	2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour,
	12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 96 * time.Hour, 240 * time.Hour, 720 * time.Hour, 2160 * time.Hour, 8760 * time.Hour}

// newAxis covers values from 0 to top (in ms) with three to five ticks.
func newAxis(top float64) axis {
	if !(top > 0) || math.IsInf(top, 0) {
		top = 60_000
	}
	step := float64(steps[len(steps)-1].Milliseconds())
	for _, s := range steps {
		if ms := float64(s.Milliseconds()); top/ms <= 4 {
			step = ms
			break
		}
	}
	a := axis{Max: math.Ceil(top/step) * step}
	for v := 0.0; v <= a.Max+step/2 && len(a.Ticks) < 12; v += step {
		name := "0"
		if v > 0 {
			name = tickName(time.Duration(v) * time.Millisecond)
		}
		a.Ticks = append(a.Ticks, tick{X: a.at(v), Name: name})
	}
	return a
}

// tickName is exact, so that neighbours never read the same.
func tickName(d time.Duration) string {
	if d < time.Hour || d%time.Hour != 0 {
		return span(d)
	}
	if d%(24*time.Hour) == 0 && d > 72*time.Hour {
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
	return fmt.Sprintf("%d h", d/time.Hour)
}

func (a axis) at(v float64) float64 { return math.Round(min(v/a.Max, 1)*10_000) / 10 }

// plotted is a figure that is a row of an interval chart.
type plotted struct {
	name, path, tone string
	figure           measure.Figure
}

// newPanel places figures on one axis that covers them.
func newPanel(rows []plotted) kindPanel {
	top := 0.0
	for _, r := range rows {
		top = max(top, r.figure.P90MS, r.figure.HighMS)
	}
	p := kindPanel{Axis: newAxis(top)}
	for _, r := range rows {
		p.Rows = append(p.Rows, newWhisker(r, p.Axis))
	}
	return p
}

// newWhisker places a figure; the axis must cover it.
func newWhisker(r plotted, a axis) whisker {
	name, f := r.name, r.figure
	w := whisker{Name: name, Path: r.path, Tone: r.tone, N: f.N, Capped: f.Capped, None: f.N == 0, Few: f.N > 0 && f.LowMS == 0 && f.HighMS == 0,
		Median: f.MedianMS, P90: f.P90MS, Low: f.LowMS, High: f.HighMS,
		X: pos{Median: a.at(f.MedianMS), P90: a.at(f.P90MS), Low: a.at(f.LowMS), High: a.at(f.HighMS)}}
	switch {
	case w.None:
		w.Label = name + ": no tickets"
	case w.Few:
		w.Label = fmt.Sprintf("%s: %s, too few to say", name, plural(f.N, "ticket", "tickets"))
	default:
		w.Label = fmt.Sprintf("%s: median %s, 95 %% interval %s to %s, 90th percentile %s, %s", name, spanMS(f.MedianMS), spanMS(f.LowMS), spanMS(f.HighMS), spanMS(f.P90MS), plural(f.N, "ticket", "tickets"))
	}
	return w
}

// share is one part of a bar that shows a whole.
type share struct {
	Name  string
	Path  string
	Tone  string
	Count int
	Part  float64 // of the whole, in [0,1]
	X, W  float64 // place in the bar
}

// stack places parts one after another; parts of nothing take no room.
func stack(parts []share) (out []share, total int) {
	for _, p := range parts {
		total += p.Count
	}
	x := 0.0
	for _, p := range parts {
		if total > 0 {
			p.Part = float64(p.Count) / float64(total)
		}
		p.X, p.W = x, math.Round(p.Part*10_000)/10
		x += p.W
		out = append(out, p)
	}
	return out, total
}

// trend is the daily chart: tickets that came in as bars, the median as dots
// with intervals.
type trend struct {
	Days     []trendDay
	Axis     axis
	MaxCount int
	Labels   []string // first, middle and last day
	Any      bool     // at least one day has a median
}

type trendDay struct {
	Day      string
	Arrivals int
	Sent     int
	N        int
	Label    string
	Few      bool
	X, W     float64 // the bar
	Mid      float64
	Y, H     float64
	SentY    float64
	SentH    float64
	MedianY  float64
	LowY     float64
	HighY    float64
	Median   float64
}

func newTrend(days []measure.Day) trend {
	t := trend{MaxCount: 1}
	top := 0.0
	for _, d := range days {
		t.MaxCount = max(t.MaxCount, d.Arrivals, d.Sent)
		top = max(top, d.MedianMS, d.HighMS)
		t.Any = t.Any || d.N > 0
	}
	t.Axis = newAxis(top)
	slot := 1000 / float64(max(1, len(days)))
	round := func(x float64) float64 { return math.Round(x*10) / 10 }
	for i, d := range days {
		v := trendDay{Day: d.Date.UTC().Format("2 Jan"), Arrivals: d.Arrivals, Sent: d.Sent, N: d.N, Few: d.N > 0 && d.HighMS == 0, Median: d.MedianMS,
			X: round(float64(i)*slot + slot*0.18), W: round(slot * 0.64), Mid: round((float64(i) + 0.5) * slot)}
		v.H = round(float64(d.Arrivals) / float64(t.MaxCount) * 1000)
		v.Y = 1000 - v.H
		v.SentH = round(float64(d.Sent) / float64(t.MaxCount) * 1000)
		v.SentY = 1000 - v.SentH
		v.MedianY, v.LowY, v.HighY = 1000-t.Axis.at(d.MedianMS), 1000-t.Axis.at(d.LowMS), 1000-t.Axis.at(d.HighMS)
		v.Label = fmt.Sprintf("%s: %d in, %d sent", v.Day, d.Arrivals, d.Sent)
		if d.N > 0 {
			v.Label += fmt.Sprintf("; median %s over %s", span(time.Duration(d.MedianMS)*time.Millisecond), plural(d.N, "ticket", "tickets"))
		}
		t.Days = append(t.Days, v)
	}
	if n := len(t.Days); n > 0 {
		t.Labels = []string{t.Days[0].Day}
		if n > 2 {
			t.Labels = append(t.Labels, t.Days[n/2].Day)
		}
		if n > 1 {
			t.Labels = append(t.Labels, t.Days[n-1].Day)
		}
	}
	return t
}

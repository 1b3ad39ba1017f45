package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"footnote/pipeline"
	"footnote/pipeline/bus"
)

// worthSaying is how long a wait, or a row of failures, goes on before health
// speaks of it.
const worthSaying = 30 * time.Second

// openLanes opens the lanes of all desks before their first event.
func (a *app) openLanes(ctx context.Context) {
	for _, d := range a.desks {
		if err := a.p.bus.Register(ctx, d.Name()); err != nil && ctx.Err() == nil {
			a.log.Warn("lane of a desk not opened yet; its first event opens it", "desk", d.Name(), "error", err)
		}
	}
}

// checkLanes names the desks whose events wait or fail. They stop no other desk's.
func (a *app) checkLanes(ctx context.Context) error {
	late, err := a.p.bus.Late(ctx)
	if err != nil {
		return err
	}
	if say := sayLate(late, time.Now()); say != "" {
		return pipeline.Errorf(pipeline.Unavailable, "%s", say)
	}
	return nil
}

// sayLate is one sentence for each desk: "desk zendesk waits until 12:40 UTC, 14
// events". It is empty when nothing is worth saying.
func sayLate(late []bus.Late, now time.Time) string {
	type sum struct {
		bus.Late
		consumers []string
	}
	var desks []*sum // in the order of late, which is by desk
	for _, l := range late {
		if l.Until.Sub(now) < worthSaying {
			l.Waiting = 0
		}
		if now.Sub(l.Since) < worthSaying {
			l.Failing = 0
		}
		if l.Waiting+l.Failing == 0 {
			continue
		}
		if len(desks) == 0 || desks[len(desks)-1].Desk != l.Desk {
			desks = append(desks, &sum{Late: bus.Late{Desk: l.Desk}})
		}
		s := desks[len(desks)-1]
		s.consumers = append(s.consumers, l.Consumer)
		s.Reason = cmp.Or(s.Reason, l.Reason)
		if s.Waiting += l.Waiting; l.Waiting > 0 && l.Until.After(s.Until) {
			s.Until = l.Until
		}
		if l.Failing > 0 && (s.Failing == 0 || l.Since.Before(s.Since)) {
			s.Since = l.Since
		}
		s.Failing += l.Failing
	}
	var say []string
	for _, s := range desks {
		name := "desk " + s.Desk
		if s.Desk == "" {
			name = "no desk's work"
		}
		var parts []string
		if s.Waiting > 0 {
			parts = append(parts, fmt.Sprintf("waits until %s, %s", clock(s.Until, now), counted(s.Waiting, "event", "events")))
		}
		if s.Failing > 0 {
			parts = append(parts, fmt.Sprintf("fails since %s, %s tried again", clock(s.Since, now), counted(s.Failing, "event is", "events are")))
		}
		say = append(say, fmt.Sprintf("%s %s (%s: %s)", name, strings.Join(parts, "; "), strings.Join(slices.Compact(s.consumers), ", "), s.Reason))
	}
	return strings.Join(say, "; ")
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// clock is a time of today, or with its day.
func clock(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04 UTC")
	}
	return t.Format("2 January 15:04 UTC")
}

// lateMetric is footnote_late_events, read when /metrics is.
type lateMetric struct {
	late func(context.Context) ([]bus.Late, error)
	desc *prometheus.Desc
}

func newLateMetric(late func(context.Context) ([]bus.Late, error)) lateMetric {
	return lateMetric{late, prometheus.NewDesc("footnote_late_events", "Events that come again later, by desk, consumer and state (waiting, failing).", []string{"desk", "consumer", "state"}, nil)}
}

// Describe implements prometheus.Collector.
func (m lateMetric) Describe(ch chan<- *prometheus.Desc) { ch <- m.desc }

// Collect implements prometheus.Collector.
func (m lateMetric) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	late, err := m.late(ctx)
	if err != nil {
		return // the bus is away: its own check says so
	}
	for _, l := range late {
		for state, n := range map[string]int{"waiting": l.Waiting, "failing": l.Failing} {
			ch <- prometheus.MustNewConstMetric(m.desc, prometheus.GaugeValue, float64(n), l.Desk, l.Consumer, state)
		}
	}
}

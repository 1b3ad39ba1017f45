package main

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"footnote/bots"
	"footnote/bots/delivery"
	"footnote/bots/health"
	"footnote/pipeline"
	"footnote/review/console"
)

// watchDesks keeps an eye on every desk; its adapters are all there when roles are built.
func (a *app) watchDesks() *health.Watch {
	return health.New(health.Config{Desks: a.desks, Pool: a.p.pool, Alone: a.p.lease.Do, Log: a.log})
}

// deskChecks are one check for each desk. A desk that nobody called yet, as in a
// command that opens the installation by itself, is asked.
func (a *app) deskChecks() []check {
	watch := a.health
	if watch == nil {
		watch = a.watchDesks()
	}
	var list []check
	for _, d := range a.desks {
		if bots.PulseOf(d) == nil {
			continue
		}
		list = append(list, check{name: "desk " + d.Name(), optional: true,
			advice: fmt.Sprintf("Replies wait and go out by themselves when the desk answers again. Look at its status page; `footnote desk check %s` says what is wrong with key and settings.", d.Name()),
			run: func(ctx context.Context) error {
				if watch.State(d.Name()).Called.IsZero() {
					watch.Ask(ctx, d)
				}
				return a.deskAway(ctx, d.Name(), watch.State(d.Name()))
			}})
	}
	return list
}

// deskAway says that a desk does not answer, and what waits for it; nil when it does.
func (a *app) deskAway(ctx context.Context, desk string, s bots.PulseState) error {
	now := time.Now()
	if !s.Away(now) {
		return nil
	}
	say := fmt.Sprintf("%s %s since %s (%s)", deskTitle(desk), word(s.Refused, "refuses our access", "does not answer"), clock(s.Since, now), s.Reason)
	if n, err := delivery.Waiting(ctx, a.p.pool); err == nil && n[desk] > 0 {
		say += "; " + counted(n[desk], "reply waits", "replies wait")
	}
	return pipeline.Errorf(pipeline.Unavailable, "%s", say)
}

// deskTitle is a desk's name at the beginning of a sentence.
func deskTitle(desk string) string {
	r, n := utf8.DecodeRuneInString(desk)
	return string(unicode.ToUpper(r)) + desk[n:]
}

// deskState is what the ticket page says of a desk.
func (a *app) deskState(desk string) console.DeskState {
	if a.health == nil {
		return console.DeskState{}
	}
	s := a.health.State(desk)
	if !s.Away(time.Now()) {
		return console.DeskState{}
	}
	return console.DeskState{Since: s.Since, Refused: s.Refused, Name: deskTitle(strings.TrimSpace(desk))}
}

// deskMetric is how desks answer, read when /metrics is.
type deskMetric struct {
	a                  *app
	up, since, waiting *prometheus.Desc
}

func newDeskMetric(a *app) deskMetric {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, []string{"desk"}, nil)
	}
	return deskMetric{a, desc("footnote_desk_up", "1 while the desk answers, 0 while it does not or refuses our access; absent before the first call."),
		desc("footnote_desk_down_seconds", "For how long the desk has not answered; 0 while it does."),
		desc("footnote_desk_waiting_replies", "Approved replies that the desk does not have yet.")}
}

// Describe implements prometheus.Collector.
func (m deskMetric) Describe(ch chan<- *prometheus.Desc) { ch <- m.up; ch <- m.since; ch <- m.waiting }

// Collect implements prometheus.Collector.
func (m deskMetric) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	waiting, err := delivery.Waiting(ctx, m.a.p.pool)
	now := time.Now()
	for _, d := range m.a.desks {
		s := m.a.health.State(d.Name())
		if err == nil { // else the database is away: its own check says so
			ch <- prometheus.MustNewConstMetric(m.waiting, prometheus.GaugeValue, float64(waiting[d.Name()]), d.Name())
		}
		if s.Called.IsZero() {
			continue
		}
		up, down := 1.0, 0.0
		if s.Away(now) {
			up, down = 0, now.Sub(s.Since).Seconds()
		}
		ch <- prometheus.MustNewConstMetric(m.up, prometheus.GaugeValue, up, d.Name())
		ch <- prometheus.MustNewConstMetric(m.since, prometheus.GaugeValue, down, d.Name())
	}
}

package bots_test

import (
	"testing"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

func TestPlace(t *testing.T) {
	since := time.Date(2026, 3, 2, 9, 0, 0, 123456000, time.UTC)
	p, err := bots.ParsePlace("", since)
	if err != nil || p != (bots.Place{From: since, Page: 1}) {
		t.Errorf("%v %v", p, err)
	}
	for _, step := range []struct {
		last time.Time
		want bots.Place
	}{{since.Add(time.Second), bots.Place{From: since.Add(time.Second), Page: 1}}, {since, bots.Place{From: since, Page: 2}}, {since.Add(-time.Second), bots.Place{From: since, Page: 2}}} {
		next := p.Next(step.last)
		if next != step.want {
			t.Errorf("after %s: %v, want %v", step.last, next, step.want)
		}
		if again, err := bots.ParsePlace(next.String(), time.Time{}); err != nil || again != next {
			t.Errorf("%s is read as %v, %v", next, again, err)
		}
	}
	for _, bad := range []string{"yesterday", "/1", "2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z/0", "2026-03-02T09:00:00Z/x", "2026-03-02T09:00:00Z/1/2"} {
		if _, err := bots.ParsePlace(bad, since); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

package filing_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"footnote/bots"
	"footnote/bots/filing"
	"footnote/pipeline"
)

func TestParseRule(t *testing.T) {
	t.Parallel()
	r, err := filing.ParseRule(" sent = fn sent,, edited=a, sent=b, sent=b ", " solved ")
	if err != nil || r.AfterSend != pipeline.StatusSolved || !slices.Equal(r.Tags["sent"], []string{"fn sent", "b"}) || !slices.Equal(r.Tags["edited"], []string{"a"}) {
		t.Errorf("%+v %v", r, err)
	}
	for _, bad := range [][2]string{{"sent", ""}, {"sent=", ""}, {"liked=x", ""}, {"=x", ""}, {"", "closed"}, {"", "open"}} {
		if r, err := filing.ParseRule(bad[0], bad[1]); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%q is read as %+v, %v", bad, r, err)
		}
	}
	if r, err := filing.ParseRule("", ""); err != nil || !r.Empty() {
		t.Errorf("nothing is read as %+v, %v", r, err)
	}
}

// shelf is a desk that answers tags with an error.
type shelf struct {
	bots.Desk
	err  error
	tags []string
}

func (*shelf) Name() string { return "shelf" }

func (s *shelf) Tag(_ context.Context, _ pipeline.TicketRef, tags ...string) error {
	s.tags = append(s.tags, tags...)
	return s.err
}

// TestWhenTheDeskDoesNot: a desk that is away is asked again as a wait, which is no
// failure; what it refuses is left alone; what it never said that it can is named.
func TestWhenTheDeskDoesNot(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	rule := filing.Rule{Tags: map[string][]string{"returned": {"x"}}, AfterSend: pipeline.StatusSolved}
	if p := filing.Check(s, rule); len(p) != 1 {
		t.Errorf("problems %q", p)
	}
	f, err := filing.New(filing.Config{Desks: []bots.Desk{s}, Rules: map[string]filing.Rule{"shelf": rule}})
	if err != nil || !f.Any() {
		t.Fatal(err)
	}
	ref := pipeline.TicketRef{Desk: "shelf", ID: "1"}
	for _, c := range []struct {
		err  error
		wait time.Duration
	}{{nil, 0}, {pipeline.Errorf(pipeline.Denied, "no"), 0}, {pipeline.Errorf(pipeline.NotFound, "no"), 0}, {pipeline.Errorf(pipeline.Unavailable, "away"), 30 * time.Second},
		{&pipeline.RetryAfterError{After: 7 * time.Second, Err: errors.New("slow")}, 7 * time.Second}} {
		s.err = c.err
		err := f.Handle(t.Context(), pipeline.NewEvent(pipeline.ReplyReturned, "e", ref, time.Now(), pipeline.Delivered{}))
		if later, ok := errors.AsType[*pipeline.RetryAfterError](err); ok != (c.wait > 0) || ok && later.After != c.wait {
			t.Errorf("%v comes back as %v", c.err, err)
		}
	}
	if err := f.Handle(t.Context(), pipeline.NewEvent(pipeline.ReplyDelivered, "e", ref, time.Now(), pipeline.Delivered{At: time.Now()})); err != nil || len(s.tags) != 5 {
		t.Errorf("%v, tags %q", err, s.tags)
	}
}

package filing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"footnote/bots"
	"footnote/pipeline"
)

// Config of a Filer.
type Config struct {
	Desks   []bots.Desk
	Rules   map[string]Rule // by desk
	Timeout time.Duration   // of one event's calls; 0 means 20 s
	Again   time.Duration   // until a desk that is away is asked again; 0 means 30 s
	Late    time.Duration   // a status is not set for a reply that is older; 0 means 24 h
	Now     func() time.Time
	Log     *slog.Logger
	Metrics prometheus.Registerer
}

// Filer is safe for concurrent use. All it does may be done twice.
type Filer struct {
	c     Config
	desks map[string]bots.Desk
	calls *prometheus.CounterVec
}

// Handles lists the event types that Filer.Handle wants to see.
var Handles = []pipeline.EventType{pipeline.OutcomeRecorded, pipeline.DraftDecided, pipeline.ReplyDelivered, pipeline.ReplyReturned}

// New builds a Filer. What a desk cannot follow of its rule is logged and left out.
func New(c Config) (*Filer, error) {
	for _, d := range []struct {
		v   *time.Duration
		def time.Duration
	}{{&c.Timeout, 20 * time.Second}, {&c.Again, 30 * time.Second}, {&c.Late, 24 * time.Hour}} {
		if *d.v == 0 {
			*d.v = d.def
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	desks, err := bots.ByName(c.Desks)
	if err != nil {
		return nil, err
	}
	for name, d := range desks {
		for _, p := range Check(d, c.Rules[name]) {
			c.Log.Error("tickets are not filed at this desk as the settings say", "desk", name, "reason", p)
		}
	}
	f := &Filer{c: c, desks: desks, calls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "footnote_desk_filings_total",
		Help: "Tags and statuses set at desks, by desk, what and result."}, []string{"desk", "what", "result"})}
	return f, bots.Register(c.Metrics, f.calls)
}

// Any tells whether anything is filed anywhere.
func (f *Filer) Any() bool {
	for name := range f.desks {
		if !f.c.Rules[name].Empty() {
			return true
		}
	}
	return false
}

var decisions = map[pipeline.DecisionKind]string{pipeline.Approve: "approved", pipeline.Edit: "edited", pipeline.Reject: "rejected", pipeline.HandOff: "handed_off",
	pipeline.Redraft: "redrafted"}

// Handle files one event's ticket. *pipeline.RetryAfterError asks to come back;
// Invalid for an event that cannot be read.
func (f *Filer) Handle(ctx context.Context, e pipeline.Event) error {
	rule, desk := f.c.Rules[e.Desk], f.desks[e.Desk]
	if rule.Empty() || desk == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(bots.InLane(ctx, bots.LanePoll), f.c.Timeout)
	defer cancel()
	word := ""
	var sent *pipeline.Delivered
	switch e.Type {
	case pipeline.OutcomeRecorded:
		r, err := pipeline.Decode[pipeline.Recorded](e)
		if err != nil {
			return err
		}
		word = string(r.Kind)
	case pipeline.DraftDecided:
		d, err := pipeline.Decode[pipeline.DecidedData](e)
		if err != nil {
			return err
		}
		word = decisions[d.Kind]
	case pipeline.ReplyDelivered, pipeline.ReplyReturned:
		d, err := pipeline.Decode[pipeline.Delivered](e)
		if err != nil {
			return err
		}
		if word = "returned"; e.Type == pipeline.ReplyDelivered {
			word, sent = "sent", &d
		}
	}
	if err := f.tag(ctx, desk, e.Ref(), rule.Tags[word]); err != nil {
		return err
	}
	if sent == nil || rule.AfterSend == "" {
		return nil
	}
	return f.move(ctx, desk, e.Ref(), *sent, rule.AfterSend)
}

func (f *Filer) tag(ctx context.Context, desk bots.Desk, ref pipeline.TicketRef, tags []string) error {
	t, ok := desk.(bots.Tagger)
	if !ok || len(tags) == 0 {
		return nil
	}
	return f.done(ref, "tags", t.Tag(ctx, ref, tags...))
}

// move sets the status after a reply, unless the ticket went on since: the customer
// wrote, or somebody solved it.
func (f *Filer) move(ctx context.Context, desk bots.Desk, ref pipeline.TicketRef, sent pipeline.Delivered, to pipeline.TicketStatus) error {
	m, ok := desk.(bots.Mover)
	if !ok || f.c.Now().Sub(sent.At) > f.c.Late {
		return nil
	}
	if u, limited := desk.(Unmoved); limited && u.CannotMove(to) != "" {
		return nil
	}
	if reader, ok := bots.ReaderOf(desk); ok {
		t, err := reader.Thread(ctx, ref)
		if err != nil {
			return f.done(ref, "status", err)
		}
		if t.Status == to || t.Status == pipeline.StatusSolved || wentOn(t, sent) {
			return nil
		}
	}
	return f.done(ref, "status", m.SetStatus(ctx, ref, to))
}

// wentOn tells whether the customer wrote after the reply, or the reply is not there.
func wentOn(t pipeline.Ticket, sent pipeline.Delivered) bool {
	there, after := false, false
	for _, m := range t.Messages {
		switch {
		case m.ID == sent.RemoteID && sent.RemoteID != "", m.Marker == bots.MarkerFor(sent.Decision):
			there, after = true, false
		case m.Role == pipeline.RoleCustomer && m.Public:
			after = true
		}
	}
	return !there || after
}

// done counts a call and says whether to come back: not for what the desk refuses.
func (f *Filer) done(ref pipeline.TicketRef, what string, err error) error {
	kind := pipeline.KindOf(err)
	later, wait := errors.AsType[*pipeline.RetryAfterError](err)
	switch {
	case err == nil:
		f.calls.WithLabelValues(ref.Desk, what, "set").Inc()
		return nil
	case wait:
		return later
	case kind == pipeline.NotFound, kind == pipeline.Invalid, kind == pipeline.Denied:
		f.calls.WithLabelValues(ref.Desk, what, "refused").Inc()
		f.c.Log.Warn("desk refuses to file a ticket", "ticket", ref.String(), "what", what, "error", err)
		return nil
	}
	return &pipeline.RetryAfterError{After: f.c.Again, Err: fmt.Errorf("file ticket: %w", err)}
}

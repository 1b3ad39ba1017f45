package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"footnote/bots"
	"footnote/pipeline"
)

// Config configures an Intake.
type Config struct {
	Desks     []bots.Desk
	Publisher bots.Publisher
	MaxBody   int64         // bytes of a webhook's body; 0 means 1 MiB
	Timeout   time.Duration // for publishing one webhook's events; 0 means 4 s: senders wait 5 s
	Now       func() time.Time
	// Quarantine keeps what was signed and could not be read; nil: only the log
	// tells of it.
	Quarantine bots.Keeper
	Log        *slog.Logger
	Metrics    prometheus.Registerer // nil: no metrics
}

// Intake is the handler of POST /hooks/{desk}. It answers 202 only after every
// event of the webhook is stored on the bus; 401 for a bad signature, 400 for a
// body that is not the desk's, which goes to the quarantine, 403 while the desk has no secret, 503 with
// Retry-After while the bus is away, so that the sender tries again.
type Intake struct {
	c        Config
	desks    map[string]bots.Desk
	requests *prometheus.CounterVec
	events   *prometheus.CounterVec
	unread   *prometheus.CounterVec
}

// New builds the handler. Two desks of one name are an error.
func New(c Config) (*Intake, error) {
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	if c.Timeout == 0 {
		c.Timeout = 4 * time.Second
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
	in := &Intake{c: c, desks: desks,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "footnote_intake_requests_total",
			Help: "Webhooks received, by desk and result."}, []string{"desk", "result"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "footnote_intake_events_total",
			Help: "Events stored on the bus from webhooks, by desk."}, []string{"desk"}),
		unread: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "footnote_intake_quarantined_total",
			Help: "Webhooks that were signed, could not be read and went to the quarantine, by desk."}, []string{"desk"})}
	return in, bots.Register(c.Metrics, in.requests, in.events, in.unread)
}

// answer is what a webhook's sender gets.
type answer struct {
	status int
	result string // for the counter
	body   map[string]any
}

func problem(status int, result, say string) answer {
	return answer{status, result, map[string]any{"error": say}}
}

// Install adds the route to a mux.
func (in *Intake) Install(mux *http.ServeMux) { mux.Handle("POST /hooks/{desk}", in) }

// ServeHTTP takes one webhook.
func (in *Intake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("desk")
	a := in.take(w, r, name)
	if _, known := in.desks[name]; !known {
		name = "" // labels are ours, never the caller's
	}
	in.requests.WithLabelValues(name, a.result).Inc()
	if a.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a.body)
}

func (in *Intake) take(w http.ResponseWriter, r *http.Request, name string) answer {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return problem(http.StatusMethodNotAllowed, "method", "Webhooks are sent with POST.")
	}
	d, ok := in.desks[name]
	if !ok {
		return problem(http.StatusNotFound, "no_desk", "No desk of this name is configured.")
	}
	if !d.Can().Inbound {
		return problem(http.StatusForbidden, "closed", "This route is closed until a signing secret is configured for the desk.")
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, in.c.MaxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem(http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("The body is larger than %d bytes.", in.c.MaxBody))
	}
	if err != nil {
		return problem(http.StatusBadRequest, "cut", "The body ended early.")
	}
	now := in.c.Now()
	events, err := parse(d, r.Header, raw, now)
	if err != nil {
		if kept := in.keep(r.Context(), name, raw, err); kept != nil {
			in.c.Log.Error("quarantine webhook", "desk", name, "error", kept)
			return problem(http.StatusServiceUnavailable, "unavailable", "The body cannot be read and could not be kept. Please send it again.")
		}
		return in.refuse(name, err)
	}
	ctx, cancel := context.WithTimeout(r.Context(), in.c.Timeout)
	defer cancel()
	ids := []string{}
	for _, e := range events {
		if err := in.c.Publisher.Publish(ctx, e); err != nil {
			in.c.Log.Error("publish webhook event", "desk", name, "ticket", e.Ticket, "event", e.ID, "error", err)
			return problem(http.StatusServiceUnavailable, "bus_away", "The event could not be stored. Please send it again.")
		}
		in.events.WithLabelValues(name).Inc()
		ids = append(ids, e.ID)
	}
	return answer{http.StatusAccepted, "accepted", map[string]any{"accepted": len(ids), "events": ids}}
}

// keep puts a body that the desk signed into the quarantine. Parse says Denied
// before it looks at a body, so any other failure is about a signed one.
func (in *Intake) keep(ctx context.Context, desk string, raw []byte, cause error) error {
	if k := pipeline.KindOf(cause); in.c.Quarantine == nil || k == pipeline.Denied || k == pipeline.Unavailable {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, in.c.Timeout)
	defer cancel()
	if err := in.c.Quarantine.Keep(ctx, desk, pipeline.Say(cause), raw, in.c.Now()); err != nil {
		return err
	}
	in.unread.WithLabelValues(desk).Inc()
	return nil
}

// refuse maps the kind of Parse's error to the sender's answer.
func (in *Intake) refuse(desk string, err error) answer {
	switch pipeline.KindOf(err) {
	case pipeline.Denied:
		in.c.Log.Warn("refuse webhook: signature", "desk", desk)
		return problem(http.StatusUnauthorized, "denied", bots.ErrSignature.Say)
	case pipeline.Invalid:
		in.c.Log.Warn("refuse webhook: body", "desk", desk, "error", err)
		return problem(http.StatusBadRequest, "invalid", pipeline.Say(err))
	case pipeline.Unavailable:
		return problem(http.StatusServiceUnavailable, "unavailable", pipeline.Say(err))
	}
	in.c.Log.Error("read webhook", "desk", desk, "error", err)
	return problem(http.StatusInternalServerError, "internal", pipeline.Say(err))
}

// parse calls the desk and turns a panic into an error: one bad webhook must
// not end the others' connections.
func parse(d bots.Desk, h http.Header, raw []byte, now time.Time) (events []pipeline.Event, err error) {
	defer func() {
		if p := recover(); p != nil {
			events, err = nil, fmt.Errorf("parse webhook of %s: panic: %v", d.Name(), p)
		}
	}()
	return d.Parse(h, raw, now)
}

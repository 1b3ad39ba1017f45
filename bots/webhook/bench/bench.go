// Package bench measures an installation under load: it posts signed webhooks at the
// generic webhook desk, at steady rates and as fast as they are taken, and waits for
// the drafts on the bus. It starts nothing itself; load and installation share the
// machine's cores. `footnote bench` runs it on a throw-away installation.
package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/bots"
	"footnote/pipeline"
)

// Figure is one line of the table.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Want  string  `json:"want"`
	Note  string  `json:"note,omitempty"`
}

// Secret signs the webhooks: the installation must be given it.
const Secret = "whsec_Zm9vdG5vdGUtYmVuY2gtc2VjcmV0LWZvci10aGlzLXJ1bg=="

// Config is how much is measured.
type Config struct {
	Documents int           // in the knowledge, as WriteDocuments wrote them
	Hold      time.Duration // how long each rate is held
	Burst     int           // tickets of the sustained run
}

// Bus is the part of the bus that is measured and listened to.
type Bus interface {
	Publish(ctx context.Context, e pipeline.Event) error
	Subscribe(ctx context.Context, types ...pipeline.EventType) (<-chan pipeline.Event, error)
}

// Installation is a running Footnote with nobody else at it.
type Installation struct {
	URL  string
	Bus  Bus
	Pool *pgxpool.Pool
	Sync func(ctx context.Context) error // the knowledge
}

// Start starts an installation, calls f when it is ready, and stops it after f. Every
// call finds what the last one left.
type Start func(ctx context.Context, f func(context.Context, Installation) error) error

type bench struct {
	c       Config
	run     string // names this run's tickets: an installation may have those of another
	start   Start
	in      Installation // the one that runs
	client  *http.Client
	figures []Figure

	mu      sync.Mutex
	drafted map[string]chan time.Time // ticket → when its draft was proposed or abstained
	serial  atomic.Int64
}

// Comparison is a figure of two installations: medians of their rounds, and of the ratios
// of each round.
type Comparison struct {
	Name  string  `json:"name"`
	Unit  string  `json:"unit"`
	First float64 `json:"first"`
	Other float64 `json:"other"`
	Ratio float64 `json:"ratio"` // of the other to the first
}

// Compare measures two installations in turns, so that what else the machine does falls on
// both; each round begins with the one that the last one ended with.
func Compare(ctx context.Context, first, other Start, rounds int, c Config) ([]Comparison, error) {
	var names []string
	units := map[string]string{}
	values := map[string][2][]float64{}
	for round := range rounds {
		for turn := range 2 {
			which := (round + turn) % 2
			figures, err := Run(ctx, []Start{first, other}[which], c)
			if err != nil {
				return nil, err
			}
			for _, f := range figures {
				v, ok := values[f.Name]
				if !ok {
					names, units[f.Name] = append(names, f.Name), f.Unit
				}
				v[which] = append(v[which], f.Value)
				values[f.Name] = v
			}
		}
	}
	var out []Comparison
	for _, name := range names {
		v := values[name]
		var ratios []float64
		for i := range min(len(v[0]), len(v[1])) {
			if v[0][i] > 0 {
				ratios = append(ratios, v[1][i]/v[0][i])
			}
		}
		out = append(out, Comparison{name, units[name], Percentile(v[0], .5), Percentile(v[1], .5), Percentile(ratios, .5)})
	}
	return out, nil
}

// WriteComparison writes figures of two installations as a table.
func WriteComparison(w io.Writer, first, other string, figures []Comparison) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "FIGURE\t%s\t%s\tRATIO\n", first, other)
	for _, f := range figures {
		fmt.Fprintf(t, "%s\t%.4g %s\t%.4g %s\t%.2f\n", f.Name, f.First, f.Unit, f.Other, f.Unit, f.Ratio)
	}
	return t.Flush()
}

// Run measures an installation, which it starts twice.
func Run(ctx context.Context, start Start, c Config) ([]Figure, error) {
	b := &bench{c: c, run: strconv.FormatInt(time.Now().UnixNano(), 36), start: start, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, drafted: map[string]chan time.Time{}}
	err := b.all(ctx)
	return b.figures, err
}

// Write writes figures as a table.
func Write(w io.Writer, figures []Figure) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "FIGURE\tMEASURED\tTARGET\tNOTE")
	for _, f := range figures {
		fmt.Fprintf(t, "%s\t%.4g %s\t%s\t%s\n", f.Name, f.Value, f.Unit, f.Want, f.Note)
	}
	return t.Flush()
}

func (b *bench) add(name string, value float64, unit, want, note string) {
	b.figures = append(b.figures, Figure{name, value, unit, want, note})
}

func (b *bench) all(ctx context.Context) error {
	err := b.with(ctx, func(ctx context.Context) error {
		for _, step := range []func(context.Context) error{b.sync, b.floor, b.latency, b.acks, b.sustained, b.memory} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	start := time.Now()
	return b.with(ctx, func(context.Context) error {
		b.add("ready after start on existing data", time.Since(start).Seconds(), "s", "≤ 3", "")
		return nil
	})
}

// with starts an installation and listens to its drafts during f.
func (b *bench) with(ctx context.Context, f func(context.Context) error) error {
	return b.start(ctx, func(ctx context.Context, in Installation) error {
		b.in = in
		events, err := in.Bus.Subscribe(ctx, pipeline.DraftProposed, pipeline.DraftAbstained, pipeline.DraftSkipped)
		if err != nil {
			return err
		}
		go func() {
			for e := range events {
				b.mu.Lock()
				if ch, ok := b.drafted[e.Ticket]; ok {
					ch <- time.Now()
					delete(b.drafted, e.Ticket)
				}
				b.mu.Unlock()
			}
		}()
		return f(ctx)
	})
}

func (b *bench) sync(ctx context.Context) error {
	start := time.Now()
	if err := b.in.Sync(ctx); err != nil {
		return err
	}
	took := time.Since(start).Seconds()
	b.add(fmt.Sprintf("first sync of %d documents", b.c.Documents), took, "s", "", fmt.Sprintf("%.0f documents/s", float64(b.c.Documents)/took))
	return nil
}

// floor measures what a ticket cannot go below: the stored publishes and the
// commits on the way from webhook to draft, at their cost in this run.
func (b *bench) floor(ctx context.Context) error {
	var publish []float64
	for i := range 200 {
		e := pipeline.NewEvent(pipeline.KnowledgeChanged, fmt.Sprintf("bench/%d/%d", time.Now().UnixNano(), i), pipeline.TicketRef{Desk: "bench", ID: "x"}, time.Now(),
			pipeline.Changed{Source: strings.Repeat("x", 1500)})
		start := time.Now()
		if err := b.in.Bus.Publish(ctx, e); err != nil {
			return err
		}
		publish = append(publish, ms(time.Since(start)))
	}
	commit, err := commits(ctx, b.in.Pool, 200)
	if err != nil {
		return err
	}
	p, c := Percentile(publish, .5), Percentile(commit, .5)
	b.add("stored publish, p50", p, "ms", "", "")
	b.add("commit, p50", c, "ms", "", "")
	b.add("floor, webhook to draft", 3*p+2*c, "ms", "", "3 publishes + 2 commits")
	return nil
}

// post sends one signed webhook and returns the time until its answer.
func (b *bench) post(ctx context.Context, in bots.Inbound) (time.Duration, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.in.URL+"/hooks/webhook", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	keys, err := bots.NewWebhookKeys(Secret)
	if err != nil {
		return 0, err
	}
	keys.Sign(req.Header, fmt.Sprint("msg_", b.run, "_", b.serial.Add(1)), time.Now(), body)
	start := time.Now()
	resp, err := b.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body) // only shown when the status is wrong
	if resp.StatusCode != http.StatusAccepted {
		return 0, fmt.Errorf("webhook answered %s: %s", resp.Status, answer)
	}
	return time.Since(start), nil
}

// ticket is a new customer message; the channel tells when it was drafted.
func (b *bench) ticket() (bots.Inbound, chan time.Time) {
	id := fmt.Sprintf("b%s-%d", b.run, b.serial.Add(1))
	done := make(chan time.Time, 1)
	b.mu.Lock()
	b.drafted[id] = done
	b.mu.Unlock()
	return bots.Inbound{Kind: bots.KindMessage,
		Ticket:  bots.InboundTicket{ID: id, Subject: "Question", Requester: pipeline.Person{Name: "Cy", Email: "cy@example.com"}},
		Message: &bots.InboundMessage{ID: "m1", Role: pipeline.RoleCustomer, Text: question(rand.New(rand.NewPCG(3, uint64(b.serial.Load()))))}}, done
}

// paced calls f at a steady rate for the configured time, each call on its own.
func (b *bench) paced(rate int, f func(i int) error) error {
	n := int(b.c.Hold.Seconds() * float64(rate))
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	var wg sync.WaitGroup
	errs := make(chan error, n)
	for i := range n {
		<-tick.C
		wg.Go(func() {
			if err := f(i); err != nil {
				errs <- err
			}
		})
	}
	wg.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

func (b *bench) latency(ctx context.Context) error {
	var mu sync.Mutex
	var took []float64
	err := b.paced(20, func(int) error {
		in, done := b.ticket()
		start := time.Now()
		if _, err := b.post(ctx, in); err != nil {
			return err
		}
		at, err := awaitDraft(ctx, done)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		took = append(took, ms(at.Sub(start)))
		return nil
	})
	if err != nil {
		return err
	}
	floor := b.figures[len(b.figures)-1].Value
	b.add("event to draft at 20 tickets/s, p50", Percentile(took, .5), "ms", "≤ 25", fmt.Sprintf("%.1f × the floor", Percentile(took, .5)/floor))
	b.add("event to draft at 20 tickets/s, p99", Percentile(took, .99), "ms", "≤ 100", fmt.Sprintf("n = %d", len(took)))
	return nil
}

func (b *bench) acks(ctx context.Context) error {
	var mu sync.Mutex
	var took []float64
	err := b.paced(200, func(i int) error {
		in := bots.Inbound{Kind: bots.KindStatus, Ticket: bots.InboundTicket{ID: fmt.Sprint("s", b.run, "-", i), Status: pipeline.StatusOpen}}
		if i%10 == 0 { // a tenth are customers' messages, which are drafted meanwhile
			in, _ = b.ticket()
		}
		d, err := b.post(ctx, in)
		mu.Lock()
		defer mu.Unlock()
		took = append(took, ms(d))
		return err
	})
	if err != nil {
		return err
	}
	b.add("webhook ack at 200/s, p50", Percentile(took, .5), "ms", "", "1 in 10 is a customer's message")
	b.add("webhook ack at 200/s, p99", Percentile(took, .99), "ms", "≤ 50", fmt.Sprintf("n = %d, fsynced", len(took)))
	return nil
}

func (b *bench) sustained(ctx context.Context) error {
	work := make(chan int)
	var dones []chan time.Time
	var mu sync.Mutex
	var wg sync.WaitGroup
	var failed atomic.Value
	start := time.Now()
	for range 16 {
		wg.Go(func() {
			for range work {
				in, done := b.ticket()
				mu.Lock()
				dones = append(dones, done)
				mu.Unlock()
				if _, err := b.post(ctx, in); err != nil {
					failed.Store(err)
				}
			}
		})
	}
	for i := range b.c.Burst {
		work <- i
	}
	close(work)
	wg.Wait()
	if err, ok := failed.Load().(error); ok {
		return err
	}
	var last time.Time
	for _, done := range dones {
		at, err := awaitDraft(ctx, done)
		if err != nil {
			return err
		}
		if at.After(last) {
			last = at
		}
	}
	b.add("sustained", float64(b.c.Burst)/last.Sub(start).Seconds(), "drafts/s", "≥ 150", fmt.Sprintf("%d tickets, load generator on the same cores", b.c.Burst))
	return nil
}

func (b *bench) memory(context.Context) error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.add("resident memory", 0, "MB", "≤ 200", "not known on this system")
		return nil
	}
	for line := range strings.Lines(string(status)) {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kb); n == 1 {
			b.add("resident memory without PostgreSQL", kb/1024, "MB", "≤ 200", "after all of the above, load generator included")
		}
	}
	return nil
}

func awaitDraft(ctx context.Context, done chan time.Time) (time.Time, error) {
	t := time.NewTimer(60 * time.Second)
	defer t.Stop()
	select {
	case at := <-done:
		return at, nil
	case <-t.C:
		return time.Time{}, fmt.Errorf("no draft within 60 s")
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Percentile is the q-quantile of values by nearest rank; 0 for none.
func Percentile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	s := slices.Clone(values)
	slices.Sort(s)
	return s[max(0, int(math.Ceil(q*float64(len(s))))-1)]
}

// Package attack sends a running installation what hostile hands would send, at every
// entrance, and counts what became of it. `make attack` runs it on a throw-away
// installation, on loopback only.
//
// It judges answers by their status alone: an entrance that serves what it should
// refuse is for that entrance's own tests.
package attack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"sync"
	"text/tabwriter"
	"time"

	"footnote/pipeline"
)

// Entrance is one way in.
type Entrance struct {
	Name   string
	Method string
	Path   string
	// Type of the body: "" where the entrance takes none.
	Type string
	// Body is one that the entrance takes; hostile ones are made from it.
	Body string
	// Cookie of somebody signed in; "" for a stranger.
	Cookie string
	// Sign returns the headers that make a body trusted; nil where nothing is signed,
	// or hostile hands have no key.
	Sign func(body []byte, at time.Time) http.Header
}

// Kind is one kind of attack. Send makes the attempt of a number, and tells what became
// of it; it must come back when ctx ends.
type Kind struct {
	Name string
	Send func(ctx context.Context, t Target, e Entrance, n int) Outcome
	// Fits tells whether an entrance can be attacked so; nil means that all can.
	Fits func(e Entrance) bool
	// Most is the most attempts at one entrance; 0 means as many as asked for.
	Most int
}

// Outcome is what became of one attempt.
type Outcome int

const (
	Refused Outcome = iota // an answer of 400 to 499, or that such HTTP is not spoken
	Served                 // an answer below 400
	Failed                 // any other answer of 500 and above
	Ended                  // the connection ended without an answer
	Crashed                // nothing listens any more
)

// Target is a running installation.
type Target struct {
	URL    string
	Client *http.Client // with a time-out
}

// NewTarget returns the installation at a URL. The error kind is Invalid for one that is
// not on this machine.
func NewTarget(address string) (Target, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" {
		return Target{}, pipeline.Errorf(pipeline.Invalid, "%q is no http URL", address)
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return Target{}, pipeline.Errorf(pipeline.Invalid, "%s is not this machine: attacks stay on loopback", u.Host)
	}
	return Target{URL: address, Client: &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// Judge sends one request and tells what became of it.
func (t Target) Judge(r *http.Request) Outcome {
	resp, err := t.Client.Do(r)
	if err != nil {
		return t.Judged(err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 1<<16) // pages that never end are left
	return Answered(resp.StatusCode)
}

// Answered is the outcome of a status.
func Answered(status int) Outcome {
	switch {
	case status == http.StatusNotImplemented, status == http.StatusHTTPVersionNotSupported:
		return Refused
	case status >= 500:
		return Failed
	case status >= 400:
		return Refused
	}
	return Served
}

// Judged is the outcome of an attempt that got no answer: what counts is whether
// somebody still listens.
func (t Target) Judged(err error) Outcome {
	if err == nil {
		return Served
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, t.URL+"/healthz", nil)
	if err != nil {
		return Crashed
	}
	resp, err := t.Client.Do(r)
	if err != nil {
		return Crashed
	}
	resp.Body.Close()
	return Ended
}

// Row is what became of one kind at one entrance.
type Row struct {
	Entrance, Kind string
	N              int
	Of             [Crashed + 1]int
}

// Run makes n attempts of each kind at each entrance, a few side by side. A crash ends
// it: the error is then of kind Unavailable, and the rows say where.
func Run(ctx context.Context, t Target, entrances []Entrance, kinds []Kind, n int) ([]Row, error) {
	var rows []Row
	for _, e := range entrances {
		for _, k := range kinds {
			if k.Fits != nil && !k.Fits(e) {
				continue
			}
			row := Row{Entrance: e.Name, Kind: k.Name, N: n}
			if k.Most > 0 {
				row.N = min(n, k.Most)
			}
			row.attempt(ctx, t, e, k)
			rows = append(rows, row)
			if err := ctx.Err(); err != nil {
				return rows, err
			}
			if row.Of[Crashed] > 0 {
				return rows, pipeline.Errorf(pipeline.Unavailable, "nothing listens any more after %s at %s", k.Name, e.Name)
			}
		}
	}
	return rows, nil
}

// beside is how many attempts are under way at once.
const beside = 4

func (r *Row) attempt(ctx context.Context, t Target, e Entrance, k Kind) {
	next := make(chan int)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range beside {
		wg.Go(func() {
			for i := range next {
				o := k.Send(ctx, t, e, i)
				mu.Lock()
				r.Of[o]++
				mu.Unlock()
			}
		})
	}
	for i := range r.N {
		next <- i
	}
	close(next)
	wg.Wait()
}

// Write prints the table.
func Write(out io.Writer, rows []Row) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ENTRANCE\tKIND\tN\tREFUSED\tSERVED\tENDED\t5XX\tCRASHES")
	var all Row
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\n", r.Entrance, r.Kind, r.N, r.Of[Refused], r.Of[Served], r.Of[Ended], r.Of[Failed], r.Of[Crashed])
		all.N += r.N
		for i, n := range r.Of {
			all.Of[i] += n
		}
	}
	fmt.Fprintf(w, "all\t\t%d\t%d\t%d\t%d\t%d\t%d\n", all.N, all.Of[Refused], all.Of[Served], all.Of[Ended], all.Of[Failed], all.Of[Crashed])
	return w.Flush()
}

// chance is the source of an attempt's choices: the same number, the same attempt.
func chance(n int) *rand.Rand { return rand.New(rand.NewPCG(uint64(n), 4242)) }

// errOwn is for what this side's own library does not send.
var errOwn = errors.New("the client's library does not send this")

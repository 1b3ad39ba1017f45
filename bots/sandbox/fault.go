package sandbox

import (
	"net/http"
	"strconv"
	"time"
)

// Route names what a scripted fault meets.
type Route string

const (
	RouteReply Route = "reply" // POST of a reply
	RouteRead  Route = "read"  // GET of a ticket or of the list of changes
)

// Fault is what happens to one call, for tests. The zero value is no fault.
type Fault struct {
	// Latency passes before the answer, or until the caller gives up. A reply
	// counts before it with Accept, after it without.
	Latency time.Duration
	// Accept makes a reply count although the caller gets the fault's answer;
	// without it a faulty call changes nothing.
	Accept bool
	// Hide is how long an accepted reply is not shown to readers.
	Hide time.Duration
	// Reset closes the connection without an answer.
	Reset bool
	// Status answers with this status and Body; 0 means the usual answer.
	Status     int
	Body       string
	RetryAfter time.Duration
}

func (f Fault) any() bool { return f.Reset || f.Status != 0 }

// Script lets the next calls of a route meet these faults, in order.
func (s *Server) Script(route Route, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[route] = append(s.faults[route], faults...)
}

// take removes the next fault of a route.
func (s *Server) take(route Route) (f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q := s.faults[route]; len(q) > 0 {
		f, s.faults[route] = q[0], q[1:]
	}
	return f
}

// linger lets a fault's latency pass; gone means that the caller gave up.
func (s *Server) linger(f Fault, r *http.Request) (gone bool) {
	if f.Latency <= 0 {
		return false
	}
	t := time.NewTimer(f.Latency)
	defer t.Stop()
	select {
	case <-t.C:
		return false
	case <-r.Context().Done():
	case <-s.closed:
	}
	return true
}

// answer gives the fault's answer.
func (f Fault) answer(w http.ResponseWriter) {
	if f.Reset {
		panic(http.ErrAbortHandler)
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatFloat(f.RetryAfter.Seconds(), 'f', -1, 64))
	}
	if f.Status == 0 {
		return // the caller has gone
	}
	w.WriteHeader(f.Status)
	_, _ = w.Write([]byte(f.Body))
}

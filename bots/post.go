package bots

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"footnote/pipeline"
)

// Verdict is what one POST of a reply came to.
type Verdict string

const (
	Accepted  Verdict = "accepted"  // 2xx and an answer that makes sense
	Refused   Verdict = "refused"   // definite: the desk does not have it and never will
	Throttled Verdict = "throttled" // 429: the desk does not have it; later
	NotSent   Verdict = "not_sent"  // the connection was never made: the desk does not have it
	Moved     Verdict = "moved"     // the ticket changed since it was read: the desk does not have it; read again
	Ambiguous Verdict = "ambiguous" // the desk may have it
)

// maxWait bounds how long a desk can make us wait by Retry-After.
const maxWait = time.Hour

// PostError is a reply that was not clearly accepted.
type PostError struct {
	Verdict Verdict
	Status  int           // HTTP status; 0 when there was no answer
	After   time.Duration // Throttled: how long to wait; 0 when the desk did not say
	// Say tells the agent why, in plain words, without secrets.
	Say string
	Err error // cause; may be nil
}

func (e *PostError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("post reply: %s: %s: %v", e.Verdict, e.Say, e.Err)
	}
	return fmt.Sprintf("post reply: %s: %s", e.Verdict, e.Say)
}

// Unwrap returns the cause.
func (e *PostError) Unwrap() error { return e.Err }

// AsPostError finds Post's error in err.
func AsPostError(err error) (*PostError, bool) { return errors.AsType[*PostError](err) }

// AsRead turns Post's or Note's error into one of Reader's kinds: Invalid for what the
// desk refuses, Unavailable for the rest.
func AsRead(err error) error {
	pe, ok := AsPostError(err)
	switch {
	case err == nil || !ok:
		return err
	case pe.Verdict == Refused:
		return pipeline.Errorf(pipeline.Invalid, "%s", pe.Say)
	case pe.After > 0:
		return &pipeline.RetryAfterError{After: pe.After, Err: pipeline.Errorf(pipeline.Unavailable, "%s", pe.Say)}
	}
	return pipeline.Errorf(pipeline.Unavailable, "%s", pe.Say)
}

// VerdictOf classifies the result of Desk.Post: Accepted for nil, Ambiguous for
// every error that no adapter classified.
func VerdictOf(err error) Verdict {
	if err == nil {
		return Accepted
	}
	if e, ok := errors.AsType[*PostError](err); ok && e.Verdict != Accepted {
		return e.Verdict
	}
	return Ambiguous
}

// ClassifyPost turns the outcome of an HTTP POST into Post's error, nil for
// 2xx. err is what the client returned; detail is the desk's own explanation,
// if it gave one. Definite: 4xx other than 408, 409 and 429. 429 is Throttled.
// A connection that was never made is NotSent. All else (timeout, reset, 3xx,
// 408, 409, 5xx) is Ambiguous. The caller adds Malformed for a 2xx it cannot read.
func ClassifyPost(resp *http.Response, err error, detail string, now time.Time) error {
	if err != nil {
		if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
			return &PostError{Verdict: NotSent, Say: "the desk cannot be reached", Err: err}
		}
		return &PostError{Verdict: Ambiguous, Say: "the connection to the desk broke before it answered", Err: err}
	}
	status := resp.StatusCode
	say := "the desk answered " + strconv.Itoa(status)
	if detail = Plain(detail, 200); detail != "" {
		say += ": " + detail
	}
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusTooManyRequests:
		return &PostError{Verdict: Throttled, Status: status, After: RetryAfter(resp.Header, now), Say: say}
	case status >= 400 && status < 500 && status != http.StatusRequestTimeout && status != http.StatusConflict:
		return &PostError{Verdict: Refused, Status: status, Say: say}
	}
	return &PostError{Verdict: Ambiguous, Status: status, Say: say}
}

// Precondition reads a refusal of status 412 as Moved, at desks that answer so to
// Post.Seen.
func Precondition(err error) error {
	if e, ok := errors.AsType[*PostError](err); ok && e.Verdict == Refused && e.Status == http.StatusPreconditionFailed {
		return &PostError{Verdict: Moved, Status: e.Status, Say: "the ticket changed meanwhile", Err: e.Err}
	}
	return err
}

// Malformed is Post's error for a 2xx whose body is not what the desk promises:
// a proxy may have answered in its place.
func Malformed(status int, err error) error {
	return &PostError{Verdict: Ambiguous, Status: status, Say: "the desk's answer could not be understood", Err: err}
}

// ClassifyRead turns the outcome of reading from a desk into an error of a
// kind, nil for 2xx: NotFound (404, 410), Denied (401, 403), Unavailable for
// the rest, as *pipeline.RetryAfterError when the desk named a time.
func ClassifyRead(resp *http.Response, err error, now time.Time) error {
	if err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "read from the desk: %w", err)
	}
	status := resp.StatusCode
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusNotFound, status == http.StatusGone:
		return pipeline.Errorf(pipeline.NotFound, "the desk has no such ticket")
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return pipeline.Errorf(pipeline.Denied, "the desk refuses our credentials (%d)", status)
	}
	e := pipeline.Errorf(pipeline.Unavailable, "the desk answered %d", status)
	if after := RetryAfter(resp.Header, now); after > 0 {
		return &pipeline.RetryAfterError{After: after, Err: e}
	}
	return e
}

// RetryAfter reads the header of that name, seconds or an HTTP date, at most
// an hour; 0 when absent or unreadable.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		if !(s > 0) { // also NaN
			return 0
		}
		return time.Duration(min(s, maxWait.Seconds()) * float64(time.Second))
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxWait)
}

// Plain makes outside text fit for one line of a message to people: no control
// characters, at most n runes.
func Plain(s string, n int) string {
	var b strings.Builder
	count, space := 0, false
	for _, r := range s {
		if r <= ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == '\u2028' || r == '\u2029' {
			space = b.Len() > 0
			continue
		}
		if count >= n {
			b.WriteString("…")
			break
		}
		if space {
			b.WriteByte(' ')
			count, space = count+1, false
		}
		b.WriteRune(r)
		count++
	}
	return b.String()
}

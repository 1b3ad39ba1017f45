package llm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	codeTimeout  = "timeout"
	codeNetwork  = "network"
	codeRate     = "rate_limit"
	codeServer   = "server"
	codeKey      = "key"
	codeModel    = "model"
	codeRequest  = "request"
	codeBody     = "body"
	codeEmpty    = "empty"
	codeCut      = "cut"
	codeRefusal  = "refusal"
	codeSchema   = "schema"
	codeHuge     = "huge"
	codeRejected = "rejected"
	codeBudget   = "budget"
	codeBreaker  = "breaker"
)

// fault is why one call gave no whole answer.
type fault struct {
	code   string
	detail string        // plain words; never a body or a key
	retry  bool          // the same provider may do better at once
	again  bool          // it is asked in another form from now on, and may be asked at once
	down   bool          // counts against the provider's breaker
	large  bool          // it is too much at once
	billed bool          // tokens may have been used although no usage came
	words  string        // the provider's own, for operators only
	cause  error         // of a rejection
	after  time.Duration // what Retry-After asked for; 0 when it did not
}

func (f *fault) text() string {
	if f == nil {
		return ""
	}
	return f.code + ": " + f.detail
}

// report is text with the provider's own words: for operators, never for agents.
func (f *fault) report() string {
	if f == nil || f.words == "" {
		return f.text()
	}
	return f.text() + ": " + f.words
}

// said is what is the matter, in plain words and in the provider's own.
func (f *fault) said() string {
	if f == nil || f.words == "" {
		return f.plain()
	}
	return f.detail + ": " + f.words
}

func (f *fault) plain() string {
	if f == nil {
		return ""
	}
	return f.detail
}

// wire is what the transport saw of a call, also when the SDK could not parse it.
type wire struct {
	status int
	header http.Header
}

// classify turns a failed call into a fault by the HTTP status first: bodies of
// errors vary by server and may not even parse.
func classify(ctx context.Context, err error, w wire) *fault {
	switch {
	case w.status >= 400:
		return byStatus(w)
	case errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &fault{code: codeTimeout, detail: "did not answer in time", down: true, billed: true}
	case errors.Is(err, context.Canceled):
		return &fault{code: codeTimeout, detail: "the call was given up", billed: true}
	case w.status >= 200 && w.status < 300:
		return &fault{code: codeBody, detail: "sent an answer that cannot be read", retry: true, down: true, billed: true}
	case w.status >= 300:
		return &fault{code: codeServer, detail: fmt.Sprintf("redirected (HTTP %d); the address must be the last one", w.status), down: true}
	case isTimeout(err): // its own, for the connection or the first byte
		return &fault{code: codeTimeout, detail: "did not answer in time", retry: true, down: true, billed: true}
	}
	return &fault{code: codeNetwork, detail: "cannot be reached", retry: true, down: true}
}

func isTimeout(err error) bool {
	n, ok := errors.AsType[net.Error](err)
	return ok && n.Timeout()
}

func byStatus(w wire) *fault {
	f := &fault{code: codeServer, detail: fmt.Sprintf("answered HTTP %d", w.status)}
	switch w.status {
	case http.StatusTooManyRequests:
		f.code, f.detail, f.retry, f.down = codeRate, "limits our rate (HTTP 429)", true, true
	case http.StatusUnauthorized, http.StatusForbidden:
		f.code, f.detail, f.down = codeKey, fmt.Sprintf("refuses our key (HTTP %d)", w.status), true
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly:
		f.retry, f.down = true, true
	default:
		if w.status >= 500 {
			f.retry, f.down = true, true
		} else {
			f.code = codeRequest
		}
	}
	f.after = retryAfter(w.header, time.Now())
	return f
}

// retryAfter reads the wait that a server asks for: seconds, milliseconds
// (retry-after-ms) or an HTTP date. Nonsense counts as none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 && ms < 1e9 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		if s > 0 && s < 1e6 {
			return time.Duration(s * float64(time.Second))
		}
		return 0
	}
	if at, err := http.ParseTime(v); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// answer is what a provider sent.
type answer struct {
	json    []byte
	model   string
	finish  string
	refusal string
	usage   Usage
}

// maxAnswer bounds an answer's text; a longer one is a runaway.
const maxAnswer = 64 << 10

// judge applies the whole-answer rule.
func judge(a answer, r Request, schema *validator) *fault {
	switch {
	case a.refusal != "":
		return &fault{code: codeRefusal, detail: "refused to answer"}
	case a.finish == "length":
		return &fault{code: codeCut, detail: "was cut at the length limit"}
	case a.finish == "content_filter":
		return &fault{code: codeRefusal, detail: "stopped by a content filter"}
	case a.finish != "stop":
		return &fault{code: codeCut, detail: "did not finish its answer"}
	case len(a.json) == 0:
		return &fault{code: codeEmpty, detail: "sent an empty answer", retry: true}
	case len(a.json) > maxAnswer:
		return &fault{code: codeHuge, detail: "sent far too much"}
	}
	if err := schema.check(a.json); err != nil {
		return &fault{code: codeSchema, detail: "did not keep to the form"}
	}
	if r.Accept != nil {
		if err := r.Accept(a.json); err != nil {
			return &fault{code: codeRejected, detail: "its answer did not pass: " + firstLine(err.Error()), cause: err}
		}
	}
	return nil
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + "…"
	}
	return s
}

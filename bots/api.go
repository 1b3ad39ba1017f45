package bots

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"footnote/pipeline"
)

// APIConfig configures an API.
type APIConfig struct {
	// Base is the address that paths are joined to, without a slash at its end.
	Base string
	// Auth sets the credentials of one request.
	Auth func(r *http.Request)
	// PerMinute is the account's limit while the platform's answers do not tell
	// it (ReadAllowance); 0 means unknown.
	PerMinute int
	HTTP      *http.Client
	Now       func() time.Time
}

// API calls a desk's JSON interface for its adapter: credentials, the account's
// rate limit (see Lane), bounded answers, errors classified once. It follows no
// redirect and repeats nothing: callers have queues. Safe for concurrent use.
type API struct {
	c     APIConfig
	call  Caller
	limit *limiter
}

// NewAPI builds an API. Invalid for a base that is no http or https URL, or has
// credentials in it.
func NewAPI(c APIConfig) (*API, error) {
	u, err := url.Parse(c.Base)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, pipeline.Errorf(pipeline.Invalid, "the desk's address must be an http or https URL without credentials")
	}
	c.Base = strings.TrimRight(c.Base, "/")
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Auth == nil {
		c.Auth = func(*http.Request) {}
	}
	return &API{c: c, call: Caller{HTTP: c.HTTP, Now: c.Now, Pulse: new(Pulse)}, limit: &limiter{now: c.Now, limit: c.PerMinute, left: c.PerMinute,
		reset: c.Now().Add(window)}}, nil
}

// Row is a row of a list that this API has just read: its ticket changed at a time.
func (a *API) Row(ref pipeline.TicketRef, at time.Time) Row {
	now := a.c.Now()
	return RowAt(ref, at, a.limit.deskNow(), now)
}

// Budget is what the account allows.
func (a *API) Budget() Budget { return a.limit.budget() }

// Pulse is what the calls came to.
func (a *API) Pulse() *Pulse { return a.call.Pulse }

// Request builds a request with credentials. path is joined to the base; an
// absolute URL, as platforms give for next pages, must be at the base's host.
// body is sent as JSON, []byte as it is, nil not at all. Invalid otherwise.
func (a *API) Request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	full, err := a.locate(path)
	if err != nil {
		return nil, err
	}
	raw, ok := body.([]byte)
	if !ok && body != nil {
		if raw, err = json.Marshal(body); err != nil {
			return nil, pipeline.Errorf(pipeline.Invalid, "write request: %w", err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, full, bytes.NewReader(raw))
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Invalid, "write request: %w", err)
	}
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	a.c.Auth(r)
	return r, nil
}

func (a *API) locate(path string) (string, error) {
	if !strings.Contains(path, "://") {
		return a.c.Base + path, nil
	}
	base, _ := url.Parse(a.c.Base) // checked in NewAPI
	u, err := url.Parse(path)
	if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || u.User != nil {
		return "", pipeline.Errorf(pipeline.Unavailable, "the desk names a next page at another address")
	}
	return path, nil
}

// do makes one call within the account's limit.
func (a *API) do(r *http.Request) (*http.Response, []byte, error) {
	if err := a.limit.wait(r.Context()); err != nil {
		return nil, nil, err
	}
	resp, body, err := a.call.do(r)
	if resp != nil {
		a.limit.learn(resp.StatusCode, resp.Header)
	}
	return resp, body, err
}

// Get reads path into v. Kinds are ClassifyRead's; an answer that is not such
// JSON is Unavailable. header may be nil; it is given the answer's headers.
func (a *API) Get(ctx context.Context, path string, v any, header ...*http.Header) error {
	return a.Do(ctx, http.MethodGet, path, nil, v, header...)
}

// Do makes a call that is safe to make twice (a read, a search, tags, status)
// and reads the answer into v, which may be nil. Kinds are ClassifyRead's, and
// Invalid for 400 and 422, Conflict for 409.
func (a *API) Do(ctx context.Context, method, path string, body, v any, header ...*http.Header) error {
	r, err := a.Request(ctx, method, path, body)
	if err != nil {
		return err
	}
	resp, raw, err := a.do(r)
	for _, h := range header {
		if resp != nil && h != nil {
			*h = resp.Header
		}
	}
	if err == nil {
		switch resp.StatusCode {
		case http.StatusBadRequest, http.StatusUnprocessableEntity:
			return pipeline.Errorf(pipeline.Invalid, "the desk refuses the call (%d %s)", resp.StatusCode, Plain(detail(raw), 200))
		case http.StatusConflict:
			return pipeline.Errorf(pipeline.Conflict, "the desk says that the ticket changed meanwhile")
		}
	}
	if err := ClassifyRead(resp, err, a.c.Now()); err != nil {
		return err
	}
	if v == nil {
		return nil
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "the desk's answer could not be understood")
	}
	return nil
}

// Post makes the one call that sends a reply or a note, and reads its
// identifier from the answer. The error is a *PostError, nil only for 2xx with
// an identifier. conflict, if given, tells a 409 that proves that nothing was
// written (verdict Moved) from one that does not.
func (a *API) Post(r *http.Request, readID func(body []byte) (string, error), conflict ...func(body []byte) bool) (string, error) {
	resp, body, err := a.do(r)
	if resp != nil && err != nil && resp.StatusCode >= 400 {
		err = nil // the status says it all; the rest of its body does not matter
	}
	if err == nil && resp.StatusCode == http.StatusConflict && len(conflict) > 0 && conflict[0](body) {
		return "", &PostError{Verdict: Moved, Status: resp.StatusCode, Say: "the ticket changed meanwhile"}
	}
	return a.call.posted(resp, body, err, readID)
}

// BeforePost turns the failure of a read that came before a POST into Post's
// error: the desk certainly does not have the reply.
func BeforePost(err error) error {
	if err == nil {
		return nil
	}
	pe := &PostError{Verdict: NotSent, Say: Plain(pipeline.Say(err), 200), Err: err}
	if ra, ok := errors.AsType[*pipeline.RetryAfterError](err); ok {
		pe.Verdict, pe.After = Throttled, ra.After
	}
	switch pipeline.KindOf(err) {
	case pipeline.NotFound, pipeline.Denied, pipeline.Invalid:
		pe.Verdict = Refused
	}
	return pe
}

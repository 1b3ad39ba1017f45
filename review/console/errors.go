package console

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"footnote/pipeline"
)

// statuses is the web's row of the error table: what a kind of error becomes.
var statuses = map[pipeline.Kind]struct {
	status int
	title  string
}{
	pipeline.NotFound:    {http.StatusNotFound, "Not here"},
	pipeline.Invalid:     {http.StatusUnprocessableEntity, "That cannot be done"},
	pipeline.Conflict:    {http.StatusConflict, "Somebody was faster"},
	pipeline.Denied:      {http.StatusForbidden, "Not allowed"},
	pipeline.Budget:      {http.StatusTooManyRequests, "A limit was reached"},
	pipeline.Unavailable: {http.StatusServiceUnavailable, "Not available right now"},
	pipeline.Internal:    {http.StatusInternalServerError, "Something went wrong"},
}

func statusOf(err error) int {
	if tooLarge(err) {
		return http.StatusRequestEntityTooLarge
	}
	return statuses[pipeline.KindOf(err)].status
}

func tooLarge(err error) bool {
	_, ok := errors.AsType[*http.MaxBytesError](err)
	return ok
}

// panicked is a handler's panic as an error.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// errorView is the page for anything that could not be done.
type errorView struct {
	Status    int    `json:"status"`
	Title     string `json:"title"`
	Say       string `json:"problem"`
	Reference string `json:"reference,omitempty"` // stands in the log beside the cause
	Kept      string `json:"-"`                   // what the person wrote
	Again     string `json:"-"`                   // the same page, when it is worth trying again
}

type errorPage struct {
	frame
	Error errorView
}

// fail answers with what the error's kind says. Only classified errors speak;
// others are logged under a reference, which is all the page shows.
func (c *Console) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // the browser left
	}
	v := c.explain(r, err)
	v.Kept = keptText(r)
	c.errorPage(w, r, v)
}

// explain turns an error into words, and logs it when it is ours.
func (c *Console) explain(r *http.Request, err error) errorView {
	cause := err
	if pipeline.KindOf(err) == pipeline.Internal && c.Transient(err) {
		cause, err = err, &pipeline.Error{Kind: pipeline.Unavailable, Say: passing(r), Err: err}
	}
	kind := pipeline.KindOf(err)
	v := errorView{Status: statusOf(err), Title: statuses[kind].title, Say: pipeline.Say(err)}
	switch {
	case tooLarge(err):
		v.Title, v.Say = "Too long", "That is larger than the console takes (4 MB). Nothing was sent or changed. Go back: your browser still has what you wrote. Then shorten it."
	case kind == pipeline.Internal || kind == pipeline.Unavailable:
		if kind == pipeline.Unavailable && r.Method == http.MethodGet && safePath(r.URL.RequestURI()) {
			v.Again = r.URL.RequestURI()
		}
		v.Reference = rand.Text()[:10]
		// the pattern, not the path: a path may hold a sign-in link
		c.Log.ErrorContext(r.Context(), "answer request", "reference", v.Reference, "route", r.Pattern, "agent", agentOf(r).ID, "error", cause)
	}
	return v
}

// passing says that the database is away, and what that means for what was asked.
func passing(r *http.Request) string {
	if r.Method == http.MethodGet {
		return "The database does not answer right now; it may be restarting. Nothing is lost. Try again in a moment."
	}
	return "The database did not answer; it may be restarting. Whether this was saved is not known: open the page again in a moment and look before you repeat it."
}

func (c *Console) errorPage(w http.ResponseWriter, r *http.Request, v errorView) {
	if v.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	if wantsData(r) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(v.Status)
		_ = json.NewEncoder(w).Encode(v) // the browser left
		return
	}
	if err := c.render(w, v.Status, "error", errorPage{frame: c.frame(r, v.Title, ""), Error: v}); err != nil {
		c.Log.ErrorContext(r.Context(), "render error page", "error", err)
		http.Error(w, v.Title, v.Status)
	}
}

func (c *Console) noSuchPage(http.ResponseWriter, *http.Request) error {
	return pipeline.Errorf(pipeline.NotFound, "There is no such page.")
}

// crossOrigin answers a form that another site sent; what stands in it is not shown.
func (c *Console) crossOrigin(w http.ResponseWriter, r *http.Request) error {
	c.errorPage(w, r, errorView{Status: http.StatusForbidden, Title: "Not allowed", Say: "This request came from another site. Nothing was changed."})
	return nil
}

// missing is what a page says when this process does not have its port.
func missing(what string) error {
	return pipeline.Errorf(pipeline.Unavailable, "%s cannot be read from this process.", what)
}

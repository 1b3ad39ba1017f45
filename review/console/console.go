package console

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"footnote/pipeline"
)

//go:embed templates/*.html assets
var files embed.FS

// Config of a Console. Access, Review, Tickets and Queue are required; a page whose
// port is nil says that this process does not have it.
type Config struct {
	Access      Access
	Review      Review
	Tickets     Tickets
	Queue       Queue
	Saved       Saved    // nil: there are no saved replies
	Presence    Presence // nil: nobody is told who else is at a ticket
	Finder      Finder   // nil: the editor searches nothing
	Snoozes     Snoozes  // nil: nothing can be put off
	People      People   // nil: nobody is added here
	Audit       Audit    // nil: no page shows the audit trail
	Reports     Reports
	Knowledge   Knowledge
	Curation    Curation // nil: nobody can remove a source
	Learning    Learning
	DeadLetters DeadLetters
	Unread      UnreadHooks                  // nil: the operations page lists none
	Skips       Skips                        // nil: what rules left out is not listed
	Drafting    Drafting                     // nil: the operations page has no switch
	Traces      Traces                       // nil: no page explains an id
	Live        Live                         // nil: pages do not update themselves
	Parts       func(context.Context) []Part // nil: the operations page lists none

	// Desk says whether a ticket's desk answers; nil: not known.
	Desk func(desk string) DeskState

	// Signature says in whose name a person's reply would stand at a desk; nil: not known.
	Signature func(ctx context.Context, desk string, a pipeline.Agent) Signature

	// Abstention is shown on the report; without points it is not.
	Abstention Abstention

	// Previews renders what chats are sent; nil outside development mode.
	Previews func() ([]Preview, error)

	// Transient tells errors that pass by themselves, as those of a database that
	// restarts; nil: none.
	Transient func(error) bool

	// PublicURL is how people reach the console; https makes cookies Secure.
	PublicURL string
	// Sandbox is the path of the built-in desk ("/sandbox/"); empty without one.
	Sandbox string
	Version string // shown in the footer; may be empty
	Log     *slog.Logger
	Now     func() time.Time // nil: time.Now
}

// Console serves the pages. It is safe for concurrent use.
type Console struct {
	Config
	secure bool
	pages  map[string]*template.Template
	assets map[string]asset

	closing chan struct{} // closed by Close: live streams end
	once    sync.Once
}

// New builds a Console and parses its templates. The error kind is Invalid when
// a required port is missing.
func New(cfg Config) (*Console, error) {
	if cfg.Access == nil || cfg.Review == nil || cfg.Tickets == nil || cfg.Queue == nil {
		return nil, pipeline.Errorf(pipeline.Invalid, "build console: access, review, tickets and queue are required")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Transient == nil {
		cfg.Transient = func(error) bool { return false }
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	c := &Console{Config: cfg, secure: strings.HasPrefix(strings.ToLower(cfg.PublicURL), "https://"), closing: make(chan struct{})}
	var err1, err2 error
	c.assets, err1 = loadAssets()
	c.pages, err2 = c.parse()
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	return c, nil
}

// Close ends the streams of live updates, so that a server can shut down; pages
// reconnect by themselves. It may be called more than once.
func (c *Console) Close() { c.once.Do(func() { close(c.closing) }) }

// TicketPath is the path of a ticket's page, for links from elsewhere.
func TicketPath(ref pipeline.TicketRef) string {
	if strings.Trim(ref.ID, ".") == "" { // a segment of dots would be taken for a folder
		return "/tickets/" + url.PathEscape(ref.Desk) + "?id=" + url.QueryEscape(ref.ID)
	}
	return "/tickets/" + url.PathEscape(ref.Desk) + "/" + url.PathEscape(ref.ID)
}

// SignInPath is the path of a one-time sign-in link's page.
func SignInPath(link string) string { return "/sign-in/" + url.PathEscape(link) }

// Handler serves every route of the console; mount it at "/".
func (c *Console) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range c.routes() {
		mux.Handle(r.pattern, c.serve(r))
	}
	mux.Handle("/", c.serve(route{pattern: "/", handle: c.noSuchPage}))
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(c.serve(route{handle: c.crossOrigin}))
	return guard.Handler(mux)
}

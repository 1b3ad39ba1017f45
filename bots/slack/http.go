package slack

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	api "github.com/slack-go/slack"

	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
)

// maxBody bounds what is read of a delivery.
const maxBody = 1 << 20

// Routes returns the handler of Slack's deliveries over HTTP: POST
// /slack/events, /slack/interactive and /slack/commands. Without a signing secret every
// route answers 404. Deliveries are authenticated by their raw body before
// anything is parsed; a bad or old signature is 401, a body over 1 MiB 413,
// junk 400, and 503 once Run has ended. Everything else, known or not, is 200.
func (c *Chat) Routes() http.Handler {
	mux := http.NewServeMux()
	if c.cfg.SigningSecret == "" {
		return mux
	}
	mux.HandleFunc("GET /slack/", probed)
	mux.HandleFunc("POST /slack/events", c.signed(c.serveEvents))
	mux.HandleFunc("POST /slack/interactive", c.signed(c.serveInteractive))
	mux.HandleFunc("POST /slack/commands", c.signed(c.serveCommands))
	return mux
}

// signed reads the body, at most maxBody, and lets through what Slack signed.
func (c *Chat) signed(next func(http.ResponseWriter, *http.Request, []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			code := http.StatusBadRequest
			if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
				code = http.StatusRequestEntityTooLarge
			}
			http.Error(w, "unreadable body", code)
			return
		}
		if sslCheck(string(body)) {
			return
		}
		if !c.authentic(r.Header, body) {
			c.Count("bad_signature")
			http.Error(w, "not signed by Slack", http.StatusUnauthorized)
			return
		}
		if r.Header.Get("X-Slack-Retry-Num") != "" {
			c.Count("retried")
			c.Log.Info("Slack delivers again", "attempt", r.Header.Get("X-Slack-Retry-Num"), "reason", layout.Line(r.Header.Get("X-Slack-Retry-Reason"), 40))
		}
		next(w, r, body)
	}
}

// sslCheck tells whether a body only asks whether our certificate is good: Slack sends
// that now and then, not always signed, and wants to hear 200. Nothing is done for it.
func sslCheck(body string) bool {
	if !strings.Contains(body, "ssl_check=1") {
		return false
	}
	q, err := url.ParseQuery(body)
	return err == nil && q.Get("ssl_check") == "1" && q.Get("command") == "" && q.Get("payload") == ""
}

// probed answers the same question when it is asked by GET.
func probed(w http.ResponseWriter, r *http.Request) {
	if !sslCheck(r.URL.RawQuery) {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "Slack posts here", http.StatusMethodNotAllowed)
	}
}

func (c *Chat) authentic(h http.Header, body []byte) bool {
	for _, secret := range []string{c.cfg.SigningSecret, c.cfg.OldSigningSecret} {
		if secret == "" {
			continue
		}
		v, err := api.NewSecretsVerifier(h, secret)
		if err != nil {
			continue
		}
		if _, err := v.Write(body); err == nil && v.Ensure() == nil {
			return true
		}
	}
	return false
}

func (c *Chat) serveEvents(w http.ResponseWriter, r *http.Request, body []byte) {
	e, err := client.ReadEvent(body)
	if err != nil {
		c.Unread(r.Context(), "not an event: "+err.Error(), body)
		http.Error(w, "not an event", http.StatusBadRequest)
		return
	}
	if e.Type == "url_verification" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = io.WriteString(w, e.Challenge)
		return
	}
	if !c.event(r.Context(), e) {
		http.Error(w, "not taken; deliver again", http.StatusServiceUnavailable)
	}
}

func (c *Chat) serveInteractive(w http.ResponseWriter, r *http.Request, body []byte) {
	q, err := url.ParseQuery(string(body))
	if err != nil {
		c.Unread(r.Context(), "not a form: "+err.Error(), body)
		http.Error(w, "not a form", http.StatusBadRequest)
		return
	}
	in, err := client.ReadInteraction([]byte(q.Get("payload")))
	if err != nil {
		c.Unread(r.Context(), "not an interaction: "+err.Error(), body)
		http.Error(w, "not an interaction", http.StatusBadRequest)
		return
	}
	answer, ok := c.interact(r.Context(), in)
	switch {
	case !ok:
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
	default:
		writeAnswer(c, w, answer)
	}
}

// writeAnswer answers Slack with JSON, or with nothing for nil.
func writeAnswer(c *Chat, w http.ResponseWriter, answer any) {
	if answer == nil {
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		c.Log.Debug("answer not delivered", "error", err)
	}
}

package requests

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"

	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// Slash is a slash command, from either transport.
type Slash struct {
	Text        string `json:"text"`
	User        string `json:"user_id"`
	Team        string `json:"team_id"`
	Channel     string `json:"channel_id"`
	ResponseURL string `json:"response_url"`
	Trigger     string `json:"trigger_id"`
}

func ReadSlash(q url.Values) Slash {
	return Slash{Text: q.Get("text"), User: q.Get("user_id"), Team: q.Get("team_id"), Channel: q.Get("channel_id"),
		ResponseURL: q.Get("response_url"), Trigger: q.Get("trigger_id")}
}

func (s Slash) request() request {
	id := s.Trigger
	if id == "" {
		sum := sha256.Sum256([]byte(s.User + "\x00" + s.Channel + "\x00" + s.ResponseURL + "\x00" + s.Text))
		id = hex.EncodeToString(sum[:16])
	}
	return request{surface: fromCommand, source: "command/" + id, user: s.User, team: s.Team, channel: s.Channel, text: s.Text, responseURL: s.ResponseURL}
}

// Slashed takes a slash command and returns what its author sees until the
// answer is there. False when no more work is taken.
func (c *Requests) Slashed(ctx context.Context, s Slash) (answer any) {
	if s.User == "" {
		c.Count("unreadable")
		return nil
	}
	say := "One moment…"
	if verb, _ := verbOf(s.Text); verb == "ask" {
		say = WaitWords
	}
	if err := c.take(ctx, s.request()); err != nil {
		c.Log.Error("command not noted", "error", err)
		say = "Footnote's database does not answer, so nothing was done. Try again in a moment."
	}
	return map[string]any{"response_type": "ephemeral", "text": say}
}

// verbs are the commands, in the order help shows them.
var verbs = []struct{ verb, usage, does string }{
	{"ask", "ask <question>", "a cited answer from the knowledge; only you see it"},
	{"status", "status", "whether everything works, and what waits"},
	{"queue", "queue", "your claims and the tickets that wait the longest"},
	{"report", "report [days]", "handling time, outcomes and decisions (managers)"},
	{"pause", "pause [reason]", "draft nothing until resumed (managers)"},
	{"resume", "resume", "draft again (managers)"},
	{"help", "help", "this list"},
}

// verbOf parts a command. Words that begin with no verb are a question.
func verbOf(s string) (verb, rest string) {
	s = strings.TrimSpace(s)
	verb, rest, _ = strings.Cut(s, " ")
	if i := strings.IndexAny(verb, "\n\t"); i >= 0 {
		verb, rest = verb[:i], verb[i+1:]+" "+rest
	}
	verb, rest = strings.ToLower(verb), strings.TrimSpace(rest)
	for _, v := range verbs {
		if verb == v.verb {
			return verb, rest
		}
	}
	switch {
	case s == "":
		return "help", ""
	case rest == "" && !strings.ContainsAny(s, "?¿？؟"):
		return "", s
	}
	return "ask", s
}

// command carries out a slash command.
func (c *Requests) command(ctx context.Context, r *request, by pipeline.Agent) (ending, error) {
	verb, rest := verbOf(r.text)
	if verb == "ask" {
		return c.ask(ctx, r, by, true)
	}
	if verb == "help" || verb == "" {
		p := helpPage()
		if verb == "" {
			p.Parts[0].Parts = append([]layout.Part{layout.Says(layout.Text("There is no command “" + layout.Line(rest, 60) + "”."))}, p.Parts[0].Parts...)
		}
		return ending{state: stateAnswered, page: p, say: "help"}, nil
	}
	if c.cfg.Office == nil {
		return ending{}, pipeline.Errorf(pipeline.Unavailable, "This process cannot do that: it has no reports and no switch.")
	}
	p, err := c.office(ctx, verb, rest, by)
	if err != nil {
		return ending{}, err
	}
	return ending{state: stateAnswered, page: p, say: verb}, nil
}

func (c *Requests) office(ctx context.Context, verb, rest string, by pipeline.Agent) (layout.Page, error) {
	switch verb {
	case "status":
		o, err := c.cfg.Office.Overview(ctx, by)
		return statusPage(o), err
	case "queue":
		w, err := c.cfg.Office.Work(ctx, by)
		c.cardsOf(ctx, w.Claims, w.Open)
		return queuePage(w, c.TicketPage), err
	case "report":
		days := 7
		if n, err := strconv.Atoi(rest); err == nil && n >= 1 && n <= 366 {
			days = n
		} else if rest != "" {
			return layout.Page{}, pipeline.Errorf(pipeline.Invalid, "“%s” is no number of days from 1 to 366.", layout.Line(rest, 40))
		}
		f, err := c.cfg.Office.Report(ctx, by, days)
		c.cardsOf(ctx, f.Waiting)
		return reportPage("Report", f, c.TicketPage), err
	}
	s, err := c.cfg.Office.Pause(ctx, by, verb == "pause", layout.Line(readable(rest, ""), 200))
	if err != nil {
		return layout.Page{}, err
	}
	title := "Drafting goes on"
	if s.Paused {
		title = "Drafting is paused"
	}
	return layout.Page{Notice: title, Parts: []layout.Sheet{{Title: title, Parts: []layout.Part{switchPart(s)}}}}, nil
}

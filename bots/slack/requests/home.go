package requests

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	api "github.com/slack-go/slack"

	"footnote/bots"
	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

// Home is what one person's Home tab shows.
type Home struct {
	Name string
	Work Work
	At   time.Time
	// Page links a ticket to the console; "" leaves the link out. May be nil.
	Page func(pipeline.TicketRef) string
	// Console is its address; empty leaves the button out.
	Console string
}

// homeLines is how many tickets each list of the Home tab shows.
const homeLines = 15

func (h Home) page() layout.Page {
	link := h.Page
	if link == nil {
		link = func(pipeline.TicketRef) string { return "" }
	}
	top := layout.Sheet{Title: "Your claims", Parts: linesOf(h.Work.Claims, link, homeLines), ID: "home", Buttons: []layout.Button{{Action: layout.ActRefresh, Label: "Refresh", Value: "home"}}}
	if len(h.Work.Claims) == 0 {
		top.Parts = []layout.Part{layout.Says(layout.Text("You have claimed nothing. Claim a draft in the triage channel or in the console, and it stands here."))}
	}
	if h.Console != "" {
		top.Buttons = append(top.Buttons, layout.Button{Action: cards.ActConsole, Label: "Open the console", URL: h.Console})
	}
	if h.Work.Switch.Paused {
		top.Parts = append([]layout.Part{switchPart(h.Work.Switch)}, top.Parts...)
	}
	open := layout.Sheet{Title: "Waiting for anybody", Parts: linesOf(h.Work.Open, link, homeLines)}
	if len(h.Work.Open) == 0 {
		open.Parts = []layout.Part{layout.Says(layout.Text("Nothing waits for a person."))}
	} else if h.Work.OpenTotal > len(h.Work.Open) {
		open.Notes = []string{inAll(h.Work)}
	}
	week := layout.Sheet{Title: "Your week", Parts: []layout.Part{weekPart(h.Work.Week)}, Notes: []string{strings.TrimPrefix(layout.Line(h.Name, 80)+", ", ", ") + "as of " + h.At.UTC().Format("2 Jan 2006 15:04 UTC")}}
	return layout.Page{Notice: "Home", Parts: []layout.Sheet{top, open, week}}
}

func weekPart(w Week) layout.Part {
	p := layout.Part{}
	p.Add(layout.Bold(fmt.Sprint(w.Approved)), layout.Text(" approved as drafted, "), layout.Bold(fmt.Sprint(w.Edited)), layout.Text(" edited, "), layout.Bold(fmt.Sprint(w.Rejected)),
		layout.Text(" rejected, "), layout.Bold(fmt.Sprint(w.HandedOff)), layout.Text(" handed off"))
	if w.Tickets == 0 {
		p.Add(layout.Text("No handling time was measured in the last seven days."))
	} else {
		p.Add(layout.Text("Handling time: "), layout.Bold(span(w.MedianMS)), layout.Text(fmt.Sprintf(" median over %s", many(w.Tickets, "ticket", "tickets"))))
	}
	return p
}

// ShowHome publishes a person's Home tab: their work, or why there is nothing
// to see.
func (c *Requests) ShowHome(ctx context.Context, user, team string) {
	by, err := c.Agent(ctx, user, team)
	var p layout.Page
	switch {
	case err == nil && c.cfg.Office == nil:
		p = layout.SayPage("This process has no queue to show. Use the console.")
	case err == nil:
		var w Work
		if w, err = c.cfg.Office.Work(ctx, by); err == nil {
			c.cardsOf(ctx, w.Claims, w.Open)
			p = Home{Name: by.Name, Work: w, At: c.Now(), Page: c.TicketPage, Console: c.ConsoleURL}.page()
		}
	}
	if err != nil {
		p = layout.SayPage(c.explained(ctx, request{surface: fromHome, user: user, team: team}, err))
	}
	if err := c.publish(ctx, user, p); err != nil {
		c.Log.Warn("Home tab not shown", "user", user, "error", err)
	}
}

// homeSeen is how long after opening it a Home tab is kept up to date.
const homeSeen = 15 * time.Minute

// homeViews remembers who opened their Home tab lately, in this process.
type homeViews struct {
	mu    sync.Mutex
	seen  map[string]homeView
	dirty bool
}

type homeView struct {
	team string
	at   time.Time
}

func (h *homeViews) opened(user, team string, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seen == nil || len(h.seen) > 1000 {
		h.seen = map[string]homeView{}
	}
	h.seen[user] = homeView{team, at}
}

// changed says that what Home tabs show may have changed.
func (h *homeViews) changed() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dirty = true
}

// take returns whose Home tab is to be shown again: nobody's when nothing changed.
func (h *homeViews) take(now time.Time) map[string]homeView {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.dirty {
		return nil
	}
	h.dirty = false
	maps.DeleteFunc(h.seen, func(_ string, v homeView) bool { return now.Sub(v.at) > homeSeen })
	return maps.Clone(h.seen)
}

// QueueChanged says that what Home tabs show may have changed.
func (c *Requests) QueueChanged() { c.homes.changed() }

// RefreshHomes shows the Home tabs that people opened lately as things are now.
func (c *Requests) RefreshHomes(ctx context.Context) {
	for user, v := range c.homes.take(c.Now()) {
		c.ShowHome(ctx, user, v.team)
	}
}

func (c *Requests) publish(ctx context.Context, user string, p layout.Page) error {
	for _, rich := range []bool{true, false} {
		v := api.HomeTabViewRequest{Type: api.VTHomeTab, Blocks: api.Blocks{BlockSet: p.Blocks(rich)}}
		if len(layout.LintBlocks(v.Blocks.BlockSet, layout.MaxViewBlocks)) > 0 {
			continue
		}
		var err error
		for range 3 {
			_, err = c.API.PublishViewContext(ctx, api.PublishViewContextRequest{UserID: user, View: v})
			if gap := gapOf(c.Refusal("home", "show Home tab", err)); gap == 0 || gap > shortGap || bots.Sleep(ctx, gap) != nil {
				break
			}
		}
		if v, code := client.Classify(err); v == client.Refused && client.LayoutRefused(code) && rich {
			continue
		}
		return c.Refusal("home", "show Home tab", err)
	}
	return pipeline.Errorf(pipeline.Invalid, "the Home tab is beyond Slack's limits")
}

// explained is what a person is told of an error on a surface that is no
// request by itself. What is not their own doing is kept under a reference.
func (c *Requests) explained(ctx context.Context, r request, err error) string {
	r.ref, r.tries = newReference(), 1
	r.source = r.surface + "/" + r.ref
	o := c.trouble(r, err)
	if o.state != stateFailed {
		return o.say
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteFor)
	defer cancel()
	_, kept := addRequest(ctx, c.Pool, r)
	if kept == nil {
		kept = endRequest(ctx, c.Pool, r, o.state, o.say, o.cause)
	}
	if kept != nil {
		c.Log.Error("failure not kept", "reference", r.ref, "error", kept)
	}
	return o.say
}

// HomeOpened reads app_home_opened.
func (c *Requests) HomeOpened(ctx context.Context, e client.Event) {
	var in struct {
		Event struct {
			Tab string `json:"tab"`
		} `json:"event"`
	}
	if json.Unmarshal(e.Raw, &in) == nil && in.Event.Tab == "home" {
		c.homes.opened(client.IDOf(e.Event.User), "", c.Now())
		c.ShowHome(ctx, client.IDOf(e.Event.User), "")
	}
}

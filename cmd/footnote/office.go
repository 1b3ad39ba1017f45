package main

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/bots"
	"footnote/bots/slack"
	"footnote/bots/slack/requests"
	"footnote/pipeline"
	"footnote/pipeline/tracking"
	"footnote/review/access"
	"footnote/review/audit"
	"footnote/review/console"
	"footnote/review/measure"
	"footnote/review/work"
)

// slackSettings are the Slack workspace where agents work.
type slackSettings struct {
	SlackBotToken      Secret `yaml:"slack_bot_token" env:"SLACK_BOT_TOKEN" default:"" help:"xoxb-…; empty: no Slack"`
	SlackAppToken      Secret `yaml:"slack_app_token" env:"SLACK_APP_TOKEN" default:"" help:"xapp-… for Socket Mode; empty: HTTP mode"`
	SlackSigningSecret Secret `yaml:"slack_signing_secret" env:"SLACK_SIGNING_SECRET" default:"" least:"16" help:"for HTTP mode; empty: its routes are closed"`
	SlackChannel       string `yaml:"slack_channel" env:"SLACK_CHANNEL" default:"" help:"id of the triage channel where cards are posted"`
	SlackQueues        string `yaml:"slack_queues" env:"SLACK_QUEUES" default:"" help:"where cards of a queue go instead, by its name: a channel or a person, e.g. refunds=C01ABC,billing=U02DEF"`
	SlackGroups        string `yaml:"slack_groups" env:"SLACK_GROUPS" default:"" help:"roles by Slack user group, e.g. S01ABC=agent,S02DEF=manager; empty: the role of each account"`
	SlackReactions     string `yaml:"slack_reactions" env:"SLACK_REACTIONS" default:"+1=good,-1=bad" help:"emoji on answers that count as feedback; empty: none"`
	SlackDigest        string `yaml:"slack_digest" env:"SLACK_DIGEST" default:"" help:"daily or weekly (Mondays): figures for managers posted in Slack; empty: never"`
	SlackDigestChannel string `yaml:"slack_digest_channel" env:"SLACK_DIGEST_CHANNEL" default:"" help:"id of the channel for the digest; empty: slack_channel"`
	SlackDigestHour    int    `yaml:"slack_digest_hour" env:"SLACK_DIGEST_HOUR" default:"8" help:"hour of the day (UTC) from which the digest is posted"`
	SlackAPIURL        string `yaml:"slack_api_url" env:"SLACK_API_URL" default:"" help:"Slack's API; empty: the real one"`
}

func (s slackSettings) check(p *problems) {
	if s.SlackBotToken != "" && s.SlackChannel == "" {
		p.bad("slack_channel: required with slack_bot_token")
	}
	if s.SlackBotToken != "" && s.SlackAppToken == "" && s.SlackSigningSecret == "" {
		p.bad("slack_app_token or slack_signing_secret: one of them is required with slack_bot_token")
	}
	for key, value := range map[string]string{"slack_groups": s.SlackGroups, "slack_queues": s.SlackQueues, "slack_reactions": s.SlackReactions} {
		if _, err := pairs(value); err != nil {
			p.bad("%s: %v", key, err)
		}
	}
	p.oneOf("slack_digest", s.SlackDigest, "", "daily", "weekly")
}

// slackSurfaces fills what Slack's commands, mentions and the Home tab need.
func (a *app) slackSurfaces(cfg *slack.Config) {
	cfg.Asker, cfg.Office = asker{a}, office{a}
	cfg.Groups, _ = pairs(a.c.SlackGroups) // checked when the settings were read
	cfg.Queues, _ = pairs(a.c.SlackQueues) // the same
	cfg.DigestChannel = a.c.SlackDigestChannel
	cfg.Reactions, _ = pairs(a.c.SlackReactions) // the same
	cfg.Digest = requests.DigestConfig{Every: a.c.SlackDigest, Hour: a.c.SlackDigestHour, Channel: a.c.SlackDigestChannel,
		Figures: func(ctx context.Context, from, to time.Time) (requests.Figures, error) {
			r, err := a.reports.Report(ctx, measure.Filter{From: from, To: to})
			if err != nil {
				return requests.Figures{}, err
			}
			return office{a}.withWork(ctx, figures(r))
		}}
}

func mayDecide(role string) bool { return access.May(role, access.Decide) }

// takers are the people and queues that a ticket can be handed off to.
func (a *app) takers(ctx context.Context, by pipeline.Agent) ([]bots.Taker, error) {
	accounts, err := a.access.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	var out []bots.Taker
	for _, p := range accounts {
		if p.ID != by.ID && p.DisabledAt.IsZero() && mayDecide(p.Role) {
			out = append(out, bots.Taker{Agent: p.ID, Name: cmp.Or(p.Name, p.Email)})
		}
	}
	choices, err := a.work.Choices(ctx)
	for _, q := range choices.Queues {
		out = append(out, bots.Taker{Queue: q})
	}
	return out, err
}

// asker answers colleagues' questions as `footnote ask` does.
type asker struct{ a *app }

func (k asker) Ask(ctx context.Context, q requests.Question) (pipeline.Draft, error) {
	if !access.May(q.By.Role, access.SeeKnowledge) {
		return pipeline.Draft{}, pipeline.Errorf(pipeline.Denied, "Your role (%s) may not ask the knowledge.", q.By.Role)
	}
	audiences := []pipeline.Audience{pipeline.Public}
	if q.Internal {
		audiences = append(audiences, pipeline.Restricted)
	}
	d, err := k.a.drafter.Answer(ctx, q.Text, "", audiences)
	if err != nil && pipeline.KindOf(err) == pipeline.Internal && ctx.Err() == nil {
		err = pipeline.Errorf(pipeline.Unavailable, "The knowledge cannot be searched right now. Try again in a moment: %w", err)
	}
	return d, err
}

// office is what Slack's commands and Home tab read and change. Each method
// asks the table of roles itself, whatever the surface showed.
type office struct{ a *app }

func allow(by pipeline.Agent, p access.Permission, what string) error {
	if access.May(by.Role, p) {
		return nil
	}
	return pipeline.Errorf(pipeline.Denied, "Your role (%s) may not %s. Ask a manager.", by.Role, what)
}

func (o office) Overview(ctx context.Context, by pipeline.Agent) (requests.Overview, error) {
	var out requests.Overview
	err := allow(by, access.SeeTickets, "see how Footnote is doing")
	if err != nil {
		return out, err
	}
	if out.Switch, err = o.switched(ctx); err != nil {
		return out, err
	}
	for _, p := range o.a.parts(ctx) {
		out.Parts = append(out.Parts, requests.Part{Name: p.Name, OK: p.OK, Detail: p.Detail})
	}
	if out.Pending, err = o.a.tracker.Pending(ctx); err != nil {
		return out, err
	}
	n, err := o.a.work.Counts(ctx, work.Filter{}, work.Todo)
	out.Waiting, out.More = n[work.Todo].N, n[work.Todo].More
	return out, err
}

func (o office) Work(ctx context.Context, by pipeline.Agent) (requests.Work, error) {
	var out requests.Work
	err := allow(by, access.SeeTickets, "see tickets")
	if err != nil {
		return out, err
	}
	if out.Switch, err = o.switched(ctx); err != nil {
		return out, err
	}
	mine, err := o.a.work.Queue(ctx, work.Filter{View: work.Mine, Agent: by.ID})
	if err != nil {
		return out, err
	}
	open := work.Filter{States: []pipeline.WorkState{pipeline.WorkToReview, pipeline.WorkToWrite}, Limit: 15}
	free, err := o.a.work.Queue(ctx, open)
	if err != nil {
		return out, err
	}
	n, err := o.a.work.Counts(ctx, open, work.Todo)
	if err != nil {
		return out, err
	}
	out.Claims, out.Open = queueLines(mine.Rows), queueLines(free.Rows)
	out.OpenTotal, out.OpenMore = n[work.Todo].N, n[work.Todo].More
	now := time.Now()
	p, err := o.a.reports.Person(ctx, by.ID, now.AddDate(0, 0, -7), now)
	out.Week = requests.Week{Approved: p.Approved, Edited: p.Edited, Rejected: p.Rejected, HandedOff: p.HandedOff, Tickets: p.Handling.N, MedianMS: p.Handling.MedianMS}
	return out, err
}

func queueLines(rows []work.Row) []requests.Line {
	var out []requests.Line
	for _, r := range rows {
		from := r.Requester.Name
		if from == "" {
			from = r.Requester.Email
		}
		out = append(out, requests.Line{Ticket: r.Ticket, Subject: r.Subject, From: from, State: inWords(r), ArrivedAt: r.WaitsSince})
	}
	return out
}

// whyWords say why nothing is to be reviewed, or why again.
var whyWords = map[pipeline.WorkWhy]string{
	pipeline.WhyReturned: "came back: not sent", pipeline.WhyUndone: "taken back: not sent", pipeline.WhyDrafting: "a draft is being written", pipeline.WhyPaused: "paused, will be drafted",
	pipeline.WhyHeldOut: "to be answered without a draft", pipeline.WhyFailed: "drafting failed", pipeline.WhyAbstained: "no source answers it",
	pipeline.WhyRejected: "to write: the draft was rejected", pipeline.WhyHandedOff: "handed off", pipeline.WhyStale: "the draft is out of date",
	pipeline.WhyNoDraft: "to write: no draft", pipeline.WhyAnsweredByUs: "answered", pipeline.WhyAnsweredAtDesk: "answered at the desk",
	pipeline.WhyResolvedAtDesk: "resolved at the desk", pipeline.WhyNothingToDo: "nothing to answer",
}

// inWords says where a ticket stands.
func inWords(r work.Row) string {
	switch {
	case r.State == pipeline.WorkClaimed:
		return "claimed by " + r.Owner.Name
	case r.State == pipeline.WorkSnoozed:
		return "snoozed until " + r.Until.UTC().Format("2 Jan 15:04 UTC")
	case r.Why == pipeline.WhyNoDraft && r.Reason != "":
		return "no draft: " + r.Reason
	case r.Why != "":
		return whyWords[r.Why]
	case r.State == pipeline.WorkOnItsWay:
		return "on its way"
	}
	return "a draft waits"
}

func (o office) Report(ctx context.Context, by pipeline.Agent, days int) (requests.Figures, error) {
	if err := allow(by, access.SeeReports, "read reports"); err != nil {
		return requests.Figures{}, err
	}
	r, err := o.a.reports.Report(ctx, measure.Filter{From: time.Now().AddDate(0, 0, -days)})
	if err != nil {
		return requests.Figures{}, err
	}
	return o.withWork(ctx, figures(r))
}

// workStates are the states of work that a report counts, in the order of the queue.
var workStates = []struct {
	state pipeline.WorkState
	name  string
}{{pipeline.WorkToReview, "to review"}, {pipeline.WorkToWrite, "to write"}, {pipeline.WorkClaimed, "claimed"}, {pipeline.WorkOnItsWay, "on its way"},
	{pipeline.WorkSnoozed, "snoozed"}, {pipeline.WorkWaiting, "waiting for the customer"}}

// withWork adds how much work there is now.
func (o office) withWork(ctx context.Context, f requests.Figures) (requests.Figures, error) {
	for _, s := range workStates {
		n, err := o.a.work.Counts(ctx, work.Filter{States: []pipeline.WorkState{s.state}}, work.All)
		if err != nil {
			return f, err
		}
		f.Work = append(f.Work, requests.Count{Name: s.name, N: n[work.All].N, More: n[work.All].More})
	}
	free, err := o.a.work.Queue(ctx, work.Filter{States: []pipeline.WorkState{pipeline.WorkToReview, pipeline.WorkToWrite}, Limit: 3})
	f.Waiting = queueLines(free.Rows)
	return f, err
}

func figures(r measure.Report) requests.Figures {
	duration := func(name string, f measure.Figure) requests.Duration {
		return requests.Duration{Name: name, N: f.N, MedianMS: f.MedianMS, P90MS: f.P90MS, LowMS: f.LowMS, HighMS: f.HighMS}
	}
	out := requests.Figures{From: r.From, To: r.To, Arrivals: r.Arrivals, Pending: r.Pending, Distance: r.Distance, CostMicros: r.CostMicros,
		FirstResponse: duration("first response", r.FirstResponse)}
	for _, f := range r.Handling {
		out.Handling = append(out.Handling, duration(measuredHow(f), f))
	}
	for _, k := range pipeline.OutcomeKinds {
		out.Outcomes = append(out.Outcomes, requests.Count{Name: strings.ReplaceAll(string(k), "_", " "), N: r.Outcomes[k]})
	}
	for _, k := range []struct{ kind, name string }{{"approve", "approved as drafted"}, {"edit", "edited"}, {"reject", "rejected"}, {"hand_off", "handed off"}} {
		out.Decisions = append(out.Decisions, requests.Count{Name: k.name, N: r.Decisions[k.kind]})
	}
	out.Replies = r.Decisions["approve"] + r.Decisions["edit"]
	return out
}

// measuredHow names one kind of handling time in a manager's words.
func measuredHow(f measure.Figure) string {
	kind := map[string]string{"measured": "measured", "native": "recorded by the desk", "proxy": "from assignment to reply"}[f.Kind]
	arm := map[pipeline.Arm]string{pipeline.ArmTreatment: "with a draft", pipeline.ArmControl: "without a draft (control)"}[f.Arm]
	return cmp.Or(arm, string(f.Arm)) + ", " + cmp.Or(kind, f.Kind)
}

func (o office) Pause(ctx context.Context, by pipeline.Agent, paused bool, reason string) (requests.Switch, error) {
	s, err := draftingSwitch(o).Turn(ctx, by, paused, reason)
	return requests.Switch(s), err
}

func (o office) switched(ctx context.Context) (requests.Switch, error) {
	s, err := draftingSwitch(o).Switch(ctx)
	return requests.Switch(s), err
}

// draftingSwitch pauses and resumes drafting, with a row in the audit log.
type draftingSwitch struct{ a *app }

func (d draftingSwitch) Switch(ctx context.Context) (console.Switch, error) {
	s, err := d.a.tracker.Switch(ctx)
	if err != nil {
		return console.Switch{}, err
	}
	return d.shown(s), nil
}

// shown is the switch as people see it: the setting counts too.
func (d draftingSwitch) shown(s tracking.Switch) console.Switch {
	out := console.Switch{Paused: s.Paused, By: s.By, Reason: s.Reason, At: s.At}
	if d.a.c.Paused && !s.Paused {
		out = console.Switch{Paused: true, Reason: "by the setting “paused”"}
	}
	return out
}

// Turn sets the switch for a person whose role may. Conflict when the setting
// holds drafting paused.
func (d draftingSwitch) Turn(ctx context.Context, by pipeline.Agent, paused bool, reason string) (console.Switch, error) {
	if err := allow(by, access.Pause, "pause or resume drafting"); err != nil {
		return console.Switch{}, err
	}
	if !paused && d.a.c.Paused {
		return console.Switch{}, pipeline.Errorf(pipeline.Conflict, "The setting “paused” holds drafting: whoever runs Footnote must change it.")
	}
	var now tracking.Switch
	err := pgx.BeginFunc(ctx, d.a.p.pool, func(tx pgx.Tx) error {
		var turned bool
		var err error
		if now, turned, err = d.a.tracker.Turn(ctx, tx, tracking.Switch{Paused: paused, ByID: by.ID, By: by.Name, Reason: reason}); err != nil || !turned {
			return err
		}
		action := map[bool]string{true: "drafting.paused", false: "drafting.resumed"}[paused]
		return audit.Append(ctx, tx, audit.Entry{Actor: by.ID, Action: action, Object: "drafting", Detail: map[string]string{"reason": reason}})
	})
	if err != nil {
		return console.Switch{}, err
	}
	return d.shown(now), nil
}

// diagnoseChat is what doctor finds out by asking Slack: token, permissions, channels,
// and whether anybody could approve.
func (a *app) diagnoseChat(ctx context.Context) []result {
	if a.chat == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var out []result
	for _, f := range a.chat.Diagnose(ctx) {
		r := result{Name: "Slack " + f.Name, OK: f.OK, Optional: true, Found: f.Saw}
		if !f.OK {
			r.Found, r.Problem, r.Advice = "", secretText.ReplaceAllString(f.Saw, "***"), f.Fix
		}
		out = append(out, r)
	}
	return out
}

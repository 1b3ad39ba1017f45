package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"

	"footnote/bots"
	"footnote/bots/health"
	"footnote/bots/intake"
	"footnote/bots/sandbox"
	"footnote/bots/slack"
	"footnote/bots/slack/client"
	"footnote/bots/webhook"
	"footnote/knowledge/library"
	"footnote/knowledge/qdrant"
	"footnote/pipeline"
	"footnote/pipeline/bus"
	"footnote/pipeline/drafting"
	"footnote/pipeline/llm"
	"footnote/pipeline/policy"
	"footnote/pipeline/tracking"
	"footnote/review"
	"footnote/review/access"
	"footnote/review/audit"
	"footnote/review/console"
	"footnote/review/measure"
	"footnote/review/work"
)

// webhookSettings are the desk that speaks the plain webhook contract.
type webhookSettings struct {
	WebhookSecret      Secret `yaml:"webhook_secret" env:"FOOTNOTE_WEBHOOK_SECRET" default:"" least:"16" help:"whsec_… of the generic webhook desk, two separated by a comma while one replaces the other; empty: its route is closed"`
	WebhookReplySecret Secret `yaml:"webhook_reply_secret" env:"FOOTNOTE_WEBHOOK_REPLY_SECRET" default:"" least:"16" help:"signs what goes out to the webhook desk; empty: the first webhook_secret"`
	WebhookReplyURL    string `yaml:"webhook_reply_url" env:"FOOTNOTE_WEBHOOK_REPLY_URL" default:"" help:"where approved replies of the webhook desk are posted"`
	WebhookThreadURL   string `yaml:"webhook_thread_url" env:"FOOTNOTE_WEBHOOK_THREAD_URL" default:"" help:"where a ticket can be read back; empty: ambiguous sends are asked about"`
	WebhookChangedURL  string `yaml:"webhook_changed_url" env:"FOOTNOTE_WEBHOOK_CHANGED_URL" default:"" help:"lists tickets changed since a time, asked every reconcile interval; needs webhook_thread_url; empty: missed webhooks stay missed"`
}

func (s webhookSettings) check(p *problems) {
	p.address("webhook_reply_url", s.WebhookReplyURL)
	p.address("webhook_thread_url", s.WebhookThreadURL)
	p.address("webhook_changed_url", s.WebhookChangedURL)
	if s.WebhookChangedURL != "" && s.WebhookThreadURL == "" {
		p.bad("webhook_changed_url: needs webhook_thread_url, which reads the tickets it names")
	}
}

// sandboxSettings are the desk to try things on.
type sandboxSettings struct {
	Sandbox      bool   `yaml:"sandbox" own:"process" env:"FOOTNOTE_SANDBOX" default:"true" help:"run the built-in sandbox desk at /sandbox/"`
	SandboxURL   string `yaml:"sandbox_url" own:"process" env:"FOOTNOTE_SANDBOX_URL" default:"" help:"a sandbox desk in another process, instead of the built-in one"`
	SandboxToken Secret `yaml:"sandbox_token" own:"process" env:"FOOTNOTE_SANDBOX_TOKEN" default:"" least:"16" help:"API token and webhook secret of the sandbox desk; empty: kept in the data directory"`
}

func (s sandboxSettings) check(p *problems) {
	p.address("sandbox_url", s.SandboxURL)
}

// app holds every part of Footnote, built and wired but not started: commands
// use the parts directly, serve.go starts them. The ports that packages declare
// are filled here and nowhere else.
type app struct {
	c       Config
	log     *slog.Logger
	metrics *metrics
	p       *platform

	knowledge *library.Library
	index     *qdrant.Collections
	gateway   *llm.Gateway // nil without a model
	policy    *policy.Keeper
	embedder  *llm.Embedder // nil without one
	reranker  *llm.Reranker // nil without an endpoint
	tally     counted24     // of drafts, for health
	drafter   *drafting.Drafter
	tracker   *tracking.Tracker
	work      *work.Service
	review    *review.Service
	reports   *measure.Reporter
	auditLog  *audit.Log
	access    *access.Service
	desks     []bots.Desk
	health    *health.Watch   // of the desks; nil until serve
	secret    string          // of the sandbox desk
	sandbox   *sandbox.Server // nil until serve starts it, or when it is elsewhere or off
	chat      *slack.Chat     // nil without Slack

	syncing sync.Mutex
	// elsewhere says that this process serves, and another one syncs knowledge.
	elsewhere bool
	shows     bool // it serves the console
	prover    *prover
	closer    closers
	url       string   // of this process, once it listens
	front     *front   // nil: serve listens itself
	wait      patience // of the start
	proofs    sync.Map // by store: *proof
	// operationsURL is where machines ask, when that is elsewhere.
	operationsURL string

	// The fault campaign's child dies at a named point and seeds bugs; both do
	// nothing in production, where no setting reaches them.
	step  func(point string)
	spoil func(consumer string, h bus.Handler) bus.Handler
}

// openApp opens the platform and builds every part. On error nothing is left
// open. Options are for tests: they see the app before anything is built.
func openApp(ctx context.Context, c Config, log *slog.Logger, options ...func(*app)) (_ *app, err error) {
	a := &app{c: c, log: log, wait: patience{log: log}, metrics: newMetrics(), step: func(string) {}, spoil: func(_ string, h bus.Handler) bus.Handler { return h }}
	for _, o := range options {
		o(a)
	}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	stopTraces, err := startTraces(ctx, c, log)
	if err != nil {
		return nil, err
	}
	a.closer.add(func() {
		if err := stopTraces(context.Background()); err != nil {
			log.Warn("traces not flushed", "error", err)
		}
	})
	if a.p, err = openPlatform(ctx, c, a.metrics, a.step, a.wait, log); err != nil {
		return nil, err
	}
	a.closer.add(a.p.close)
	for _, build := range []func(context.Context) error{a.buildPeople, a.buildPolicy, a.buildModel, a.buildKnowledge, a.buildDrafting, a.buildReview, a.buildDesks, a.buildChat} {
		if err := build(ctx); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *app) close() { a.closer.run() }

func (a *app) buildPeople(ctx context.Context) error {
	a.access = access.New(access.Config{Pool: a.p.pool, Longest: a.c.SessionForMost})
	err := a.wait.until(ctx, "PostgreSQL", func(ctx context.Context) error {
		_, err := a.access.Ensure(ctx, pipeline.Agent{Name: a.c.AdminName, Email: a.c.AdminEmail, Role: "admin"})
		return err
	})
	if err != nil && pipeline.KindOf(err) == pipeline.Denied {
		return nil // somebody removed it, and another administrator is there
	}
	return err
}

// buildPolicy takes the policy file in.
func (a *app) buildPolicy(ctx context.Context) error {
	a.policy = policy.Keep(ctx, a.c.PolicyFile, policy.Store{Pool: a.p.pool}, a.log)
	return nil
}

func (a *app) buildReview(context.Context) error {
	a.tracker = tracking.New(tracking.Config{Pool: a.p.pool, Publisher: a.p.bus, Threads: newThreads(func() []bots.Desk { return a.desks }), Says: drafting.Courtesy, Holdout: a.c.Holdout, Seed: "footnote",
		Paused: func() bool { return a.c.Paused }, Log: a.log})
	a.work = work.New(work.Config{Pool: a.p.pool, Log: a.log})
	a.review = review.New(review.Config{Pool: a.p.pool, Work: a.work, Publisher: a.p.bus, Dead: a.tracker, Tickets: a.tracker, Checker: editChecker{a}, Policy: judge{a}, IdleLimit: a.c.IdleLimit, UndoFor: a.c.UndoSend, Log: a.log})
	a.reports = measure.New(a.p.pool)
	a.auditLog = audit.NewLog(a.p.pool)
	return nil
}

// buildDesks makes an adapter for every configured desk.
func (a *app) buildDesks(context.Context) error {
	if a.c.Sandbox || a.c.SandboxURL != "" {
		a.secret = string(a.c.SandboxToken)
		if a.secret == "" {
			var err error
			if a.secret, err = keptSecret(a.c.Data, "sandbox-token"); err != nil {
				return err
			}
		}
	}
	if a.c.SandboxURL != "" {
		d, err := sandbox.NewClient(sandbox.ClientConfig{BaseURL: a.c.SandboxURL, Token: a.secret, Secrets: []string{a.secret}})
		if err != nil {
			return fmt.Errorf("build sandbox desk: %w", err)
		}
		a.desks = append(a.desks, d)
	}
	if a.c.WebhookSecret != "" || a.c.WebhookReplyURL != "" {
		d, err := webhook.New(webhook.Config{Secrets: a.c.WebhookSecret.list(), ReplySecret: string(a.c.WebhookReplySecret), ReplyURL: a.c.WebhookReplyURL,
			ThreadURL: a.c.WebhookThreadURL, ChangedURL: a.c.WebhookChangedURL})
		if err != nil {
			return fmt.Errorf("build webhook desk: %w", err)
		}
		a.desks = append(a.desks, d)
	}
	return a.buildAccounts()
}

// openSandbox starts the built-in desk and its adapter; both speak HTTP to this
// process's own address, as a desk elsewhere would.
func (a *app) openSandbox() error {
	if !a.c.Sandbox || a.c.SandboxURL != "" {
		return nil
	}
	s, err := sandbox.Open(sandbox.Config{Path: filepath.Join(a.c.Data, "sandbox.jsonl"), WebhookURL: a.url + "/hooks/sandbox", Secret: a.secret, Token: a.secret,
		PublicURL: cmp.Or(strings.TrimSuffix(a.c.PublicURL, "/"), a.url), Brand: "Fernhill Help", Locales: []string{"en", "de"}, Log: a.log})
	if err != nil {
		return fmt.Errorf("open sandbox desk: %w", err)
	}
	d, err := sandbox.NewClient(sandbox.ClientConfig{BaseURL: a.url, Token: a.secret, Secrets: []string{a.secret}})
	if err != nil {
		return fmt.Errorf("build sandbox desk: %w", err)
	}
	a.sandbox, a.desks = s, append(a.desks, d)
	return nil
}

func (a *app) buildChat(context.Context) error {
	if a.c.SlackBotToken == "" {
		return nil
	}
	cfg := slack.Config{
		Config: client.Config{Token: string(a.c.SlackBotToken), AppToken: string(a.c.SlackAppToken), Channel: a.c.SlackChannel, APIURL: a.c.SlackAPIURL,
			ConsoleURL: a.c.PublicURL, Page: console.TicketPath, Approves: mayDecide, Pool: a.p.pool, People: a.access, Quarantine: intake.NewQuarantine(a.p.pool), Log: a.log},
		SigningSecret: string(a.c.SlackSigningSecret), Reviewer: permitted{a.review}, History: past{a.review}, Snoozer: putter{a.work}, Takers: a.takers, Grace: a.c.Grace}
	a.slackSurfaces(&cfg)
	cfg.Support = support{a}
	chat, err := slack.New(cfg)
	if err != nil {
		return fmt.Errorf("build Slack: %w", err)
	}
	a.chat = chat
	return nil
}

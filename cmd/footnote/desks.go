package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/bots"
	"footnote/bots/delivery"
	"footnote/bots/filing"
	"footnote/pipeline"
	"footnote/review/console"
)

// allDesksSettings are what all desks share.
type allDesksSettings struct {
	Desks     string        `yaml:"desks" env:"FOOTNOTE_DESKS" default:"" help:"further accounts of a platform, separated by commas, e.g. zendesk-eu; their settings begin with zendesk_eu_"`
	Settle    time.Duration `yaml:"settle" env:"FOOTNOTE_SETTLE" default:"30s" help:"wait before looking at the desk for a reply whose fate is unknown"`
	SendLimit time.Duration `yaml:"send_timeout" env:"FOOTNOTE_SEND_TIMEOUT" default:"40s" help:"longest time from starting to send a reply to knowing; after it another process asks the desk"`
	Reconcile time.Duration `yaml:"reconcile" env:"FOOTNOTE_RECONCILE" default:"60s" help:"how often desks are asked for what webhooks missed; 0: never"`
}

// deskSettings are one account's settings at a platform: a struct of fields
// with the tags of Config, but keys and variables without the account's prefix
// (yaml:"subdomain" env:"SUBDOMAIN").
type deskSettings interface {
	// configured tells whether anything is set: else the account has no desk.
	configured() bool
}

// deskKit is what every adapter may need to be built.
type deskKit struct {
	Name   string // of the account: in routes and ticket references
	Config *Config
	Pool   *pgxpool.Pool
	People bots.People
	Log    *slog.Logger
}

// platform of desks: its settings and how to build one account's adapter.
type deskKind struct {
	settings func() deskSettings // a pointer to a new struct
	build    func(deskKit, deskSettings) (bots.Desk, error)
}

// deskKinds are the platforms by name; each registers itself in its desk_*.go.
var deskKinds = map[string]deskKind{}

// registerDesk adds a platform. Call it for a package variable:
//
//	var _ = registerDesk("zendesk", func(k deskKit, s *zendeskSettings) (bots.Desk, error) { … })
func registerDesk[S any, P interface {
	*S
	deskSettings
}](name string, build func(deskKit, P) (bots.Desk, error)) bool {
	deskKinds[name] = deskKind{settings: func() deskSettings { return P(new(S)) },
		build: func(k deskKit, s deskSettings) (bots.Desk, error) { return build(k, s.(P)) }}
	return true
}

// account is one configured account at a platform.
type account struct {
	name, kind string
	settings   deskSettings
	show       *delivery.ShowMode // how drafts are shown in the desk
	tags       *string            // what becomes of a ticket, as tags there
	after      *string            // its status there after a reply
}

// prefix of the account's keys: zendesk-eu has zendesk_eu_subdomain.
func (a account) prefix() string { return strings.ReplaceAll(a.name, "-", "_") + "_" }

// openAccounts makes room for the settings of one account at each platform,
// named as the platform, and for those that the setting "desks" names besides.
func (c *Config) openAccounts(more string) []error {
	c.accounts = nil
	var problems []error
	names := make([]string, 0, len(deskKinds))
	for kind := range deskKinds {
		names = append(names, kind)
	}
	slices.Sort(names)
	for name := range strings.SplitSeq(more, ",") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		kind, _, _ := strings.Cut(name, "-")
		k, ok := deskKinds[kind]
		if !ok || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			problems = append(problems, fmt.Errorf("desks: %q is no platform and a name, such as zendesk-eu", name))
			continue
		}
		c.accounts = append(c.accounts, account{name, kind, k.settings(), new(delivery.ShowMode), new(string), new(string)})
	}
	return problems
}

// moreDesks finds the setting "desks" before the others, for it makes settings.
func moreDesks(file string, sets []string, getenv func(string) string) string {
	more := ""
	if b, err := os.ReadFile(file); err == nil {
		var v struct {
			Desks string `yaml:"desks"`
		}
		if yaml.Unmarshal(b, &v) == nil { // problems are reported when the whole file is read
			more = v.Desks
		}
	}
	if v := getenv("FOOTNOTE_DESKS"); v != "" {
		more = v
	}
	for _, s := range sets {
		if v, ok := strings.CutPrefix(s, "desks="); ok {
			more = v
		}
	}
	return more
}

// deskRoles take tickets in, read them and answer them.
const deskRoles = "ingress tracking delivery"

// fields are the account's settings under its prefix.
func (a account) fields() []setting {
	v := reflect.ValueOf(a.settings).Elem()
	var out []setting
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		if tag.Get("yaml") == "" {
			continue
		}
		out = append(out, setting{key: a.prefix() + tag.Get("yaml"), env: "FOOTNOTE_" + strings.ToUpper(a.prefix()) + tag.Get("env"),
			def: tag.Get("default"), help: a.name + ": " + tag.Get("help"), least: leastOf(tag), v: v.Field(i), roles: deskRoles})
	}
	besides := func(key, help string, v *string) {
		out = append(out, setting{key: a.prefix() + key, env: "FOOTNOTE_" + strings.ToUpper(a.prefix()+key), help: a.name + ": " + help, v: reflect.ValueOf(v).Elem(), roles: deskRoles})
	}
	besides("tags", "tags by what became of a ticket, e.g. sent=footnote_sent, edited=footnote_edited, abstained=footnote_none; the words are "+strings.Join(filing.Words, ", "), a.tags)
	besides("after_send", "status of a ticket after a reply was sent: pending, solved; empty: as it is", a.after)
	return append(out, setting{key: a.prefix() + "show", env: "FOOTNOTE_" + strings.ToUpper(a.prefix()) + "SHOW", def: string(delivery.ShowNone),
		help: a.name + ": drafts are shown in the desk itself: none, note (private note), draft (its own draft, where it has one)", v: reflect.ValueOf(a.show).Elem(), roles: deskRoles})
}

// buildAccounts makes the adapter of every account with settings.
func (a *app) buildAccounts() error {
	for _, acc := range a.c.accounts {
		if !acc.settings.configured() {
			continue
		}
		d, err := deskKinds[acc.kind].build(deskKit{Name: acc.name, Config: &a.c, Pool: a.p.pool, People: a.access, Log: a.log}, acc.settings)
		if err != nil {
			return fmt.Errorf("build desk %s: %w", acc.name, err)
		}
		a.desks = append(a.desks, d)
	}
	return nil
}

// deskToBe is a desk that has no settings yet, for setup to say what to do first; nil
// where the platform's adapter cannot be without.
func (a *app) deskToBe(name string) bots.Desk {
	for _, acc := range a.c.accounts {
		if acc.name != name || acc.settings.configured() {
			continue
		}
		d, err := deskKinds[acc.kind].build(deskKit{Name: acc.name, Config: &a.c, Pool: a.p.pool, People: a.access, Log: a.log}, acc.settings)
		if err == nil {
			return d
		}
	}
	return nil
}

// showMode is how an account's drafts are shown at its desk.
func (a *app) showMode(desk string) delivery.ShowMode {
	for _, acc := range a.c.accounts {
		if acc.name == desk && acc.show != nil {
			return *acc.show
		}
	}
	return delivery.ShowNone
}

// showFinding says whether drafts can be shown at a desk as the settings want it;
// nothing where they want nothing.
func (a *app) showFinding(d bots.Desk) []bots.Finding {
	mode := a.showMode(d.Name())
	if mode == "" || mode == delivery.ShowNone {
		return nil
	}
	f := bots.Finding{Name: "drafts", OK: true, Saw: "shown at the desk as " + string(mode)}
	if _, edits := d.(bots.NoteEditor); mode == delivery.ShowNote && !edits {
		f.Saw += ", which this desk does not let us change: it says as of when it is true, and leads to the page that is kept up to date"
	}
	if err := delivery.Shows(d, mode); err != nil {
		f = bots.Finding{Name: "drafts", Saw: "not shown at the desk", Fix: pipeline.Say(err) + "."}
	}
	return []bots.Finding{f}
}

// showChecks are doctor's: a setting that no desk of its kind can follow.
func (a *app) showChecks() (list []check) {
	for _, d := range a.desks {
		if err := delivery.Shows(d, a.showMode(d.Name())); err != nil {
			list = append(list, check{name: "drafts at " + d.Name(), optional: true, advice: "Drafts are shown here and in Slack; nothing else waits for this.",
				run: func(context.Context) error { return err }})
		}
	}
	return list
}

// filingRule is how an account's tickets are filed. Invalid for settings that cannot be.
func (acc account) filingRule() (filing.Rule, error) {
	r, err := filing.ParseRule(*acc.tags, *acc.after)
	if err != nil {
		return r, fmt.Errorf("%s: %w", acc.name, err)
	}
	return r, nil
}

// filer files tickets at the desks whose accounts want it. A rule that cannot be read
// files nothing and stops nothing: desk check says so.
func (a *app) filer() (*filing.Filer, error) {
	rules := map[string]filing.Rule{}
	for _, acc := range a.c.accounts {
		r, err := acc.filingRule()
		if err != nil && acc.settings.configured() {
			a.log.Error("tickets are not filed at this desk", "desk", acc.name, "error", err)
		}
		rules[acc.name] = r
	}
	return filing.New(filing.Config{Desks: a.desks, Rules: rules, Log: a.log, Metrics: a.metrics.registry})
}

// filingFindings say what a desk's tags and status come to; nothing where none are set.
func (a *app) filingFindings(d bots.Desk) (out []bots.Finding) {
	for _, acc := range a.c.accounts {
		if acc.name != d.Name() {
			continue
		}
		r, err := acc.filingRule()
		switch problems := filing.Check(d, r); {
		case err != nil:
			out = append(out, bots.Finding{Name: "filing", Saw: "the settings cannot be read, and nothing is tagged", Fix: pipeline.Say(err) + "."})
		case len(problems) > 0:
			out = append(out, bots.Finding{Name: "filing", Saw: "the desk cannot do what the settings want", Fix: strings.Join(problems, "; ") + "."})
		case !r.Empty():
			out = append(out, bots.Finding{Name: "filing", OK: true, Saw: fmt.Sprintf("%s tagged; after a reply the ticket is %s", many(len(r.Tags), "kind"), cmp.Or(string(r.AfterSend), "left as it is"))})
		}
	}
	return out
}

// shower shows drafts in the desks whose accounts want it.
func (a *app) shower() (*delivery.Shower, error) {
	modes := map[string]delivery.ShowMode{}
	for _, acc := range a.c.accounts {
		if acc.settings.configured() {
			modes[acc.name] = *acc.show
		}
	}
	return delivery.NewShower(delivery.ShowerConfig{Desks: a.desks, Modes: modes, Drafts: a.review, Pool: a.p.pool, Settle: a.c.Settle, Log: a.log,
		Page: func(ref pipeline.TicketRef) string { return a.publicURL() + console.TicketPath(ref) }})
}

package main

import (
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/peer"
	"footnote/review/console"
)

//go:embed all:sample
var sampleFiles embed.FS

type upCmd struct {
	Sample      bool `help:"Load the sample knowledge and let sample customers write."`
	Development bool `help:"Show pages for people who work on Footnote, such as /development/slack."`
}

// Run runs every role until a signal comes.
func (cmd *upCmd) Run(ctx context.Context, g globals) error {
	c, err := g.load()
	if err != nil {
		return err
	}
	if cmd.Sample && c.Knowledge == "" {
		c.Knowledge = sampleKnowledge
	}
	c.Development = c.Development || cmd.Development
	a, err := openServing(ctx, c, newLog(c))
	if err != nil {
		return err
	}
	defer a.close()
	return a.during(ctx, allRoles, func(ctx context.Context) error {
		link, err := a.signInLink(ctx, atStart, a.c.AdminEmail)
		if err != nil && pipeline.KindOf(err) == pipeline.Denied { // somebody removed the first account
			link, err = "footnote login ADDRESS makes a link", nil
		}
		if err != nil {
			return err
		}
		a.welcome(stdout, link)
		if cmd.Sample {
			if err := a.loadSample(ctx, stdout); err != nil {
				return err
			}
		}
		<-ctx.Done()
		fmt.Fprintln(stdout, "\nStopping; work under way is finished first.")
		return nil
	})
}

// welcome says where everything is.
func (a *app) welcome(out io.Writer, link string) {
	var embedded []string
	for _, part := range []struct{ name, setting string }{{"NATS", a.c.NATSURL}, {"PostgreSQL", string(a.c.DatabaseURL)}, {"search index", a.c.QdrantURL}} {
		if part.setting == "" {
			embedded = append(embedded, part.name)
		}
	}
	drafter := "extractive (set OPENAI_MODEL for a model)"
	if a.gateway != nil {
		drafter = a.c.OpenAIModel + ", extractive when it fails"
	}
	fmt.Fprintf(out, "\nFootnote is running.\n\n")
	fmt.Fprintf(out, "  Sign in (works once)   %s\n", link)
	if a.sandbox != nil {
		fmt.Fprintf(out, "  Write as a customer    %s/sandbox/\n", a.publicURL())
	}
	if a.c.Development {
		fmt.Fprintf(out, "  Slack preview          %s/development/slack\n", a.publicURL())
	}
	fmt.Fprintf(out, "  Health                 %s/readyz\n", a.url)
	fmt.Fprintf(out, "  Drafts                 %s\n", drafter)
	fmt.Fprintf(out, "  Embedded               %s\n", orNone(strings.Join(embedded, ", ")))
	fmt.Fprintf(out, "  Data                   %s\n", a.c.Data)
	fmt.Fprintf(out, "\nA new link: footnote login. Stop: Ctrl-C.\n\n")
}

func orNone(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// atStart stands in the audit log for the link that is printed when Footnote starts.
var atStart = pipeline.Agent{ID: "footnote"}

func (a *app) signInLink(ctx context.Context, by pipeline.Agent, email string) (string, error) {
	token, err := a.access.Link(ctx, by, email)
	if err != nil {
		return "", err
	}
	return a.publicURL() + console.SignInPath(token), nil
}

// findConsole makes links lead to a console: this process's, the one that another
// process serves, or, when none runs, where one will listen.
func (a *app) findConsole(ctx context.Context) error {
	if a.c.PublicURL != "" || a.shows {
		return nil
	}
	list, err := peer.List(ctx, a.p.pool)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		a.url = "http://" + a.c.Listen
		return nil
	}
	host, _ := os.Hostname() // unknown: no host is like it
	elsewhere := ""
	for _, p := range list {
		switch {
		case !p.Has(roleConsole):
		case p.PublicURL != "":
			a.url = p.PublicURL
			return nil
		case p.Host == host:
			a.url = p.URL
			return nil
		default:
			elsewhere = p.Host
		}
	}
	if elsewhere != "" {
		return pipeline.Errorf(pipeline.Invalid, "the console runs on %s, and how people reach it is not said: set public_url (FOOTNOTE_PUBLIC_URL) to its address", elsewhere)
	}
	return pipeline.Errorf(pipeline.NotFound, "no process serves the console: start one with the role %s, or set public_url (FOOTNOTE_PUBLIC_URL) to where it will be", roleConsole)
}

type loginCmd struct {
	Email string `arg:"" optional:"" help:"Account; empty: the first one (setting admin_email)."`
}

// Run carries the command to the installation.
func (cmd *loginCmd) Run(ctx context.Context, g globals) error { return g.onInstallation(ctx, cmd) }

func (cmd *loginCmd) run(ctx context.Context, a *app, out io.Writer) error {
	email := cmd.Email
	if email == "" {
		email = a.c.AdminEmail
	}
	if err := a.findConsole(ctx); err != nil {
		return err
	}
	link, err := a.signInLink(ctx, onCommandLine, email)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, link)
	return nil
}

type serveCmd struct {
	Roles []string `default:"ingress,tracking,drafting,delivery,knowledge,console" help:"Any of ${default}."`
}

// Run runs the named roles until a signal comes.
func (cmd *serveCmd) Run(ctx context.Context, g globals) error {
	c, err := g.load()
	if err != nil {
		return err
	}
	log := newLog(c)
	a, err := openServing(ctx, c, log)
	if err != nil {
		return err
	}
	defer a.close()
	return a.during(ctx, cmd.Roles, func(ctx context.Context) error {
		log.Info("serving", "roles", strings.Join(cmd.Roles, ","), "address", a.url)
		<-ctx.Done()
		log.Info("stopping")
		return nil
	})
}

// openServing is openApp for a process that serves: it listens at once and waits for
// what it stands on, in whatever order that is started.
func openServing(ctx context.Context, c Config, log *slog.Logger) (*app, error) {
	if c.NATSURL == "" && c.DatabaseURL == "" && c.QdrantURL == "" {
		return openApp(ctx, c, log)
	}
	f, err := openFront(c)
	if err != nil {
		return nil, err
	}
	a, err := openApp(ctx, c, log, func(a *app) { a.front, a.wait = f, f.patience(log) })
	if err != nil {
		f.close()
		return nil, err
	}
	a.closer.add(f.close)
	return a, nil
}

// sampleFS returns a part of the built-in sample.
func sampleFS(dir string) fs.FS {
	sub, err := fs.Sub(sampleFiles, "sample/"+dir)
	if err != nil { // the directory is compiled in
		panic(err)
	}
	return sub
}

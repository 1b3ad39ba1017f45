package main

import (
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"footnote/pipeline"
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
	a, err := openApp(ctx, c, newLog(c))
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

// willListen lets a link name the address of a Footnote that is not running: it
// works once it does.
func (a *app) willListen() {
	if a.url == "" {
		a.url = "http://" + a.c.Listen
	}
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
	a.willListen()
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
	a, err := openApp(ctx, c, log)
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

// sampleFS returns a part of the built-in sample.
func sampleFS(dir string) fs.FS {
	sub, err := fs.Sub(sampleFiles, "sample/"+dir)
	if err != nil { // the directory is compiled in
		panic(err)
	}
	return sub
}

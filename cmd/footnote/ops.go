package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"footnote/pipeline"
)

// command is a subcommand that works on an installation. When one is running on
// the data directory, the command runs inside that process (its embedded parts
// are open there); otherwise this process opens the installation for it.
type command interface {
	run(ctx context.Context, a *app, out io.Writer) error
}

// onInstallation runs cmd where the installation is; more is added to the command
// line that a running process gets. The error kind is NotFound when there is none: a
// misspelt directory must not become one.
func (g globals) onInstallation(ctx context.Context, cmd command, more ...string) error {
	c, err := g.load()
	if err != nil {
		return err
	}
	_, running := os.Stat(addressFile(c)) // it may have its database elsewhere
	_, embedded := os.Stat(filepath.Join(c.Data, "postgres"))
	if c.DatabaseURL == "" && errors.Is(running, fs.ErrNotExist) && errors.Is(embedded, fs.ErrNotExist) {
		return pipeline.Errorf(pipeline.NotFound, "there is no Footnote in %s; name its directory with --data or FOOTNOTE_DATA, or begin one with footnote up", c.Data)
	}
	return g.openOrBegin(ctx, cmd, more...)
}

// openOrBegin is onInstallation for commands that may be the first on a new one.
func (g globals) openOrBegin(ctx context.Context, cmd command, more ...string) error {
	c, err := g.load()
	if err != nil {
		return err
	}
	if url, err := os.ReadFile(addressFile(c)); err == nil {
		err := remote(ctx, c, strings.TrimSpace(string(url)), slices.Concat(os.Args[1:], more), stdout)
		if _, gone := errors.AsType[*notRunning](err); !gone {
			return err
		}
	}
	log := commandLog(c)
	a, err := openApp(ctx, c, log, func(a *app) { a.wait = forCommand(log) })
	if err != nil {
		return err
	}
	defer a.close()
	return cmd.run(ctx, a, stdout)
}

// addressFile holds the URL of the process that runs on the data directory.
func addressFile(c Config) string { return filepath.Join(c.Data, "address") }

type notRunning struct{ error }

func (e *notRunning) Unwrap() error { return e.error }

// remote runs a command line in the process at url and copies what it prints.
func remote(ctx context.Context, c Config, url string, args []string, out io.Writer) error {
	token, err := keptSecret(c.Data, "ops-token")
	if err != nil {
		return err
	}
	body, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("write command: %w", err)
	}
	word, err := greet(ctx, token, url)
	if err != nil {
		return err
	}
	req, err := proven(ctx, token, url, word, body)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return &notRunning{err}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return pipeline.Errorf(pipeline.Denied, "the footnote at %s refused the command (%s)", url, resp.Status)
	}
	if _, err := io.Copy(out, resp.Body); err != nil {
		return fmt.Errorf("read answer of %s: %w", url, err)
	}
	if say := resp.Trailer.Get("Footnote-Error"); say != "" {
		kind, _ := strconv.Atoi(resp.Trailer.Get("Footnote-Kind")) // absent: internal
		return pipeline.Errorf(pipeline.Kind(kind), "%s", say)
	}
	return nil
}

// addRunRoutes lets command lines run in this process, for whoever can read the token
// in the data directory.
func (a *app) addRunRoutes(mux *http.ServeMux) error {
	token, err := keptSecret(a.c.Data, "ops-token")
	if err != nil {
		return err
	}
	d := newDoorman(token)
	mux.HandleFunc("POST /ops/hello", d.hello)
	mux.HandleFunc("POST /ops/run", func(w http.ResponseWriter, r *http.Request) {
		body, ok := d.admits(r)
		if !ok {
			http.Error(w, "This route is for command lines that prove the token in the data directory.", http.StatusForbidden)
			return
		}
		var args []string
		if err := json.Unmarshal(body, &args); err != nil {
			http.Error(w, "Send the command line as a JSON list.", http.StatusBadRequest)
			return
		}
		w.Header().Set("Trailer", "Footnote-Error, Footnote-Kind")
		w.WriteHeader(http.StatusOK)
		if err := a.runLine(r.Context(), args, flusher{w}); err != nil {
			w.Header().Set("Footnote-Error", strings.ReplaceAll(secretText.ReplaceAllString(err.Error(), "***"), "\n", " "))
			w.Header().Set("Footnote-Kind", strconv.Itoa(int(pipeline.KindOf(err))))
		}
	})
	return nil
}

// runLine parses a command line as main does and runs it on this app.
func (a *app) runLine(ctx context.Context, args []string, out io.Writer) error {
	var c cli
	k, err := kong.New(&c, kong.Name("footnote"), kong.Writers(out, out), kong.Exit(func(int) {}))
	if err != nil {
		return fmt.Errorf("build command line: %w", err)
	}
	kctx, err := k.Parse(args)
	if err != nil {
		return pipeline.Errorf(pipeline.Invalid, "%w", err)
	}
	cmd, ok := kctx.Selected().Target.Addr().Interface().(command)
	if !ok {
		return pipeline.Errorf(pipeline.Conflict, "a footnote is already running on %s; stop it first", a.c.Data)
	}
	return cmd.run(ctx, a, out)
}

// flusher sends what is printed at once.
type flusher struct{ w http.ResponseWriter }

func (f flusher) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	_ = http.NewResponseController(f.w).Flush() // unsupported only in tests
	return n, err
}

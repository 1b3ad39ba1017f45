package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"footnote/knowledge"
	"footnote/pipeline"
)

type knowledgeCmd struct {
	Sync    knowledgeSyncCmd    `cmd:"" help:"Sync the configured source now."`
	List    knowledgeListCmd    `cmd:"" help:"List sources, documents and quarantine."`
	Show    knowledgeShowCmd    `cmd:"" help:"Show one document with its passages."`
	Decide  knowledgeDecideCmd  `cmd:"" help:"Decide what a key of a source's pages says about who may read them, or take that back."`
	Remove  knowledgeRemoveCmd  `cmd:"" help:"Take a source that is not configured any more out of search."`
	Rebuild knowledgeRebuildCmd `cmd:"" help:"Make the search index anew beside the old one and swap them, such as for new qdrant_ settings."`
	Adopt   knowledgeAdoptCmd   `cmd:"" help:"Make the search index this installation's own, whosever it was: only when the other is gone for good."`
}

type knowledgeSyncCmd struct {
	AllowEmpty bool   `help:"The source is empty on purpose: take all its documents out of search."`
	Meant      string `hidden:"" help:"What the setting knowledge is where the command was typed."`
}

// Run carries the command to the installation, with the setting that it was typed with.
func (cmd *knowledgeSyncCmd) Run(ctx context.Context, g globals) error {
	c, err := g.load()
	if err != nil {
		return err
	}
	return g.openOrBegin(ctx, cmd, "--meant="+absolute(c.Knowledge))
}

// absolute is the setting knowledge as it reads in any directory.
func absolute(place string) string {
	if place == "" || place == sampleKnowledge {
		return place
	}
	if abs, err := filepath.Abs(place); err == nil {
		return abs
	}
	return place
}

func (cmd *knowledgeSyncCmd) run(ctx context.Context, a *app, out io.Writer) error {
	if own := absolute(a.c.Knowledge); cmd.Meant != "" && cmd.Meant != own {
		return pipeline.Errorf(pipeline.Conflict, "nothing was synced: this command has knowledge=%s, but the running footnote has %s; restart it with the new setting, or sync without it", cmd.Meant, orNone(own))
	}
	if err := a.syncSource(ctx, out, cmd.AllowEmpty); err != nil {
		return err
	}
	same, err := a.knowledge.Recount(ctx)
	if err == nil && !same {
		fmt.Fprintln(out, "What search keeps in memory was not as the documents say; it was read anew.")
	}
	return err
}

type knowledgeRebuildCmd struct{}

// Run carries the command to the installation.
func (cmd *knowledgeRebuildCmd) Run(ctx context.Context, g globals) error {
	return g.onInstallation(ctx, cmd)
}

func (cmd *knowledgeRebuildCmd) run(ctx context.Context, a *app, out io.Writer) error {
	n, err := a.knowledge.Rebuild(ctx)
	if err == nil {
		fmt.Fprintf(out, "The search index was made anew: %s.\n", many(n, "passage"))
	}
	return err
}

type knowledgeAdoptCmd struct{}

// Run carries the command to the installation.
func (cmd *knowledgeAdoptCmd) Run(ctx context.Context, g globals) error {
	return g.openOrBegin(ctx, cmd)
}

func (cmd *knowledgeAdoptCmd) run(ctx context.Context, a *app, out io.Writer) error {
	if err := a.knowledge.Adopt(ctx); err != nil {
		return err
	}
	fmt.Fprintln(out, "The search index is this installation's own now, and holds its passages.")
	return nil
}

type knowledgeListCmd struct {
	Query string `arg:"" optional:"" help:"Words in title or path."`
	Limit int    `default:"200" help:"At most so many documents, 1 or more."`
}

// Run carries the command to the installation.
func (cmd *knowledgeListCmd) Run(ctx context.Context, g globals) error {
	return g.onInstallation(ctx, cmd)
}

func (cmd *knowledgeListCmd) run(ctx context.Context, a *app, out io.Writer) error {
	if cmd.Limit < 1 {
		return pipeline.Errorf(pipeline.Invalid, "--limit=%d: give a number of documents, 1 or more", cmd.Limit)
	}
	page, err := a.knowledge.ListDocuments(ctx, knowledge.DocumentFilter{Text: cmd.Query, Limit: cmd.Limit})
	if err != nil {
		return err
	}
	bad, err := a.knowledge.ListQuarantine(ctx, "")
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "DOCUMENT\tVERSION\tAUDIENCE\tLOCALE\tPASSAGES\tTITLE")
	for _, d := range page.Documents {
		switch {
		case d.LeftOut:
			d.Title += " (left out, not searched)"
		case d.Quarantine != "":
			d.Title += " (in quarantine, not searched)"
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%d\t%s\n", d.ID, d.Version, d.Audience, d.Locale, d.Passages, d.Title)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d of %s.\n", len(page.Documents), many(page.Total, "document"))
	for _, q := range bad {
		fmt.Fprintf(out, "%s: %s/%s: %s\n", fateWord(q.Fate), q.Source, q.Path, q.Reason)
	}
	decided, err := a.knowledge.ListDecisions(ctx, "")
	for _, d := range decided {
		fmt.Fprintf(out, "decided by %s on %s: in %s, %s means %s\n", d.By, d.At.UTC().Format(time.DateOnly), d.Source, d, d.Means)
	}
	return err
}

type knowledgeShowCmd struct {
	Document string `arg:"" help:"Document id, as listed."`
	Version  int    `help:"An older version; 0: the current one."`
}

// Run carries the command to the installation.
func (cmd *knowledgeShowCmd) Run(ctx context.Context, g globals) error {
	return g.onInstallation(ctx, cmd)
}

func (cmd *knowledgeShowCmd) run(ctx context.Context, a *app, out io.Writer) error {
	d, err := a.knowledge.FindDocument(ctx, cmd.Document, cmd.Version)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n%s, version %d of %d, %s, %s\n", d.Document.Title, d.Document.ID, d.Shown, d.Document.Version, cmp.Or(string(d.Document.Audience), "audience not kept"), orNone(d.Document.URL))
	for _, r := range d.Document.Reasons {
		fmt.Fprintf(out, "because: %s\n", r)
	}
	for _, p := range d.Passages {
		fmt.Fprintf(out, "\n── %d  %s  [%d:%d]\n%s\n", p.Ordinal, strings.Join(p.Heading, " › "), p.Start, p.End, p.Text)
	}
	return nil
}

type knowledgeRemoveCmd struct {
	Source string `arg:"" help:"Its name, as the Knowledge page has it."`
	Yes    bool   `help:"Remove it without asking."`
}

// Run carries the command to the installation; without --yes, once to say what
// would go, and again when whoever sits at the terminal agrees.
func (cmd *knowledgeRemoveCmd) Run(ctx context.Context, g globals) error {
	if err := g.onInstallation(ctx, cmd); err != nil || cmd.Yes {
		return err
	}
	if !agreed(os.Stdin, stdout) {
		return pipeline.Errorf(pipeline.Invalid, "nothing was removed; --yes removes it without asking")
	}
	cmd.Yes = true
	return g.onInstallation(ctx, cmd, "--yes")
}

// agreed asks at a terminal; elsewhere nobody agrees.
func agreed(in *os.File, out io.Writer) bool {
	if info, err := in.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	fmt.Fprint(out, "Remove it? [y/N] ")
	var answer string
	_, _ = fmt.Fscanln(in, &answer) // no answer is no
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes")
}

func (cmd *knowledgeRemoveCmd) run(ctx context.Context, a *app, out io.Writer) error {
	if cmd.Yes {
		n, err := a.removeSource(ctx, cmd.Source, "command line")
		if err == nil {
			fmt.Fprintf(out, "Source “%s” is removed; documents out of search: %d.\n", cmd.Source, n)
		}
		return err
	}
	if err := a.removable(cmd.Source); err != nil {
		return err
	}
	sources, err := a.knowledge.ListSources(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, s := range sources {
		if s.Name == cmd.Source {
			fmt.Fprintf(out, "Source “%s” (%s), documents: %d. They would leave search at once, and open drafts that cite them go out of date; what was quoted from them stays readable.\n",
				s.Name, s.Location, s.Documents)
			return nil
		}
		names = append(names, s.Name)
	}
	return pipeline.Errorf(pipeline.NotFound, "there is no source %s; there are: %s", cmd.Source, orNone(strings.Join(names, ", ")))
}

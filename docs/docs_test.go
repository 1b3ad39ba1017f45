// Package docs holds the pages of this folder, README and CONTRIBUTING to the program:
// in: their text; out: every command, setting, variable, file, link, test and target of
// make that they name and that does not exist. It imports nothing of ours: settings.md
// and commands.md are written by a test of cmd/footnote, and say what the program has.
package docs

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// program is what exists.
type program struct {
	files    map[string]bool            // of the repository, and their folders
	source   string                     // every line of it that is no page
	settings map[string]bool            // variables and keys
	commands map[string]map[string]bool // by path, with their flags; "" has those of all
	targets  map[string]bool
	tests    []string
}

var (
	variable = regexp.MustCompile(`\b(?:FOOTNOTE|OPENAI|SLACK|QDRANT|NATS|DATABASE|OTEL)_[A-Z0-9_]*[A-Z0-9]`)
	word     = regexp.MustCompile("^[a-z][a-z0-9]*(_[a-z0-9]+)+$")
	span     = regexp.MustCompile("`([^`\n]+)`")
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fence    = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	indented = regexp.MustCompile(`(?m)^    (\S.*)$`)
	command  = regexp.MustCompile(`(?:^|[\s($])footnote((?: +[^\s#]+)*)`)
	making   = regexp.MustCompile(`(?:^|[^a-z])make((?: [a-z][a-z-]*)+)`)
	running  = regexp.MustCompile(`go test.*-run[ =]'?([A-Za-z|]+)`)
	row      = regexp.MustCompile("(?m)^\\| `([A-Z0-9_]+)` \\| `([a-z0-9_]+)` \\|")
	flag     = regexp.MustCompile("^- `--([a-z-]+)`")
	target   = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)
	test     = regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Fuzz)\w+)\(`)
)

// others are words of other programs that pages have to name.
var others = []string{"num_ctx"} // Ollama's

// pages are all texts that are held to the program, by their path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	list := []string{"README.md", "CONTRIBUTING.md"}
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, ".md") {
			list = append(list, path.Join("docs", filepath.ToSlash(p)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range list {
		b, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(b)
	}
	return out
}

// exists reads what there is.
func exists(t *testing.T) program {
	t.Helper()
	p := program{files: map[string]bool{}, settings: map[string]bool{}, commands: map[string]map[string]bool{"": {"help": true}}, targets: map[string]bool{}}
	var source strings.Builder
	err := fs.WalkDir(os.DirFS(".."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (name == ".git" || name == "bin" || path.Base(name) == "testdata" || name == "cmd/footnote/sample") {
			p.files[name] = true
			return fs.SkipDir
		}
		p.files[name] = true
		if d.IsDir() || !slices.Contains([]string{".go", ".sql", ".html", ".js", ".yaml", ".example", ".mod", ".conf", ".service", ""}, path.Ext(name)) && !strings.HasPrefix(name, ".") {
			return nil
		}
		if strings.HasPrefix(name, "docs/") { // this file names things, too
			return nil
		}
		b, err := os.ReadFile(filepath.Join("..", name))
		source.Write(b)
		if strings.HasSuffix(name, "_test.go") {
			for _, m := range test.FindAllStringSubmatch(string(b), -1) {
				p.tests = append(p.tests, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.source = source.String()
	read := func(name string) string {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, m := range row.FindAllStringSubmatch(read("settings.md"), -1) {
		p.settings[m[1]], p.settings[m[2]] = true, true
	}
	at := ""
	for line := range strings.Lines(read("commands.md")) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "## footnote "); ok {
			at = strings.TrimRight(regexp.MustCompile(`[<\[(].*`).ReplaceAllString(name, ""), " ")
			p.commands[at] = map[string]bool{}
		}
		if m := flag.FindStringSubmatch(line); m != nil {
			p.commands[at][m[1]] = true
		}
	}
	for _, m := range target.FindAllStringSubmatch(read("../Makefile"), -1) {
		p.targets[m[1]] = true
	}
	return p
}

// lacking lists what a page names and the program does not have.
func (p program) lacking(name, text string) (out []string) {
	miss := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, loc := range variable.FindAllStringIndex(text, -1) {
		v, after := text[loc[0]:loc[1]], text[loc[1]:]
		switch rest, begins := strings.CutPrefix(after, "_"); {
		case strings.Contains(v, "__"): // another program's
		case strings.HasPrefix(after, "…"), begins && (strings.HasPrefix(rest, "…") || strings.HasPrefix(rest, "<")):
			if v = text[loc[0] : loc[1]+len(after)-len(strings.TrimPrefix(after, "_"))]; !p.begins(v) {
				miss("no variable begins with %s", v)
			}
		case !p.variable(v):
			miss("the variable %s", v)
		}
	}
	var lines []string
	for _, f := range fence.FindAllString(text, -1) {
		lines = append(lines, strings.Split(f, "\n")...)
	}
	prose := fence.ReplaceAllString(text, "")
	for _, m := range indented.FindAllStringSubmatch(prose, -1) {
		lines = append(lines, m[1])
	}
	for _, m := range span.FindAllStringSubmatch(prose, -1) {
		one := m[1]
		lines = append(lines, one)
		switch {
		case word.MatchString(one):
			if !p.settings[one] && !slices.Contains(others, one) && !strings.Contains(p.source, one) {
				miss("the setting or name %s", one)
			}
		case p.isPath(one) && !p.has(one):
			miss("the file %s", one)
		}
	}
	for _, line := range lines {
		for _, m := range command.FindAllStringSubmatch(line, -1) {
			if why := p.wrong(strings.Fields(m[1])); why != "" {
				miss("%s, in %q", why, line)
			}
		}
		for _, m := range making.FindAllStringSubmatch(line, -1) {
			if words := strings.Fields(m[1]); strings.HasPrefix(strings.TrimSpace(line), "make") || strings.Contains(line, "\" make") {
				if !p.targets[words[0]] {
					miss("the target %s of make, in %q", words[0], line)
				}
			}
		}
		for _, m := range running.FindAllStringSubmatch(line, -1) {
			for one := range strings.SplitSeq(m[1], "|") {
				if !slices.ContainsFunc(p.tests, func(s string) bool { return strings.Contains(s, one) }) {
					miss("a test %s, in %q", one, line)
				}
			}
		}
	}
	for _, m := range link.FindAllStringSubmatch(prose, -1) {
		to, _, _ := strings.Cut(m[1], "#")
		if to == "" || strings.Contains(to, "://") {
			continue
		}
		if !p.files[path.Join(path.Dir(name), to)] {
			miss("the link's page %s", to)
		}
	}
	return out
}

// variable tells whether one is a setting's, a secret's file, or read by our tests.
func (p program) variable(v string) bool {
	return p.settings[v] || p.settings[strings.TrimSuffix(v, "_FILE")] || strings.Contains(p.source, `"`+v+`"`) || strings.Contains(p.source, v+"=")
}

func (p program) begins(prefix string) bool {
	for v := range p.settings {
		if strings.HasPrefix(v, prefix) {
			return true
		}
	}
	return prefix == "FOOTNOTE_"
}

// isPath tells paths of the repository by their first folder.
func (p program) isPath(s string) bool {
	first, _, deep := strings.Cut(s, "/")
	return deep && p.files[first] && !strings.ContainsAny(s, " <>…$:") && first != "."
}

func (p program) has(s string) bool {
	s = strings.TrimRight(strings.TrimSuffix(s, "..."), "/")
	if strings.Contains(s, "testdata") || strings.HasPrefix(s, "bin/") || p.files[s] {
		return true
	}
	for name := range p.files {
		if ok, err := path.Match(s, name); ok && err == nil {
			return true
		}
	}
	i := strings.LastIndexByte(s, '.') // bots.Inbound of go doc: the package
	return i > 0 && p.files[s[:i]] && !strings.HasSuffix(s, ".go")
}

// wrong says what is wrong with the words behind footnote; nothing when all exist.
// "sync|list" names several commands.
func (p program) wrong(words []string) string {
	if len(words) == 0 || !regexp.MustCompile(`^[a-z|-]+[a-z]$|^--`).MatchString(words[0]) {
		return ""
	}
	paths := []string{""}
	for _, w := range words {
		w = strings.TrimRight(w, ",.;:)")
		if name, ok := strings.CutPrefix(w, "--"); ok {
			name, _, _ = strings.Cut(name, "=")
			if name == "" {
				continue
			}
			for _, at := range paths {
				if !p.commands[at][name] && !p.commands[""][name] {
					return fmt.Sprintf("the flag --%s of footnote %s", name, at)
				}
			}
			continue
		}
		var next []string
		for _, at := range paths {
			for one := range strings.SplitSeq(w, "|") {
				if sub := strings.TrimSpace(at + " " + one); p.commands[sub] != nil {
					next = append(next, sub)
				} else if at == "" || p.parent(at) && regexp.MustCompile(`^[a-z-]+$`).MatchString(one) {
					return "the command " + sub
				}
			}
		}
		if next != nil {
			paths = next
		}
	}
	return ""
}

// parent tells whether a command has commands below it.
func (p program) parent(at string) bool {
	for name := range p.commands {
		if strings.HasPrefix(name, at+" ") {
			return true
		}
	}
	return false
}

// TestWhatIsNamedExists: nothing that a page names is gone.
func TestWhatIsNamedExists(t *testing.T) {
	p := exists(t)
	if len(p.settings) < 200 || len(p.commands) < 30 || len(p.targets) < 15 || len(p.tests) < 500 {
		t.Fatalf("only %d settings, %d commands, %d targets, %d tests were found", len(p.settings), len(p.commands), len(p.targets), len(p.tests))
	}
	for name, text := range pages(t) {
		for _, why := range p.lacking(name, text) {
			t.Errorf("%s names what does not exist: %s", name, why)
		}
	}
}

// TestWhatExistsIsNamed: every target of make stands in a page or in the Makefile's
// head, every page can be found from the index, and every desk has one. Settings and
// commands are named by settings.md and commands.md, which a test of cmd/footnote keeps whole.
func TestWhatExistsIsNamed(t *testing.T) {
	p, all := exists(t), pages(t)
	text := strings.Join(slices.Collect(maps.Values(all)), "\n")
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(makefile), "GO ")
	for name := range p.targets {
		if !slices.Contains([]string{"build", "fmt", "clean"}, name) && !regexp.MustCompile(`make `+name+`\b`).MatchString(text+head) {
			t.Errorf("no page names make %s", name)
		}
	}
	for name := range all {
		if to, ok := strings.CutPrefix(name, "docs/"); ok && to != "index.md" && !strings.Contains(all["docs/index.md"], "("+to) {
			t.Errorf("docs/index.md does not lead to %s", to)
		}
	}
	for name := range p.files {
		dir, ok := strings.CutPrefix(name, "bots/")
		if kind, adapter := strings.CutSuffix(dir, "/hook.go"); ok && adapter && kind != "slackdesk" && all["docs/desks/"+kind+".md"] == "" {
			t.Errorf("the desk %s has no page", kind)
		}
	}
}

// TestSlipsAreSeen: what is wrong in a page is found, kind by kind.
func TestSlipsAreSeen(t *testing.T) {
	p := exists(t)
	for text, want := range map[string]string{
		"set `FOOTNOTE_ZENDESK_TOKENS`":                           "variable FOOTNOTE_ZENDESK_TOKENS",
		"```\nFOOTNOTE_HOLD_OUT=1\n```":                           "variable FOOTNOTE_HOLD_OUT",
		"`FOOTNOTE_KEPT_…`":                                       "no variable begins with FOOTNOTE_KEPT_",
		"set `holdout_of_tickets` to":                             "holdout_of_tickets",
		"run `footnote desk chekc zendesk`":                       "command desk chekc",
		"run `footnote knowlege sync`":                            "command knowlege",
		"run `footnote report --weeks 3`":                         "flag --weeks of footnote report",
		"    make evaluate":                                       "target evaluate",
		"`go test ./review -run NoSuchTestAnywhere`":              "test NoSuchTestAnywhere",
		"look at `review/console/nothing.go`":                     "file review/console/nothing.go",
		"[Agents](agents.md)":                                     "page agents.md",
		"run `footnote desk check zendesk` and `footnote import`": "command import",
	} {
		got := strings.Join(p.lacking("docs/x.md", text), "; ")
		if want != "" && !strings.Contains(got, want) {
			t.Errorf("%q: found %q, want %q", text, got, want)
		}
	}
	for _, fine := range []string{"`FOOTNOTE_ZENDESK_TOKEN_FILE`", "`FOOTNOTE_ZENDESK_…`", "`footnote knowledge sync|list`", "`footnote desk import zendesk --days 90`", "Footnote drafts",
		"`QDRANT__CLUSTER__ENABLED=true`", "[Agents](agent.md)", "    make demo     # 117 tickets", "`deploy/compose.yaml`", "`pipeline/*.go`", "`holdout`"} {
		if got := p.lacking("docs/x.md", fine); len(got) > 0 {
			t.Errorf("%q: %q", fine, got)
		}
	}
}

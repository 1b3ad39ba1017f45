package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows lists every package and which of ours it may import; "std" means that
// it imports the standard library only. A package that is not listed fails. A
// folder's test files may also import what stands behind test:.
var arrows = map[string]string{
	"docs":                      "std",
	"pipeline":                  "std",
	"pipeline/text":             "",
	"pipeline/arithmetic":       "",
	"pipeline/text/letter":      "pipeline/text",
	"pipeline/text/demand":      "pipeline/text",
	"pipeline/bus":              "pipeline",
	"pipeline/llm":              "pipeline pipeline/privacy pipeline/text",
	"pipeline/llm/preset":       "pipeline pipeline/llm",
	"pipeline/privacy":          "pipeline/text",
	"pipeline/llm/llmtest":      "pipeline",
	"pipeline/outbox":           "pipeline",
	"pipeline/lease":            "",
	"pipeline/door":             "",
	"pipeline/door/siege":       "",
	"pipeline/loss":             "pipeline",
	"pipeline/peer":             "",
	"pipeline/tracking":         "pipeline pipeline/outbox pipeline/text pipeline/text/letter",
	"pipeline/policy":           "pipeline pipeline/text test: migrations/localpg",
	"pipeline/guard":            "pipeline pipeline/policy pipeline/privacy pipeline/text pipeline/text/demand pipeline/guard/quantity",
	"pipeline/guard/quantity":   "std",
	"pipeline/drafting":         "pipeline pipeline/arithmetic pipeline/text pipeline/text/letter pipeline/llm pipeline/guard pipeline/policy",
	"pipeline/drafting/grade":   "pipeline pipeline/arithmetic",
	"knowledge":                 "pipeline pipeline/text",
	"knowledge/source":          "knowledge pipeline",
	"knowledge/access":          "knowledge pipeline pipeline/text",
	"knowledge/ingest":          "knowledge knowledge/access knowledge/markup pipeline pipeline/text pipeline/text/demand",
	"knowledge/markup":          "knowledge pipeline pipeline/text",
	"knowledge/corpus":          "knowledge pipeline pipeline/text",
	"knowledge/search":          "knowledge knowledge/corpus pipeline pipeline/text",
	"knowledge/learning":        "knowledge knowledge/corpus knowledge/search pipeline pipeline/text",
	"knowledge/library":         "knowledge knowledge/ingest knowledge/corpus knowledge/search knowledge/learning",
	"knowledge/eval":            "knowledge knowledge/learning knowledge/search knowledge/source pipeline pipeline/arithmetic pipeline/text",
	"knowledge/eval/report":     "knowledge/eval knowledge/search",
	"knowledge/qdrant":          "knowledge pipeline",
	"knowledge/qdrant/qdtest":   "knowledge/local knowledge/qdrant",
	"knowledge/local":           "knowledge pipeline",
	"knowledge/worker":          "pipeline test: knowledge knowledge/ingest",
	"knowledge/local/localtest": "",
	"bots":                      "pipeline pipeline/text/letter",
	"bots/intake":               "bots pipeline",
	"bots/delivery":             "bots pipeline",
	"bots/health":               "bots pipeline",
	"bots/filing":               "bots pipeline",
	"bots/bottest":              "bots bots/intake bots/delivery bots/filing pipeline pipeline/text pipeline/tracking",
	"bots/bottest/flaky":        "bots pipeline",
	"bots/slack":                "bots bots/slack/client bots/slack/cards bots/slack/presses bots/slack/requests bots/slack/sample pipeline test: bots/slack/layout",
	"bots/slack/client":         "bots bots/slack/layout bots/slack/words pipeline",
	"bots/slack/cards":          "bots bots/slack/client bots/slack/layout bots/slack/sample pipeline",
	"bots/slack/presses":        "bots bots/slack/cards bots/slack/client bots/slack/layout bots/slack/sample pipeline",
	"bots/slack/requests":       "bots bots/slack/words bots/slack/cards bots/slack/client bots/slack/layout bots/slack/presses bots/slack/sample pipeline",
	"bots/slack/sample":         "bots/slack/layout pipeline",
	"bots/slack/layout":         "pipeline",
	"bots/sandbox":              "bots pipeline",
	"bots/sandbox/demo":         "bots bots/sandbox pipeline pipeline/text",
	"bots/webhook":              "bots pipeline",
	"bots/webhook/bench":        "bots pipeline",
	"bots/attack":               "pipeline",
	"bots/chatwoot":             "bots pipeline",
	"bots/libredesk":            "bots pipeline",
	"bots/slack/words":          "bots",
	"bots/slackdesk":            "bots bots/slack/words pipeline",
	"bots/zammad":               "bots pipeline",
	"bots/freshdesk":            "bots pipeline",
	"bots/intercom":             "bots pipeline",
	"bots/zendesk":              "bots pipeline",
	"bots/email":                "bots pipeline pipeline/text",
	"review":                    "pipeline pipeline/outbox review/audit review/work test: pipeline/tracking",
	"review/work":               "pipeline review/audit",
	"review/presence":           "pipeline",
	"review/saved":              "pipeline review/audit",
	"review/audit":              "pipeline",
	"review/access":             "review pipeline review/audit",
	"review/measure":            "review pipeline",
	"review/volume":             "pipeline review/audit",
	"review/trace":              "pipeline",
	"review/console":            "review pipeline pipeline/text knowledge review/access review/audit review/measure review/presence review/saved review/work review/trace",
	"migrations":                "",
	"migrations/localpg":        "",
	"migrations/localpg/pgtest": "migrations/localpg",
	"cmd/footnote":              "*",
}

// testArrows lists what any test file may import besides.
const testArrows = "migrations migrations/localpg migrations/localpg/pgtest review/volume bots/intake bots/delivery bots/bottest bots/bottest/flaky pipeline/llm/llmtest knowledge/local knowledge/local/localtest knowledge/qdrant knowledge/qdrant/qdtest knowledge/source pipeline/text knowledge/ingest knowledge/search knowledge/learning knowledge/library"

// topLevel is everything that may stand in the repository's root.
const topLevel = "cmd docs pipeline knowledge bots review migrations deploy go.mod go.sum Makefile README.md LICENSE CHANGELOG.md CONTRIBUTING.md"

func TestArrows(t *testing.T) {
	root := "../.."
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(p, root), "/"))
		if d.IsDir() {
			if name := d.Name(); rel != "" && (strings.HasPrefix(name, ".") && name != ".." || name == "testdata" || name == "bin" || name == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		dir := path.Dir(rel)
		seen[dir] = true
		checkFile(t, p, rel, dir)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir := range seen {
		if _, ok := arrows[dir]; !ok {
			t.Errorf("package %s is not on the list of arrows: add it there and to the design, or move it", dir)
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %d packages seen: the walk is broken", len(seen))
	}
}

func checkFile(t *testing.T, file, rel, dir string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Errorf("%s: %v", rel, err)
		return
	}
	allowed := strings.Fields(arrows[dir])
	test := strings.HasSuffix(rel, "_test.go")
	if test {
		allowed = append(allowed, strings.Fields(testArrows)...)
		allowed = append(allowed, dir)
	}
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Errorf("%s: %v", rel, err)
			continue
		}
		ours, found := strings.CutPrefix(imported, "footnote/")
		switch {
		case !found && arrows[dir] == "std" && !test && strings.Contains(strings.Split(imported, "/")[0], "."):
			t.Errorf("%s imports %s: %s is standard library only", rel, imported, dir)
		case !found || arrows[dir] == "*":
		case !slices.Contains(allowed, ours):
			t.Errorf("%s imports %s: %s may import only %q", rel, ours, dir, arrows[dir])
		}
	}
}

func TestTopLevelIsTheDiagram(t *testing.T) {
	entries, err := filepath.Glob("../../*")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := filepath.Base(e)
		if strings.HasPrefix(name, ".") || name == "bin" { // not in the repository
			continue
		}
		if !slices.Contains(strings.Fields(topLevel), name) {
			t.Errorf("%s stands in the root; the design has no place for it", name)
		}
	}
}

// TestJourneysNameFiles: a newcomer who follows the journeys finds every file.
func TestJourneysNameFiles(t *testing.T) {
	raw, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, journeys, _ := strings.Cut(string(raw), "## Three journeys")
	journeys, _, _ = strings.Cut(journeys, "\n## ")
	files := regexp.MustCompile("`([a-z_]+(?:/[a-z_]+)+\\.go)`").FindAllStringSubmatch(journeys, -1)
	if len(files) < 20 {
		t.Errorf("only %d files are named: the journeys are gone", len(files))
	}
	for _, f := range files {
		if _, err := os.Stat("../../" + f[1]); err != nil {
			t.Errorf("CONTRIBUTING names %s: %v", f[1], err)
		}
	}
}

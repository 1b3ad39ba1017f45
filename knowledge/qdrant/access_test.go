package qdrant_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"footnote/knowledge"
	"footnote/knowledge/source"
	"footnote/pipeline"
)

// quoted are the documents of a public answer.
func (s *stack) quoted(t testing.TB, question string) []string {
	t.Helper()
	var out []string
	for _, h := range s.ask(t, question) {
		out = append(out, h.Passage.Document)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// folder writes files and returns their source.
func folder(t testing.TB, files map[string]string) knowledge.Source {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return source.NewFolder(dir)
}

// TestClosedPagesAreNotFound: through the folder, Postgres and the index, no
// passage of a page that says it is not for customers is in a public answer, and
// its public twin is.
func TestClosedPagesAreNotFound(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	files, secret := map[string]string{}, map[string]string{}
	n := 0
	for _, says := range []string{"audience: internal", "audience: [internal, agents]", "visibility: private", "access: staff", "internal: true", "public: false", "roles: [agent]", "permissions: staff-only", "groups: [hr]", "visibility: partner",
		"draft: true", "status: draft", "published: false", "unlisted: true", "hidden: true", "expiryDate: 2020-02-01", "publishDate: 2999-01-01", "archived: true", "redirect_to: /x", "search: {exclude: true}", "robots: noindex"} {
		key, value, _ := strings.Cut(says, ": ")
		quoted := fmt.Sprintf("%q", value)
		if strings.HasPrefix(value, "[") || value == "true" || value == "false" {
			quoted = value
		}
		if quoted[0] == '[' {
			quoted = strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(quoted, "[", `["`), "]", `"]`), ", ", `", "`)
		}
		if value == "{exclude: true}" {
			quoted = "true"
			key = "search_exclude"
		}
		for ext, page := range map[string]string{
			"md": "---\n" + says + "\n---\n# Note %[1]d\n\nThe code word of note %[1]d is zorbel%[1]d.\n", "mdx": "+++\n" + key + " = " + quoted + "\n+++\nThe code word of note %[1]d is zorbel%[1]d.\n",
			"txt": "{\"" + key + "\": " + quoted + "}\nThe code word of note %[1]d is zorbel%[1]d.\n", "html": "---\r\n" + says + "\r\n---\r\n<html><body><p>The code word of note %[1]d is zorbel%[1]d.</p></body></html>",
			"htm": "<html><head><meta name=\"" + key + "\" content='" + strings.Trim(strings.ReplaceAll(quoted, `"`, ""), "[]") + "'></head><body><p>The code word of note %[1]d is zorbel%[1]d.</p></body></html>",
		} {
			n++
			name := fmt.Sprintf("note-%d.%s", n, ext)
			files[name], secret["help/"+name] = fmt.Sprintf(page, n), fmt.Sprintf("zorbel%d", n)
			files["twin-"+name] = fmt.Sprintf("# Note %[1]d\n\nThe code word of the twin of note %[1]d is zorbel%[1]d.\n", n)
			if ext == "html" || ext == "htm" {
				files["twin-"+name] = fmt.Sprintf("<p>The code word of the twin of note %[1]d is zorbel%[1]d.</p>", n)
			}
		}
	}
	for _, dir := range []string{"_drafts", "drafts", "archive", "internal", "help/private"} {
		n++
		name := fmt.Sprintf("%s/note-%d.md", dir, n)
		files[name], secret["help/"+name] = fmt.Sprintf("The code word of note %[1]d is zorbel%[1]d.\n", n), fmt.Sprintf("zorbel%d", n)
		files[fmt.Sprintf("twin-%d.md", n)] = fmt.Sprintf("The code word of the twin of note %[1]d is zorbel%[1]d.\n", n)
	}
	rep, err := s.Sync(t.Context(), knowledge.Feed{Name: "help", Kind: "folder", Source: folder(t, files)})
	if err != nil {
		t.Fatal(err)
	}
	s.clean(t)
	for id, word := range secret {
		got := s.quoted(t, "what is the code word of note "+strings.TrimPrefix(word, "zorbel")+" "+word)
		if slices.ContainsFunc(got, func(d string) bool { return secret[d] != "" }) {
			t.Errorf("%s leaks: %v\n%s", id, got, files[strings.TrimPrefix(id, "help/")])
		}
		if !slices.ContainsFunc(got, func(d string) bool { return strings.HasPrefix(d, "help/twin-") }) {
			t.Errorf("the twin of %s is not found", id)
		}
	}
	told := map[string]bool{}
	for _, q := range rep.Quarantined {
		told["help/"+q.Path] = q.Reason != ""
	}
	for _, c := range rep.Closed {
		told["help/"+c.Path] = len(c.Reasons) > 0
	}
	for id := range secret {
		if !told[id] {
			t.Errorf("the sync does not say why %s is closed", id)
		}
	}
	if len(told) != len(secret) {
		t.Errorf("%d pages are told as closed, %d are", len(told), len(secret))
	}
	t.Logf("%d closed pages, %d files", len(secret), len(files))
}

// TestRowsSayWhoReadsThem, in any field.
func TestRowsSayWhoReadsThem(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	var rows strings.Builder
	closed := []string{`"audience":"internal"`, `"meta":{"audience":["internal"]}`, `"meta":{"visibility":"private"}`, `"internal":true`, `"draft":true`, `"meta":{"status":"draft"}`, `"meta":{"valid_until":"soon"}`, `"access":{"roles":["staff"]}`,
		`"status":"archived","meta":{"lang":"en"}`, `"public":false`, `"expires":"2020-01-01"`, `"META":{"audience":"internal"}`}
	for i, c := range closed {
		fmt.Fprintf(&rows, "{\"id\":\"closed-%[1]d\",\"text\":\"The tern of hall %[1]d sings at ten.\",%[2]s}\n{\"id\":\"open-%[1]d\",\"text\":\"The twin tern of hall %[1]d sings at ten.\",\"meta\":{\"audience\":\"public\",\"lang\":\"en\",\"status\":\"published\"}}\n", i, c)
	}
	rows.WriteString(`{"id":"closed-text","text":"---\naudience: internal\n---\nThe tern of hall 99 sings at ten."}` + "\n")
	file := filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(file, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sync(t.Context(), source.Open("rows", file, knowledge.Settings{})); err != nil {
		t.Fatal(err)
	}
	for i := range len(closed) + 1 {
		got := s.quoted(t, fmt.Sprintf("when does the tern of hall %d sing", i))
		if slices.ContainsFunc(got, func(d string) bool { return strings.Contains(d, "closed-") }) {
			t.Errorf("%d: %v", i, got)
		}
		if i < len(closed) && !slices.Contains(got, fmt.Sprintf("rows/open-%d", i)) {
			t.Errorf("%d: the open row is not found: %v", i, got)
		}
	}
}

// TestAnOwnerDecidesOnce: what is not understood waits for a person, whose decision
// is for all pages of the source that say the same, from the next sync on, until it
// is taken back.
func TestAnOwnerDecidesOnce(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	pages := docs{md("a.md", "---\nvisibility: Partner\n---\nThe gull of pier one eats at six.\n"), md("b.md", "+++\nVisibility = \"partner\"\n+++\nThe gull of pier two eats at seven.\n"), md("c.md", "The gull of pier three eats at eight.\n"), md("d.md", "---\nvisibility: dealer\n---\nThe gull of pier four eats at nine.\n")}
	asked := func() []string { return s.quoted(t, "when does the gull of the pier eat") }
	none := func(pgx.Tx) error { return nil }
	r := s.sync(t, "help", pages)
	if r.Count(knowledge.Unclear) != 3 || !slices.Equal(asked(), []string{"help/c.md"}) {
		t.Fatalf("%+v, found %v", r, asked())
	}
	list, err := s.ListQuarantine(t.Context(), "help")
	if err != nil || len(list) != 3 || list[0].Key != "visibility" || list[0].Value != "partner" || !strings.Contains(list[0].Reason, "visibility: Partner (line 2)") {
		t.Fatalf("%+v %v", list, err)
	}
	q := knowledge.Decision{Source: "help", Key: list[0].Key, Value: list[0].Value, By: "ana"}
	for means, want := range map[knowledge.Ruling][]string{knowledge.MeansPublic: {"help/a.md", "help/b.md", "help/c.md"}, knowledge.MeansNothing: {"help/a.md", "help/b.md", "help/c.md"}, knowledge.MeansInternal: {"help/c.md"}, knowledge.MeansLeaveOut: {"help/c.md"}} {
		q.Means = means
		if err := s.Decide(t.Context(), q, none); err != nil {
			t.Fatal(err)
		}
		s.sync(t, "help", pages)
		if got := asked(); !slices.Equal(got, want) {
			t.Errorf("it means %s: found %v, want %v", means, got, want)
		}
		agents := s.ask(t, "when does the gull of pier one eat", pipeline.Public, pipeline.Restricted)
		if found := slices.ContainsFunc(agents, func(h pipeline.Hit) bool { return h.Passage.Document == "help/a.md" }); found != (means != knowledge.MeansLeaveOut) {
			t.Errorf("it means %s: found for agents: %v", means, found)
		}
		d, err := s.ListDecisions(t.Context(), "help")
		if err != nil || len(d) != 1 || d[0].Means != means || d[0].By != "ana" {
			t.Errorf("%+v %v", d, err)
		}
	}
	any := knowledge.Decision{Source: "help", Key: "visibility", Means: knowledge.MeansPublic, By: "bo"}
	if err := s.Decide(t.Context(), any, none); err != nil {
		t.Fatal(err)
	}
	s.sync(t, "help", pages)
	if got := asked(); !slices.Contains(got, "help/d.md") {
		t.Errorf("any value is public: %v", got)
	}
	for _, d := range []knowledge.Decision{q, any} {
		if err := s.TakeBack(t.Context(), d, none); err != nil {
			t.Fatal(err)
		}
	}
	r = s.sync(t, "help", pages)
	if got := asked(); !slices.Equal(got, []string{"help/c.md"}) || r.Count(knowledge.Unclear) != 3 {
		t.Errorf("taken back: %v %+v", got, r)
	}
	s.clean(t)
	if err := s.TakeBack(t.Context(), q, none); pipeline.KindOf(err) != pipeline.NotFound {
		t.Error(err)
	}
	for _, d := range []knowledge.Decision{{Source: "none", Key: "visibility", Means: knowledge.MeansPublic}, {Source: "help", Means: knowledge.MeansPublic}, {Source: "help", Key: "x", Means: "perhaps"}, {Source: "help", Key: "audience", Value: "internal", Means: knowledge.MeansPublic}} {
		if err := s.Decide(t.Context(), d, none); pipeline.KindOf(err) != pipeline.NotFound && pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%+v: %v", d, err)
		}
	}
}

// TestTheCurrentVersionWins over pages of older ones, wherever they are listed.
func TestTheCurrentVersionWins(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	page := func(at string) string { return "# Opening\n\nThe puffin shop opens at " + at + ".\n" }
	files := map[string]string{"docs/open.md": page("nine"), "versioned_docs/version-1.0/open.md": page("seven"), "versioned_docs/version-1.0/gone.md": page("six"), "api/v1/open.md": page("five"), "api/v2/open.md": page("four"), "api/v10/open.md": page("three"),
		"web/latest/open.md": page("two"), "web/v9/open.md": page("one"), "web/next/open.md": page("ten"), "tv/v1/open.md": page("eleven"), "tv/v1/start.md": page("noon"), "tv/v2/start.md": page("twelve")}
	rep, err := s.Sync(t.Context(), knowledge.Feed{Name: "help", Kind: "folder", Source: folder(t, files)})
	if err != nil {
		t.Fatal(err)
	}
	page2, err := s.ListDocuments(t.Context(), knowledge.DocumentFilter{})
	var live []string
	for _, d := range page2.Documents {
		live = append(live, d.Path)
	}
	want := []string{"api/v10/open.md", "docs/open.md", "tv/v1/open.md", "tv/v2/start.md", "web/latest/open.md"}
	if err != nil || !slices.Equal(live, want) || rep.Count(knowledge.LeftOut) != len(files)-len(want) {
		t.Errorf("live %v, want %v; %+v %v", live, want, rep.Quarantined, err)
	}
}

// TestPagesThatLeakAreClosedByTheNextSync, though their files did not change.
func TestPagesThatLeakAreClosedByTheNextSync(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	open, leak := docs{md("a.md", "The stork nests on the mill.\n"), md("b.md", "The stork nests on the barn.\n")}, docs{md("a.md", "+++\nvisibility = \"staff\"\n+++\nThe stork nests on the mill.\n"), md("b.md", "+++\ndraft = true\n+++\nThe stork nests on the barn.\n")}
	s.sync(t, "help", open)
	if got := s.quoted(t, "where does the stork nest"); len(got) != 2 {
		t.Fatalf("found %v", got)
	}
	r := s.sync(t, "help", leak)
	if got := s.quoted(t, "where does the stork nest"); len(got) != 0 || !slices.Equal(r.Documents, []string{"help/a.md", "help/b.md"}) {
		t.Errorf("found %v; drafts on %v go out of date", got, r.Documents)
	}
	d, err := s.FindDocument(t.Context(), "help/a.md", 0)
	if err != nil || len(d.Document.Reasons) != 1 || d.Document.Reasons[0] != "visibility: staff (line 2)" {
		t.Errorf("%+v %v", d.Document, err)
	}
	if d, err = s.FindDocument(t.Context(), "help/b.md", 0); err != nil || !d.Document.LeftOut || !strings.Contains(d.Document.Quarantine, "draft: true (line 2)") {
		t.Errorf("%+v %v", d.Document, err)
	}
	s.clean(t)
}

// TestCasesFromTheWorld reads the cases beside the repository.
func TestCasesFromTheWorld(t *testing.T) {
	t.Parallel()
	const dir = "../../../shared/cases"
	all, _ := filepath.Glob(filepath.Join(dir, "0[456]-*", "*"))
	if len(all) == 0 {
		t.Skipf("the cases are not here (%s): put them beside the repository to run this", dir)
	}
	s := newStack(t, nil)
	files := map[string]string{"open.md": "# Kettles\n\nKettles are descaled with vinegar once a month.\n"}
	for _, p := range all {
		b, err := os.ReadFile(p)
		if err != nil || filepath.Base(p) == "README.md" {
			continue
		}
		files[filepath.Base(filepath.Dir(p))+"/"+strings.ReplaceAll(filepath.Base(p), "__", "/")] = string(b)
	}
	if _, err := s.Sync(t.Context(), knowledge.Feed{Name: "cases", Kind: "folder", Source: folder(t, files)}); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		lines := strings.Split(strings.TrimSpace(text), "\n")
		got := s.quoted(t, lines[len(lines)-1])
		if want := []string{"cases/open.md"}; slices.ContainsFunc(got, func(d string) bool { return d != want[0] }) || name == "open.md" && !slices.Equal(got, want) {
			t.Errorf("%s: found %v", name, got)
		}
	}
	t.Logf("%d cases", len(files)-1)
}

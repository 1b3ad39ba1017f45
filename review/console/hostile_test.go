package console

import (
	"bufio"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"footnote/pipeline"
	"footnote/review"
	"footnote/review/access"
	"footnote/review/audit"
	"footnote/review/measure"
	"footnote/review/trace"
)

// badInputs is a folder with real hostile strings; tests of it are skipped
// where it is absent.
const badInputs = "../../../shared/data/badinputs/dev"

type badInput struct {
	ID     string `json:"id"`
	Label  string `json:"label"`
	Cat    string `json:"cat"`
	Text   string `json:"text"`
	Base64 string `json:"b64"`
}

func readBad(t *testing.T, name string) []badInput {
	t.Helper()
	f, err := os.Open(filepath.Join(badInputs, name+".jsonl"))
	if err != nil {
		t.Skipf("no data: %v", err)
	}
	defer f.Close()
	var out []badInput
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var b badInput
		if err := json.Unmarshal(sc.Bytes(), &b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if b.Base64 != "" {
			raw, err := base64.StdEncoding.DecodeString(b.Base64)
			if err != nil {
				t.Fatalf("%s %s: %v", name, b.ID, err)
			}
			b.Text = string(raw)
		}
		out = append(out, b)
	}
	if len(out) == 0 {
		t.Fatalf("%s holds nothing", name)
	}
	return out
}

// builtIn are hostile strings that need no data folder.
var builtIn = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`, `</textarea><script>alert(1)</script>`,
	`</title><svg onload=alert(1)>`, `{{.}}{{printf "%s" .}}`, "\u202Egnp.exe", "a\u200Bb\u200Bc\U000E0041\U000E0042", "NUL\x00 and \x1b[31m", "\xff\xfe broken", strings.Repeat("Z\u0300\u0301\u0302", 400),
	strings.Repeat("a", 50_000), "<!--", "]]>", "&lt;script&gt;", "line\u2028sep", `<base href="//evil.example">`, `data:text/html,<script>alert(1)</script>`, "",
}

// hostile is a world in which every outside string is s.
func hostile(s string) (*world, pipeline.TicketRef) {
	w := newWorld()
	v := withDraft(sampleTicket(0, s, s, 0), draftID(0), pipeline.StateReturned)
	t := &v.Ticket
	t.Requester = pipeline.Person{ID: s, Name: s, Email: s}
	t.URL, t.Product, t.Queue, t.Locale = s, s, s, s
	for _, role := range []pipeline.Role{pipeline.RoleCustomer, pipeline.RoleAgent, pipeline.RoleBot, pipeline.RoleSystem, pipeline.Role(s)} {
		t.Messages = append(t.Messages, pipeline.Message{ID: s, Role: role, Author: pipeline.Person{Name: s}, Text: s, Public: true, At: now, Attachments: []string{s, s}, Marker: s})
	}
	r := &v.Reviews[0]
	r.Reason, r.DecidedBy.Name, r.ClaimedBy.Name, r.Text, r.Stale = s, s, s, s+"!", s
	d := &r.Draft
	d.Model, d.Fallback, d.Reduced, d.Hint, d.Drafter, d.Locale = s, s, s, s, "model", s
	rc := pipeline.Receipt{Number: 1, Passage: s, Document: s, Version: 1, Quote: s, Title: s, Section: s, URL: s, Audience: pipeline.Audience(s)}
	d.Sentences = []pipeline.Sentence{{Text: s, Receipts: []pipeline.Receipt{rc, rc}}, {Text: s, Break: true}, {Text: s, Line: true}}
	d.Findings = []pipeline.Finding{{Check: s, Severity: pipeline.Severity(s), Sentence: 0, Detail: s}, {Severity: pipeline.Block, Sentence: 99, Detail: s}}
	abstained := *r
	abstained.Draft.ID, abstained.Draft.Abstained, abstained.State = draftID(1), s+"?", pipeline.StateOpen
	abstained.Draft.Nearest = []pipeline.Hit{{Passage: pipeline.Passage{ID: s, Document: s, Title: s, Heading: []string{s}, Text: s, URL: s}}}
	v.Reviews = append(v.Reviews, abstained)
	v.Outcomes[0].Reason = s
	v.History = []review.Entry{{At: now, Who: s, What: s, Detail: s, Surface: s}}
	ref := w.add(v)
	w.sources = []Source{{Name: s, Kind: s, Location: s, Error: s}}
	w.documents = []Document{{ID: "x", Source: s, Path: s, Title: s, URL: s, Product: s, Locale: s, Audience: pipeline.Audience(s), Owner: s, Passages: []pipeline.Passage{{ID: s, Heading: []string{s}, Text: s}}, Versions: []DocumentVersion{{Version: 1, Title: s}}}}
	w.log = []audit.Row{{Seq: 2, Actor: s, Name: s, Action: s, Object: s, Detail: map[string]any{s: s}, Ticket: pipeline.TicketRef{Desk: s, ID: s}}, {Seq: 1, Actor: s, Object: "draft/" + s}}
	w.chain = audit.State{Rows: 1, Broken: &audit.Broken{Seq: 2, Why: s}}
	w.people = []access.Account{{Agent: pipeline.Agent{ID: s, Name: s, Email: s, Role: s}}, {Agent: pipeline.Agent{Name: s, Email: s, Role: s}, DisabledAt: now}}
	w.bad = []Quarantined{{Source: s, Path: s, Reason: s}}
	w.letters = []DeadLetter{{ID: 1, Consumer: s, Type: pipeline.EventType(s), Ref: pipeline.TicketRef{Desk: s, ID: s}, EventID: s, Reason: s}}
	w.trace = &trace.Trace{ID: s, Is: "a ticket", Ticket: &pipeline.TicketRef{Desk: s, ID: s}, Message: s, Missing: s, Steps: []trace.Step{{At: now, Kind: s, ID: s, What: s, Detail: s}}}
	w.unread = []UnreadHook{{Desk: s, Reason: s, Size: 9, Begin: s, Times: 1}}
	w.baselines = []measure.Baseline{{Desk: s, Definition: s, Tickets: 1, Handling: measure.Figure{Kind: s, N: 1, MedianMS: 1}}}
	w.report = sampleReport()
	w.report.Handling[0].Kind = s
	w.behind = []measure.Ticket{{Ref: pipeline.TicketRef{Desk: s, ID: s}, Subject: s, Draft: s, Value: s, Detail: s}}
	w.findings = func(string) []pipeline.Finding { return []pipeline.Finding{{Detail: s, Severity: pipeline.Warn}} }
	return w, ref
}

// allowedTags is every element our templates use.
var allowedTags = map[string]bool{}

func init() {
	for _, tag := range strings.Fields(`html head meta title link script body a header nav main footer div span p b strong i h1 h2 h3 form button input label
		select option textarea ul ol li dl dt dd dialog kbd code pre table thead tbody tr th td time bdi br q blockquote details summary section article aside
		ins del noscript sup svg rect line g`) {
		allowedTags[tag] = true
	}
}

// harmed tells what in a page came from data and should not have: any element,
// attribute or address that our templates do not write.
func harmed(doc *html.Node) []string {
	var out []string
	walk(doc, func(n *html.Node) {
		if n.Type == html.CommentNode {
			out = append(out, "comment "+n.Data)
		}
		if n.Type != html.ElementNode {
			return
		}
		if !allowedTags[n.Data] {
			out = append(out, "<"+n.Data+">")
		}
		if n.Data == "script" && (!strings.HasPrefix(attr(n, "src"), "/assets/console.js?v=") || n.FirstChild != nil) {
			out = append(out, "script "+attr(n, "src"))
		}
		for _, a := range n.Attr {
			key, val := strings.ToLower(a.Key), strings.ToLower(strings.TrimSpace(a.Val))
			switch {
			case strings.HasPrefix(key, "on") || key == "style" || key == "srcdoc" || key == "formaction" && !strings.HasPrefix(val, "/drafts/"):
				out = append(out, n.Data+" "+a.Key+"="+a.Val)
			case key == "href" || key == "src" || key == "action":
				if strings.HasPrefix(val, "//") || !strings.HasPrefix(val, "/") && !strings.HasPrefix(val, "#") && !strings.HasPrefix(val, "http://") && !strings.HasPrefix(val, "https://") {
					out = append(out, n.Data+" "+a.Key+"="+a.Val)
				}
			}
		}
	})
	return out
}

// unseen finds a character in the page's text that nobody can see; joiners are
// TestRuns' business.
func unseen(doc *html.Node) (rune, bool) {
	var found rune
	walk(doc, func(n *html.Node) {
		if n.Type != html.TextNode || n.Parent.Data == "textarea" {
			return
		}
		for _, r := range n.Data {
			if isHidden(r) && r != 0x200c && r != 0x200d || r < ' ' && r != '\n' && r != '\t' {
				found = r
			}
		}
	})
	return found, found != 0
}

// checkHostile puts s everywhere behind c and reads its pages.
func checkHostile(t *testing.T, c *Console, name, s string, everything bool) {
	t.Helper()
	w, ref := hostile(s)
	c.Access, c.Review, c.Tickets, c.Reports, c.Knowledge, c.DeadLetters, c.Traces = w, w, w, reports{w}, library{w}, deadLetters{w}, w
	paths := []string{"/queue?view=all", TicketPath(ref)}
	if everything {
		paths = append(paths, withParam(TicketPath(ref), "draft", draftID(1)), withParam(TicketPath(ref), "edit", "1"), "/knowledge", "/knowledge/document?id=x", "/knowledge/quarantine",
			"/report", "/report/tickets?figure=x", "/operations", withQuery("/trace", "id", s+"x"), withQuery("/queue", "q", s), withQuery("/report/tickets", "figure", s, "desk", s), withQuery("/knowledge", "q", s, "source", s), withQuery("/tickets/x", "id", s))
	}
	for _, path := range paths {
		a := ask(t, c, access.RoleAdmin, path, nil)
		if a.StatusCode >= 500 {
			t.Errorf("%s: %s: status %d", name, path, a.StatusCode)
			continue
		}
		if bad := harmed(a.Doc); len(bad) > 0 {
			t.Errorf("%s: %s: %q", name, path, bad)
		}
		if r, ok := unseen(a.Doc); ok {
			t.Errorf("%s: %s shows U+%04X as it is", name, path, r)
		}
		if !utf8.ValidString(a.Body) {
			t.Errorf("%s: %s is not UTF-8", name, path)
		}
	}
}

func TestHostileDataOnEveryPage(t *testing.T) {
	t.Parallel()
	c := newConsole(t, newWorld())
	for i, s := range builtIn {
		checkHostile(t, c, fmt.Sprintf("built in %d", i), s, true)
	}
}

func TestBadInputs(t *testing.T) {
	t.Parallel()
	for _, set := range []string{"html_xss", "unicode", "naughty_strings"} {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			c := newConsole(t, newWorld())
			for i, b := range readBad(t, set) {
				if testing.Short() && i%8 != 0 {
					continue
				}
				checkHostile(t, c, b.ID, b.Text, i%10 == 0)
			}
		})
	}
}

// TestHarmedSeesHarm makes sure that the check above can fail.
func TestHarmedSeesHarm(t *testing.T) {
	t.Parallel()
	for _, s := range []string{`<img src=x>`, `<p onclick=x>`, `<a href="javascript:x">`, `<script>x</script>`, `<iframe srcdoc=x>`, `<a href="//evil.example">`, `<p style="x">`, `<!-- x -->`} {
		doc, err := html.Parse(strings.NewReader(s))
		if err != nil {
			t.Fatal(err)
		}
		if len(harmed(doc)) == 0 {
			t.Errorf("%s is not seen", s)
		}
	}
	doc, _ := html.Parse(strings.NewReader("a\u202Eb"))
	if _, ok := unseen(doc); !ok {
		t.Error("a bidirectional control is not seen")
	}
}

func TestRuns(t *testing.T) {
	t.Parallel()
	show := func(s string) string {
		var b strings.Builder
		for _, r := range runs(s) {
			if r.Note != "" {
				b.WriteString("⟨" + r.Note + "⟩")
			}
			b.WriteString(r.Text)
		}
		return b.String()
	}
	for in, want := range map[string]string{
		"plain text\n\tand more": "plain text\n\tand more",
		"a\r\nb\rc\u2028d":       "a\nb\nc\nd",
		"\u202Eevil":             "⟨U+202E⟩evil",
		"a\u200B\u200Bb":         "a⟨U+200B U+200B⟩b",
		"x\U000E0041\U000E0042\U000E0043\U000E0044": "x⟨4 hidden characters⟩",
		"NUL\x00!":        "NUL⟨U+0000⟩!",
		"👩\u200D👩\u200D👧": "👩\u200D👩\u200D👧",  // a family
		"می\u200Cخواهم":   "می\u200Cخواهم",    // Persian needs it
		"क्\u200Dष":       "क्\u200Dष",        // Hindi too
		"a\u200Db":        "a⟨U+200D⟩b",       // Latin does not
		"❤\uFE0F":         "❤\uFE0F",          // emoji style
		"a\uFE0F\uFE0Fb":  "a\uFE0F⟨U+FE0F⟩b", // hidden data
		"\xffx":           "\uFFFDx",
		"e\u0301":         "e\u0301",
		"e\u0301\u0301\u0301\u0301\u0301\u0301\u0301": "e\u0301\u0301\u0301\u0301\u0301\u0301⟨U+0301⟩",
		"pass\u00ADword": "pass⟨U+00AD⟩word",
	} {
		if got := show(in); got != want {
			t.Errorf("runs(%q) = %q, want %q", in, got, want)
		}
	}
	if got := show(strings.Repeat("x", maxShown+5)); !strings.HasSuffix(got, fmt.Sprintf("⟨shortened: %s characters in all⟩", number(maxShown+5))) {
		t.Error("a text that is too long does not say so")
	}
	if got := short("one  two\n three", 7); got != "one two…" {
		t.Errorf("short = %q", got)
	}
}

func FuzzRuns(f *testing.F) {
	for _, s := range builtIn {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := 0
		for _, r := range runs(s) {
			if (r.Text == "") == (r.Note == "") {
				t.Fatalf("a run has both or nothing: %q", r)
			}
			prev := rune(0)
			for _, c := range r.Text {
				if isHidden(c) && c != 0x200c && c != 0x200d || c == 0 {
					t.Fatalf("U+%04X after U+%04X is shown", c, prev)
				}
				prev = c
				n++
			}
		}
		if n > maxShown || !utf8.ValidString(plain(s)) {
			t.Fatalf("%d runes shown", n)
		}
	})
}

func TestLinks(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"https://a.example/b?c=d": "https://a.example/b?c=d", "http://a.example": "http://a.example", "javascript:alert(1)": "", "JAVASCRIPT:alert(1)": "", " javascript:x": "",
		"data:text/html,x": "", "//evil.example": "", "https://user:pw@evil.example": "", "https://": "", "ftp://a.example": "", "vbscript:x": "", "/path": "", "https:evil": "", "": ""} {
		if got := link(in); got != want {
			t.Errorf("link(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]bool{"/queue": true, "/tickets/a/b?c=d": true, "//evil.example": false, "/\\evil.example": false, "/\t/evil.example": false, "https://evil.example": false, "": false, "queue": false} {
		if got := safePath(in); got != want {
			t.Errorf("safePath(%q) = %v, want %v", in, got, want)
		}
	}
}

func TestSpreadsheetsRunNothing(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"=1+1": "'=1+1", "  =1+1": "'  =1+1", "+1+1": "'+1+1", "-1+1": "'-1+1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r\n=1": "'\r\n=1", "＝1": "'＝1", "a\",=cmd": "'a\",=cmd", "a;=cmd": "'a;=cmd",
		"-12.5": "-12.5", "+3": "+3", "1e5": "1e5", "plain": "plain", "a = b": "a = b", "a-b": "a-b", "me@example.com": "me@example.com", "": "", "Fees, - and more": "Fees, - and more"} {
		if got := harmless(in); got != want {
			t.Errorf("harmless(%q) = %q, want %q", in, got, want)
		}
	}
	w, _ := hostile(`=HYPERLINK("https://evil.example","x")`)
	a := ask(t, newConsole(t, w), access.RoleManager, "/report/tickets.csv?figure=outcome:proposed", nil)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.Body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, cell := range rows[1] {
		if strings.HasPrefix(cell, "=") {
			t.Errorf("cell %q", cell)
		}
	}
}

func TestBadInputsInSpreadsheets(t *testing.T) {
	t.Parallel()
	for _, b := range readBad(t, "csv_formula") {
		// A dash that typesetting made of a minus is listed as a formula and runs nowhere.
		if b.Label == "formula" && b.Text != "\u2013" && harmless(b.Text) == b.Text {
			t.Errorf("%s: %q is left as a formula", b.ID, b.Text)
		}
	}
}

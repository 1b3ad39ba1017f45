package slack

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	api "github.com/slack-go/slack"
	"pgregory.net/rapid"

	"footnote/bots/bottest"
	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

var update = flag.Bool("update", false, "write the golden files anew")

// variants are cards worth looking at, by name.
func variants() map[string]pipeline.Review {
	out := map[string]pipeline.Review{}
	for _, s := range sampleCases() {
		out[s.name] = s.review
	}
	return out
}

// TestGolden: every card, thread and form stands in a file to be looked at, and
// Slack's limits hold for it by our linter and by the fake workspace.
func TestGolden(t *testing.T) {
	t.Parallel()
	fake := bottest.NewSlack()
	t.Cleanup(fake.Close)
	samples, err := Samples("https://footnote.acme.test/")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]bool{}
	for _, s := range samples {
		file := filepath.Join("testdata", s.Name+".json")
		files[s.Name+".json"] = true
		if *update {
			if err := os.WriteFile(file, s.JSON, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, s.JSON) {
			t.Errorf("%s changed; look at it and run with -update", s.Name)
		}
		if err := fake.Accepts(s.Surface, s.JSON); err != nil {
			t.Errorf("%s: Slack would refuse it: %v", s.Name, err)
		}
	}
	left, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		if strings.HasSuffix(f.Name(), ".json") && !files[f.Name()] {
			t.Errorf("testdata/%s is no sample any more", f.Name())
		}
	}
}

// TestCardLimits: whatever a draft holds, neither layout nor any form goes
// beyond Slack's limits.
func TestCardLimits(t *testing.T) {
	t.Parallel()
	words := rapid.OneOf(rapid.String(), rapid.Just(strings.Repeat("<&>", 1500)), rapid.Just(strings.Repeat("👩‍👩‍👧", 300)), rapid.Just(strings.Repeat("e\u0301", 1600)), rapid.Just(""), rapid.Just("\n\n "))
	rapid.Check(t, func(t *rapid.T) {
		s := func(name string) string { return words.Draw(t, name) }
		r := typical()
		r.State = rapid.SampledFrom([]pipeline.DraftState{"", pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateApproved, pipeline.StateSent, pipeline.StateReturned,
			pipeline.StateRejected, pipeline.StateHandedOff, pipeline.StateSuperseded, pipeline.StateStale}).Draw(t, "state")
		r.Ticket.Subject, r.Ticket.Requester.Name, r.Reason, r.Ticket.Messages[1].Text = s("subject"), s("name"), s("reason"), s("question")
		r.ClaimedBy.Name, r.DecidedBy.Name, r.Text = s("claimer"), s("decider"), s("reply")
		r.Draft.Model, r.Draft.Fallback, r.Draft.Reduced, r.Draft.Hint, r.Draft.PromptVersion = s("model"), s("fallback"), s("reduced"), s("hint"), s("prompt")
		receipts := r.Draft.Sentences[1].Receipts
		r.Draft.Sentences, r.Draft.Findings = nil, nil
		for i := range rapid.IntRange(0, 25).Draw(t, "sentences") {
			c := receipts[0]
			c.Number, c.Title, c.Section, c.URL = i+1, s("title"), s("section"), "https://"+strings.Repeat("a", 60)+".test/"+s("path")
			r.Draft.Sentences = append(r.Draft.Sentences, pipeline.Sentence{Text: s("sentence"), Receipts: []pipeline.Receipt{c}, Break: i%2 == 0})
			r.Draft.Findings = append(r.Draft.Findings, pipeline.Finding{Severity: pipeline.Confirm, Detail: s("detail"), Sentence: i})
		}
		if rapid.Bool().Draw(t, "abstained") {
			r.Draft.Abstained = s("why") + "."
		}
		prev := typical()
		prev.Draft.Version, r.Draft.Version = 1, 2
		for range rapid.IntRange(0, 9).Draw(t, "gone") {
			prev.Draft.Sentences = append(prev.Draft.Sentences, pipeline.Sentence{Text: s("gone"), Receipts: []pipeline.Receipt{{Number: 1, Document: s("document"), Title: s("title")}}})
		}
		past := pipeline.Past{Reviews: []pipeline.Review{r, prev}}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			past.Steps = append(past.Steps, pipeline.Step{Draft: r.Draft.ID, At: t0, Who: s("who"), What: s("what"), Detail: s("detail"), Surface: s("surface")})
		}
		c := render(r, past, "https://footnote.acme.test/")
		for _, n := range threadOf(r, past) {
			for _, m := range []layout.Message{n.says.Rich(), n.says.Simple()} {
				if p := layout.LintMessage(m.Blocks); len(p) > 0 {
					t.Fatalf("note %s is beyond the limits: %q", n.key, p)
				}
			}
		}
		for _, m := range []layout.Message{c.Rich(), c.Simple()} {
			if p := layout.LintMessage(m.Blocks); len(p) > 0 {
				t.Fatalf("beyond the limits: %q", p)
			}
		}
		for _, kind := range []string{actEdit, actReject, actRedraft} {
			f := form{Kind: kind, Draft: r.Draft.ID, Hash: strings.Repeat("f", 64), Seen: pipeline.StateClaimed}
			if p := layout.LintView(f.fill(r, typed{reply: editable(r.Draft)}, s("problem"))); len(p) > 0 {
				t.Fatalf("form %s is beyond the limits: %q", kind, p)
			}
			again := kept{id: r.Draft.ID, text: s("kept"), at: t0}
			if p := layout.LintView(f.offer(r, again)); kind == actEdit && len(p) > 0 {
				t.Fatalf("an offered text is beyond the limits: %q", p)
			}
			v := f.confirmation(again, r.Draft.Findings)
			if p := layout.LintView(v); len(p) > 0 {
				t.Fatalf("a confirmation is beyond the limits: %q", p)
			}
			if raw, _ := json.Marshal(api.NewPushViewSubmissionResponse(&v)); len(raw) > 19_000 {
				t.Fatalf("a confirmation has %d bytes: Slack drops answers of 20 KiB", len(raw))
			}
		}
	})
}

// badInput is one line of the collections of bad inputs.
type badInput struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	B64  string `json:"b64"`
}

func badInputs(t *testing.T) []badInput {
	t.Helper()
	var out []badInput
	for _, name := range []string{"slack_mrkdwn", "unicode", "naughty_strings"} {
		raw, err := os.ReadFile(filepath.Join("../../../shared/data/badinputs/dev", name+".jsonl"))
		if errors.Is(err, fs.ErrNotExist) {
			t.Skip("the collection of bad inputs is not here")
		}
		if err != nil {
			t.Fatal(err)
		}
		for l := range bytes.Lines(raw) {
			var b badInput
			if err := json.Unmarshal(l, &b); err != nil {
				t.Fatal(err)
			}
			if b.B64 != "" {
				text, err := base64.StdEncoding.DecodeString(b.B64)
				if err != nil {
					t.Fatal(err)
				}
				b.Text = string(text)
			}
			out = append(out, b)
		}
	}
	return out
}

// smear puts the text everywhere where outside text stands.
func smear(s string) pipeline.Review {
	r := typical()
	r.Ticket.Subject, r.Ticket.Requester.Name, r.Ticket.Messages[1].Text, r.Ticket.Messages[1].Attachments = s, s, s, []string{s}
	r.Draft.Sentences[1].Text = s
	for i := range r.Draft.Sentences {
		for j := range r.Draft.Sentences[i].Receipts {
			r.Draft.Sentences[i].Receipts[j].Title, r.Draft.Sentences[i].Receipts[j].Section = s, s
		}
	}
	r.Draft.Findings[0].Detail, r.Draft.Model, r.Draft.Fallback, r.Draft.Hint = s, s, s, s
	return r
}

// own are the links that a smeared card makes: the desk's and the sources'.
var own = map[bottest.SlackLink]bool{{URL: "https://desk.acme.test/t/1042", Label: "desk.acme.test"}: true,
	{URL: "https://help.acme.test/p1", Label: "help.acme.test"}: true, {URL: "https://help.acme.test/p2", Label: "help.acme.test"}: true}

// cardHarmless fails the test for what pings, links, unfurls or hides.
func cardHarmless(t *testing.T, id string, m bottest.SlackMessage) {
	t.Helper()
	if p := m.Pings(); len(p) > 0 {
		t.Errorf("%s: pings %q", id, p)
	}
	for _, l := range m.Links() {
		if !own[l] {
			t.Errorf("%s: links %v", id, l)
		}
	}
	for _, s := range append(m.Strings(), m.Text) {
		for _, r := range s {
			if r != '\n' && unicode.In(r, unicode.Cc, unicode.Bidi_Control, unicode.Noncharacter_Code_Point) || r == '\u200B' || r == '\uFEFF' || r >= 0xE0000 && r <= 0xE007F {
				t.Errorf("%s: %U is in %q", id, r, s)
			}
		}
	}
}

// TestBadInputs: nothing that outsiders wrote pings, links, unfurls or hides,
// in a card, its thread, or in what people are told.
func TestBadInputs(t *testing.T) {
	t.Parallel()
	inputs := badInputs(t)
	w := newWorld(t, "")
	for i, b := range inputs {
		r := smear(b.Text)
		r.Draft.Message = fmt.Sprint("bad-", i) // a card of its own; the question is the last message but one
		r.Draft.Ticket.ID, r.Ticket.ID = r.Draft.Message, r.Draft.Message
		r.Ticket.Messages[1].ID = r.Draft.Message
		r.Ticket.Messages = append(r.Ticket.Messages, pipeline.Message{ID: b.Text, Role: pipeline.RoleCustomer, Public: true, Text: b.Text})
		w.reviews.put(r)
		w.handle(pipeline.DraftProposed, r)
		w.chat.tell(w.ctx, interaction{User: struct {
			ID     string `json:"id"`
			TeamID string `json:"team_id"`
		}{ID: "U1ADA"}}, b.Text)
	}
	if c, n := len(w.cards()), len(w.notes()); c != len(inputs) || n != len(inputs) {
		t.Fatalf("%d cards and %d notes for %d inputs", c, n, len(inputs))
	}
	for i, m := range append(w.cards(), w.notes()...) {
		cardHarmless(t, inputs[i%len(inputs)].ID, m)
		if m.Unfurl {
			t.Error("may unfurl")
		}
		if body, _ := layout.Clean(inputs[i%len(inputs)].Text); m.ThreadTS != "" && strings.TrimSpace(body) != "" && !slices.Contains(m.Strings(), body) {
			t.Errorf("%s: the thread lost some of %q", inputs[i%len(inputs)].ID, body)
		}
	}
	for _, x := range w.slack.Whispers("U1ADA") { // bare addresses may stand in a whisper
		cardHarmless(t, "whisper", bottest.SlackMessage{Text: strings.ReplaceAll(x.Text, "://", ":")})
	}
}

// TestBadInputsInForms: every form with the same texts is harmless, and an
// editor gives back what it was given: nothing is lost but what cannot be seen.
func TestBadInputsInForms(t *testing.T) {
	t.Parallel()
	for _, b := range badInputs(t) {
		r := smear(b.Text)
		f := form{Kind: actEdit, Draft: r.Draft.ID, Hash: "h", Seen: pipeline.StateOpen}
		k := kept{id: r.Draft.ID, text: storable(b.Text), at: t0}
		views := []api.ModalViewRequest{f.fill(r, typed{reply: editable(r.Draft)}, b.Text), f.offer(r, k), f.confirmation(k, r.Draft.Findings), f.note(b.Text)}
		for _, kind := range []string{actReject, actRedraft} {
			g := f
			g.Kind = kind
			views = append(views, g.fill(r, typed{reason: "other", detail: layout.Line(b.Text, 1000), hint: layout.Line(b.Text, 1000)}, b.Text))
		}
		for _, v := range views {
			if p := layout.LintView(v); len(p) > 0 {
				t.Errorf("%s: %q", b.ID, p)
			}
			raw, err := json.Marshal(v.Blocks)
			if err != nil {
				t.Fatal(err)
			}
			cardHarmless(t, b.ID, bottest.SlackMessage{Blocks: raw})
		}
		shown := bottest.SlackView{PrivateMetadata: views[0].PrivateMetadata}
		shown.Blocks, _ = json.Marshal(views[0].Blocks)
		var g form
		if !readForm(shown.PrivateMetadata, &g) {
			t.Fatalf("%s: the form's metadata cannot be read", b.ID)
		}
		fields := shown.Fields()
		want, hidden := layout.Clean(r.Draft.Text())
		if got := g.join(fields[inReply], fields[inRest]); got != want || hidden == 0 && want != strings.ReplaceAll(r.Draft.Text(), "\t", " ") && !strings.ContainsAny(r.Draft.Text(), "\r\u2028\u2029\u0085") && utf8.ValidString(r.Draft.Text()) {
			t.Errorf("%s: the editor offers %q of %q", b.ID, got, r.Draft.Text())
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, want string
		hidden   int
	}{
		{"plain\ttext\r\nhere", "plain text\nhere", 0},
		{"a\u202Eb\u2066c\u200Bd\uFEFFe", "abcde", 4},
		{"x\u0000\u001b[31my", "x[31my", 2},
		{"می\u200cخواهم", "می\u200cخواهم", 0}, // ZWNJ where Persian needs it
		{"a\u200Cb\u200Dc", "abc", 2},
		{"👩‍👧 ok ❤️", "👩‍👧 ok ❤️", 0},
		{"tag\U000E0041\U000E0042", "tag", 2},
		{"z" + strings.Repeat("\u0301", 9), "z" + strings.Repeat("\u0301", layout.MaxMarks), 4},
		{"bad\xff", "bad\uFFFD", 0},
		{"s\uFE00o\uFE0F", "so", 2},
	} {
		if got, n := layout.Clean(c.in); got != c.want || n != c.hidden {
			t.Errorf("clean(%q) = %q, %d, want %q, %d", c.in, got, n, c.want, c.hidden)
		}
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	got := layout.Hosts("See https://good.test@evil.test/x, (http://a.test:8080/y). ftp://f.test https://аррӏе.com and HTTPS://A.test:8080/")
	want := []string{"evil.test", "a.test:8080", "f.test", "xn--80ak6aa92e.com"}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("hosts = %q, want %q", got, want)
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]string{"word ", "line\n", "paragraph\n\n", "x", "👩‍👧", "e\u0301"}).Draw(t, "unit")
		s := strings.Repeat(unit, rapid.IntRange(0, 4000).Draw(t, "n"))
		a, joint, b, ok := split(s)
		if !ok {
			if layout.Units(s) <= maxEdit-layout.MaxInput/2 {
				t.Fatalf("%d units were not split", layout.Units(s))
			}
			return
		}
		if layout.Units(a) > layout.MaxInput || layout.Units(b) > layout.MaxInput {
			t.Fatalf("halves of %d and %d units", layout.Units(a), layout.Units(b))
		}
		if got := (form{Joint: joint}).join(a, b); got != s {
			t.Fatal("the halves do not join to the whole")
		}
	})
}

// TestNotWhole: what is not shown exactly and whole cannot be approved from the card.
func TestNotWhole(t *testing.T) {
	t.Parallel()
	has := func(r pipeline.Review, action string) bool {
		for _, b := range render(r, pipeline.Past{}, "").Buttons {
			if b.Action == action {
				return true
			}
		}
		return false
	}
	r := variants()["typical"]
	if !has(r, actApprove) {
		t.Error("a typical draft cannot be approved")
	}
	if !has(variants()["long"], actApprove) {
		t.Error("a reply of 3,500 characters cannot be approved")
	}
	for name, change := range map[string]func(*pipeline.Review){
		"too long":  func(r *pipeline.Review) { r.Draft.Sentences[1].Text = strings.Repeat("long ", 2000) },
		"invisible": func(r *pipeline.Review) { r.Draft.Sentences[1].Text += "\u200B" },
		"blocked":   func(r *pipeline.Review) { r.Draft.Findings[0].Severity = pipeline.Block },
		"stale":     func(r *pipeline.Review) { r.Stale = "the customer wrote again" },
	} {
		r := variants()["typical"]
		r.Draft.Sentences = append([]pipeline.Sentence{}, r.Draft.Sentences...)
		change(&r)
		if has(r, actApprove) {
			t.Errorf("%s: can be approved from the card", name)
		}
	}
}

// TestInternalIsNotOffered: a draft that cites what customers must not see has
// no approve button, even if the check that blocks it is missing.
func TestInternalIsNotOffered(t *testing.T) {
	t.Parallel()
	has := func(r pipeline.Review) bool {
		return slices.ContainsFunc(buttons(r, "", true), func(b layout.Button) bool { return b.Action == actApprove })
	}
	r := typical()
	r.ApproveHash = "h"
	if !has(r) {
		t.Fatal("a typical draft cannot be approved")
	}
	sampleInternal(&r)
	if has(r) {
		t.Error("a draft that cites an internal source can be approved from the card")
	}
}

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
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"footnote/bots/bottest"
	"footnote/pipeline"
)

var update = flag.Bool("update", false, "write the golden files anew")

// variants are cards worth looking at.
func variants() map[string]pipeline.Review {
	out := map[string]pipeline.Review{}
	add := func(name string, f func(*pipeline.Review)) {
		r := typical()
		r.Draft.ID = "5f0c3c1e-0000-4000-8000-000000000001"
		if f != nil {
			f(&r)
		}
		if r.Draft.Abstained == "" {
			r.ApproveHash = r.Draft.ReplyFor(r.Draft.Text(), r.Ticket.Requester).Hash()
		}
		out[name] = r
	}
	add("typical", nil)
	add("abstained", abstention)
	add("long", func(r *pipeline.Review) { // a reply of 3,500 characters
		r.Draft.Sentences = nil
		for i := range 50 {
			r.Draft.Sentences = append(r.Draft.Sentences, pipeline.Sentence{Break: i%5 == 0,
				Text: fmt.Sprintf("Sentence number %02d explains one more step of what has to be done.", i+1), Receipts: typical().Draft.Sentences[1].Receipts})
		}
	})
	add("right-to-left", func(r *pipeline.Review) {
		r.Ticket.Subject, r.Ticket.Requester.Name = "أين استرداد أموالي؟", "فاطمة"
		r.Ticket.Messages[1].Text = "أعدت الحذاء يوم الاثنين. می\u200cخواهم بدانم."
		r.Draft.Sentences[1].Text = "يصل المبلغ إلى بطاقتك خلال خمسة أيام."
		r.Draft.Locale = "ar"
	})
	add("hostile", func(r *pipeline.Review) {
		evil := "<!channel> <@U1ADA> <https://evil.test|https://acme.test> *bold* `x` &lt;!here&gt; @here [a](https://evil.test) \u202Eabc\u200B\U000E0041"
		r.Ticket.Subject, r.Ticket.Requester.Name, r.Ticket.URL = evil, evil, "javascript:alert(1)"
		r.Ticket.Messages[1].Text, r.Ticket.Messages[1].Attachments = evil, []string{evil}
		r.Draft.Sentences[1].Text = "see https://help.acme.test@evil.test/x and http://xn--80ak6aa92e.com and https://аррӏе.com/ " + evil
		for i := range r.Draft.Sentences {
			for j := range r.Draft.Sentences[i].Receipts {
				c := &r.Draft.Sentences[i].Receipts[j]
				c.Title, c.Section, c.URL = evil, evil, "https://user:pw@evil.test/"
			}
		}
		r.Draft.Findings = []pipeline.Finding{{Severity: pipeline.Warn, Sentence: -1, Detail: evil}}
		r.Draft.Model, r.Draft.Fallback, r.Draft.Reduced, r.Draft.Hint = evil, evil, evil, evil
	})
	add("sent", func(r *pipeline.Review) {
		r.State, r.DecidedBy, r.DecidedAt, r.SentAt = pipeline.StateSent, ada, t0, t0
		r.Text, r.Distance = "Hello Grace, it is on its way.", 0.34
	})
	return out
}

func TestCardGolden(t *testing.T) {
	t.Parallel()
	for name, r := range variants() {
		m := render(r, "https://footnote.acme.test/tickets/sandbox/T-1042").rich()
		var got bytes.Buffer
		enc := json.NewEncoder(&got)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(map[string]any{"text": m.text, "blocks": m.blocks}); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, got.Bytes()) {
			t.Errorf("%s: the card changed; look at it and run with -update", name)
		}
		if p := lintMessage(m.blocks); len(p) > 0 {
			t.Errorf("%s: %q", name, p)
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
		c := render(r, "https://footnote.acme.test/")
		for _, m := range []message{c.rich(), c.simple()} {
			if p := lintMessage(m.blocks); len(p) > 0 {
				t.Fatalf("beyond the limits: %q", p)
			}
		}
		for _, kind := range []string{actEdit, actReject, actRedraft} {
			f := form{Kind: kind, Draft: r.Draft.ID, Hash: strings.Repeat("f", 64), Seen: pipeline.StateClaimed}
			if p := lintView(f.fill(r, typed{reply: editable(r.Draft)}, s("problem"))); len(p) > 0 {
				t.Fatalf("form %s is beyond the limits: %q", kind, p)
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

// TestBadInputs: nothing that outsiders wrote pings, links, unfurls or hides,
// in a card or in what people are told.
func TestBadInputs(t *testing.T) {
	t.Parallel()
	inputs := badInputs(t)
	w := newWorld(t, "")
	own := map[bottest.SlackLink]bool{{URL: "https://desk.acme.test/t/1042", Label: "desk.acme.test"}: true,
		{URL: "https://help.acme.test/p1", Label: "help.acme.test"}: true, {URL: "https://help.acme.test/p2", Label: "help.acme.test"}: true}
	for i, b := range inputs {
		r := smear(b.Text)
		r.Draft.Message = fmt.Sprint("m-", i) // a card of its own; the question is the last message
		r.Ticket.Messages[1].ID = r.Draft.Message
		w.reviews.put(r)
		w.handle(pipeline.DraftProposed, r)
		w.chat.tell(w.ctx, interaction{User: struct {
			ID     string `json:"id"`
			TeamID string `json:"team_id"`
		}{ID: "U1ADA"}}, b.Text)
	}
	messages := w.slack.Messages(channel)
	if len(messages) != len(inputs) {
		t.Fatalf("%d cards for %d inputs", len(messages), len(inputs))
	}
	for _, x := range w.slack.Whispers("U1ADA") {
		messages = append(messages, bottest.SlackMessage{Text: strings.ReplaceAll(x.Text, "://", ":")}) // bare addresses may stand in a whisper
	}
	for _, m := range messages {
		if p := m.Pings(); len(p) > 0 {
			t.Errorf("pings %q", p)
		}
		if m.Unfurl && m.TS != "" {
			t.Error("may unfurl")
		}
		for _, l := range m.Links() {
			if !own[l] {
				t.Errorf("links %v", l)
			}
		}
		for _, s := range append(m.Strings(), m.Text) {
			for _, r := range s {
				if r != '\n' && unicode.In(r, unicode.Cc, unicode.Bidi_Control, unicode.Noncharacter_Code_Point) || r == '\u200B' || r == '\uFEFF' || r >= 0xE0000 && r <= 0xE007F {
					t.Errorf("%U is in %q", r, s)
				}
			}
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
		{"z" + strings.Repeat("\u0301", 9), "z" + strings.Repeat("\u0301", maxMarks), 4},
		{"bad\xff", "bad\uFFFD", 0},
		{"s\uFE00o\uFE0F", "so", 2},
	} {
		if got, n := clean(c.in); got != c.want || n != c.hidden {
			t.Errorf("clean(%q) = %q, %d, want %q, %d", c.in, got, n, c.want, c.hidden)
		}
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	got := hosts("See https://good.test@evil.test/x, (http://a.test:8080/y). ftp://f.test https://аррӏе.com and HTTPS://A.test:8080/")
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
			if units(s) <= maxEdit-maxInput/2 {
				t.Fatalf("%d units were not split", units(s))
			}
			return
		}
		if units(a) > maxInput || units(b) > maxInput {
			t.Fatalf("halves of %d and %d units", units(a), units(b))
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
		for _, b := range render(r, "").buttons {
			if b.action == action {
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

package policy

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"footnote/pipeline"
)

func TestAWrongFileIsRefusedWithItsLine(t *testing.T) {
	for name, c := range map[string]struct{ file, line, say string }{
		"action":     {"default:\n  commitments:\n    refund: {promise: maybe}\n", "line 3", "allow, confirm or block"},
		"who":        {"default:\n  commitments:\n    refund: {promise: confirm, by: boss}\n", "line 3", "agent, lead or manager"},
		"category":   {"default:\n  commitments:\n    warrenty: {promise: block}\n", "line 3", "words of its own"},
		"phrase":     {"default:\n  forbidden: {do: block, words: [as*ap]}\n", "line 2", "star"},
		"formality":  {"queues:\n  vip:\n    formality: {person: polite}\n", "line 3", "person: formal"},
		"nobody":     {"default:\n  competitors: {do: block}\n", "line 2", "name them"},
		"key":        {"default:\n  commitmens:\n    refund: {promise: block}\n", "[2:", "commitmens"},
		"no yaml":    {"default: [\n", "[1:", ""},
		"empty rule": {"default:\n  commitments:\n    legal: {}\n", "line 3", "says nothing"},
	} {
		_, err := Parse([]byte(c.file))
		if err == nil || !strings.Contains(err.Error(), c.line) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: want %q and %q, got %v", name, c.line, c.say, err)
		}
	}
}

func TestAQueueHasItsOwnRules(t *testing.T) {
	p, err := Parse([]byte(`
name: ours
default:
  commitments:
    refund: {promise: confirm, by: lead}
    warranty: {words: [warranty, garantie*], promise: block, policy: confirm}
  competitors: {do: block, words: [globex, initech*]}
  forbidden: {do: confirm, words: [asap]}
  length: {characters: 400}
  closing: {text: Your Acme team}
  formality: {person: formal}
queues:
  billing:
    commitments:
      refund: {promise: allow}
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		queue, lang, said, check string
		sev                      pipeline.Severity // "" for nothing
		by                       string
	}{
		{"", "en", "We will refund you.", "commitment", pipeline.Confirm, ByManager},
		{"billing", "en", "We will refund you.", "commitment", "", ""},
		{"billing", "en", "We will give you a discount.", "commitment", pipeline.Confirm, ""},
		{"", "en", "We will extend your warranty.", "commitment", pipeline.Block, ""},
		{"", "en", "The warranty covers two years.", "commitment", pipeline.Confirm, ""},
		{"", "en", "We cannot extend your warranty.", "commitment", "", ""},
		{"", "en", "We cannot send it to another account.", "commitment", "", ""},
		{"", "en", "Globex has no such button.", "style", pipeline.Block, ""},
		{"", "en", "Please answer asap.", "style", pipeline.Warn, ""},
		{"", "en", "You idiot, press Save.", "style", pipeline.Block, ""},
		{"", "en", "Obviously it is on page two.", "style", pipeline.Warn, ""},
		{"", "en", "It is on page two.\nYour Acme team", "style", "", ""},
		{"", "en", strings.Repeat("It is long. ", 40) + "Your Acme team", "style", pipeline.Warn, ""},
		{"", "de", "Klicken Sie auf Speichern.\nYour Acme team", "style", "", ""},
		{"", "de", "Klick auf deine Rechnung.\nYour Acme team", "style", pipeline.Warn, ""},
		{"", "fr", "Clique sur ton compte.\nYour Acme team", "style", pipeline.Warn, ""},
		{"", "fr", "Cliquez sur votre compte.\nYour Acme team", "style", "", ""},
	} {
		var got pipeline.Finding
		for _, f := range p.For(c.queue).Check([]Said{{Text: c.said}}, c.lang) {
			if f.Check == c.check && (got.Severity == "" || f.Severity == pipeline.Block) {
				got = f
			}
		}
		if c.check == "style" && c.sev == pipeline.Warn && strings.Contains(got.Detail, "does not end") {
			got = pipeline.Finding{}
			for _, f := range p.For(c.queue).Check([]Said{{Text: c.said + "\nYour Acme team"}}, c.lang) {
				if f.Check == "style" {
					got = f
				}
			}
		}
		if got.Severity != c.sev || got.By != c.by {
			t.Errorf("%q in %q: want %q by %q, got %+v", c.said, c.queue, c.sev, c.by, got)
		}
	}
}

func TestWhatASourcePromisesEverybodyIsPolicy(t *testing.T) {
	said := Said{Text: "We will refund you within 14 days."}
	if fs := Shipped().For("").Check([]Said{said}, "en"); len(fs) == 0 {
		t.Error("a promise went through")
	}
	said.Proof = "Refunds are paid within 14 days."
	if fs := Shipped().For("").Check([]Said{said}, "en"); len(fs) == 0 {
		t.Error("a rule made a promise pass")
	}
	said.Proof = "If you cancel, we will refund you within 14 days."
	if fs := Shipped().For("").Check([]Said{said}, "en"); len(fs) != 0 {
		t.Errorf("the source says so to everybody: %v", fs)
	}
}

func TestSaidAgainIsNamed(t *testing.T) {
	again := []Said{{Text: "Open the billing page and download the invoice as a file."}, {Text: "Download the invoice as a file: open the billing page."}}
	if fs := Shipped().For("").Check(again, "en"); len(fs) != 1 || fs[0].Check != "style" {
		t.Errorf("said twice: %v", fs)
	}
	two := []Said{{Text: "The Team plan costs 29 euros a month for each workspace user."}, {Text: "The Team plan costs 19 euros a month for each workspace user."}}
	if fs := Shipped().For("").Check(two, "en"); len(fs) != 0 {
		t.Errorf("two prices are two things: %v", fs)
	}
}

type memory struct{ last string }

func (m *memory) Save(_ context.Context, p *Policy) error { m.last = p.Text; return nil }
func (m *memory) Last(context.Context) (string, error)    { return m.last, nil }

func TestTheLastGoodFileStaysInForce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	at := time.Now().Add(-time.Hour)
	write := func(s string) {
		if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Minute)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	good := "default:\n  commitments:\n    refund: {promise: block}\n"
	write(good)
	m, log := &memory{}, slog.New(slog.NewTextHandler(io.Discard, nil))
	k := Keep(t.Context(), path, m, log)
	first := k.Now(t.Context()).Version
	if first == Shipped().Version || k.Problem() != nil || m.last != good {
		t.Fatalf("the file is not in force: %v", k.Problem())
	}
	write("default:\n  commitments:\n    refund: {promise: perhaps}\n")
	if k.Now(t.Context()).Version != first || k.Problem() == nil {
		t.Error("a wrong file came into force, or nobody says so")
	}
	if again := Keep(t.Context(), path, m, log); again.Now(t.Context()).Version != first || again.Problem() == nil {
		t.Error("a restart with a wrong file forgot the last good one")
	}
	write("default:\n  commitments:\n    refund: {promise: allow}\n")
	if k.Now(t.Context()).Version == first || k.Problem() != nil {
		t.Errorf("a good file did not come into force: %v", k.Problem())
	}
}

package bottest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unicode"
)

// BadInput is one line of the collections of bad inputs.
type BadInput struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	B64  string `json:"b64"`
}

// BadInputs reads the collections of bad inputs beside the repository; the test is
// skipped where they are not.
func BadInputs(t testing.TB) []BadInput {
	t.Helper()
	var out []BadInput
	for _, name := range []string{"slack_mrkdwn", "unicode", "naughty_strings"} {
		raw, err := os.ReadFile(filepath.Join(root(t), "../shared/data/badinputs/dev", name+".jsonl"))
		if errors.Is(err, fs.ErrNotExist) {
			t.Skip("the collection of bad inputs is not here")
		}
		if err != nil {
			t.Fatal(err)
		}
		for l := range bytes.Lines(raw) {
			var b BadInput
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

// root is the repository's folder.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// SampleLinks are what the made-up drafts of bots/slack/sample link to: the desk's
// ticket and the two sources.
var SampleLinks = []SlackLink{{URL: "https://desk.acme.test/t/1042", Label: "desk.acme.test"}, {URL: "https://help.acme.test/p1", Label: "help.acme.test"},
	{URL: "https://help.acme.test/p2", Label: "help.acme.test"}}

// SlackHarmless fails the test for what pings, links or hides in the message, but for
// the links that are own.
func SlackHarmless(t testing.TB, id string, m SlackMessage, own ...SlackLink) {
	t.Helper()
	if p := m.Pings(); len(p) > 0 {
		t.Errorf("%s: pings %q", id, p)
	}
	for _, l := range m.Links() {
		if !slices.Contains(own, l) {
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

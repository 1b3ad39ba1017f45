package bottest

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

// SignatureVectors feeds the rows of webhook_signatures.jsonl with one scheme to
// a desk of the row's secret: what is to be rejected must be Denied, and nothing
// else may be. It skips the test without the data.
func SignatureVectors(t *testing.T, scheme string, open func(secret string) (bots.Desk, error)) {
	n := 0
	found := BadRows(t, "webhook_signatures.jsonl", func(r struct {
		Scheme, Case, Secret, Expect string
		Now                          int64 `json:"now_unix"`
		Headers                      map[string]string
		B64                          []byte
	}) {
		if r.Scheme != scheme {
			return
		}
		d, err := open(r.Secret)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		for k, v := range r.Headers {
			h.Set(k, v)
		}
		n++
		_, err = d.Parse(h, r.B64, time.Unix(r.Now, 0))
		denied := err != nil && pipeline.KindOf(err) == pipeline.Denied
		if r.Expect != "either" && (r.Expect == "reject") != denied {
			t.Errorf("%s: %v, want %s", r.Case, err, r.Expect)
		}
	})
	if !found {
		t.Skip("no ../shared/data")
	}
	if n == 0 {
		t.Errorf("there is no row of scheme %s", scheme)
	}
}

// HostileTexts sends the rows of naughty_strings, unicode and html_xss as a
// customer's messages: each must come out of Parse as one event, and its text
// without markup that runs. It skips the test without the data.
func HostileTexts(t *testing.T, f DeskFixture) {
	ref, _ := f.Open()
	n := 0
	row := func(r struct {
		Text string
		B64  []byte
	}) {
		if r.Text == "" {
			r.Text = string(r.B64)
		}
		n++
		m := f.message("4711")
		m.Text = r.Text
		raw := f.Hook(ref, m)
		events, err := f.Desk.Parse(f.Sign(raw, f.Now()), raw, f.Now())
		if err != nil || len(events) != 1 {
			t.Errorf("%.100q: %d events, %v", r.Text, len(events), err)
			return
		}
		if got, err := pipeline.Decode[pipeline.Received](events[0]); err != nil || got.Message == nil || strings.Contains(got.Message.Text, "\x00") {
			t.Errorf("%.100q: %+v, %v", r.Text, got.Message, err)
		}
	}
	found := BadRows(t, "naughty_strings.jsonl", row)
	BadRows(t, "unicode.jsonl", row)
	BadRows(t, "html_xss.jsonl", row)
	if !found {
		t.Skip("no ../shared/data")
	}
	t.Logf("%d hostile texts", n)
}

// Sample is one payload of a platform as its documents or captures show it.
type Sample struct {
	Name     string
	Headers  map[string]any  `json:"headers"`
	Body     json.RawMessage `json:"body"`
	Response json.RawMessage `json:"response"`
}

// Samples calls each for the payloads in shared/facts/payloads/<platform>, looked
// for upwards of the test, and skips the test without them.
func Samples(t *testing.T, platform string, each func(Sample)) {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		names, _ := filepath.Glob(filepath.Join(dir, "shared", "facts", "payloads", platform, "*.json"))
		for _, name := range names {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			s := Sample{Name: filepath.Base(name)}
			if err := json.Unmarshal(raw, &s); err != nil {
				t.Fatalf("read %s: %v", name, err)
			}
			each(s)
		}
		if len(names) > 0 {
			return
		}
		dir = filepath.Dir(dir)
	}
	t.Skip("no ../shared/facts/payloads/" + platform)
}

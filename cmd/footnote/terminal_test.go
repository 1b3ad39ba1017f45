package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"footnote/pipeline/guard"
)

// TestHostileTerminal: what comes from outside cannot steer a terminal, in whatever
// pieces it is written, and JSON still says the same.
func TestHostileTerminal(t *testing.T) {
	for _, s := range []string{
		"plain", "Grüße, 東京, привет, 👩\u200d💻", "\x1b]0;title\x07\x1b[2J\x1b[31mred", "a\rb", "\u202eexe.pdf", "\u2066x\u2069", "\u009b2J", "tag\U000e0041\U000e0042",
		"zero\u200bwidth", "\u061c\u200e\u200f", "line\u2028sep", "\x00nul", "\x7f", "\ufeffbom", "\xff\xfe", "half \xe6\x9d", "می\u200cخواهم",
	} {
		for _, step := range []int{1, 2, 3, 1000} {
			var out bytes.Buffer
			w := &terminal{to: &out}
			for i := 0; i < len(s); i += step {
				if _, err := w.Write([]byte(s[i:min(len(s), i+step)])); err != nil {
					t.Fatal(err)
				}
			}
			got := out.String()
			if !utf8.ValidString(got) {
				t.Errorf("%q: %q is no text", s, got)
			}
			if i := strings.IndexFunc(got, func(r rune) bool { return guard.Hidden(r) && r != 0x200c && r != 0x200d || r == '\r' }); i >= 0 {
				t.Errorf("%q in steps of %d: %q would be obeyed", s, step, got)
			}
			if clean := guard.Clean(s) == s && !strings.ContainsAny(s, "\r\u2028"); clean && got != s {
				t.Errorf("%q became %q", s, got)
			}
		}
		if !utf8.ValidString(s) {
			continue
		}
		var out bytes.Buffer
		if err := writeJSON(&terminal{to: &out}, map[string]string{"text": s}); err != nil {
			t.Fatal(err)
		}
		var back map[string]string
		if err := json.Unmarshal(out.Bytes(), &back); err != nil || back["text"] != s {
			t.Errorf("%q came back as %q: %v", s, back["text"], err)
		}
	}
}

// TestSecretsAreStruckOutOfLogs wants keys gone and paths that only look like one kept.
func TestSecretsAreStruckOutOfLogs(t *testing.T) {
	for said, want := range map[string]string{
		"key sk-abcdef123456 refused":        "key *** refused",
		"(xoxb-123456-abcdef)":               "(***)",
		"open /tmp/footnote-disk-123456: no": "open /tmp/footnote-disk-123456: no",
		"postgres://u:secret@db/x":           "***db/x",
	} {
		if got := redact(nil, slog.String("err", said)).Value.String(); got != want {
			t.Errorf("%q -> %q, want %q", said, got, want)
		}
	}
}

package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestHostilePort: whoever holds the port of a process that died gets neither the token
// nor the command from a command line, and cannot make it believe what it answers.
func TestHostilePort(t *testing.T) {
	c := Config{processSettings: processSettings{Data: t.TempDir()}}
	token, err := keptSecret(c.Data, "ops-token")
	if err != nil {
		t.Fatal(err)
	}
	var heard bytes.Buffer
	answers := map[string]func(w http.ResponseWriter, r *http.Request){
		"says yes to all": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") },
		"makes up a proof": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"word":"1.a.b","proof":"00"}`)
		},
		"gives back what it got": func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			_, _ = io.WriteString(w, `{"word":"`+string(b)+`","proof":"`+string(b)+`"}`)
		},
		"has another's token": func(w http.ResponseWriter, r *http.Request) { newDoorman("another").hello(w, r) },
		"talks without end": func(w http.ResponseWriter, _ *http.Request) {
			for range 10_000 {
				if _, err := w.Write(make([]byte, 1<<10)); err != nil {
					return
				}
			}
		},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			heard.Reset()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var b bytes.Buffer
				_ = r.Write(&b)
				heard.Write(b.Bytes())
				r.Body = io.NopCloser(bytes.NewReader(b.Bytes()[bytes.Index(b.Bytes(), []byte("\r\n\r\n"))+4:]))
				answer(w, r)
			}))
			defer s.Close()
			var out bytes.Buffer
			err := remote(t.Context(), c, s.URL, []string{"people", "add", "grace@example.org"}, &out)
			if _, gone := errors.AsType[*notRunning](err); !gone || out.Len() > 0 {
				t.Errorf("%v, printed %q", err, out.String())
			}
			if h := heard.String(); strings.Contains(h, token) || strings.Contains(h, "grace") || !strings.Contains(h, "/ops/hello") {
				t.Errorf("it heard %q", h)
			}
		})
	}
}

// TestDoorman: a command runs once, for its own text, within a minute, for whoever has
// the token.
func TestDoorman(t *testing.T) {
	now := time.Now()
	d := newDoorman("token")
	d.now = func() time.Time { return now }
	ask := func(token, word, signed, sent string) bool {
		r, err := proven(t.Context(), token, "http://localhost", word, []byte(signed))
		if err != nil {
			t.Fatal(err)
		}
		r.Body = io.NopCloser(strings.NewReader(sent))
		_, ok := d.admits(r)
		return ok
	}
	word := d.word()
	switch {
	case ask("other", word, "[]", "[]"):
		t.Error("another token passes")
	case ask("token", word, "[]", `["login"]`):
		t.Error("another command passes")
	case ask("token", "9999999999."+randomWord()+"."+randomWord(), "[]", "[]"):
		t.Error("a word of somebody else passes")
	case ask("token", "", "[]", "[]"):
		t.Error("no word passes")
	case !ask("token", word, "[]", "[]"):
		t.Error("the right proof does not pass")
	case ask("token", word, "[]", "[]"):
		t.Error("it passes twice")
	}
	word = d.word()
	now = now.Add(wordTime + 2*time.Second)
	if ask("token", word, "[]", "[]") {
		t.Error("an old word passes")
	}
	if word = d.word(); !ask("token", word, "[]", "[]") || len(d.used) != 1 {
		t.Errorf("%d words are kept", len(d.used))
	}
}

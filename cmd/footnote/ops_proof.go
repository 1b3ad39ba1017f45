package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"footnote/pipeline"
)

// A command line and the process it talks to prove to one another that both can read
// the token in the data directory; it never travels. The process proves it first: what
// holds its port after it died learns neither the token nor the command.
//
//	command  → process   POST /ops/hello   a random word
//	process  → command   a word of its own, code(token, both words)
//	command  → process   POST /ops/run     the process's word, code(token, its word, command)

// helloTime is how long the process may take to prove itself.
const helloTime = 5 * time.Second

// wordTime is how long a process's word may be answered.
const wordTime = time.Minute

const (
	wordHeader  = "Footnote-Word"
	proofHeader = "Footnote-Proof"
)

// code proves the token over parts, for one purpose.
func code(token, purpose string, parts ...string) string {
	h := hmac.New(sha256.New, []byte(token))
	for _, p := range append([]string{purpose}, parts...) {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func sameCode(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

func randomWord() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(b[:])
}

// hello is a process's answer.
type hello struct {
	Word  string `json:"word"`
	Proof string `json:"proof"`
}

// greet asks the process at url to prove itself, and returns its word. Whoever cannot
// is *notRunning.
func greet(ctx context.Context, token, url string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, helloTime)
	defer cancel()
	mine := randomWord()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/ops/hello", strings.NewReader(mine))
	if err != nil {
		return "", fmt.Errorf("call %s: %w", url, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", &notRunning{err}
	}
	defer resp.Body.Close()
	var h hello
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<12)).Decode(&h); err != nil || !sameCode(h.Proof, code(token, "process", mine, h.Word)) {
		return "", &notRunning{pipeline.Errorf(pipeline.Denied, "what listens on %s is not the footnote of this data directory", url)}
	}
	return h.Word, nil
}

// doorman judges who may run command lines in this process. A word may be answered
// once. It is safe for concurrent use.
type doorman struct {
	token string
	now   func() time.Time

	mu   sync.Mutex
	used map[string]time.Time // words that were answered rightly, and when they end
}

func newDoorman(token string) *doorman {
	return &doorman{token: token, now: time.Now, used: map[string]time.Time{}}
}

// hello proves this process to whoever asks.
func (d *doorman) hello(w http.ResponseWriter, r *http.Request) {
	theirs, err := io.ReadAll(io.LimitReader(r.Body, 100))
	if err != nil || len(theirs) < 32 {
		http.Error(w, "Send a random word of 32 characters.", http.StatusBadRequest)
		return
	}
	word := d.word()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(hello{word, code(d.token, "process", string(theirs), word)}) // it went away: nothing to do
}

// word carries its own time and code: nothing is kept for those who only ask.
func (d *doorman) word() string {
	w := strconv.FormatInt(d.now().Add(wordTime).Unix(), 10) + "." + randomWord()
	return w + "." + code(d.token, "word", w)
}

// admits reads the command of a request that proves the token.
func (d *doorman) admits(r *http.Request) ([]byte, bool) {
	word := r.Header.Get(wordHeader)
	at := strings.LastIndexByte(word, '.')
	until, _, _ := strings.Cut(word, ".")
	ends, err := strconv.ParseInt(until, 10, 64)
	if at < 0 || err != nil || !sameCode(word[at+1:], code(d.token, "word", word[:at])) || d.now().Unix() > ends {
		return nil, false
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil || !sameCode(r.Header.Get(proofHeader), code(d.token, "command", word, string(body))) {
		return nil, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for w, end := range d.used {
		if d.now().After(end) {
			delete(d.used, w)
		}
	}
	if _, again := d.used[word]; again {
		return nil, false
	}
	d.used[word] = time.Unix(ends+1, 0)
	return body, true
}

// proven is the request that runs a command line, for the process that gave word.
func proven(ctx context.Context, token, url, word string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/ops/run", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", url, err)
	}
	req.Header.Set(wordHeader, word)
	req.Header.Set(proofHeader, code(token, "command", word, string(body)))
	return req, nil
}

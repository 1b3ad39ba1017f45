// Package llmtest is an OpenAI-compatible server on loopback for tests and the
// demo. It answers as it is told: one fault a call, by script, and otherwise as
// an honest small "model" that answers from the passages of the prompt. It keeps
// its own ledger of what it was asked and what it sent, which is the oracle of
// tests.
//
// It is a fake of the outside world, not part of the product.
package llmtest

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Step is how one call is answered.
type Step string

const (
	Good         Step = "good"           // an honest answer from the prompt's passages
	RateLimit    Step = "429"            // without Retry-After
	RateLimit1   Step = "429 after 1"    // Retry-After: 1
	RateLimit1h  Step = "429 after 3600" // Retry-After: 3600
	ServerError  Step = "500"
	BadGateway   Step = "502 html" // an HTML error page
	Unavailable  Step = "503"
	BadKey       Step = "401"
	BadRequest   Step = "400 bare"   // no error wrapper, as vLLM sends it
	StringError  Step = "400 string" // {"error":"text"}, as Ollama sends it
	BrokenJSON   Step = "broken json"
	CutBody      Step = "cut body" // the connection ends within the body
	Reset        Step = "reset"    // the connection ends before any answer
	Stall        Step = "stall"    // nothing until the caller gives up
	Slow         Step = "slow"     // a good answer, one byte at a time
	Empty        Step = "empty"    // no content
	NoChoices    Step = "no choices"
	Length       Step = "length" // finish_reason length: half an answer
	Filtered     Step = "content_filter"
	Refusal      Step = "refusal"
	WrongSchema  Step = "wrong schema"
	Prose        Step = "prose"        // no JSON at all
	Fenced       Step = "fenced"       // good, in a Markdown code fence
	Huge         Step = "huge"         // 100 kB of an answer
	Invented     Step = "invented"     // cites passages that do not exist
	Misquoted    Step = "misquoted"    // quotes that stand nowhere
	Unsupported  Step = "unsupported"  // claims that its quotes do not make
	WrongNumber  Step = "wrong number" // changes a number of its quote
	WrongTongue  Step = "wrong language"
	NoUsage      Step = "no usage"     // good, without usage
	AbsurdUsage  Step = "absurd usage" // good, with a usage that cannot be
	Abstains     Step = "abstains"
	Evil         Step = "evil"              // obeys whatever the data tells it
	OtherModel   Step = "other model"       // good, under another model's name
	ReorderedVec Step = "reordered vectors" // embeddings out of order, with right indices
	ShortVec     Step = "short vectors"
	NaNVec       Step = "nan vectors"
	FewVec       Step = "few vectors"
)

// Faults lists the steps after which no usable answer came.
var Faults = []Step{RateLimit, RateLimit1, RateLimit1h, ServerError, BadGateway, Unavailable, BadKey, BadRequest, StringError, BrokenJSON, CutBody, Reset, Stall, Empty, NoChoices,
	Length, Filtered, Refusal, WrongSchema, Prose, Huge, Invented, Misquoted, Unsupported, WrongNumber, WrongTongue}

// Call is one entry of the server's ledger.
type Call struct {
	Path   string
	Model  string
	System string
	User   string
	Texts  []string // of an embeddings call
	Step   Step
	Probe  bool // a question whether it answers
	Status int
	Auth   string
	Header http.Header
}

// Server is a running fake. Set its fields before the first call.
type Server struct {
	// URL is the base URL, with /v1.
	URL string
	// Default answers calls beyond the script; empty means Good.
	Default Step
	// Answer, when set, writes the content of good answers instead of Honest.
	Answer func(system, user string) string
	// Dimensions of embeddings; 0 means 64.
	Dimensions int

	http   *httptest.Server
	mu     sync.Mutex
	script []Step
	calls  []Call
	done   chan struct{}
}

// New starts a server that answers the script's steps one by one, then Default.
func New(script ...Step) *Server {
	s := &Server{script: script, done: make(chan struct{})}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = s.http.URL + "/v1"
	return s
}

// Close ends the server; stalled calls end with it.
func (s *Server) Close() {
	select {
	case <-s.done:
	default:
		close(s.done)
	}
	s.http.CloseClientConnections()
	s.http.Close()
}

// Script adds steps.
func (s *Server) Script(steps ...Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, steps...)
}

// Heal has it answer well from now on, whatever Default said.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Default, s.script = "", nil
}

// Calls returns the ledger.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

type chatRequest struct {
	Model    string `json:"model"`
	Messages []struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	} `json:"messages"`
	Input json.RawMessage `json:"input"`
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 16<<20))
	if err != nil {
		return
	}
	var q chatRequest
	if err := json.Unmarshal(body, &q); err != nil {
		http.Error(w, `{"error":{"message":"not JSON"}}`, http.StatusBadRequest)
		return
	}
	c := Call{Path: r.URL.Path, Model: q.Model, Auth: r.Header.Get("Authorization"), Header: r.Header.Clone(), Status: http.StatusOK}
	for _, m := range q.Messages {
		var text string
		_ = json.Unmarshal(m.Content, &text) // parts are not used by our client
		if m.Role == "user" {
			c.User += text
		} else {
			c.System += text
		}
	}
	if len(q.Input) > 0 && json.Unmarshal(q.Input, &c.Texts) != nil {
		var text string
		_ = json.Unmarshal(q.Input, &text)
		c.Texts = []string{text}
	}
	if c.Probe = probes(c); c.Probe { // what the product asks by itself takes no step of the script
		c.Step = s.otherwise()
	} else {
		c.Step = s.next()
	}
	if status, ok := statusOf[c.Step]; ok {
		c.Status = status
	}
	s.mu.Lock()
	s.calls = append(s.calls, c)
	s.mu.Unlock()
	if s.fail(w, r, c.Step) {
		return
	}
	if strings.HasSuffix(r.URL.Path, "/embeddings") {
		s.embed(w, c)
		return
	}
	s.chat(w, r, c)
}

func probes(c Call) bool {
	return strings.Contains(c.System, "Set ready to true") || len(c.Texts) == 1 && strings.HasSuffix(c.Texts[0], "Good morning")
}

func (s *Server) otherwise() Step {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Default == "" {
		return Good
	}
	return s.Default
}

func (s *Server) next() Step {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.script) > 0 {
		step := s.script[0]
		s.script = s.script[1:]
		return step
	}
	if s.Default != "" {
		return s.Default
	}
	return Good
}

var statusOf = map[Step]int{RateLimit: 429, RateLimit1: 429, RateLimit1h: 429, ServerError: 500, BadGateway: 502, Unavailable: 503, BadKey: 401, BadRequest: 400, StringError: 400}

var bodyOf = map[Step]string{
	BadGateway:  "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
	BadRequest:  `{"object":"error","message":"max_tokens is too large","code":400}`,
	StringError: `{"error":"model 'x' not found"}`,
}

// fail answers the steps that do not get as far as an answer.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, step Step) bool {
	if status, ok := statusOf[step]; ok {
		switch step {
		case RateLimit1:
			w.Header().Set("Retry-After", "1")
		case RateLimit1h:
			w.Header().Set("Retry-After", "3600")
		}
		body := bodyOf[step]
		if body == "" {
			body = `{"error":{"message":"` + http.StatusText(status) + `","type":"fake","code":"` + strconv.Itoa(status) + `"}}`
		}
		if step == BadGateway {
			w.Header().Set("Content-Type", "text/html")
		} else {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return true
	}
	switch step {
	case Stall:
		select {
		case <-r.Context().Done():
		case <-s.done:
		case <-time.After(time.Minute):
		}
		return true
	case Reset:
		hangUp(w, "")
		return true
	case CutBody:
		hangUp(w, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"id\":\"x\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"{\\\"abst")
		return true
	case BrokenJSON:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"x","choices":[{"index":0,"message":{"content":"{\"abstain\":fal`)
		return true
	}
	return false
}

// hangUp sends raw bytes and cuts the connection.
func hangUp(w http.ResponseWriter, raw string) {
	conn, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = buf.WriteString(raw)
	_ = buf.Flush()
	if tcp, ok := conn.(*net.TCPConn); ok && raw == "" {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// chat sends a completion.
func (s *Server) chat(w http.ResponseWriter, r *http.Request, c Call) {
	content, finish, refusal, model := s.content(c), "stop", "", c.Model
	switch c.Step {
	case Length:
		content, finish = content[:len(content)/2], "length"
	case Filtered:
		content, finish = "", "content_filter"
	case Refusal:
		content, refusal = "", "I can't help with that."
	case Empty:
		content = ""
	case Fenced:
		content = "```json\n" + content + "\n```"
	case OtherModel:
		model += "-2"
	}
	choices := []any{map[string]any{"index": 0, "finish_reason": finish, "message": map[string]any{"role": "assistant", "content": content, "refusal": nullable(refusal)}}}
	if c.Step == NoChoices {
		choices = []any{}
	}
	out := map[string]any{"id": "chatcmpl-fake", "object": "chat.completion", "created": 1700000000, "model": model, "choices": choices}
	usage := map[string]any{"prompt_tokens": (len(c.System) + len(c.User)) / 4, "completion_tokens": len(content)/4 + 1, "total_tokens": (len(c.System)+len(c.User)+len(content))/4 + 1}
	switch c.Step {
	case NoUsage:
	case AbsurdUsage:
		out["usage"] = map[string]any{"prompt_tokens": 9_000_000_000, "completion_tokens": -5, "total_tokens": 1}
	default:
		out["usage"] = usage
	}
	body, err := json.Marshal(out)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	if c.Step != Slow {
		_, _ = w.Write(body)
		return
	}
	flush := http.NewResponseController(w)
	for i := range body {
		select {
		case <-r.Context().Done():
			return
		case <-s.done:
			return
		case <-time.After(20 * time.Millisecond):
		}
		_, _ = w.Write(body[i : i+1])
		_ = flush.Flush()
	}
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

package llmtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// Product is a server that behaves as one product's documentation says: where it
// listens, how it wants its key, what it refuses and in which words, and how it answers
// who asks for a form. Its fields are set before Start.
type Product struct {
	Chat, Embeddings string            // paths; an empty one is not served
	Header           string            // that carries the key; empty: it wants none
	Key              string            // with what stands before it, such as "Bearer "
	Query            map[string]string // required
	Model            string            // the only one there is
	NoKey            No                // without or with another key
	NoModel          No                // for another model
	Busy             No                // for the first call when Loaded is false
	Wait             http.Header       // of Busy
	Loaded           bool
	// Refuse looks at a request and returns what is wrong with it; a status of 0: nothing.
	Refuse func(body map[string]any) No
	// Schema, Object, Tools: it keeps to response_format json_schema, json_object, to tools.
	// What it does not keep to, it ignores: the model then writes prose.
	Schema, Object, Tools bool
	Finish                string                // its word for the end; empty: stop
	Before                string                // what its models write before the answer
	Usage                 func(in, out int) any // nil: OpenAI's
	Extra                 map[string]any        // of the message, such as reasoning_content
	Dimensions            int                   // of its vectors
	Batch                 int                   // most texts in one embeddings call; 0: any
	TooMany               No                    // for more

	URL  string // of the host, without a path
	mu   sync.Mutex
	sent []map[string]any
}

// No is a refusal: a status and a body.
type No struct {
	Status int
	Body   string
}

// Start starts the server and returns what ends it.
func (p *Product) Start() func() {
	s := httptest.NewServer(http.HandlerFunc(p.serve))
	p.URL = s.URL
	return s.Close
}

// Sent returns the bodies of calls that had the right path and key.
func (p *Product) Sent() []map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]map[string]any(nil), p.sent...)
}

func (p *Product) serve(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	var q map[string]any
	_ = json.Unmarshal(raw, &q)
	w.Header().Set("Content-Type", "application/json")
	no := func(f No) {
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, f.Body)
	}
	switch r.URL.Path {
	case p.Chat, p.Embeddings:
	default:
		no(No{404, `{"detail":"Not Found"}`})
		return
	}
	for k, v := range p.Query {
		if r.URL.Query().Get(k) != v {
			no(No{404, `{"error":{"code":"404","message":"Resource not found"}}`})
			return
		}
	}
	if p.Header != "" && r.Header.Get(p.Header) != p.Key {
		no(p.NoKey)
		return
	}
	p.mu.Lock()
	p.sent = append(p.sent, q)
	loaded := p.Loaded || p.Busy.Status == 0
	p.Loaded = true
	p.mu.Unlock()
	if !loaded {
		for k, v := range p.Wait {
			w.Header()[k] = v
		}
		no(p.Busy)
		return
	}
	if m, _ := q["model"].(string); m != p.Model && p.NoModel.Status != 0 {
		no(p.NoModel)
		return
	}
	if p.Refuse != nil {
		if f := p.Refuse(q); f.Status != 0 {
			no(f)
			return
		}
	}
	if r.URL.Path == p.Embeddings {
		p.embed(w, q, no)
		return
	}
	p.answer(w, q)
}

// FormatOf is the type of response_format in a request; empty without one.
func FormatOf(q map[string]any) string {
	f, _ := q["response_format"].(map[string]any)
	t, _ := f["type"].(string)
	return t
}

func (p *Product) answer(w http.ResponseWriter, q map[string]any) {
	system, user := "", ""
	list, _ := q["messages"].([]any)
	for _, m := range list {
		m, _ := m.(map[string]any)
		text, _ := m["content"].(string)
		if m["role"] == "system" {
			system += text
		} else {
			user += text
		}
	}
	content := Honest(system, user)
	if strings.Contains(system, "Set ready to true") {
		content = `{"ready":true}`
	}
	message := map[string]any{"role": "assistant"}
	finish := p.Finish
	if finish == "" {
		finish = "stop"
	}
	_, tools := q["tools"]
	switch format := FormatOf(q); {
	case tools && p.Tools:
		finish = "tool_calls"
		message["content"] = nil
		message["tool_calls"] = []any{map[string]any{"id": "call_1", "type": "function", "function": map[string]any{"name": "reply", "arguments": content}}}
	case format == "json_schema" && p.Schema, format == "json_object" && p.Object:
		message["content"] = p.Before + content
	case strings.Contains(system, "JSON Schema:"), strings.Contains(user, "JSON Schema:"): // it was told in words
		message["content"] = p.Before + "Here is the answer:\n\n```json\n" + content + "\n```"
	default:
		message["content"] = p.Before + "Refunds take five business days."
	}
	for k, v := range p.Extra {
		message[k] = v
	}
	in, out := (len(system)+len(user))/4, len(content)/4+1
	var usage any = map[string]any{"prompt_tokens": in, "completion_tokens": out, "total_tokens": in + out, "prompt_tokens_details": map[string]any{"cached_tokens": 0}}
	if p.Usage != nil {
		usage = p.Usage(in, out)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": p.Model, "usage": usage,
		"choices": []any{map[string]any{"index": 0, "finish_reason": finish, "message": message}}})
}

func (p *Product) embed(w http.ResponseWriter, q map[string]any, no func(No)) {
	texts, _ := q["input"].([]any)
	if p.Batch > 0 && len(texts) > p.Batch {
		no(p.TooMany)
		return
	}
	var rows []any
	for i, t := range texts {
		t, _ := t.(string)
		rows = append(rows, map[string]any{"object": "embedding", "index": i, "embedding": Vector(t, p.Dimensions)})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "model": p.Model, "data": rows, "usage": map[string]int{"prompt_tokens": 10, "total_tokens": 10}})
}

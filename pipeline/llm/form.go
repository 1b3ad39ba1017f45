package llm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// form is how one provider wants to be asked. It begins as configured, or as it was
// learned before, and changes when the provider refuses the request for its form or
// does not keep to it; what worked is kept.
type form struct {
	now      atomic.Pointer[shape]
	settled  atomic.Bool // an answer kept to this form
	endpoint string      // names it among what is kept
	forms    Forms       // may be nil
	once     sync.Once
}

// shape is what is kept of a form.
type shape struct {
	Mode           SchemaMode `json:"mode"`
	Newer          bool       `json:"newer,omitempty"`           // max_completion_tokens instead of max_tokens
	OwnTemperature bool       `json:"own_temperature,omitempty"` // it takes no other temperature than its own
}

// modes are tried in this order.
var modes = []SchemaMode{JSONSchema, ToolCall, JSONObject, PromptOnly}

func newForm(p Provider, kept Forms) *form {
	mode := p.Schema
	if mode == "" {
		mode = JSONSchema
	}
	f := &form{forms: kept}
	f.now.Store(&shape{Mode: mode, Newer: newer(p)})
	h := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %s", p.BaseURL, p.Model, mode, p.TokenLimit)) // other settings are another beginning
	f.endpoint = hex.EncodeToString(h[:8])
	return f
}

// recall takes up what was learned before, the first time it is asked.
func (f *form) recall(ctx context.Context) {
	if f.forms == nil {
		return
	}
	f.once.Do(func() {
		kept, err := f.forms.FindForm(ctx, f.endpoint)
		var s shape
		if err != nil || json.Unmarshal([]byte(kept), &s) != nil || !slices.Contains(modes, s.Mode) {
			return // it is learned again
		}
		f.now.Store(&s)
		f.settled.Store(true)
	})
}

// settle notes that an answer kept to the form, and keeps that the first time.
func (f *form) settle(ctx context.Context) error {
	if f.settled.Swap(true) || f.forms == nil {
		return nil
	}
	b, err := json.Marshal(f.now.Load())
	if err != nil {
		return fmt.Errorf("write form: %w", err)
	}
	return f.forms.SaveForm(context.WithoutCancel(ctx), f.endpoint, string(b))
}

// change replaces the form, unless another call did meanwhile.
func (f *form) change(to func(*shape) bool) bool {
	old := f.now.Load()
	s := *old
	if !to(&s) {
		return false
	}
	f.settled.Store(false)
	return f.now.CompareAndSwap(old, &s) || *f.now.Load() != *old
}

// adapt changes the form after a refusal that may be about it, and says whether it
// did. said is the provider's own message.
func (f *form) adapt(status int, said string) bool {
	if status != 400 && status != 404 && status != 415 && status != 422 && status != 500 && status != 501 {
		return false
	}
	said = strings.ToLower(said)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(said, w) })
	}
	now := *f.now.Load()
	switch {
	case has("max_completion_tokens") && now.Newer && !has("use 'max_completion_tokens'"):
		return f.change(func(s *shape) bool { s.Newer = false; return true })
	case has("max_tokens") && !now.Newer && has("max_completion_tokens", "unsupported", "not supported", "unrecognized"):
		return f.change(func(s *shape) bool { s.Newer = true; return true })
	case has("temperature") && !now.OwnTemperature:
		return f.change(func(s *shape) bool { s.OwnTemperature = true; return true })
	case has("response_format", "json_schema", "json schema", "structured", "json_object", "guided", "grammar", "strict"),
		now.Mode == ToolCall && has("tool", "function"),
		status != 500 && status != 404 && said == "" && !f.settled.Load():
		return f.next()
	}
	return false
}

// next goes on to a simpler way of asking for JSON.
func (f *form) next() bool {
	return f.change(func(s *shape) bool {
		i := slices.Index(modes, s.Mode)
		if i < 0 || i == len(modes)-1 {
			return false
		}
		s.Mode = modes[i+1]
		return true
	})
}

// reform builds the question that follows an answer which did not keep to its form,
// once. A form that never worked is left for a simpler one.
func (p *route) reform(r *Request, f *fault) (Request, bool) {
	if f == nil || f.code != codeSchema || r.reformed {
		return *r, false
	}
	r.reformed = true
	if !p.form.settled.Load() {
		p.form.next()
	}
	again := *r
	again.Purpose = "repair"
	again.User += "\n\nYour last answer was not in the form that is asked for. Write the whole answer again, as one JSON object and nothing else, that matches this JSON Schema:\n" + string(r.Schema)
	return again, true
}

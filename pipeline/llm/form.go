package llm

import (
	"strings"
	"sync/atomic"
)

// form is how one provider wants to be asked. It begins as configured, and changes
// when the provider refuses the request for its form; what worked is kept.
type form struct {
	mode    atomic.Pointer[SchemaMode]
	newer   atomic.Bool // max_completion_tokens instead of max_tokens
	settled atomic.Bool // a request in this form was answered
}

// modes are tried in this order.
var modes = []SchemaMode{JSONSchema, JSONObject, PromptOnly}

func newForm(mode SchemaMode, newer bool) *form {
	f := &form{}
	f.mode.Store(&mode)
	f.newer.Store(newer)
	return f
}

// adapt changes the form after a refusal that may be about it, and says whether it
// did. said is the provider's own message.
func (f *form) adapt(status int, said string) bool {
	if status != 400 && status != 404 && status != 415 && status != 422 && status != 500 && status != 501 {
		return false
	}
	said = strings.ToLower(said)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(said, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("max_completion_tokens") && f.newer.Load() && !has("use 'max_completion_tokens'"):
		return f.newer.CompareAndSwap(true, false)
	case has("max_tokens") && has("max_completion_tokens", "unsupported", "not supported", "unrecognized"):
		return f.newer.CompareAndSwap(false, true)
	case has("response_format", "json_schema", "json schema", "structured", "json_object", "guided", "grammar", "strict"), status != 500 && status != 404 && said == "" && !f.settled.Load():
		return f.next()
	}
	return false
}

// next goes on to a simpler way of asking for JSON.
func (f *form) next() bool {
	now := f.mode.Load()
	for i, m := range modes[:len(modes)-1] {
		if m == *now {
			return f.mode.CompareAndSwap(now, &modes[i+1])
		}
	}
	return false
}

// Package llm is the gateway to language models: one Complete call over an
// ordered list of OpenAI-compatible providers, with whole answers only.
//
// An answer is whole when the provider finished by itself, did not refuse, the
// JSON validates against the request's schema and the caller accepts it. If it
// is not, the next provider is asked; when none is left the caller gets every
// reason. Nothing is streamed, so no half answer can look whole. Around each
// provider stand a timeout, retries that honour Retry-After, a circuit breaker
// for each provider and model, and around all of them a total deadline and an
// optional daily budget. Every call, also a failed one, is one row of the
// ledger.
//
// What identifies a person is masked before anything leaves, here and nowhere else:
// in chat, in questions to embed and in questions to rerank.
//
// The package knows nothing of tickets or drafts. It is the only place that
// imports the SDK. Models get no tools and their answers are data.
package llm

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"footnote/pipeline"
)

// SchemaMode says how a provider is asked for JSON.
type SchemaMode string

const (
	// JSONSchema sends the schema as a strict response format (OpenAI, vLLM, Ollama).
	JSONSchema SchemaMode = "json_schema"
	// ToolCall has the answer filled in as the arguments of one function, which is never run.
	ToolCall SchemaMode = "tool"
	// JSONObject asks for any JSON object and puts the schema into the prompt.
	JSONObject SchemaMode = "json_object"
	// PromptOnly puts the schema into the prompt and asks for no format.
	PromptOnly SchemaMode = "prompt"
)

// Auth says how a key is shown to an endpoint.
type Auth string

const (
	Bearer  Auth = "bearer"    // Authorization: Bearer <key>; what an empty Auth means
	KeyName Auth = "api-key"   // api-key: <key> (Azure OpenAI)
	XKey    Auth = "x-api-key" // x-api-key: <key> (Anthropic)
)

// The two names of the limit of an answer's tokens.
const (
	MaxTokens           = "max_tokens"
	MaxCompletionTokens = "max_completion_tokens"
)

// Price is in millionths of USD (micro-USD) per million tokens: 150_000 is
// $0.15 per million. Zero means free or unknown: the budget cannot count it.
type Price struct {
	Input, Cached, Output int64
}

// Provider is one model behind one OpenAI-compatible endpoint.
type Provider struct {
	Name    string
	BaseURL string            // up to and with /v1; empty means https://api.openai.com/v1
	APIKey  string            // empty for endpoints without one
	Auth    Auth              // how the key is shown; empty means Bearer
	Headers map[string]string // sent with every call, and to no other host
	Query   map[string]string // added to every address, such as api-version
	Model   string
	Price   Price

	// Deadlines of one call, each within the next: until there is a connection (0
	// means 5 s), until the answer begins (0: as long as the whole; most servers begin
	// when they are done), and whole (0 means 12 s).
	Connect, FirstByte, Timeout time.Duration

	Schema      SchemaMode // where to begin; empty means JSONSchema. A provider that refuses or ignores it is asked in a simpler way from then on
	TokenLimit  string     // MaxTokens or MaxCompletionTokens; empty: by what is known of the model, and learned
	Temperature *float64   // nil: not sent, the provider's own
	Context     int        // tokens that prompt and answer share; 0: not known
	Parallel    int        // calls at once, others wait for their turn; 0: no limit
}

// Config of a Gateway. Zero values mean the defaults named.
type Config struct {
	Providers []Provider // asked in this order
	// Deadline of one Complete over all providers; 0 means enough for a whole call of
	// each and one more of the first. Waiting for a turn at the first provider does not
	// count.
	Deadline time.Duration
	Retries  int // of one provider's call on a passing fault; 0 means 1, negative none
	// MaxRetryAfter is the longest wait that a provider may ask for; a longer
	// one moves on to the next provider. 0 means 3 s.
	MaxRetryAfter time.Duration
	// DailyBudget in micro-USD by UTC day; 0 means no limit.
	DailyBudget int64
	Ledger      Ledger // may be nil
	Forms       Forms  // what was learned of providers; may be nil
	Log         *slog.Logger
}

// Forms keeps how providers want to be asked, so that it is learned once.
type Forms interface {
	// FindForm returns what was learned of an endpoint, "" when nothing was.
	FindForm(ctx context.Context, endpoint string) (string, error)
	// SaveForm keeps it.
	SaveForm(ctx context.Context, endpoint, form string) error
}

// Ledger keeps one row for each call to a provider.
type Ledger interface {
	// Record stores a call. An error is logged and does not fail the call.
	Record(ctx context.Context, c Call) error
}

// Spender is a Ledger that knows what was spent; the daily budget then also
// counts other processes and survives a restart.
type Spender interface {
	// Spent returns the cost of all calls since a time, in micro-USD.
	Spent(ctx context.Context, since time.Time) (int64, error)
}

// Call is one call to one provider.
type Call struct {
	At          time.Time
	Purpose     string // draft | repair | rerank | embed | probe
	Correlation string
	Provider    string
	Model       string // as the provider named it, else as asked
	PromptHash  string
	Usage       Usage
	CostMicros  int64
	Duration    time.Duration
	Error       string // empty when the answer was usable
}

// Usage is what a call took.
type Usage struct {
	Input, Cached, Output int64
	Estimated             bool // the provider sent no usage, or an impossible one
}

// Request is one question to a model.
type Request struct {
	Purpose     string
	Correlation string
	System      string
	User        string
	// Schema is a JSON Schema of the answer with additionalProperties false and
	// every property required, as strict mode wants it. Required.
	Schema          []byte
	SchemaName      string
	MaxOutputTokens int // 0 means 1500
	PromptHash      string
	// Known are names and addresses of the people that User speaks of; Open are texts
	// that everybody may read. What identifies a person in User leaves as a placeholder
	// (see pipeline/privacy), unless it stands in an open text; Accept, Repair and the
	// caller see the answer with the values put back.
	Known, Open []string
	// Accept judges a well-formed answer; an error turns to the next provider.
	// May be nil. It may be called several times, never concurrently.
	Accept func([]byte) error
	// Repair, after a rejected answer, returns the question to ask the same
	// provider instead of User, or "" to go on; nil means to go on. It is used
	// at most once in a Complete, and that call's purpose is "repair".
	Repair func(rejected []byte, because error) string

	reformed bool // it was asked again for its form
}

// Response is a whole answer.
type Response struct {
	JSON     []byte
	Provider string
	Model    string
	Usage    Usage
	// CostMicros includes calls that failed before this one.
	CostMicros int64
	Duration   time.Duration
	Failures   []Reason // providers that were asked before, and why they were left
}

// Reason is why one provider gave no whole answer.
type Reason struct {
	Provider string
	Model    string
	Code     string // timeout, network, rate_limit, server, key, model, schema, rejected, budget, breaker, …
	Detail   string
}

// Away tells whether the provider gave no answer at all, so that it may give one when
// it is back.
func (r Reason) Away() bool {
	switch r.Code {
	case codeTimeout, codeNetwork, codeRate, codeServer, codeKey, codeModel, codeBreaker, codeBody:
		return true
	}
	return false
}

// FailedError is the cause of a failed Complete: every provider's reason.
type FailedError struct {
	Reasons    []Reason
	CostMicros int64
}

// Error lists the reasons, for the agent who sees why the model was not used.
func (e *FailedError) Error() string {
	parts := make([]string, len(e.Reasons))
	for i, r := range e.Reasons {
		parts[i] = r.Provider + ": " + r.Detail
	}
	return strings.Join(parts, "; ")
}

// failed wraps reasons with their kind: Budget when only money was missing.
func failed(reasons []Reason, cost int64) error {
	e := &FailedError{Reasons: reasons, CostMicros: cost}
	kind := pipeline.Unavailable
	for i, r := range reasons {
		if i == 0 && r.Code == codeBudget {
			kind = pipeline.Budget
		} else if r.Code != codeBudget {
			kind = pipeline.Unavailable
		}
	}
	return &pipeline.Error{Kind: kind, Say: "No model gave a usable answer: " + e.Error(), Err: e}
}

// Reasons returns what each provider did, when err came from Complete.
func Reasons(err error) []Reason {
	if e, ok := errors.AsType[*FailedError](err); ok {
		return e.Reasons
	}
	return nil
}

// Away tells whether err came from a Complete in which no provider answered: not for
// what was answered, and not for money.
func Away(err error) bool {
	reasons := Reasons(err)
	for _, r := range reasons {
		if !r.Away() {
			return false
		}
	}
	return len(reasons) > 0
}

// Cost returns what the calls of a failed Complete took, in micro-USD.
func Cost(err error) int64 {
	if e, ok := errors.AsType[*FailedError](err); ok {
		return e.CostMicros
	}
	return 0
}

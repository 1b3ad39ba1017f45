package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"

	openai "github.com/sashabaranov/go-openai"

	"footnote/pipeline/privacy"
	"footnote/pipeline/text"
)

// newerRE finds models that refuse max_tokens wherever they are served.
var newerRE = regexp.MustCompile(`^(o[134]|gpt-[5-9])`)

// newer tells whether a provider is known to want max_completion_tokens.
func newer(p Provider) bool {
	if p.TokenLimit != "" {
		return p.TokenLimit == MaxCompletionTokens
	}
	return p.BaseURL == "" || strings.HasPrefix(p.BaseURL, "https://api.openai.com") || newerRE.MatchString(p.Model)
}

// openAI returns the function that makes one Chat Completions call, in the form of how.
func openAI(p Provider, how *form) (func(context.Context, Request) (answer, *fault), error) {
	c, err := client(p)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, r Request) (answer, *fault) {
		var w wire
		resp, err := c.CreateChatCompletion(watch(ctx, &w), how.params(p, r))
		if err != nil {
			f := classify(ctx, err, w)
			said := messageOf(err)
			if f.code == codeRequest && unknownModel(w.status, said) {
				f.code, f.detail, f.down = codeModel, fmt.Sprintf("does not know the model %s (HTTP %d)", p.Model, w.status), true
			}
			f.words, f.again = wordsOf(said), how.adapt(w.status, said)
			return answer{}, f
		}
		return read(resp)
	}, nil
}

// params is a request in this form.
func (f *form) params(p Provider, r Request) openai.ChatCompletionRequest {
	now := *f.now.Load()
	out := openai.ChatCompletionRequest{Model: p.Model}
	system, name := r.System, orElse(r.SchemaName, "answer")
	switch now.Mode {
	case JSONSchema:
		out.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: name, Strict: true, Schema: json.RawMessage(r.Schema)}}
	case ToolCall:
		system += "\n\nAnswer by calling the function " + name + ", once."
		out.Tools = []openai.Tool{{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{Name: name, Description: "Takes the whole answer.", Parameters: json.RawMessage(r.Schema)}}}
		out.ToolChoice = openai.ToolChoice{Type: openai.ToolTypeFunction, Function: openai.ToolFunction{Name: name}}
	default:
		system += "\n\nAnswer with one JSON object and nothing else. It must match this JSON Schema:\n" + string(r.Schema)
		if now.Mode == JSONObject {
			out.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
		}
	}
	if now.Newer {
		out.MaxCompletionTokens = r.MaxOutputTokens
	} else { // other servers know the older name
		out.MaxTokens = r.MaxOutputTokens //lint:ignore SA1019 they know no other
	}
	if p.Temperature != nil && !now.OwnTemperature {
		if out.Temperature = float32(*p.Temperature); out.Temperature == 0 {
			out.Temperature = math.SmallestNonzeroFloat32 // the library leaves zeros out
		}
	}
	out.Messages = []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleSystem, Content: system}, {Role: openai.ChatMessageRoleUser, Content: r.User}}
	return out
}

// unknownModel tells whether a refusal is about the model's name.
func unknownModel(status int, said string) bool {
	said = strings.ToLower(said)
	for _, w := range []string{"deploymentnotfound", "deployment for this resource does not exist", "model_not_found", "invalid model", "unknown model", "unsupported model", "no such model"} {
		if strings.Contains(said, w) {
			return true
		}
	}
	named := strings.Contains(said, "model") && (strings.Contains(said, "not found") || strings.Contains(said, "does not exist") || strings.Contains(said, "not exist") || strings.Contains(said, "not a valid"))
	return named || status == 404 && strings.Contains(said, "model")
}

// messageOf is what the provider itself says of a refusal; "" when that is nothing.
func messageOf(err error) string {
	if e, ok := errors.AsType[*openai.RequestError](err); ok {
		return string(e.Body)
	}
	if e, ok := errors.AsType[*openai.APIError](err); ok {
		return e.Message
	}
	return ""
}

// wordsOf makes a provider's own words fit for an operator: one short line, with
// keys and what identifies people masked, and no page of HTML.
func wordsOf(said string) string {
	said = strings.Join(strings.Fields(said), " ")
	if strings.HasPrefix(said, "<") {
		return ""
	}
	return privacy.Mask(text.Clip(said, 240))
}

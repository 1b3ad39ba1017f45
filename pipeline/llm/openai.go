package llm

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	openai "github.com/sashabaranov/go-openai"

	"footnote/pipeline"
	"footnote/pipeline/privacy"
	"footnote/pipeline/text"
)

const openAIBase = "https://api.openai.com/v1"

// maxBody bounds what is read of any answer.
const maxBody = 8 << 20

// client speaks to one endpoint; it never tries again by itself.
func client(base, key string) (*openai.Client, error) {
	if base == "" {
		base = openAIBase
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, pipeline.Errorf(pipeline.Invalid, "The base URL of a model provider must begin with http:// or https://.")
	}
	c := openai.DefaultConfig(key)
	c.BaseURL, c.HTTPClient = strings.TrimRight(base, "/"), watching{&http.Client{Transport: bounded{http.DefaultTransport}}}
	return openai.NewClientWithConfig(c), nil
}

// bounded cuts endless bodies.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err == nil && resp.Body != nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxBody), resp.Body}
	}
	return resp, err
}

// watching notes status and header of each answer where the call's context says.
type watching struct{ http *http.Client }

type wireKey struct{}

// watch returns a context for one call whose answer is noted in w.
func watch(ctx context.Context, w *wire) context.Context {
	return context.WithValue(ctx, wireKey{}, w)
}

func (c watching) Do(r *http.Request) (*http.Response, error) {
	resp, err := c.http.Do(r)
	if w, ok := r.Context().Value(wireKey{}).(*wire); ok && resp != nil {
		w.status, w.header = resp.StatusCode, resp.Header
	}
	return resp, err
}

// newerRE finds models that refuse max_tokens wherever they are served.
var newerRE = regexp.MustCompile(`^(o[134]|gpt-[5-9])`)

// openAI returns the function that makes one Chat Completions call.
func openAI(p Provider) (func(context.Context, Request) (answer, *fault), error) {
	c, err := client(p.BaseURL, p.APIKey)
	if err != nil {
		return nil, err
	}
	how := newForm(p.Schema, p.BaseURL == "" || strings.HasPrefix(p.BaseURL, "https://api.openai.com") || newerRE.MatchString(p.Model))
	return func(ctx context.Context, r Request) (answer, *fault) {
		params := openai.ChatCompletionRequest{Model: p.Model}
		system := r.System
		mode := *how.mode.Load()
		if mode != JSONSchema {
			system += "\n\nAnswer with one JSON object and nothing else. It must match this JSON Schema:\n" + string(r.Schema)
		}
		switch mode {
		case PromptOnly:
		case JSONObject:
			params.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
		default:
			params.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONSchema,
				JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: orElse(r.SchemaName, "answer"), Strict: true, Schema: json.RawMessage(r.Schema)}}
		}
		if how.newer.Load() {
			params.MaxCompletionTokens = r.MaxOutputTokens
		} else { // other servers know the older name
			params.MaxTokens = r.MaxOutputTokens //lint:ignore SA1019 they know no other
		}
		params.Messages = []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleSystem, Content: system}, {Role: openai.ChatMessageRoleUser, Content: r.User}}
		var w wire
		resp, err := c.CreateChatCompletion(watch(ctx, &w), params)
		if err != nil {
			f := classify(ctx, err, w)
			said := messageOf(err)
			f.words, f.again = wordsOf(said), how.adapt(w.status, said)
			return answer{}, f
		}
		how.settled.Store(true)
		return read(resp)
	}, nil
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

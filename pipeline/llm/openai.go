package llm

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"

	"footnote/pipeline"
)

const openAIBase = "https://api.openai.com/v1"

// maxBody bounds what is read of any answer.
const maxBody = 8 << 20

// options configures the SDK with this provider's settings alone: built from
// services rather than openai.NewClient, which would read OPENAI_* variables.
func options(base, key string) ([]option.RequestOption, error) {
	if base == "" {
		base = openAIBase
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, pipeline.Errorf(pipeline.Invalid, "The base URL of a model provider must begin with http:// or https://.")
	}
	opts := []option.RequestOption{
		option.WithBaseURL(strings.TrimRight(base, "/") + "/"),
		option.WithHTTPClient(&http.Client{Transport: bounded{http.DefaultTransport}}),
		option.WithMaxRetries(0),
	}
	if key != "" {
		opts = append(opts, option.WithAPIKey(key))
	}
	return opts, nil
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

// watch notes status and header of the answer into w.
func watch(w *wire) option.RequestOption {
	return option.WithMiddleware(func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		resp, err := next(r)
		if resp != nil {
			w.status, w.header = resp.StatusCode, resp.Header
		}
		return resp, err
	})
}

// openAI returns the function that makes one Chat Completions call.
func openAI(p Provider) (func(context.Context, Request) (answer, *fault), error) {
	opts, err := options(p.BaseURL, p.APIKey)
	if err != nil {
		return nil, err
	}
	chat := openai.NewChatCompletionService(opts...)
	own := p.BaseURL == "" || strings.HasPrefix(p.BaseURL, "https://api.openai.com")
	return func(ctx context.Context, r Request) (answer, *fault) {
		params := openai.ChatCompletionNewParams{Model: p.Model}
		system := r.System
		switch p.Schema {
		case JSONObject:
			params.ResponseFormat.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
			system += "\n\nAnswer with one JSON object and nothing else. It must match this JSON Schema:\n" + string(r.Schema)
		default:
			params.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
				Name: orElse(r.SchemaName, "answer"), Strict: openai.Bool(true), Schema: json.RawMessage(r.Schema)}}
		}
		if own { // other servers know the older name
			params.MaxCompletionTokens = openai.Int(int64(r.MaxOutputTokens))
		} else {
			params.MaxTokens = openai.Int(int64(r.MaxOutputTokens))
		}
		params.Messages = []openai.ChatCompletionMessageParamUnion{openai.SystemMessage(system), openai.UserMessage(r.User)}
		var w wire
		c, err := chat.New(ctx, params, watch(&w))
		if err != nil {
			return answer{}, classify(ctx, err, w)
		}
		return read(c)
	}, nil
}

// read takes an answer out of the SDK's type.
func read(c *openai.ChatCompletion) (answer, *fault) {
	a := answer{model: c.Model, usage: Usage{Input: c.Usage.PromptTokens, Cached: c.Usage.PromptTokensDetails.CachedTokens, Output: c.Usage.CompletionTokens}}
	//lint:ignore SA1019 it still tells that a model was changed silently
	if c.SystemFingerprint != "" {
		//lint:ignore SA1019 it still tells that a model was changed silently
		a.model = fmt.Sprintf("%s@%s", c.Model, c.SystemFingerprint)
	}
	if len(c.Choices) == 0 {
		return a, &fault{code: codeEmpty, detail: "sent no answer", retry: true, billed: true}
	}
	m := c.Choices[0]
	a.json, a.finish, a.refusal = unfence(m.Message.Content), string(m.FinishReason), m.Message.Refusal
	return a, nil
}

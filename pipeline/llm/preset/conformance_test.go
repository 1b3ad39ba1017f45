package preset_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"footnote/pipeline/llm"
	"footnote/pipeline/llm/llmtest"
	"footnote/pipeline/llm/preset"
)

const schema = `{"type":"object","additionalProperties":false,"required":["abstain","reason","sentences"],"properties":{
	"abstain":{"type":"boolean"},"reason":{"type":"string"},"sentences":{"type":"array","items":{"type":"object","additionalProperties":false,
	"required":["text","plain","quotes"],"properties":{"text":{"type":"string"},"plain":{"type":"boolean"},"quotes":{"type":"array","items":{
	"type":"object","additionalProperties":false,"required":["passage","quote"],"properties":{"passage":{"type":"integer"},"quote":{"type":"string"}}}}}}}}}`

const asked = "=====00=====\n[customer]\nHow long do refunds take?\n=====00=====\n[passage 1] Refunds\nRefunds take five business days after approval.\n=====00====="

// fixture is one product: its server, where in it the endpoint is, and what the server
// asks for that the preset cannot know.
type fixture struct {
	server *llmtest.Product
	base   string // behind the host
	form   llm.SchemaMode
	none   map[string]string // case → why it cannot be
}

func openAIError(message, kind, code string) string {
	return fmt.Sprintf(`{"error":{"message":%q,"type":%q,"param":null,"code":%q}}`, message, kind, code)
}

// fixtures are the products' servers, each after its own documentation.
func fixtures() map[string]fixture {
	busy := llmtest.No{Status: 429, Body: openAIError("Rate limit reached", "requests", "rate_limit_exceeded")}
	second := http.Header{"Retry-After": {"1"}}
	return map[string]fixture{
		// Newer models take max_completion_tokens only and no temperature but their own.
		"openai": {&llmtest.Product{Chat: "/v1/chat/completions", Embeddings: "/v1/embeddings", Header: "Authorization", Key: "Bearer secret", Model: "m", Schema: true, Object: true, Tools: true,
			NoKey:   llmtest.No{Status: 401, Body: openAIError("Incorrect API key provided: wrong. You can find your API key at https://platform.openai.com/account/api-keys.", "invalid_request_error", "invalid_api_key")},
			NoModel: llmtest.No{Status: 404, Body: openAIError("The model `other` does not exist or you do not have access to it.", "invalid_request_error", "model_not_found")},
			Busy:    busy, Wait: http.Header{"Retry-After-Ms": {"300"}, "Retry-After": {"1"}},
			Refuse: func(q map[string]any) llmtest.No {
				if q["max_tokens"] != nil {
					return llmtest.No{Status: 400, Body: openAIError("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", "invalid_request_error", "unsupported_parameter")}
				}
				if t, ok := q["temperature"].(float64); ok && t != 1 {
					return llmtest.No{Status: 400, Body: openAIError("Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.", "invalid_request_error", "unsupported_value")}
				}
				return llmtest.No{}
			}, Dimensions: 64, Batch: 2048}, "/v1", llm.JSONSchema, nil},
		"azure": {&llmtest.Product{Chat: "/openai/deployments/d/chat/completions", Embeddings: "/openai/deployments/d/embeddings", Header: "api-key", Key: "secret", Query: map[string]string{"api-version": "2024-10-21"}, Model: "m",
			Schema: true, Object: true, Tools: true, Dimensions: 64, Batch: 2048,
			NoKey:   llmtest.No{Status: 401, Body: `{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource."}}`},
			NoModel: llmtest.No{Status: 404, Body: `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}`},
			Busy:    llmtest.No{Status: 429, Body: `{"error":{"code":"429","message":"Requests to the ChatCompletions_Create Operation have exceeded token rate limit of your current OpenAI S0 pricing tier."}}`}, Wait: second},
			"/openai/deployments/d", llm.JSONSchema, nil},
		// response_format is ignored there; functions are kept to.
		"anthropic": {&llmtest.Product{Chat: "/v1/chat/completions", Header: "x-api-key", Key: "secret", Model: "m", Tools: true,
			NoKey:   llmtest.No{Status: 401, Body: `{"error":{"code":"authentication_error","message":"invalid x-api-key","type":"authentication_error","param":null}}`},
			NoModel: llmtest.No{Status: 404, Body: `{"error":{"code":"not_found_error","message":"model: other","type":"not_found_error","param":null}}`},
			Busy:    llmtest.No{Status: 529, Body: `{"error":{"code":"overloaded_error","message":"Overloaded","type":"overloaded_error"}}`}},
			"/v1", llm.ToolCall, map[string]string{"embeddings": "the product has none"}},
		"bedrock": {&llmtest.Product{Chat: "/api/v1/chat/completions", Embeddings: "/api/v1/embeddings", Header: "Authorization", Key: "Bearer secret", Model: "m", Tools: true, Finish: "stop", Dimensions: 64,
			NoKey:   llmtest.No{Status: 401, Body: `{"detail":"Invalid API Key"}`},
			NoModel: llmtest.No{Status: 400, Body: `{"detail":"Unsupported model other, please use models API to get a list of supported models"}`},
			Busy:    llmtest.No{Status: 429, Body: `{"detail":"An error occurred (ThrottlingException) when calling the Converse operation: Too many requests, please wait before trying again."}`}},
			"/api/v1", llm.ToolCall, nil},
		// A model behind it without response_format: the proxy says so by name.
		"litellm": {&llmtest.Product{Chat: "/v1/chat/completions", Embeddings: "/v1/embeddings", Header: "Authorization", Key: "Bearer secret", Model: "m", Tools: true, Dimensions: 64,
			NoKey:   llmtest.No{Status: 401, Body: openAIError("Authentication Error, Invalid proxy server token passed. Received API Key = sk-...rong, Key Hash (Token) =d2. Unable to find token in cache or `LiteLLM_VerificationTokenTable`", "token_not_found_in_db", "401")},
			NoModel: llmtest.No{Status: 400, Body: openAIError("/chat/completions: Invalid model name passed in model=other. Call `/v1/models` to view available models for your key.", "invalid_request_error", "400")},
			Busy:    llmtest.No{Status: 429, Body: openAIError("litellm.RateLimitError: No deployments available for selected model, Try again in 1 seconds.", "throttling_error", "429")}, Wait: second,
			Refuse: func(q map[string]any) llmtest.No {
				if q["response_format"] != nil {
					return llmtest.No{Status: 400, Body: openAIError("litellm.UnsupportedParamsError: bedrock does not support parameters: ['response_format'], for model=m. To drop these, set `litellm.drop_params=True` or for proxy: `litellm_settings: drop_params: true`", "None", "400")}
				}
				return llmtest.No{}
			}}, "/v1", llm.ToolCall, nil},
		// Reasoning stands beside the answer or, without a parser, before it.
		"vllm": {&llmtest.Product{Chat: "/v1/chat/completions", Embeddings: "/v1/embeddings", Header: "Authorization", Key: "Bearer secret", Model: "m", Schema: true, Object: true, Tools: true, Dimensions: 64,
			Before: "<think>The passage says it.</think>\n\n", Extra: map[string]any{"reasoning_content": nil},
			NoKey:   llmtest.No{Status: 401, Body: `{"error":"Unauthorized"}`},
			NoModel: llmtest.No{Status: 404, Body: `{"object":"error","message":"The model ` + "`other`" + ` does not exist.","type":"NotFoundError","param":null,"code":404}`},
			Busy:    llmtest.No{Status: 503, Body: `{"object":"error","message":"The server is overloaded","type":"ServiceUnavailableError","code":503}`}},
			"/v1", llm.JSONSchema, nil},
		"ollama": {&llmtest.Product{Chat: "/v1/chat/completions", Embeddings: "/v1/embeddings", Model: "m", Schema: true, Object: true, Dimensions: 64,
			NoModel: llmtest.No{Status: 404, Body: openAIError(`model "other" not found, try pulling it first`, "api_error", "")},
			Busy:    llmtest.No{Status: 503, Body: openAIError("server busy, please try again.  maximum pending requests exceeded", "api_error", "")},
			Usage: func(in, out int) any {
				return map[string]int{"prompt_tokens": in, "completion_tokens": out, "total_tokens": in + out}
			}},
			"/v1", llm.JSONSchema, map[string]string{"key": "it wants none"}},
		// It serves one model, under whatever name, once that is loaded.
		"llamacpp": {&llmtest.Product{Chat: "/v1/chat/completions", Embeddings: "/v1/embeddings", Header: "Authorization", Key: "Bearer secret", Model: "m", Schema: true, Object: true, Dimensions: 64,
			NoKey: llmtest.No{Status: 401, Body: `{"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}}`},
			Busy:  llmtest.No{Status: 503, Body: `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`}},
			"/v1", llm.JSONSchema, map[string]string{"model": "it answers to every name"}},
	}
}

func provider(t *testing.T, name string, f fixture) llm.Provider {
	t.Helper()
	p, err := preset.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Fill(llm.Provider{Name: name, BaseURL: f.server.URL + f.base, APIKey: "secret", Model: "m", Timeout: 20 * time.Second, Price: llm.Price{Input: 1_000_000, Output: 1_000_000}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func gateway(t *testing.T, p llm.Provider) *llm.Gateway {
	t.Helper()
	g, err := llm.New(llm.Config{Providers: []llm.Provider{p}})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func ask(ctx context.Context, g *llm.Gateway) (llm.Response, error) {
	return g.Complete(ctx, llm.Request{Purpose: "draft", System: "Answer.", User: asked, Schema: []byte(schema), SchemaName: "reply"})
}

// TestPresetConformance has every preset's server asked as the preset says; make
// conformance-llm prints the table case × preset.
func TestPresetConformance(t *testing.T) {
	if got := len(fixtures()); got != len(preset.Names()) {
		t.Errorf("%d servers for %d presets", got, len(preset.Names()))
	}
	cases := []struct {
		name string
		run  func(t *testing.T, name string, f fixture)
	}{
		{"draft", func(t *testing.T, name string, f fixture) {
			f.server.Loaded = true
			g := gateway(t, provider(t, name, f))
			for i := range 2 {
				resp, err := ask(t.Context(), g)
				if err != nil || !strings.Contains(string(resp.JSON), "five business days") || resp.CostMicros == 0 || resp.Usage.Estimated {
					t.Fatalf("ask %d: %s, %+v: %v", i, resp.JSON, resp.Usage, err)
				}
			}
			if got := g.States()[0].Mode; got != f.form {
				t.Errorf("asked by %s, the product keeps to %s", got, f.form)
			}
		}},
		{"one probe learns the form", func(t *testing.T, name string, f fixture) {
			f.server.Loaded = true
			g := gateway(t, provider(t, name, f))
			g.Probe(t.Context(), false)
			before := len(f.server.Sent())
			if err := g.Check(); err != nil || !g.Well() || g.States()[0].Mode != f.form {
				t.Fatalf("%+v: %v", g.States(), err)
			}
			if _, err := ask(t.Context(), g); err != nil || len(f.server.Sent()) != before+1 {
				t.Errorf("%d calls for a draft after the probe: %v", len(f.server.Sent())-before, err)
			}
		}},
		{"key", func(t *testing.T, name string, f fixture) {
			p := provider(t, name, f)
			p.APIKey = "wrong"
			fails(t, p, "key", "refuses our key")
		}},
		{"model", func(t *testing.T, name string, f fixture) {
			f.server.Loaded = true
			p := provider(t, name, f)
			p.Model = "other"
			fails(t, p, "model", "does not know the model other")
		}},
		{"busy", func(t *testing.T, name string, f fixture) {
			g := gateway(t, provider(t, name, f))
			if resp, err := ask(t.Context(), g); err != nil || !strings.Contains(string(resp.JSON), "five business days") {
				t.Fatalf("%s: %v", resp.JSON, err)
			}
		}},
		{"address", func(t *testing.T, name string, f fixture) {
			p := provider(t, name, f)
			p.BaseURL += "/elsewhere"
			g := gateway(t, p)
			_, err := ask(t.Context(), g)
			if r := llm.Reasons(err); len(r) == 0 || g.Check() == nil {
				t.Errorf("%+v: %v", r, err)
			}
		}},
		{"embeddings", func(t *testing.T, name string, f fixture) {
			f.server.Loaded = true
			e, err := llm.NewEmbedder(llm.EmbedConfig{Provider: provider(t, name, f), Dimensions: 64})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := e.Embed(t.Context(), []string{"a word", "another"}); err != nil || len(got) != 2 {
				t.Errorf("%d vectors: %v", len(got), err)
			}
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, name := range preset.Names() {
				t.Run(name, func(t *testing.T) {
					f := fixtures()[name]
					if why := f.none[c.name]; why != "" {
						t.Skip("n.a.: " + why)
					}
					t.Cleanup(f.server.Start())
					c.run(t, name, f)
				})
			}
		})
	}
}

// fails wants the cause in one word for machines and in plain words for operators, and
// not a word of the key.
func fails(t *testing.T, p llm.Provider, code, say string) {
	t.Helper()
	g := gateway(t, p)
	_, err := ask(t.Context(), g)
	r := llm.Reasons(err)
	if len(r) == 0 || r[0].Code != code || !strings.Contains(r[0].Detail, say) || !llm.Away(err) {
		t.Fatalf("%+v of %v", r, err)
	}
	said := g.Check()
	if said == nil || !strings.Contains(said.Error(), say) || strings.Contains(said.Error(), "secret") {
		t.Errorf("health says %v", said)
	}
	if errors.Is(said, err) {
		t.Error("health repeats the agents' words")
	}
}

// TestFillRefuses wants what cannot work to be refused with what to do.
func TestFillRefuses(t *testing.T) {
	for _, c := range []struct{ name, base, key, say string }{
		{"azure", "", "k", "set the base URL"}, {"azure", "https://x.openai.azure.com", "k", "/deployments/"}, {"bedrock", "", "k", "set the base URL"},
		{"openai", "", "", "set the key"}, {"anthropic", "", "", "set the key"},
	} {
		p, err := preset.Find(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Fill(llm.Provider{BaseURL: c.base, APIKey: c.key}); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := preset.Find("chatgpt"); err == nil || !strings.Contains(err.Error(), "llamacpp") {
		t.Error(err)
	}
	zero := 0.5
	p, _ := preset.Find("ollama")
	got, err := p.Fill(llm.Provider{BaseURL: "http://gpu:11434/v1", Schema: llm.PromptOnly, Context: 32768, Parallel: 4, Temperature: &zero})
	if err != nil || got.BaseURL != "http://gpu:11434/v1" || got.Schema != llm.PromptOnly || got.Context != 32768 || got.Parallel != 4 || *got.Temperature != zero {
		t.Errorf("what is set counts more: %+v, %v", got, err)
	}
}

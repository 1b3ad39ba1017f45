package preset

import (
	"net/url"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/llm"
)

// Preset is what is known of a product's endpoint.
type Preset struct {
	Name        string
	Title       string // as people call it
	BaseURL     string // where it listens unless somebody moved it; empty: it has to be set
	Auth        llm.Auth
	Key         bool // it refuses calls without a key
	Schema      llm.SchemaMode
	TokenLimit  string
	Version     string   // of the API, in the query as api-version; empty: none
	Temperature *float64 // nil: its own
	Context     int      // tokens; 0: its models' own, which are large
	Parallel    int      // calls at once that it works on; 0: many
	Example     string   // of an address, where it has to be set
}

// zero is the temperature of models that we start ourselves: quotes are copied, not
// invented. Hosted models increasingly take none but their own.
var zero = new(float64)

// presets by what is asked for most.
var presets = []Preset{
	{Name: "openai", Title: "OpenAI", BaseURL: "https://api.openai.com/v1", Key: true, Schema: llm.JSONSchema, TokenLimit: llm.MaxCompletionTokens},
	// The deployment stands in the address, the key in a header of its own.
	{Name: "azure", Title: "Azure OpenAI", Auth: llm.KeyName, Key: true, Schema: llm.JSONSchema, TokenLimit: llm.MaxCompletionTokens, Version: "2024-10-21",
		Example: "https://NAME.openai.azure.com/openai/deployments/DEPLOYMENT"},
	// Its OpenAI-compatible address ignores response_format and keeps to functions.
	{Name: "anthropic", Title: "Anthropic-compatible", BaseURL: "https://api.anthropic.com/v1", Auth: llm.XKey, Key: true, Schema: llm.ToolCall, TokenLimit: llm.MaxTokens},
	// So does the gateway that stands before Bedrock.
	{Name: "bedrock", Title: "Bedrock gateway", Key: true, Schema: llm.ToolCall, TokenLimit: llm.MaxTokens, Example: "https://HOST/api/v1"},
	// It hands on to anything; what the model behind it does not take, it refuses by name.
	{Name: "litellm", Title: "LiteLLM", BaseURL: "http://127.0.0.1:4000/v1", Schema: llm.JSONSchema, TokenLimit: llm.MaxTokens},
	{Name: "vllm", Title: "vLLM", BaseURL: "http://127.0.0.1:8000/v1", Schema: llm.JSONSchema, TokenLimit: llm.MaxTokens, Temperature: zero, Context: 8192},
	// What does not fit its context it cuts off without a word, from the front.
	{Name: "ollama", Title: "Ollama", BaseURL: "http://127.0.0.1:11434/v1", Schema: llm.JSONSchema, TokenLimit: llm.MaxTokens, Temperature: zero, Context: 4096, Parallel: 1},
	{Name: "llamacpp", Title: "llama.cpp", BaseURL: "http://127.0.0.1:8080/v1", Schema: llm.JSONSchema, TokenLimit: llm.MaxTokens, Temperature: zero, Context: 4096, Parallel: 1},
}

// Names lists the presets.
func Names() []string {
	out := make([]string, len(presets))
	for i, p := range presets {
		out[i] = p.Name
	}
	return out
}

// Find returns a preset. Error kind NotFound, with all names.
func Find(name string) (Preset, error) {
	for _, p := range presets {
		if p.Name == name {
			return p, nil
		}
	}
	return Preset{}, pipeline.Errorf(pipeline.NotFound, "there is no preset %q; there are %s", name, strings.Join(Names(), ", "))
}

// Fill sets what a provider leaves open. Error kind Invalid: an address or a key that
// the product needs is missing, or contradicts it; the sentence says what to set.
func (p Preset) Fill(to llm.Provider) (llm.Provider, error) {
	if to.BaseURL == "" {
		to.BaseURL = p.BaseURL
	}
	switch {
	case to.BaseURL == "":
		return to, pipeline.Errorf(pipeline.Invalid, "%s has no address of its own: set the base URL, such as %s", p.Title, p.Example)
	case p.Key && to.APIKey == "" && len(to.Headers) == 0:
		return to, pipeline.Errorf(pipeline.Invalid, "%s answers nobody without a key: set the key, or a header that stands for it", p.Title)
	}
	if p.Name == "azure" && to.Query["api-version"] == "" {
		if u, err := url.Parse(to.BaseURL); err == nil && !strings.Contains(u.Path, "/deployments/") && !strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/openai/v1") {
			return to, pipeline.Errorf(pipeline.Invalid, "%s is asked at a deployment: end the base URL in /openai/deployments/DEPLOYMENT, as in %s, or in /openai/v1", p.Title, p.Example)
		}
	}
	if p.Version != "" && to.Query["api-version"] == "" && strings.Contains(to.BaseURL, "/deployments/") {
		q := map[string]string{"api-version": p.Version}
		for k, v := range to.Query {
			q[k] = v
		}
		to.Query = q
	}
	if to.Auth == "" {
		to.Auth = p.Auth
	}
	if to.Schema == "" {
		to.Schema = p.Schema
	}
	if to.TokenLimit == "" {
		to.TokenLimit = p.TokenLimit
	}
	if to.Temperature == nil {
		to.Temperature = p.Temperature
	}
	if to.Context == 0 {
		to.Context = p.Context
	}
	if to.Parallel == 0 {
		to.Parallel = p.Parallel
	}
	return to, nil
}

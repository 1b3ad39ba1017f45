package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"footnote/pipeline/llm"
	"footnote/pipeline/llm/preset"
)

// modelSettings are the chat models that write drafts, how their endpoints are asked,
// and what they may cost. docs/models.md has them by product.
type modelSettings struct {
	ModelPreset      string `yaml:"model_preset" env:"FOOTNOTE_MODEL_PRESET" default:"" help:"product behind the endpoint, which says how it is asked: openai, azure, anthropic, bedrock, litellm, vllm, ollama, llamacpp; empty: as OpenAI, and learned; what is set besides counts more"`
	OpenAIKey        Secret `yaml:"openai_api_key" env:"OPENAI_API_KEY" default:"" help:"key of the model provider; empty is fine for local providers"`
	OpenAIBaseURL    string `yaml:"openai_base_url" env:"OPENAI_BASE_URL" default:"" help:"OpenAI-compatible endpoint incl. /v1; empty: the preset's, or api.openai.com"`
	OpenAIModel      string `yaml:"openai_model" env:"OPENAI_MODEL" default:"" help:"chat model; empty: drafts are extractive, no model is called"`
	ModelAuth        string `yaml:"model_auth" env:"FOOTNOTE_MODEL_AUTH" default:"" help:"how the key is shown: bearer, api-key or x-api-key; empty: the preset's, or bearer"`
	ModelHeaders     Secret `yaml:"model_headers" env:"FOOTNOTE_MODEL_HEADERS" default:"" help:"headers of every call, name=value, separated by commas"`
	ModelQuery       string `yaml:"model_query" env:"FOOTNOTE_MODEL_QUERY" default:"" help:"query of every address, name=value, separated by commas, such as api-version=2024-10-21"`
	ModelForm        string `yaml:"model_form" env:"FOOTNOTE_MODEL_FORM" default:"" help:"how a form is asked for at first: json_schema, tool, json_object or prompt; empty: the preset's, or json_schema; what an endpoint refuses or ignores is left for the next by itself"`
	ModelTokenLimit  string `yaml:"model_token_limit" env:"FOOTNOTE_MODEL_TOKEN_LIMIT" default:"" help:"name of the limit of an answer: max_tokens or max_completion_tokens; empty: known or learned"`
	ModelTemperature string `yaml:"model_temperature" env:"FOOTNOTE_MODEL_TEMPERATURE" default:"" help:"0 to 2; empty: the preset's (0 for vLLM, Ollama and llama.cpp), else the model's own"`
	ModelContext     int    `yaml:"model_context" env:"FOOTNOTE_MODEL_CONTEXT" default:"0" help:"tokens that prompt and answer share; 0: the preset's, or plenty"`
	ModelParallel    int    `yaml:"model_parallel" env:"FOOTNOTE_MODEL_PARALLEL" default:"0" help:"calls at once, others wait for their turn; 0: the preset's (1 for Ollama and llama.cpp), or no limit"`

	ModelConnect   time.Duration `yaml:"model_connect_timeout" env:"FOOTNOTE_MODEL_CONNECT_TIMEOUT" default:"5s" help:"longest wait for a connection to a model"`
	ModelFirstByte time.Duration `yaml:"model_first_byte_timeout" env:"FOOTNOTE_MODEL_FIRST_BYTE_TIMEOUT" default:"0s" help:"longest wait until an answer begins; 0: model_timeout, for most servers begin when they are done"`
	ModelTimeout   time.Duration `yaml:"model_timeout" env:"FOOTNOTE_MODEL_TIMEOUT" default:"12s" help:"longest single call to a model, whole; slow local models want a minute or two"`
	ModelDeadline  time.Duration `yaml:"model_deadline" env:"FOOTNOTE_MODEL_DEADLINE" default:"0s" help:"longest a draft waits for all providers together; 0: a whole call of each and one more of the first"`

	FallbackPreset      string        `yaml:"fallback_preset" env:"OPENAI_FALLBACK_PRESET" default:"" help:"model_preset of the second provider"`
	FallbackKey         Secret        `yaml:"fallback_api_key" env:"OPENAI_FALLBACK_API_KEY" default:"" help:"key of the second provider"`
	FallbackBaseURL     string        `yaml:"fallback_base_url" env:"OPENAI_FALLBACK_BASE_URL" default:"" help:"endpoint of the second provider"`
	FallbackModel       string        `yaml:"fallback_model" env:"OPENAI_FALLBACK_MODEL" default:"" help:"chat model of the second provider; empty: none"`
	FallbackAuth        string        `yaml:"fallback_auth" env:"OPENAI_FALLBACK_AUTH" default:"" help:"model_auth of the second provider"`
	FallbackHeaders     Secret        `yaml:"fallback_headers" env:"OPENAI_FALLBACK_HEADERS" default:"" help:"model_headers of the second provider"`
	FallbackQuery       string        `yaml:"fallback_query" env:"OPENAI_FALLBACK_QUERY" default:"" help:"model_query of the second provider"`
	FallbackForm        string        `yaml:"fallback_form" env:"OPENAI_FALLBACK_FORM" default:"" help:"model_form of the second provider"`
	FallbackTokenLimit  string        `yaml:"fallback_token_limit" env:"OPENAI_FALLBACK_TOKEN_LIMIT" default:"" help:"model_token_limit of the second provider"`
	FallbackTemperature string        `yaml:"fallback_temperature" env:"OPENAI_FALLBACK_TEMPERATURE" default:"" help:"model_temperature of the second provider"`
	FallbackContext     int           `yaml:"fallback_context" env:"OPENAI_FALLBACK_CONTEXT" default:"0" help:"model_context of the second provider"`
	FallbackParallel    int           `yaml:"fallback_parallel" env:"OPENAI_FALLBACK_PARALLEL" default:"0" help:"model_parallel of the second provider"`
	FallbackTimeout     time.Duration `yaml:"fallback_timeout" env:"OPENAI_FALLBACK_TIMEOUT" default:"0s" help:"model_timeout of the second provider; 0: the same"`

	PriceInput          int64 `yaml:"price_input" env:"OPENAI_PRICE_INPUT" default:"0" help:"micro-USD per million input tokens, for the cost ledger"`
	PriceCached         int64 `yaml:"price_cached" env:"OPENAI_PRICE_CACHED" default:"0" help:"micro-USD per million cached input tokens"`
	PriceOutput         int64 `yaml:"price_output" env:"OPENAI_PRICE_OUTPUT" default:"0" help:"micro-USD per million output tokens"`
	FallbackPriceInput  int64 `yaml:"fallback_price_input" env:"OPENAI_FALLBACK_PRICE_INPUT" default:"-1" help:"price_input of the second provider; -1: the same"`
	FallbackPriceCached int64 `yaml:"fallback_price_cached" env:"OPENAI_FALLBACK_PRICE_CACHED" default:"-1" help:"price_cached of the second provider; -1: the same"`
	FallbackPriceOutput int64 `yaml:"fallback_price_output" env:"OPENAI_FALLBACK_PRICE_OUTPUT" default:"-1" help:"price_output of the second provider; -1: the same"`
	BudgetPerDay        int64 `yaml:"budget_per_day" env:"FOOTNOTE_BUDGET_PER_DAY" default:"0" help:"micro-USD a day for models; 0: no limit; beyond it drafts are extractive"`
}

// endpoint is one server as the settings say it is asked.
type endpoint struct {
	keys                            string // what its settings begin with, for messages
	preset, base, auth, query, form string
	limit, temperature              string
	key, headers                    Secret
	context, parallel               int
	connect, firstByte, whole       time.Duration
	price                           llm.Price
}

func (s modelSettings) first() endpoint {
	return endpoint{"model", s.ModelPreset, s.OpenAIBaseURL, s.ModelAuth, s.ModelQuery, s.ModelForm, s.ModelTokenLimit, s.ModelTemperature, s.OpenAIKey, s.ModelHeaders, s.ModelContext, s.ModelParallel,
		s.ModelConnect, s.ModelFirstByte, s.ModelTimeout, llm.Price{Input: s.PriceInput, Cached: s.PriceCached, Output: s.PriceOutput}}
}

func (s modelSettings) second() endpoint {
	whole := s.FallbackTimeout
	if whole == 0 {
		whole = s.ModelTimeout
	}
	same := func(price, first int64) int64 {
		if price < 0 {
			return first
		}
		return price
	}
	return endpoint{"fallback", s.FallbackPreset, s.FallbackBaseURL, s.FallbackAuth, s.FallbackQuery, s.FallbackForm, s.FallbackTokenLimit, s.FallbackTemperature, s.FallbackKey, s.FallbackHeaders, s.FallbackContext, s.FallbackParallel,
		s.ModelConnect, min(s.ModelFirstByte, whole), whole, llm.Price{Input: same(s.FallbackPriceInput, s.PriceInput), Cached: same(s.FallbackPriceCached, s.PriceCached), Output: same(s.FallbackPriceOutput, s.PriceOutput)}}
}

// provider is the endpoint as it is asked for a model. The error says which setting to
// change to what.
func (e endpoint) provider(name, model string) (llm.Provider, error) {
	out := llm.Provider{Name: name, BaseURL: e.base, APIKey: string(e.key), Auth: llm.Auth(e.auth), Model: model, Price: e.price, Connect: e.connect, FirstByte: e.firstByte, Timeout: e.whole,
		Schema: llm.SchemaMode(e.form), TokenLimit: e.limit, Context: e.context, Parallel: e.parallel}
	var err error
	if out.Headers, err = pairs(string(e.headers)); err != nil {
		return out, fmt.Errorf("%s_headers: write name=value, separated by commas", e.keys) // without the value: it may be a key
	}
	if out.Query, err = pairs(e.query); err != nil {
		return out, fmt.Errorf("%s_query: %w", e.keys, err)
	}
	if e.temperature != "" {
		x, err := strconv.ParseFloat(e.temperature, 64)
		if err != nil || !(x >= 0 && x <= 2) {
			return out, fmt.Errorf("%s_temperature: %q is no number from 0 to 2", e.keys, e.temperature)
		}
		out.Temperature = &x
	}
	if e.preset == "" {
		return out, nil
	}
	p, err := preset.Find(e.preset)
	if err == nil {
		out, err = p.Fill(out)
	}
	if err != nil {
		return out, fmt.Errorf("%s_preset: %w", e.keys, err)
	}
	return out, nil
}

// check finds what cannot work at one endpoint.
func (e endpoint) check(p *problems, model string) {
	p.oneOf(e.keys+"_auth", e.auth, "", string(llm.Bearer), string(llm.KeyName), string(llm.XKey))
	p.oneOf(e.keys+"_form", e.form, "", string(llm.JSONSchema), string(llm.ToolCall), string(llm.JSONObject), string(llm.PromptOnly))
	p.oneOf(e.keys+"_token_limit", e.limit, "", llm.MaxTokens, llm.MaxCompletionTokens)
	if e.context < 0 || e.context > 0 && e.context < leastContext {
		p.bad("%s_context: %d tokens hold no question, sources and answer; set at least %d, or 0 when it is large", e.keys, e.context, leastContext)
	}
	if e.parallel < 0 {
		p.bad("%s_parallel: %d is no number of calls", e.keys, e.parallel)
	}
	if e.auth != "" && e.key == "" {
		p.bad("%s_auth: there is no key to show; set the key too, or leave this empty", e.keys)
	}
	if model == "" {
		return
	}
	if _, err := e.provider("", model); err != nil {
		p.bad("%w", err)
	}
}

// leastContext is the smallest context, in tokens, in which a draft can be written.
const leastContext = 3000

func (s modelSettings) check(p *problems) {
	p.address("openai_base_url", s.OpenAIBaseURL)
	p.address("fallback_base_url", s.FallbackBaseURL)
	s.first().check(p, s.OpenAIModel)
	s.second().check(p, s.FallbackModel)
	if s.ModelPreset != "" && s.OpenAIModel == "" {
		p.bad("openai_model: set it to a model of %s, or leave model_preset empty", s.ModelPreset)
	}
	if s.FallbackModel == "" && (s.FallbackPreset != "" || s.FallbackBaseURL != "" || s.FallbackKey != "") {
		p.bad("fallback_model: set it, or leave the other settings of the second provider empty")
	}
	if s.FallbackModel != "" && s.OpenAIModel == "" {
		p.bad("openai_model: a second provider needs a first")
	}
	s.checkDeadlines(p)
}

// checkDeadlines wants each deadline to leave room for what happens within it.
func (s modelSettings) checkDeadlines(p *problems) {
	if s.ModelTimeout <= 0 {
		p.bad("model_timeout: a call needs time; the default is 12s")
		return
	}
	if s.ModelConnect > s.ModelTimeout {
		p.bad("model_connect_timeout: %s is longer than model_timeout, %s, which holds it; shorten it, or lengthen that", s.ModelConnect, s.ModelTimeout)
	}
	if s.ModelFirstByte > s.ModelTimeout {
		p.bad("model_first_byte_timeout: %s is longer than model_timeout, %s, which holds it; shorten it, or set it to 0s", s.ModelFirstByte, s.ModelTimeout)
	}
	whole := []time.Duration{s.ModelTimeout}
	if s.FallbackModel != "" {
		whole = append(whole, s.second().whole)
	}
	if longest := slices.Max(whole); s.ModelDeadline > 0 && s.ModelDeadline < longest {
		p.bad("model_deadline: %s is shorter than one call, %s; set it to 0s for %s, which lets every provider finish", s.ModelDeadline, longest, llm.Chain(whole))
	}
}

// buildModel builds the gateway when a model is set.
func (a *app) buildModel(context.Context) error {
	if a.c.OpenAIModel == "" {
		return nil
	}
	first, err := a.c.first().provider("first", a.c.OpenAIModel)
	if err != nil {
		return err
	}
	providers := []llm.Provider{first}
	if a.c.FallbackModel != "" {
		second, err := a.c.second().provider("second", a.c.FallbackModel)
		if err != nil {
			return err
		}
		providers = append(providers, second)
	}
	st := llm.Store{Pool: a.p.pool}
	g, err := llm.New(llm.Config{Providers: providers, Deadline: a.c.ModelDeadline, DailyBudget: a.c.BudgetPerDay, Ledger: st, Forms: st, Log: a.log})
	if err != nil {
		return fmt.Errorf("build model gateway: %w", err)
	}
	a.gateway = g
	return nil
}

// embeddings is the endpoint of vectors: the chat model's where none is set. A key goes
// to the host that it was set for, and to no other.
func (c *Config) embeddings() endpoint {
	s := c.embeddingSettings
	e := endpoint{keys: "embedding", preset: s.EmbeddingPreset, base: s.EmbeddingBaseURL, auth: s.EmbeddingAuth, query: s.EmbeddingQuery, key: s.EmbeddingKey, headers: s.EmbeddingHeaders,
		connect: c.ModelConnect, whole: s.EmbeddingBatchTimeout, price: llm.Price{Input: s.EmbeddingPrice}}
	chat := c.modelSettings.first()
	if e.base == "" && e.preset == "" {
		e.base, e.preset = chat.base, chat.preset
	}
	if sameHost(e.base, chat.base) && e.preset == chat.preset || sameHost(e.base, chat.base) && s.EmbeddingPreset == "" {
		if e.key == "" {
			e.key = chat.key
		}
		if e.auth == "" && e.key == chat.key {
			e.auth = chat.auth
		}
		if e.auth == "" && e.preset == "" {
			e.preset = chat.preset
		}
		if e.headers == "" {
			e.headers = chat.headers
		}
		if e.query == "" {
			e.query = chat.query
		}
	}
	return e
}

// sameHost tells whether two addresses lead to the same place; empty is OpenAI's.
func sameHost(a, b string) bool {
	host := func(s string) string {
		if s == "" {
			return "api.openai.com"
		}
		u, err := url.Parse(s)
		if err != nil {
			return s
		}
		return strings.ToLower(u.Host)
	}
	return host(a) == host(b)
}

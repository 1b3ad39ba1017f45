package main

import (
	"strings"
	"testing"
	"time"

	"footnote/pipeline/llm"
)

// TestModelSettings: what cannot work is refused with what to do.
func TestModelSettings(t *testing.T) {
	for sets, say := range map[string]string{
		"model_preset=chatgpt openai_model=m":                              "there are openai, azure",
		"model_preset=ollama":                                              "openai_model: set it to a model of ollama",
		"model_preset=azure openai_model=m openai_api_key=k":               "set the base URL",
		"model_preset=openai openai_model=m":                               "set the key",
		"openai_model=m model_auth=api-key":                                "there is no key to show",
		"openai_model=m model_auth=basic openai_api_key=k":                 "is not one of",
		"openai_model=m model_form=yaml":                                   "is not one of",
		"openai_model=m model_temperature=hot":                             "no number from 0 to 2",
		"openai_model=m model_temperature=nan":                             "no number from 0 to 2",
		"openai_model=m model_context=512":                                 "set at least 3000",
		"openai_model=m model_query=version":                               "write name=value",
		"openai_model=m model_headers=hush":                                "model_headers: write name=value",
		"openai_model=m model_timeout=90s model_deadline=60s":              "set it to 0s for 3m0s",
		"openai_model=m model_timeout=3s":                                  "model_connect_timeout: 5s is longer",
		"openai_model=m model_first_byte_timeout=1m":                       "model_first_byte_timeout",
		"openai_model=m fallback_base_url=http://x/v1":                     "fallback_model: set it",
		"fallback_model=m fallback_base_url=http://x/v1":                   "a second provider needs a first",
		"embedding_model=e embedding_size=8 embedding_preset=anthropology": "embedding_preset: there is no preset",
		"reranker=cohere rerank_url=http://x/rerank rerank_auth=api-key":   "rerank_auth: there is no key",
	} {
		_, err := loadConfig("", strings.Fields(sets), func(string) string { return "" })
		if err == nil || !strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "hush\"") {
			t.Errorf("%s: %v", sets, err)
		}
	}
	c, err := loadConfig("", strings.Fields("model_preset=ollama openai_model=m model_timeout=90s"), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.first().provider("first", "m")
	if err != nil || p.Timeout != 90*time.Second || p.BaseURL != "http://127.0.0.1:11434/v1" || p.Parallel != 1 || p.Context != 4096 || *p.Temperature != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestKeysGoToTheirHost: the chat model's key goes to embeddings at the same host, and
// to no other.
func TestKeysGoToTheirHost(t *testing.T) {
	for sets, want := range map[string][3]string{ // key, auth, address
		"openai_api_key=chat": {"chat", "", ""},
		"openai_api_key=chat openai_base_url=https://a.example/v1":                                                                                                {"chat", "", "https://a.example/v1"},
		"openai_api_key=chat openai_base_url=https://a.example/v1 embedding_base_url=https://A.example/other/v1":                                                  {"chat", "", "https://A.example/other/v1"},
		"openai_api_key=chat openai_base_url=https://a.example/v1 embedding_base_url=https://b.example/v1":                                                        {"", "", "https://b.example/v1"},
		"openai_api_key=chat openai_base_url=https://a.example/v1 embedding_base_url=https://b.example/v1 embedding_api_key=own":                                  {"own", "", "https://b.example/v1"},
		"openai_api_key=chat embedding_preset=ollama":                                                                                                             {"", "", "http://127.0.0.1:11434/v1"},
		"model_preset=azure openai_api_key=chat openai_base_url=https://a.example/openai/deployments/c embedding_base_url=https://a.example/openai/deployments/e": {"chat", string(llm.KeyName), "https://a.example/openai/deployments/e"},
	} {
		c, err := loadConfig("", append(strings.Fields(sets), "openai_model=m", "embedding_model=e", "embedding_size=8"), func(string) string { return "" })
		if err != nil {
			t.Errorf("%s: %v", sets, err)
			continue
		}
		p, err := c.embeddings().provider("embeddings", "e")
		if err != nil || p.APIKey != want[0] || string(p.Auth) != want[1] || p.BaseURL != want[2] {
			t.Errorf("%s: %q by %q at %q, %v", sets, p.APIKey, p.Auth, p.BaseURL, err)
		}
	}
}

package llm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

// read takes an answer out of the library's type.
func read(c openai.ChatCompletionResponse) (answer, *fault) {
	a := answer{model: c.Model, usage: Usage{Input: int64(c.Usage.PromptTokens), Output: int64(c.Usage.CompletionTokens)}}
	if d := c.Usage.PromptTokensDetails; d != nil {
		a.usage.Cached = int64(d.CachedTokens)
	}
	if c.SystemFingerprint != "" { // it tells that a model was changed silently
		a.model = fmt.Sprintf("%s@%s", c.Model, c.SystemFingerprint)
	}
	if len(c.Choices) == 0 {
		return a, &fault{code: codeEmpty, detail: "sent no answer", retry: true, billed: true}
	}
	m := c.Choices[0]
	said := m.Message.Content
	for _, p := range m.Message.MultiContent { // content in parts
		said += p.Text
	}
	if strings.TrimSpace(said) == "" && len(m.Message.ToolCalls) > 0 { // the form is filled in as a call
		said = m.Message.ToolCalls[0].Function.Arguments
	}
	a.json, a.finish, a.refusal = object(said), finishOf(string(m.FinishReason)), m.Message.Refusal
	return a, nil
}

// finishOf brings the words for why an answer ended to OpenAI's.
func finishOf(reason string) string {
	switch strings.ToLower(reason) {
	case "stop", "", "end_turn", "end", "eos", "eos_token", "stop_sequence", "stop_token", "complete", "completed", "finished", "done", "tool_calls", "tool_use", "function_call":
		return "stop"
	case "length", "max_tokens", "max_output_tokens", "max_length", "model_length", "token_limit", "incomplete":
		return "length"
	case "content_filter", "content_filtered", "safety", "recitation", "blocklist", "prohibited_content", "guardrail_intervened", "refusal":
		return "content_filter"
	}
	return reason
}

// thinking is what models write before they answer.
var thinking = regexp.MustCompile(`(?is)^\s*(?:<(think|thinking|thought|reasoning|scratchpad)>.*?</(?:think|thinking|thought|reasoning|scratchpad)>\s*)+`)

// object takes the JSON object out of what a model says around it: thoughts, a code
// fence, a sentence before or behind. Where there is none, or more than one, the text
// is returned as it is.
func object(said string) []byte {
	said = strings.TrimSpace(thinking.ReplaceAllString(said, ""))
	if i := strings.LastIndex(said, "</think>"); i >= 0 && !strings.HasPrefix(said, "{") { // its beginning was cut by the server's template
		said = strings.TrimSpace(said[i+len("</think>"):])
	}
	if json.Valid([]byte(said)) {
		return []byte(said)
	}
	var found []byte
	for at := 0; at < len(said); {
		i := strings.IndexByte(said[at:], '{')
		if i < 0 {
			break
		}
		var raw json.RawMessage
		d := json.NewDecoder(strings.NewReader(said[at+i:]))
		if err := d.Decode(&raw); err != nil {
			at += i + 1
			continue
		}
		if found != nil && !bytes.Equal(found, raw) {
			return []byte(said) // which of them is meant?
		}
		found, at = raw, at+i+int(d.InputOffset())
	}
	if found != nil {
		return found
	}
	return []byte(said)
}

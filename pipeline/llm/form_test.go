package llm

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline/llm/llmtest"
)

const honest = `{"abstain":true,"reason":"nothing found","sentences":[]}`

// TestObjectsAreTakenOut wants the answer read out of what models write around it, and
// nothing guessed where it is not plain.
func TestObjectsAreTakenOut(t *testing.T) {
	for _, said := range []string{
		honest, "```json\n" + honest + "\n```", "```\n" + honest + "```", "Here is the answer:\n\n```json\n" + honest + "\n```\nI hope that helps!", "<think>The user asks {x}. I answer.</think>\n" + honest,
		"<thinking>\nhm\n</thinking>\n\n" + honest, "I reason first…</think>" + honest, "Sure! " + honest, honest + "\n\nLet me know.", " \n" + honest + "\n" + honest, "<reasoning>a</reasoning> <think>b</think> " + honest,
	} {
		if got := string(object(said)); got != honest {
			t.Errorf("%q -> %q", said, got)
		}
	}
	for _, said := range []string{`{"a":1} or {"a":2}`, `{"a":`, "no object", ""} {
		if got := string(object(said)); got != said {
			t.Errorf("%q -> %q", said, got)
		}
	}
}

func TestWordsForTheEnd(t *testing.T) {
	for reason, want := range map[string]string{"stop": "stop", "end_turn": "stop", "STOP": "stop", "eos": "stop", "": "stop", "tool_calls": "stop", "MAX_TOKENS": "length", "length": "length", "SAFETY": "content_filter", "error": "error", "abort": "abort"} {
		if got := finishOf(reason); got != want {
			t.Errorf("%q: %q, want %q", reason, got, want)
		}
	}
}

// server refuses requests as some do, and answers others; it keeps what it was sent.
type server struct {
	*httptest.Server
	sent []map[string]any
}

func refusing(t *testing.T, refuse func(req map[string]any) (status int, body string), message string) *server {
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var req map[string]any
		if err := json.Unmarshal(raw, &req); err != nil {
			t.Error(err)
		}
		s.sent = append(s.sent, req)
		w.Header().Set("Content-Type", "application/json")
		if status, body := refuse(req); status != 0 {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
			return
		}
		fmt.Fprintf(w, `{"model":"m","choices":[{"index":0,"finish_reason":"stop","message":%s}],"usage":{"prompt_tokens":10,"completion_tokens":5}}`, message)
	}))
	t.Cleanup(s.Close)
	return s
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return `{"role":"assistant","content":` + string(b) + `}`
}

// TestFormsAreLearned asks servers that refuse what others want. Each is asked in a
// form that it takes, which is remembered.
func TestFormsAreLearned(t *testing.T) {
	format := func(req map[string]any) string {
		f, _ := req["response_format"].(map[string]any)
		s, _ := f["type"].(string)
		return s
	}
	for name, c := range map[string]struct {
		refuse func(map[string]any) (int, string)
		answer string
		calls  int // of the first question
	}{
		"no schema, as older servers say": {func(q map[string]any) (int, string) {
			if format(q) == "json_schema" {
				return 400, `{"error":{"message":"response_format json_schema is not supported by this model","type":"invalid_request_error"}}`
			}
			return 0, ""
		}, quoted(honest), 2},
		"no format at all": {func(q map[string]any) (int, string) {
			if format(q) != "" {
				return 422, `{"error":{"message":"Extra inputs are not permitted: response_format"}}`
			}
			return 0, ""
		}, quoted("```json\n" + honest + "\n```"), 2},
		"a bare refusal": {func(q map[string]any) (int, string) {
			if format(q) == "json_schema" {
				return 400, ``
			}
			return 0, ""
		}, quoted(honest), 2},
		"the newer word for the limit": {func(q map[string]any) (int, string) {
			if q["max_tokens"] != nil {
				return 400, `{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","code":"unsupported_parameter"}}`
			}
			return 0, ""
		}, quoted(honest), 2},
		"no temperature but its own": {func(q map[string]any) (int, string) {
			if q["temperature"] != nil {
				return 400, `{"error":{"message":"Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported."}}`
			}
			return 0, ""
		}, quoted(honest), 2},
		"functions only with a flag": {func(q map[string]any) (int, string) {
			if format(q) == "json_schema" {
				return 400, `{"error":{"message":"response_format type json_schema is not supported"}}`
			}
			if q["tools"] != nil {
				return 500, `{"error":{"code":500,"message":"tools param requires --jinja flag","type":"server_error"}}`
			}
			return 0, ""
		}, quoted(honest), 3},
		"thoughts before the answer": {func(map[string]any) (int, string) { return 0, "" }, quoted("<think>Let me see {…}.</think>\n" + honest), 1},
		"content in parts":           {func(map[string]any) (int, string) { return 0, "" }, `{"role":"assistant","content":[{"type":"text","text":` + string(must(json.Marshal(honest))) + `}]}`, 1},
		"the form as a call": {func(map[string]any) (int, string) { return 0, "" }, `{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"reply","arguments":` +
			string(must(json.Marshal(honest))) + `}}]}`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := refusing(t, c.refuse, c.answer)
			g := gateway(t, Config{Providers: []Provider{{Name: "a", BaseURL: s.URL + "/v1", Model: "m", Timeout: 5 * time.Second, Temperature: new(float64)}}, Retries: -1})
			resp, err := g.Complete(t.Context(), request())
			if err != nil || !strings.Contains(string(resp.JSON), "nothing found") {
				t.Fatalf("%s: %v (%d calls)", resp.JSON, err, len(s.sent))
			}
			if len(s.sent) != c.calls {
				t.Errorf("%d calls, wanted %d", len(s.sent), c.calls)
			}
			if _, err := g.Complete(t.Context(), request()); err != nil || len(s.sent) != c.calls+1 {
				t.Errorf("the form is not remembered: %v after %d calls", err, len(s.sent))
			}
		})
	}
	s := refusing(t, func(map[string]any) (int, string) { return 400, `{"error":{"message":"The model m does not exist"}}` }, "")
	g := gateway(t, Config{Providers: []Provider{{Name: "a", BaseURL: s.URL + "/v1", Model: "m"}}, Retries: -1})
	if _, err := g.Complete(t.Context(), request()); err == nil || len(s.sent) != 1 {
		t.Errorf("a refusal of something else is not about the form: %v after %d calls", err, len(s.sent))
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// TestOperatorsReadTheProvidersWords wants a provider's own words in the ledger and on
// the health page, without the key that it repeats, and not in what agents read.
func TestOperatorsReadTheProvidersWords(t *testing.T) {
	s := refusing(t, func(map[string]any) (int, string) {
		return 401, `{"error":{"message":"Incorrect API key provided: sk-proj-AbCdEf0123456789AbCdEf. You can find your key at the console."}}`
	}, "")
	ledger := &memory{}
	g := gateway(t, Config{Providers: []Provider{{Name: "a", BaseURL: s.URL + "/v1", Model: "m"}}, Ledger: ledger, Retries: -1})
	_, err := g.Complete(t.Context(), request())
	for where, said := range map[string]string{"ledger": ledger.calls[0].Error, "health": g.States()[0].Silent} {
		if !strings.Contains(said, "Incorrect API key provided") || strings.Contains(said, "AbCdEf") {
			t.Errorf("%s: %q", where, said)
		}
	}
	if strings.Contains((&FailedError{Reasons: Reasons(err)}).Error(), "Incorrect") {
		t.Error("agents read the provider's words")
	}
}

// TestFormsAreKept: what one process learned, the next one knows.
func TestFormsAreKept(t *testing.T) {
	t.Parallel()
	st := Store{pgtest.New(t)}
	s := refusing(t, func(q map[string]any) (int, string) {
		if q["response_format"] != nil || q["tools"] != nil {
			return 422, `{"detail":"Extra inputs are not permitted: response_format, tools"}`
		}
		return 0, ""
	}, quoted(honest))
	for i, want := range []int{4, 1, 1} {
		before := len(s.sent)
		p := Provider{Name: "a", BaseURL: s.URL + "/v1", Model: "m", Timeout: 5 * time.Second}
		if _, err := gateway(t, Config{Providers: []Provider{p}, Retries: -1, Forms: st}).Complete(t.Context(), request()); err != nil {
			t.Fatal(err)
		}
		if got := len(s.sent) - before; got != want {
			t.Errorf("process %d: %d calls, want %d", i, got, want)
		}
	}
}

// TestMalformedFormIsRepairedOnce: an answer that is not in the form is asked for again,
// once, in the same form when that has worked, else in a simpler one.
func TestMalformedFormIsRepairedOnce(t *testing.T) {
	s := start(t, llmtest.Good, llmtest.WrongSchema, llmtest.Good, llmtest.Prose, llmtest.WrongSchema, llmtest.Invented, llmtest.WrongSchema, llmtest.Good)
	ledger := &memory{}
	g := gateway(t, Config{Providers: []Provider{provider("a", s)}, Ledger: ledger, Retries: -1})
	r := request()
	r.Repair = func([]byte, error) string { return user + "\nCorrect that." }
	for i, c := range []struct {
		ok    bool
		calls int
	}{{true, 1}, {true, 2}, {false, 2}, {true, 3}} {
		before := len(s.Calls())
		_, err := g.Complete(t.Context(), r)
		if (err == nil) != c.ok || len(s.Calls())-before != c.calls {
			t.Errorf("question %d: %v after %d calls, want %d", i, err, len(s.Calls())-before, c.calls)
		}
	}
	if c := s.Calls()[2]; !strings.Contains(c.User, "not in the form") || ledger.calls[2].Purpose != "repair" || g.States()[0].Mode != JSONSchema {
		t.Errorf("%q, %+v, %s", c.User, ledger.calls[2], g.States()[0].Mode)
	}
}

// TestKeysStayWithTheirHost: key and headers go to the endpoint as it wants them, and
// nowhere that it sends us.
func TestKeysStayWithTheirHost(t *testing.T) {
	elsewhere := refusing(t, func(map[string]any) (int, string) { return 0, "" }, quoted(honest))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+"/v1/chat/completions", http.StatusTemporaryRedirect)
	}))
	t.Cleanup(s.Close)
	g := gateway(t, Config{Providers: []Provider{{Name: "a", BaseURL: s.URL + "/v1", APIKey: "secret", Model: "m"}}, Retries: -1})
	if _, err := g.Complete(t.Context(), request()); err == nil || len(elsewhere.sent) != 0 || !strings.Contains(err.Error(), "redirected") {
		t.Errorf("%v, %d calls elsewhere", err, len(elsewhere.sent))
	}
	for auth, header := range map[Auth]string{"": "Authorization", Bearer: "Authorization", KeyName: "Api-Key", XKey: "X-Api-Key"} {
		f := start(t)
		p := provider("a", f)
		p.Auth, p.Headers, p.Query = auth, map[string]string{"X-Tenant": "t1"}, map[string]string{"api-version": "v"}
		if _, err := gateway(t, Config{Providers: []Provider{p}}).Complete(t.Context(), request()); err != nil {
			t.Fatal(err)
		}
		h := f.Calls()[0].Header
		if !strings.HasSuffix(h.Get(header), "key-a") || h.Get("X-Tenant") != "t1" || (auth == KeyName || auth == XKey) && h.Get("Authorization") != "" {
			t.Errorf("%q: %v", auth, h)
		}
	}
}

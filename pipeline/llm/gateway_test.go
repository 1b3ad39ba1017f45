package llm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
	"footnote/pipeline/llm/llmtest"
)

// schema is the form that the fake writes its answers in.
const schema = `{"type":"object","additionalProperties":false,"required":["abstain","reason","sentences"],"properties":{
	"abstain":{"type":"boolean"},"reason":{"type":"string"},"sentences":{"type":"array","items":{"type":"object","additionalProperties":false,
	"required":["text","plain","quotes"],"properties":{"text":{"type":"string"},"plain":{"type":"boolean"},"quotes":{"type":"array","items":{
	"type":"object","additionalProperties":false,"required":["passage","quote"],"properties":{"passage":{"type":"integer"},"quote":{"type":"string"}}}}}}}}}`

const user = "=====00=====\n[customer]\nHow long do refunds take?\n=====00=====\n[passage 1] Refunds\nRefunds take five business days after approval.\n=====00====="

func request() Request {
	return Request{Purpose: "draft", Correlation: "c1", System: "Answer.", User: user, Schema: []byte(schema), SchemaName: "reply", PromptHash: "h1",
		Accept: func(raw []byte) error { // what drafting refuses, in short
			for _, bad := range []string{`"passage":97`, "moon", "engineers", "4711", "Nous"} {
				if strings.Contains(string(raw), bad) {
					return errors.New("not in the sources")
				}
			}
			return nil
		}}
}

// memory is a Ledger for tests.
type memory struct {
	mu    sync.Mutex
	calls []Call
}

func (m *memory) Record(_ context.Context, c Call) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, c)
	return nil
}

func provider(name string, s *llmtest.Server) Provider {
	return Provider{Name: name, BaseURL: s.URL, Model: "m-" + name, APIKey: "key-" + name, Timeout: 4 * time.Second, Price: Price{Input: 1_000_000, Output: 2_000_000}}
}

func start(t testing.TB, script ...llmtest.Step) *llmtest.Server {
	s := llmtest.New(script...)
	t.Cleanup(s.Close)
	return s
}

func gateway(t testing.TB, c Config) *Gateway {
	t.Helper()
	g, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestEveryFaultTurnsToTheNextProvider(t *testing.T) {
	for _, step := range llmtest.Faults {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			bad, good := start(t), start(t)
			bad.Default = step
			ledger := &memory{}
			g := gateway(t, Config{Providers: []Provider{provider("bad", bad), provider("good", good)}, Ledger: ledger, Retries: -1})
			resp, err := g.Complete(t.Context(), request())
			if err != nil {
				t.Fatal(err)
			}
			if resp.Provider != "good" || !strings.Contains(string(resp.JSON), "five business days") {
				t.Fatalf("answer of %s: %s", resp.Provider, resp.JSON)
			}
			if len(resp.Failures) == 0 || resp.Failures[0].Provider != "bad" || resp.Failures[0].Detail == "" {
				t.Fatalf("failures %+v", resp.Failures)
			}
			if n := len(ledger.calls); n < 2 || ledger.calls[0].Error == "" || ledger.calls[n-1].Error != "" || ledger.calls[n-1].CostMicros == 0 {
				t.Fatalf("ledger %+v", ledger.calls)
			}
			wanted := 1
			switch step {
			case llmtest.WrongSchema, llmtest.Prose:
				wanted = 2 // its form is repaired, once
			}
			if len(bad.Calls()) != wanted || len(good.Calls()) != 1 {
				t.Fatalf("%d and %d calls", len(bad.Calls()), len(good.Calls()))
			}
		})
	}
}

func TestFaultCodes(t *testing.T) {
	for step, want := range map[llmtest.Step]string{
		llmtest.RateLimit: codeRate, llmtest.ServerError: codeServer, llmtest.BadGateway: codeServer, llmtest.BadKey: codeKey, llmtest.BadRequest: codeRequest,
		llmtest.StringError: codeModel, llmtest.BrokenJSON: codeBody, llmtest.CutBody: codeBody, llmtest.Reset: codeNetwork, llmtest.Stall: codeTimeout,
		llmtest.Empty: codeEmpty, llmtest.NoChoices: codeEmpty, llmtest.Length: codeCut, llmtest.Refusal: codeRefusal, llmtest.Filtered: codeRefusal,
		llmtest.WrongSchema: codeSchema, llmtest.Prose: codeSchema, llmtest.Huge: codeHuge, llmtest.Invented: codeRejected,
	} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.Default = step
			g := gateway(t, Config{Providers: []Provider{provider("a", s)}, Retries: -1})
			_, err := g.Complete(t.Context(), request())
			if r := Reasons(err); len(r) == 0 || r[0].Code != want || pipeline.KindOf(err) != pipeline.Unavailable {
				t.Fatalf("%+v of %v", r, err)
			}
		})
	}
}

func TestGoodAnswersInOddForms(t *testing.T) {
	for _, step := range []llmtest.Step{llmtest.Good, llmtest.Fenced, llmtest.NoUsage, llmtest.AbsurdUsage, llmtest.OtherModel, llmtest.Abstains} {
		s := start(t, step)
		ledger := &memory{}
		p := provider("a", s)
		p.Schema = JSONObject
		resp, err := gateway(t, Config{Providers: []Provider{p}, Ledger: ledger}).Complete(t.Context(), request())
		if err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		c := ledger.calls[0]
		if estimated := step == llmtest.NoUsage || step == llmtest.AbsurdUsage; c.Usage.Estimated != estimated || c.CostMicros <= 0 || c.CostMicros > 10_000 {
			t.Errorf("%s: usage %+v, cost %d", step, c.Usage, c.CostMicros)
		}
		if step == llmtest.OtherModel && resp.Model != "m-a-2" && c.Model != "m-a-2" {
			t.Errorf("the model named by the provider is not kept: %q", c.Model)
		}
		if !strings.Contains(s.Calls()[0].System, "JSON Schema") {
			t.Error("json_object mode must say the schema in the prompt")
		}
	}
}

func TestRetryHonoursRetryAfter(t *testing.T) {
	s := start(t, llmtest.RateLimit1, llmtest.Good)
	g := gateway(t, Config{Providers: []Provider{provider("a", s)}})
	begin := time.Now()
	if _, err := g.Complete(t.Context(), request()); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(begin); d < time.Second || len(s.Calls()) != 2 {
		t.Fatalf("%d calls in %s", len(s.Calls()), d)
	}
	s = start(t, llmtest.RateLimit1h)
	g = gateway(t, Config{Providers: []Provider{provider("a", s)}})
	begin = time.Now()
	if _, err := g.Complete(t.Context(), request()); err == nil || time.Since(begin) > time.Minute || len(s.Calls()) != 1 {
		t.Fatalf("an hour's wait must not be waited for: %v, %d calls", err, len(s.Calls()))
	}
}

func TestRepairIsAskedOnce(t *testing.T) {
	s := start(t, llmtest.Invented, llmtest.Good)
	ledger := &memory{}
	r := request()
	r.Repair = func(rejected []byte, because error) string {
		if !strings.Contains(string(rejected), "97") || because.Error() != "not in the sources" {
			t.Errorf("repair of %s because %v", rejected, because)
		}
		return user + "\nCorrect that."
	}
	g := gateway(t, Config{Providers: []Provider{provider("a", s)}, Ledger: ledger})
	if _, err := g.Complete(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if len(ledger.calls) != 2 || ledger.calls[1].Purpose != "repair" || !strings.HasSuffix(s.Calls()[1].User, "Correct that.") {
		t.Fatalf("%+v", ledger.calls)
	}
	s.Script(llmtest.Invented, llmtest.Invented)
	if _, err := g.Complete(t.Context(), r); err == nil || len(s.Calls()) != 4 {
		t.Fatalf("a repair is asked once: %v after %d calls", err, len(s.Calls()))
	}
}

func TestBreakerOpensAndIsVisible(t *testing.T) {
	bad, good := start(t), start(t)
	bad.Default = llmtest.Unavailable
	g := gateway(t, Config{Providers: []Provider{provider("bad", bad), provider("good", good)}, Retries: -1})
	for range 8 {
		if _, err := g.Complete(t.Context(), request()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(bad.Calls()); n != breakerCalls {
		t.Errorf("%d calls to a broken provider", n)
	}
	if s := g.States(); s[0].Breaker != "open" || s[1].Breaker != "closed" || s[0].Silent == "" || s[1].Silent != "" {
		t.Errorf("%+v", s)
	}
}

// TestSilenceIsVisible: a provider that gave no answer says so before its breaker
// opens, until it answers again.
func TestSilenceIsVisible(t *testing.T) {
	s := start(t)
	g := gateway(t, Config{Providers: []Provider{provider("a", s)}, Retries: -1})
	for _, silent := range []bool{true, false} {
		if silent {
			s.Script(llmtest.Unavailable)
		}
		_, err := g.Complete(t.Context(), request())
		if st := g.States()[0]; (err != nil) != silent || (st.Silent != "") != silent || st.Breaker != "closed" {
			t.Errorf("silent %v: %+v, %v", silent, st, err)
		}
	}
}

func TestConcurrentCallsStayInBudget(t *testing.T) {
	s := start(t)
	ledger := &memory{}
	r := request()
	r.MaxOutputTokens = 100
	p := provider("a", s)
	p.Timeout = 10 * time.Second // 50 at once on a busy machine
	one := p.Price.cost(estimate(withDefaults(r)))
	g := gateway(t, Config{Providers: []Provider{p}, DailyBudget: one + one/2, Ledger: ledger})
	var wg sync.WaitGroup
	var mu sync.Mutex
	ok, budget := 0, 0
	for range 50 {
		wg.Go(func() {
			_, err := g.Complete(t.Context(), r)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				ok++
			case pipeline.KindOf(err) == pipeline.Budget:
				budget++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	spent, limit := g.Spent()
	if ok == 0 || ok+budget != 50 || spent > limit || len(s.Calls()) != ok {
		t.Fatalf("%d answers, %d refused, spent %d of %d, %d calls", ok, budget, spent, limit, len(s.Calls()))
	}
}

func withDefaults(r Request) Request {
	if r.MaxOutputTokens == 0 {
		r.MaxOutputTokens = defaultMaxOutput
	}
	return r
}

func TestEnvironmentDoesNotLeak(t *testing.T) {
	s := start(t)
	p := provider("a", s)
	p.APIKey = ""
	if _, err := gateway(t, Config{Providers: []Provider{p}}).Complete(t.Context(), request()); err != nil {
		t.Fatal(err)
	}
	c := s.Calls()[0]
	if c.Auth != "" || c.Header.Get("X-Leak") != "" || c.Header.Get("OpenAI-Organization") != "" {
		t.Fatalf("headers %v", c.Header)
	}
}

func TestDeadlineBoundsEverything(t *testing.T) {
	var providers []Provider
	for i := range 5 {
		s := start(t)
		s.Default = llmtest.Stall
		p := provider(fmt.Sprint(i), s)
		p.Timeout = time.Minute
		providers = append(providers, p)
	}
	g := gateway(t, Config{Providers: providers, Deadline: 500 * time.Millisecond})
	begin := time.Now()
	_, err := g.Complete(t.Context(), request())
	if d := time.Since(begin); err == nil || d > 30*time.Second {
		t.Fatalf("%v after %s", err, d)
	}
}

func TestBadConfig(t *testing.T) {
	for _, c := range []Config{{}, {Providers: []Provider{{Name: "a"}}}, {Providers: []Provider{{Name: "a", Model: "m"}, {Name: "a", Model: "m"}}},
		{Providers: []Provider{{Name: "a", Model: "m", BaseURL: "not a url"}}}} {
		if _, err := New(c); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
	g := gateway(t, Config{Providers: []Provider{{Name: "a", Model: "m", BaseURL: "http://127.0.0.1:1/v1"}}})
	r := request()
	for _, bad := range []string{"", "{", `{"$ref":"file:///etc/passwd"}`} {
		r.Schema = []byte(bad)
		if _, err := g.Complete(t.Context(), r); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("schema %q: %v", bad, err)
		}
	}
}

func TestStoreKeepsCallsAndSums(t *testing.T) {
	t.Parallel()
	st := Store{pgtest.New(t)}
	s := start(t, llmtest.ServerError, llmtest.Good)
	g := gateway(t, Config{Providers: []Provider{provider("a", s)}, Ledger: st, DailyBudget: 1_000_000})
	if _, err := g.Complete(t.Context(), request()); err != nil {
		t.Fatal(err)
	}
	sum, err := st.Spent(t.Context(), time.Now().Add(-time.Hour))
	if spent, _ := g.Spent(); err != nil || sum == 0 || sum != spent {
		t.Fatalf("ledger has %d, gateway %d (%v)", sum, spent, err)
	}
	var rows, failed int
	if err := st.Pool.QueryRow(t.Context(), "SELECT count(*), count(*) FILTER (WHERE error <> '') FROM llm_calls WHERE correlation = 'c1'").Scan(&rows, &failed); err != nil || rows != 2 || failed != 1 {
		t.Fatalf("%d rows, %d failed (%v)", rows, failed, err)
	}
	// Another process has spent the day's budget.
	if err := st.Record(t.Context(), Call{At: time.Now(), Purpose: "draft", Provider: "x", Model: "m\x00", CostMicros: 2_000_000, Error: "bad \xff"}); err != nil {
		t.Fatal(err)
	}
	other := gateway(t, Config{Providers: []Provider{provider("a", s)}, Ledger: st, DailyBudget: 1_000_000})
	if _, err := other.Complete(t.Context(), request()); pipeline.KindOf(err) != pipeline.Budget {
		t.Fatalf("got %v", err)
	}
}

func TestEmbedder(t *testing.T) {
	s := start(t, llmtest.ReorderedVec)
	ledger := &memory{}
	c := EmbedConfig{Provider: Provider{Name: "e", BaseURL: s.URL, Model: "bge", Timeout: 10 * time.Second}, Dimensions: 64, Batch: 2, Retries: -1, Ledger: ledger}
	e, err := NewEmbedder(c)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"reset my password", "refund money", "", "reset the password now", "opening hours"}
	got, err := e.Embed(t.Context(), texts)
	if err != nil || len(got) != 5 || e.Model() != "bge" || e.Dimensions() != 64 {
		t.Fatalf("%d vectors, %v", len(got), err)
	}
	if want := llmtest.Vector(texts[1], 64); float32(want[5]) != got[1][5] || dot(got[0], got[3]) < dot(got[0], got[1]) {
		t.Error("vectors are not in the order of their texts")
	}
	if len(ledger.calls) != 3 {
		t.Errorf("%d ledger rows", len(ledger.calls))
	}
	for step, kind := range map[llmtest.Step]pipeline.Kind{llmtest.ShortVec: pipeline.Conflict, llmtest.NaNVec: pipeline.Unavailable, llmtest.FewVec: pipeline.Unavailable,
		llmtest.ServerError: pipeline.Unavailable, llmtest.BrokenJSON: pipeline.Unavailable, llmtest.Reset: pipeline.Unavailable} {
		s.Script(step)
		if _, err := e.Embed(t.Context(), []string{"a", "b"}); pipeline.KindOf(err) != kind {
			t.Errorf("%s: %v", step, err)
		}
	}
	c.Retries = 0 // the default: a passing fault is tried again
	if e, err = NewEmbedder(c); err != nil {
		t.Fatal(err)
	}
	s.Script(llmtest.ServerError, llmtest.RateLimit)
	if _, err := e.Embed(t.Context(), []string{"a"}); err != nil {
		t.Error(err)
	}
	for _, bad := range []EmbedConfig{{}, {Provider: Provider{Model: "unknown"}}} {
		if _, err := NewEmbedder(bad); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// TestPrefixes: models that tell questions from passages get what their cards ask
// for, unless it is set; passages behind another prefix are another space.
func TestPrefixes(t *testing.T) {
	for _, tc := range []struct {
		model             string
		set               Prefixes
		question, passage string
	}{
		{"intfloat/multilingual-e5-small", Prefixes{}, "query: a", "passage: a"},
		{"intfloat/multilingual-e5-large-instruct", Prefixes{}, "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: a", "a"},
		{"nomic-embed-text:v1.5", Prefixes{}, "search_query: a", "search_document: a"},
		{"BAAI/bge-small-en-v1.5", Prefixes{}, "Represent this sentence for searching relevant passages: a", "a"},
		{"BAAI/bge-m3", Prefixes{}, "a", "a"},
		{"Snowflake/snowflake-arctic-embed-l-v2.0", Prefixes{}, "query: a", "a"},
		{"text-embedding-3-small", Prefixes{}, "a", "a"},
		{"intfloat/e5-base-v2", Prefixes{NoPrefix, "text:"}, "a", "text: a"},
		{"ours", Prefixes{"ask: ", ""}, "ask: a", "a"},
	} {
		s := start(t)
		e, err := NewEmbedder(EmbedConfig{Provider: Provider{Name: "e", BaseURL: s.URL, Model: tc.model}, Dimensions: 64, Prefixes: tc.set})
		if err != nil {
			t.Fatal(err)
		}
		text := []string{"a"}
		if _, err := e.EmbedQuestion(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Embed(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		calls := s.Calls()
		if len(calls) != 2 || calls[0].Texts[0] != tc.question || calls[1].Texts[0] != tc.passage || text[0] != "a" {
			t.Errorf("%s was asked %+v", tc.model, calls)
		}
		if same := e.Model() == tc.model; same != (tc.passage == "a") {
			t.Errorf("%s with passages as %q is the space %q", tc.model, tc.passage, e.Model())
		}
	}
}

func dot(a, b []float32) float32 {
	var s float32
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

// TestBatchesAdapt: an endpoint that takes fewer texts, or shorter ones, gets those, and
// the next call begins with what it takes.
func TestBatchesAdapt(t *testing.T) {
	for name, c := range map[string]struct {
		limit func(texts []string) bool
		no    llmtest.No
		calls int // of 40 texts, the first time and the second
	}{
		"texts in a call, TEI":        {func(s []string) bool { return len(s) > 32 }, llmtest.No{Status: 413, Body: `{"error":"batch size 40 > maximum allowed batch size 32","error_type":"Validation"}`}, 2},
		"texts in a call, LiteLLM":    {func(s []string) bool { return len(s) > 10 }, llmtest.No{Status: 400, Body: `{"error":{"message":"<400> InternalError.Algo.InvalidParameter: Value error, batch size is invalid, it should not be larger than 10.: input.contents"}}`}, 4},
		"one text only, Bedrock":      {func(s []string) bool { return len(s) > 1 }, llmtest.No{Status: 400, Body: `{"detail":"Amazon Titan Embeddings model supports only single strings as input; too many texts"}`}, 40},
		"tokens in a call, OpenAI":    {func(s []string) bool { return len(strings.Join(s, "")) > 400 }, llmtest.No{Status: 400, Body: `{"error":{"message":"Invalid 'input': maximum request size is 300000 tokens per request."}}`}, 4},
		"tokens of a text, llama.cpp": {func(s []string) bool { return len(s[0]) > 1200 }, llmtest.No{Status: 500, Body: `{"error":{"code":500,"message":"input is too large to process. increase the physical batch size","type":"server_error"}}`}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			refuse := func(q map[string]any) llmtest.No {
				var texts []string
				for _, x := range q["input"].([]any) {
					texts = append(texts, x.(string))
				}
				if c.limit(texts) {
					return c.no
				}
				return llmtest.No{}
			}
			p := &llmtest.Product{Embeddings: "/v1/embeddings", Model: "m", Dimensions: 64, Refuse: refuse}
			t.Cleanup(p.Start())
			e, err := NewEmbedder(EmbedConfig{Provider: Provider{Name: "e", BaseURL: p.URL + "/v1", Model: "m"}, Dimensions: 64, Retries: -1})
			if err != nil {
				t.Fatal(err)
			}
			texts := make([]string, 40)
			for i := range texts {
				texts[i] = fmt.Sprintf("Question number %d of forty", i)
			}
			if strings.HasPrefix(name, "tokens of a text") {
				texts = []string{strings.Repeat("long words ", 700)}
			}
			for i := range 2 {
				before := len(p.Sent())
				got, err := e.Embed(t.Context(), texts)
				if err != nil || len(got) != len(texts) || e.Check() != nil {
					t.Fatalf("%d vectors, %v, %v", len(got), err, e.Check())
				}
				if len(texts) > 1 && float32(llmtest.Vector(texts[37], 64)[7]) != got[37][7] {
					t.Error("vectors are not in the order of their texts")
				}
				if calls := len(p.Sent()) - before; i == 1 && len(texts) > 1 && calls > 2*c.calls {
					t.Errorf("%d calls once the limit is known, about %d are needed", calls, c.calls)
				}
			}
		})
	}
}

// TestDeadEmbeddingsAreVisible: what is the matter is said in plain words, until it is over.
func TestDeadEmbeddingsAreVisible(t *testing.T) {
	for name, c := range map[string]struct {
		step llmtest.Step
		dims int
		say  string
		kind pipeline.Kind
	}{
		"wrong size": {llmtest.Good, 32, "sends vectors of 64 numbers; 32 are configured", pipeline.Conflict}, "wrong key": {llmtest.BadKey, 64, "refuses our key", pipeline.Unavailable},
		"down": {llmtest.ServerError, 64, "answered HTTP 500", pipeline.Unavailable}, "wrong model": {llmtest.StringError, 64, "does not know the model", pipeline.Unavailable},
	} {
		s := start(t)
		s.Default = c.step // a probe takes no step of a script
		e, err := NewEmbedder(EmbedConfig{Provider: provider("e", s), Dimensions: c.dims, Retries: -1})
		if err != nil {
			t.Fatal(err)
		}
		e.Probe(t.Context(), false)
		if said := e.Check(); said == nil || !strings.Contains(said.Error(), c.say) || pipeline.KindOf(said) != c.kind {
			t.Errorf("%s: %v", name, said)
		}
		if s.Default = llmtest.Good; c.dims == 64 {
			e.Probe(t.Context(), false)
			if e.Check() != nil {
				t.Errorf("%s: %v after it answered", name, e.Check())
			}
		}
	}
}

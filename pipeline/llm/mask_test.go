package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"footnote/pipeline/llm/llmtest"
)

// secretsOf are values that nobody outside may see.
var secretsOf = []string{"dana.reyes@mail.example", "+49 171 2345678", "4111 1111 1111 1111", "Reyes"}

func private() Request {
	r := request()
	r.User = "=====00=====\n[customer]\nHow long do refunds take? I am Dana Reyes, dana.reyes@mail.example, +49 171 2345678, card 4111 1111 1111 1111.\n=====00=====\n[passage 1] Refunds\nRefunds take five business days after approval. Write to help@firm.example.\n=====00====="
	r.Known, r.Open = []string{"Dana Reyes", "dana.reyes@mail.example"}, []string{"Refunds take five business days after approval. Write to help@firm.example."}
	return r
}

// TestNobodyLeavesByName wants no personal value in what providers get and the ledger
// keeps, and all of them back in what the caller gets.
func TestNobodyLeavesByName(t *testing.T) {
	s := start(t, llmtest.Good)
	ledger := &memory{}
	g := gateway(t, Config{Providers: []Provider{provider("a", s)}, Ledger: ledger, Retries: -1})
	r := private()
	r.Accept = func(raw []byte) error { return errors.New("Sentence 1 names dana.reyes@mail.example, who is Reyes") }
	r.Repair = func(rejected []byte, because error) string { return r.User + "\nProblem: " + because.Error() }
	_, err := g.Complete(context.Background(), r)
	if err == nil {
		t.Fatal("it was accepted")
	}
	all := err.Error() + fmt.Sprint(ledger.calls)
	if len(s.Calls()) != 2 {
		t.Fatalf("%d calls, wanted the question and its repair", len(s.Calls()))
	}
	for _, c := range s.Calls() {
		all += c.System + c.User
	}
	for _, v := range secretsOf {
		if strings.Contains(all, v) {
			t.Errorf("%q left", v)
		}
	}
	if !strings.Contains(all, "help@firm.example") {
		t.Error("what everybody may read was hidden")
	}
}

// TestValuesComeBack wants an answer that names a placeholder to be read with its value.
func TestValuesComeBack(t *testing.T) {
	s := start(t)
	s.Answer = func(_, _ string) string {
		return `{"abstain":false,"reason":"","sentences":[{"text":"Hi <NAME_1>, we wrote to <EMAIL_1>.","plain":true,"quotes":[]}]}`
	}
	g := gateway(t, Config{Providers: []Provider{provider("a", s)}, Retries: -1})
	r := private()
	seen := ""
	r.Accept = func(raw []byte) error { seen = string(raw); return nil }
	got, err := g.Complete(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{seen, string(got.JSON)} {
		if !strings.Contains(s, "Dana") || !strings.Contains(s, "dana.reyes@mail.example") || strings.Contains(s, "<NAME") {
			t.Error(s)
		}
	}
}

// TestQuestionsAreMaskedForVectors wants no personal value in questions to embed.
func TestQuestionsAreMaskedForVectors(t *testing.T) {
	s := start(t)
	e, err := NewEmbedder(EmbedConfig{Provider: provider("e", s), Dimensions: 64})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.EmbedQuestion(t.Context(), []string{"Where is the refund for dana.reyes@mail.example, card 4111 1111 1111 1111?"}); err != nil {
		t.Fatal(err)
	}
	if got := s.Calls()[0].Texts[0]; got != "Where is the refund for <EMAIL_1>, card <CARD_1>?" {
		t.Error(got)
	}
}

// TestEchoesNameNobody: servers that repeat what they were sent, in errors of every kind
// of call, bring no personal value to request bodies, ledger, log, errors or health.
func TestEchoesNameNobody(t *testing.T) {
	var all strings.Builder
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		all.Write(raw)
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": "cannot take " + string(raw)}})
	}))
	t.Cleanup(s.Close)
	log := slog.New(slog.NewTextHandler(&all, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ledger := &memory{}
	p := Provider{Name: "a", BaseURL: s.URL + "/v1", Model: "m"}
	g := gateway(t, Config{Providers: []Provider{p}, Ledger: ledger, Log: log, Retries: -1})
	_, err := g.Complete(t.Context(), private())
	e, bad := NewEmbedder(EmbedConfig{Provider: p, Dimensions: 64, Ledger: ledger, Log: log, Retries: -1})
	if bad != nil {
		t.Fatal(bad)
	}
	ask := "Where is the refund of dana.reyes@mail.example, +49 171 2345678, card 4111 1111 1111 1111?"
	_, err2 := e.EmbedQuestion(t.Context(), []string{ask})
	r, bad := NewReranker(RerankConfig{Provider: p, Ledger: ledger, Log: log})
	if bad != nil {
		t.Fatal(bad)
	}
	_, err3 := r.Rerank(t.Context(), ask, []string{"a"})
	fmt.Fprint(&all, err, err2, err3, ledger.calls, g.States(), g.Check(), e.Check(), r.Check())
	if err == nil || err2 == nil || err3 == nil || len(ledger.calls) < 3 || !strings.Contains(all.String(), "EMAIL_1") {
		t.Fatalf("%v, %v, %v: %s", err, err2, err3, all.String())
	}
	for _, v := range secretsOf {
		if strings.Contains(all.String(), v) {
			t.Errorf("%q left", v)
		}
	}
}

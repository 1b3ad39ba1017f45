package qdrant_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"footnote/knowledge"
	"footnote/knowledge/library"
	"footnote/knowledge/qdrant"
	"footnote/pipeline"
)

func TestSearchRefusesNoAudience(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	turns := []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: "refund"}}
	for _, q := range []pipeline.Query{{Turns: turns}, {Turns: turns, Audiences: []pipeline.Audience{"everyone"}}, {Audiences: []pipeline.Audience{pipeline.Public}}} {
		if _, err := s.Search(t.Context(), q); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if hits := s.ask(t, "refund"); len(hits) != 0 {
		t.Errorf("an empty index has hits: %v", hits)
	}
}

// TestInternalNeverLeaks asks for internal words, in every way rapid thinks of,
// with public eyes.
func TestInternalNeverLeaks(t *testing.T) {
	s := newStack(t, nil)
	words := []string{"refund", "goodwill", "credit", "margin", "discount", "invoice", "canary", "limit", "escalate", "supervisor", "card", "days"}
	var d docs
	for i, w := range words {
		d = append(d, md(fmt.Sprintf("p%d.md", i), "# About "+w+"\n\nPublic words on "+w+" and "+words[(i+1)%len(words)]+".\n"),
			md(fmt.Sprintf("i%d.md", i), "---\naudience: internal\n---\n# "+w+" "+w+"\n\nCANARY "+w+" "+words[(i+5)%len(words)]+" "+words[(i+1)%len(words)]+".\n"),
			md(fmt.Sprintf("internal/q%d.md", i), "# "+w+"\n\nCANARY path "+w+".\n"),
			md(fmt.Sprintf("u%d.md", i), "---\naudience: tier-2 only\n---\n# "+w+"\n\nCANARY unknown "+w+".\n"))
	}
	s.sync(t, "help", d)
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(rt, "turns")
		q := pipeline.Query{Audiences: []pipeline.Audience{pipeline.Public}, Limit: rapid.IntRange(0, 60).Draw(rt, "limit"),
			Locale: rapid.SampledFrom([]string{"", "en", "de", "xx-YY", "\x00"}).Draw(rt, "locale"), Tokens: rapid.IntRange(0, 500).Draw(rt, "tokens")}
		for range n {
			text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 8).Draw(rt, "words"), " ")
			q.Turns = append(q.Turns, pipeline.Turn{Role: pipeline.RoleCustomer, Text: text})
		}
		a, err := s.Search(t.Context(), q)
		if err != nil {
			rt.Fatal(err)
		}
		for _, h := range a.Hits {
			if h.Passage.Audience != pipeline.Public || strings.Contains(h.Passage.Text, "CANARY") {
				rt.Fatalf("internal words for the public: %+v", h)
			}
			if math.IsNaN(h.Score) || h.Support < 0 || h.Support > 1 {
				rt.Fatalf("score %v, support %v", h.Score, h.Support)
			}
		}
	})
	if hits := s.ask(t, "canary goodwill", pipeline.Public, pipeline.Restricted); !strings.Contains(hits[0].Passage.Text, "CANARY") {
		t.Fatalf("with internal eyes it is not found either: %+v", hits[0])
	}
}

// TestIndexIsNotTrusted: what only the index believes is not returned.
func TestIndexIsNotTrusted(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	s.sync(t, "help", docs{md("refunds.md", refunds), md("invoices.md", invoices)})
	if len(s.ask(t, "refunds reach your card")) == 0 {
		t.Fatal("nothing found")
	}
	for _, change := range []string{`UPDATE documents SET audience = 'internal' WHERE path = 'refunds.md'`, `UPDATE documents SET audience = 'public', deleted_at = now() WHERE path = 'refunds.md'`} {
		if _, err := s.cfg.Pool.Exec(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		for _, h := range s.ask(t, "refunds reach your card") {
			if h.Passage.Document == "help/refunds.md" {
				t.Errorf("after %s it is still cited", change)
			}
		}
	}
}

func TestHistoryFindsTheDocument(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	var d docs
	for _, product := range []string{"Kestrel router", "Heron printer", "Osprey camera", "Merlin phone"} {
		d = append(d, md(strings.ReplaceAll(product, " ", "-")+".md", "# "+product+"\n\n## Setup\n\nUnpack the "+product+" and plug it in.\n\n## Reset\n\nHold the button of the "+product+" for ten seconds.\n"))
	}
	s.sync(t, "help", d)
	a, err := s.Search(t.Context(), pipeline.Query{Audiences: []pipeline.Audience{pipeline.Public}, Turns: []pipeline.Turn{
		{Role: pipeline.RoleCustomer, Text: "My Heron printer prints nothing"}, {Role: pipeline.RoleAgent, Text: "Please reset it."}, {Role: pipeline.RoleCustomer, Text: "How long do I hold the button?"}}})
	if err != nil || a.Hits[0].Passage.Document != "help/Heron-printer.md" {
		t.Fatalf("%+v %v", a, err)
	}
}

func TestLocaleIsPreferredUntilNothingIsClose(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	s.sync(t, "help", docs{
		md("en/password.md", "# Password\n\nReset the password under Account. Apple watch owners use the app.\n"),
		md("es/password.md", "# Contraseña\n\nPara restablecer la contraseña (password), abra Cuenta.\n"),
		md("zh/password.md", "# 密码\n\n您可以在帐户页面更改密码。\n")})
	ask := func(text, locale string) string {
		a, err := s.Search(t.Context(), pipeline.Query{Audiences: []pipeline.Audience{pipeline.Public}, Locale: locale, Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: text}}})
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Hits) == 0 {
			return ""
		}
		return a.Hits[0].Passage.Document
	}
	for _, c := range []struct{ text, locale, want string }{
		{"restablecer password", "es", "help/es/password.md"}, {"reset password", "en-GB", "help/en/password.md"},
		{"apple watch", "es-MX", "help/en/password.md"}, {"如何更改密码？", "zh", "help/zh/password.md"}, {"如何更改密码？", "", "help/zh/password.md"},
	} {
		if got := ask(c.text, c.locale); got != c.want {
			t.Errorf("%q in %q: %s, not %s", c.text, c.locale, got, c.want)
		}
	}
}

func TestTokenBudget(t *testing.T) {
	t.Parallel()
	s := newStack(t, nil)
	var d docs
	for i := range 8 {
		d = append(d, md(fmt.Sprintf("%d.md", i), "# Keys\n\n"+strings.Repeat("Turn the key twice. ", 10+i)))
	}
	s.sync(t, "help", d)
	for _, budget := range []int{0, 60, 150, 400} {
		a, err := s.Search(t.Context(), pipeline.Query{Audiences: []pipeline.Audience{pipeline.Public}, Tokens: budget, Limit: 8, Turns: []pipeline.Turn{{Text: "turn key"}}})
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for _, h := range a.Hits {
			sum += int(float64(knowledge.Tokens(h.Passage.Text)) * 1.3)
		}
		if len(a.Hits) == 0 || budget > 0 && len(a.Hits) > 1 && sum > budget || budget == 0 && len(a.Hits) != 8 {
			t.Errorf("budget %d: %d hits, %d tokens", budget, len(a.Hits), sum)
		}
	}
}

// embedder is a tiny model: one dimension for each of a few words.
type embedder struct {
	model  string // empty: tiny
	calls  int
	answer func(texts []string) ([][]float32, error)
}

func (e *embedder) Model() string   { return cmp.Or(e.model, "tiny") }
func (e *embedder) Dimensions() int { return 3 }
func (e *embedder) EmbedQuestion(ctx context.Context, texts []string) ([][]float32, error) {
	return e.Embed(ctx, texts)
}

func (e *embedder) Embed(_ context.Context, texts []string) ([][]float32, error) {
	e.calls += len(texts)
	if e.answer != nil {
		return e.answer(texts)
	}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = []float32{.1, .1, .1}
		for j, words := range [][]string{{"refund", "money back", "dosh"}, {"invoice", "bill"}, {"lock", "key"}} {
			for _, w := range words {
				if strings.Contains(strings.ToLower(t), w) {
					out[i][j]++
				}
			}
		}
	}
	return out, nil
}

func TestDenseVectors(t *testing.T) {
	t.Parallel()
	e := &embedder{}
	s := newStack(t, func(k *knowledge.Config, q *qdrant.Config) { k.Embedder, q.Dimensions = e, 3 })
	all := docs{md("refunds.md", refunds), md("invoices.md", invoices), md("locks.md", "# Locks\n\nTurn the key twice.\n")}
	s.sync(t, "help", all)
	if e.calls != 3 {
		t.Fatalf("%d texts embedded", e.calls)
	}
	if hits := s.ask(t, "dosh"); len(hits) == 0 || hits[0].Passage.Document != "help/refunds.md" {
		t.Fatalf("%+v", hits)
	}
	e.calls = 0
	if _, err := s.Rebuild(t.Context()); err != nil || e.calls != 0 {
		t.Fatalf("a rebuild embedded %d texts, %v", e.calls, err)
	}
	for name, answer := range map[string]func([]string) ([][]float32, error){
		"down":      func([]string) ([][]float32, error) { return nil, errors.New("connection refused") },
		"short":     func(t []string) ([][]float32, error) { return make([][]float32, len(t)+1), nil },
		"dimension": func(t []string) ([][]float32, error) { return [][]float32{{1, 2}}, nil },
		"nan":       func(t []string) ([][]float32, error) { return [][]float32{{1, 2, float32(math.NaN())}}, nil },
		"zero":      func(t []string) ([][]float32, error) { return [][]float32{{0, 0, 0}}, nil },
	} {
		e.answer = answer
		a, err := s.Search(t.Context(), pipeline.Query{Turns: []pipeline.Turn{{Text: "refunds on my card"}}, Audiences: []pipeline.Audience{pipeline.Public}})
		if err != nil || a.Reduced != "dense vectors" || len(a.Hits) == 0 {
			t.Errorf("%s: %+v %v", name, a, err)
		}
	}
	// What could not be embedded is searched by terms, and embedded next time.
	all = append(all, md("cards.md", "# Cards\n\nWe take all cards.\n"))
	if r := s.sync(t, "help", all); r.Reduced == "" || r.Added != 1 {
		t.Fatalf("%+v", r)
	}
	e.answer, e.calls = nil, 0
	if r := s.sync(t, "help", all); r.Reduced != "" || e.calls != 1 || r.Passages != 1 {
		t.Fatalf("%+v, %d texts", r, e.calls)
	}
	s.clean(t)
}

// TestInternalTextStaysHere: the text of internal passages goes to no embedder unless
// that is allowed, and follows when it is; they are found by terms.
func TestInternalTextStaysHere(t *testing.T) {
	t.Parallel()
	e := &embedder{}
	var sent []string
	e.answer = func(texts []string) ([][]float32, error) {
		sent = append(sent, texts...)
		return (&embedder{}).Embed(context.Background(), texts)
	}
	s := newStack(t, func(k *knowledge.Config, q *qdrant.Config) { k.Embedder, q.Dimensions = e, 3 })
	all := docs{md("refunds.md", refunds), md("margins.md", "---\naudience: internal\n---\n# Margins\n\nOur wholesale margin is zirconium.\n")}
	s.sync(t, "help", all)
	if told := strings.Join(sent, "\n"); len(sent) != 1 || strings.Contains(told, "zirconium") || !strings.Contains(strings.ToLower(told), "refund") {
		t.Fatalf("the embedder was sent %q", sent)
	}
	s.clean(t)
	a, err := s.Search(t.Context(), pipeline.Query{Turns: []pipeline.Turn{{Text: "wholesale margin"}}, Audiences: []pipeline.Audience{pipeline.Restricted}})
	if err != nil || len(a.Hits) != 1 {
		t.Fatalf("%+v, %v", a, err)
	}
	if v, err := s.Vectors(t.Context()); err != nil || v.Documents != 1 || v.Without != 0 || v.Internal != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	sent = nil
	cfg := s.cfg
	cfg.EmbedInternal = true
	k := library.Open(cfg)
	defer k.Close()
	if err := k.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Sync(t.Context(), knowledge.Feed{Name: "help", Source: all, Location: "memory"}); err != nil {
		t.Fatal(err)
	}
	if len(sent) == 0 || !strings.Contains(strings.Join(sent, "\n"), "zirconium") {
		t.Errorf("allowed, and sent %q", sent)
	}
}

// TestOtherModelIsBuiltBeside: with another embedding model searches go on by
// terms, and say so, until the new index takes the old one's place.
func TestOtherModelIsBuiltBeside(t *testing.T) {
	t.Parallel()
	for name, old := range map[string]*embedder{"no vectors before": nil, "the same dimensions": {model: "old"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, func(k *knowledge.Config, q *qdrant.Config) {
				if old != nil {
					k.Embedder, q.Dimensions = old, 3
				}
			})
			s.sync(t, "help", docs{md("refunds.md", refunds), md("invoices.md", invoices)})
			gate := make(chan struct{})
			e := &embedder{model: "new"}
			e.answer = func(texts []string) ([][]float32, error) {
				<-gate
				return (&embedder{}).Embed(t.Context(), texts)
			}
			cfg := s.cfg
			cfg.Embedder, cfg.Collections = e, qdrant.New(qdrant.Config{Client: s.client, Dimensions: 3})
			k := library.Open(cfg)
			defer k.Close()
			if err := k.Ready(t.Context()); err != nil {
				t.Fatal(err)
			}
			ask := func() pipeline.Answer {
				a, err := k.Search(t.Context(), pipeline.Query{Turns: []pipeline.Turn{{Text: "refunds on my card"}}, Audiences: []pipeline.Audience{pipeline.Public}})
				if err != nil {
					t.Fatal(err)
				}
				return a
			}
			if a := ask(); a.Reduced != "dense vectors" || len(a.Hits) == 0 {
				t.Fatalf("while the new index is made: %+v", a)
			}
			close(gate)
			for deadline := time.Now().Add(time.Minute); ask().Reduced != ""; runtime.Gosched() {
				if time.Now().After(deadline) {
					t.Fatal("the new index never comes")
				}
			}
			if d, err := k.Check(t.Context()); err != nil || !d.Clean() || d.Pending != 0 || d.Points != 2 {
				t.Fatalf("%+v %v", d, err)
			}
		})
	}
}

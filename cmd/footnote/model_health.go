package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"footnote/pipeline"
	"footnote/pipeline/drafting"
)

// tallyFor is how long a count of drafts is used before it is made again.
const tallyFor = 30 * time.Second

// counted24 is how the drafts of the last 24 hours were written, and how far vectors are.
type counted24 struct {
	mu      sync.Mutex
	at      time.Time
	drafts  []drafting.Tally
	vectors string // empty without an embedder
	err     error
}

// counted counts at most every half minute, however many ask.
func (a *app) counted(ctx context.Context) ([]drafting.Tally, string, error) {
	t := &a.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.at) < tallyFor {
		return t.drafts, t.vectors, t.err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 4*time.Second)
	defer cancel()
	t.at = time.Now()
	if t.drafts, t.err = (drafting.Store{Pool: a.p.pool}).Tally(ctx, t.at.Add(-24*time.Hour)); t.err != nil {
		return nil, "", t.err
	}
	if a.embedder == nil {
		return t.drafts, "", nil
	}
	v, err := a.knowledge.Vectors(ctx)
	if t.err = err; err != nil {
		return nil, "", err
	}
	t.vectors = fmt.Sprintf("%d of %d documents have vectors", v.Documents-v.Without, v.Documents)
	if v.Internal > 0 {
		t.vectors += fmt.Sprintf("; %s by terms alone, for their text does not leave (embedding_internal)", counted(v.Internal, "internal one is searched", "internal ones are searched"))
	}
	if a.knowledge.Remaking() {
		t.vectors += "; the index for this model is still being made"
	}
	return t.drafts, t.vectors, nil
}

// modelChecks are those of everything that is asked over the network for drafts and
// searches. None of them keeps this process from being ready: drafts and searches go on
// without.
func (a *app) modelChecks() []check {
	var list []check
	if a.gateway != nil {
		list = append(list, check{name: "model", tell: a.checkModel, advise: a.modelAdvice, optional: true})
	}
	if a.embedder != nil {
		list = append(list, check{name: "embeddings", tell: a.checkEmbeddings, optional: true,
			advice: "Searches go on by terms. Look at embedding_base_url, embedding_model, embedding_api_key and embedding_size; the next sync makes vectors that are missing. docs/models.md has the settings by product."})
	}
	if a.reranker != nil {
		list = append(list, check{name: "reranker", run: func(context.Context) error { return a.reranker.Check() }, optional: true,
			advice: "Searches go on without it. Look at rerank_url, rerank_model, rerank_api_key, and rerank_timeout when it is slow."})
	}
	return list
}

// askModels asks every endpoint now, for whoever wants to know it for certain.
func (a *app) askModels(ctx context.Context) {
	var wg sync.WaitGroup
	if a.gateway != nil {
		wg.Go(func() { a.gateway.Probe(ctx, true) })
	}
	if a.embedder != nil {
		wg.Go(func() { a.embedder.Probe(ctx, true) })
	}
	if a.reranker != nil {
		wg.Go(func() { _, _ = a.reranker.Rerank(ctx, "Good morning", []string{"Good morning"}) }) // its check tells
	}
	wg.Wait()
}

// watchModels keeps asking endpoints that do not answer.
func (a *app) watchModels(p *process) {
	if a.gateway != nil {
		p.run(func(ctx context.Context) error { a.gateway.Watch(ctx); return nil })
	}
	if a.embedder != nil {
		p.run(func(ctx context.Context) error { a.embedder.Watch(ctx); return nil })
	}
}

func (a *app) checkModel(ctx context.Context) (string, error) {
	var found []string
	for _, s := range a.gateway.States() {
		found = append(found, fmt.Sprintf("%s (%s) by %s", s.Provider, s.Model, s.Mode))
	}
	if drafts, _, err := a.counted(ctx); err == nil {
		found = append(found, "drafts in 24 h: "+tallied(drafts))
	}
	return strings.Join(found, "; "), a.gateway.Check()
}

func (a *app) checkEmbeddings(ctx context.Context) (string, error) {
	_, vectors, err := a.counted(ctx)
	if err != nil {
		vectors = "" // the database's own check tells
	}
	return vectors, a.embedder.Check()
}

// tallied says who wrote drafts, and why others were written without a model.
func tallied(drafts []drafting.Tally) string {
	var by, without []string
	n := 0
	for _, t := range drafts {
		switch {
		case t.Model != "":
			by = append(by, fmt.Sprintf("%d by %s", t.Drafts, t.Model))
		case t.Why != "":
			without, n = append(without, fmt.Sprintf("%d %s", t.Drafts, strings.ReplaceAll(t.Why, "_", " "))), n+t.Drafts
		}
	}
	if n > 0 {
		by = append(by, fmt.Sprintf("%d without the model (%s)", n, strings.Join(without, ", ")))
	}
	if by == nil {
		return "none asked for one"
	}
	return strings.Join(by, ", ")
}

// modelAdvice says what to do about what is the matter, provider by provider.
func (a *app) modelAdvice(err error) string {
	if pipeline.KindOf(err) == pipeline.Budget {
		return "Raise budget_per_day (FOOTNOTE_BUDGET_PER_DAY), or wait until midnight UTC; drafts are extractive until then."
	}
	out := []string{"Drafts are extractive until a provider answers again; those that nobody has begun on are then written anew."}
	for _, s := range a.gateway.States() {
		keys := [3]string{"openai_base_url", "openai_api_key", "openai_model"}
		if s.Provider == "second" {
			keys = [3]string{"fallback_base_url", "fallback_api_key", "fallback_model"}
		}
		say := ""
		switch s.Code {
		case "key":
			say = "Set " + keys[1] + " to a key that " + s.Provider + " takes; some products want it shown as api-key or x-api-key (model_preset, model_auth)."
		case "model":
			say = "Set " + keys[2] + " to a model that " + s.Provider + " has; its /models lists them."
		case "timeout":
			say = "Raise model_timeout when " + s.Provider + " is slow; look whether it is up."
		case "network":
			say = "Look whether " + keys[0] + " is right and reachable from here."
		case "request", "body", "server":
			say = "Look at " + keys[0] + ": it ends before /chat/completions."
		}
		if say != "" && !slices.Contains(out, say) {
			out = append(out, say)
		}
	}
	return strings.Join(append(out, "docs/models.md has the settings by product."), " ")
}

// modelMetric shows which endpoints answer, when /metrics is read.
type modelMetric struct {
	a                             *app
	up, spent, drafts, embeddings *prometheus.Desc
}

func newModelMetric(a *app) modelMetric {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return modelMetric{a, desc("footnote_model_up", "1 while the provider answers, 0 while it does not; absent before the first call.", "provider", "model"),
		desc("footnote_model_spent_micros", "Spent on models today (UTC), in millionths of USD, as far as this process knows."),
		desc("footnote_drafts_24h", "Drafts of the last 24 hours, by the model that wrote them, or why none did (empty: none is configured).", "model", "fallback"),
		desc("footnote_embeddings_up", "1 while the embeddings endpoint answers, 0 while it does not.")}
}

// Describe implements prometheus.Collector.
func (m modelMetric) Describe(ch chan<- *prometheus.Desc) {
	ch <- m.up
	ch <- m.spent
	ch <- m.drafts
	ch <- m.embeddings
}

// Collect implements prometheus.Collector.
func (m modelMetric) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, x float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, x, labels...)
	}
	if g := m.a.gateway; g != nil {
		for _, s := range g.States() {
			if s.Asked {
				gauge(m.up, one(s.Well()), s.Provider, s.Model)
			}
		}
		spent, _ := g.Spent()
		gauge(m.spent, float64(spent))
	}
	if m.a.embedder != nil {
		gauge(m.embeddings, one(m.a.embedder.Check() == nil))
	}
	drafts, _, err := m.a.counted(context.Background())
	if err != nil {
		return // the database's own check tells
	}
	for _, t := range drafts {
		gauge(m.drafts, float64(t.Drafts), t.Model, t.Why)
	}
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

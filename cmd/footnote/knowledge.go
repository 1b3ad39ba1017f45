package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/bots/sandbox/demo"
	"footnote/knowledge"
	"footnote/knowledge/ingest"
	"footnote/knowledge/library"
	"footnote/knowledge/qdrant"
	"footnote/knowledge/source"
	"footnote/pipeline"
	"footnote/pipeline/drafting"
	"footnote/pipeline/llm"
	"footnote/pipeline/policy"
	"footnote/review/audit"
	"footnote/review/console"
)

// rerankSettings are who judges the best passages again.
type rerankSettings struct {
	Reranker       string        `yaml:"reranker" env:"FOOTNOTE_RERANKER" default:"" help:"who judges the best passages again: cohere (also Jina, vLLM), tei, model (the chat model); empty: nobody"`
	RerankURL      string        `yaml:"rerank_url" env:"FOOTNOTE_RERANK_URL" default:"" help:"whole address of the rerank endpoint; required with cohere and tei"`
	RerankModel    string        `yaml:"rerank_model" env:"FOOTNOTE_RERANK_MODEL" default:"" help:"model of the rerank endpoint"`
	RerankKey      Secret        `yaml:"rerank_api_key" env:"FOOTNOTE_RERANK_API_KEY" default:"" help:"key of the rerank endpoint"`
	RerankAuth     string        `yaml:"rerank_auth" env:"FOOTNOTE_RERANK_AUTH" default:"" help:"how the key is shown: bearer, api-key or x-api-key; empty: bearer"`
	RerankHeaders  Secret        `yaml:"rerank_headers" env:"FOOTNOTE_RERANK_HEADERS" default:"" help:"headers of every call to it, name=value, separated by commas"`
	RerankInternal bool          `yaml:"rerank_internal" env:"FOOTNOTE_RERANK_INTERNAL" default:"false" help:"whether internal passages may be sent to the reranker; searches for them go without it otherwise"`
	RerankTimeout  time.Duration `yaml:"rerank_timeout" env:"FOOTNOTE_RERANK_TIMEOUT" default:"2s" help:"how long a search waits for the reranker before it goes on without"`
}

func (s rerankSettings) check(p *problems) {
	p.oneOf("reranker", s.Reranker, "", "cohere", "tei", "model")
	p.address("rerank_url", s.RerankURL)
	if s.Reranker == "cohere" || s.Reranker == "tei" {
		s.endpoint().check(p, "any")
	}
	if (s.Reranker == "cohere" || s.Reranker == "tei") && s.RerankURL == "" {
		p.bad("rerank_url: required with reranker %s", s.Reranker)
	}
}

func (s rerankSettings) endpoint() endpoint {
	return endpoint{keys: "rerank", base: s.RerankURL, key: s.RerankKey, auth: s.RerankAuth, headers: s.RerankHeaders, whole: s.RerankTimeout}
}

// embeddingSettings are the model that turns words into vectors.
type embeddingSettings struct {
	EmbeddingModel   string `yaml:"embedding_model" env:"OPENAI_EMBEDDING_MODEL" default:"" help:"embedding model; empty: search by terms only"`
	EmbeddingSize    int    `yaml:"embedding_size" env:"OPENAI_EMBEDDING_SIZE" default:"0" help:"dimensions of the embedding model; required with it"`
	QuestionPrefix   string `yaml:"embedding_question_prefix" env:"OPENAI_EMBEDDING_QUESTION_PREFIX" default:"" help:"what stands before a question for the embedding model, such as query: ; empty: what its name is known for (E5, Nomic, BGE, Arctic); none: nothing"`
	PassagePrefix    string `yaml:"embedding_passage_prefix" env:"OPENAI_EMBEDDING_PASSAGE_PREFIX" default:"" help:"the same before a passage; changing it indexes anew beside the old index"`
	EmbeddingPreset  string `yaml:"embedding_preset" env:"OPENAI_EMBEDDING_PRESET" default:"" help:"model_preset of the endpoint for embeddings; empty: the chat model's when it is at the same host"`
	EmbeddingBaseURL string `yaml:"embedding_base_url" env:"OPENAI_EMBEDDING_BASE_URL" default:"" help:"endpoint for embeddings; empty: openai_base_url"`
	EmbeddingKey     Secret `yaml:"embedding_api_key" env:"OPENAI_EMBEDDING_API_KEY" default:"" help:"its key; empty: openai_api_key when it is at the same host, else none"`
	EmbeddingAuth    string `yaml:"embedding_auth" env:"OPENAI_EMBEDDING_AUTH" default:"" help:"how its key is shown: bearer, api-key or x-api-key; empty: as the chat model's at the same host, the preset's, or bearer"`
	EmbeddingHeaders Secret `yaml:"embedding_headers" env:"OPENAI_EMBEDDING_HEADERS" default:"" help:"headers of every call to it, name=value, separated by commas"`
	EmbeddingQuery   string `yaml:"embedding_query" env:"OPENAI_EMBEDDING_QUERY" default:"" help:"query of its address, name=value, separated by commas"`
	EmbeddingBatch   int    `yaml:"embedding_batch" env:"OPENAI_EMBEDDING_BATCH" default:"0" help:"most texts in one call; fewer by itself where it takes no more; 0: 64"`
	EmbeddingPrice   int64  `yaml:"embedding_price" env:"OPENAI_EMBEDDING_PRICE" default:"0" help:"micro-USD per million tokens, for the cost ledger"`

	EmbeddingTimeout      time.Duration `yaml:"embedding_timeout" env:"OPENAI_EMBEDDING_TIMEOUT" default:"800ms" help:"how long a search waits for the vector of its question before it goes on by terms"`
	EmbeddingBatchTimeout time.Duration `yaml:"embedding_batch_timeout" env:"OPENAI_EMBEDDING_BATCH_TIMEOUT" default:"30s" help:"longest call with texts of sources; a slower endpoint gets fewer texts at once"`
	EmbeddingInternal     bool          `yaml:"embedding_internal" env:"OPENAI_EMBEDDING_INTERNAL" default:"false" help:"whether the text of internal passages may be sent to the embeddings endpoint; they are searched by terms alone otherwise"`
}

func (s embeddingSettings) check(p *problems) {
	p.address("embedding_base_url", s.EmbeddingBaseURL)
	if s.EmbeddingBatch < 0 {
		p.bad("embedding_batch: %d is no number of texts", s.EmbeddingBatch)
	}
	if s.EmbeddingModel != "" && s.EmbeddingSize <= 0 {
		p.bad("embedding_size: set it to the dimensions of %s", s.EmbeddingModel)
	}
}

// knowledgeSettings are the first source and when its passages are enough for a draft.
type knowledgeSettings struct {
	Knowledge         string        `yaml:"knowledge" own:"process" env:"FOOTNOTE_KNOWLEDGE" default:"" help:"folder or .jsonl file with the knowledge; empty: only what was synced before"`
	KnowledgeAudience string        `yaml:"knowledge_audience" env:"FOOTNOTE_KNOWLEDGE_AUDIENCE" default:"public" help:"audience of documents that do not say: public or internal"`
	SyncEvery         time.Duration `yaml:"sync_every" env:"FOOTNOTE_SYNC_EVERY" default:"5m" help:"how often the knowledge folder is synced; 0: only by command"`
	OwnSites          string        `yaml:"own_sites" env:"FOOTNOTE_OWN_SITES" default:"" help:"sites that replies may send customers to, separated by commas (example.org), besides those of the pages they cite; pages without an address vouch for none"`
	AnswerThreshold   float64       `yaml:"answer_threshold" env:"FOOTNOTE_ANSWER_THRESHOLD" default:"0" help:"least probability, 0 to 1, that the sources answer at which a draft is proposed; 0: the default of 0.20"`
}

// ownSites are the hosts of own_sites.
func (s knowledgeSettings) ownSites() []string {
	return strings.FieldsFunc(strings.ToLower(s.OwnSites), func(r rune) bool { return r == ',' || r == ' ' })
}

func (s knowledgeSettings) check(p *problems) {
	p.oneOf("knowledge_audience", s.KnowledgeAudience, "public", "internal")
	p.share("answer_threshold", s.AnswerThreshold)
}

func (a *app) buildKnowledge(ctx context.Context) error {
	cfg := knowledge.Config{Pool: a.p.pool, EmbedTimeout: a.c.EmbeddingTimeout, EmbedInternal: a.c.EmbeddingInternal, Log: a.log}
	if a.c.EmbeddingModel != "" {
		p, err := a.c.embeddings().provider("embeddings", a.c.EmbeddingModel)
		if err != nil {
			return err
		}
		e, err := llm.NewEmbedder(llm.EmbedConfig{Provider: p, Batch: a.c.EmbeddingBatch,
			Dimensions: a.c.EmbeddingSize, Prefixes: llm.Prefixes{Question: a.c.QuestionPrefix, Passage: a.c.PassagePrefix}, Ledger: llm.Store{Pool: a.p.pool}, Log: a.log})
		if err != nil {
			return fmt.Errorf("build embeddings: %w", err)
		}
		cfg.Embedder, a.embedder = e, e
	}
	if err := a.setReranker(&cfg); err != nil {
		return err
	}
	a.index = qdrant.New(qdrant.Config{Client: a.p.index, Alias: a.c.Collection, Dimensions: a.c.EmbeddingSize, Sole: a.p.local != nil, Layout: a.c.layout()})
	cfg.Collections = a.index
	reader, err := a.documentReader()
	if err != nil {
		return err
	}
	cfg.Reader = reader
	a.knowledge = library.Open(cfg)
	a.closer.add(a.knowledge.Close)
	a.prover = newProver(a.prove)
	a.closer.add(a.prover.close)
	if err := a.knowledge.Ready(ctx); err != nil {
		if a.p.local != nil {
			return fmt.Errorf("open the knowledge: %w", err)
		}
		a.log.Warn("the knowledge cannot be searched yet; tickets wait", "error", err)
	}
	return nil
}

// setReranker sets who judges the best passages again, if anybody does.
func (a *app) setReranker(cfg *knowledge.Config) error {
	cfg.RerankTimeout, cfg.RerankInternal = a.c.RerankTimeout, a.c.RerankInternal
	switch a.c.Reranker {
	case "":
		return nil
	case "model":
		cfg.Reranker = llm.ModelReranker{Gateway: a.gateway}
		return nil
	}
	p, err := a.c.rerankSettings.endpoint().provider("reranker", a.c.RerankModel)
	if err != nil {
		return err
	}
	r, err := llm.NewReranker(llm.RerankConfig{Provider: p,
		Texts: a.c.Reranker == "tei", Ledger: llm.Store{Pool: a.p.pool}, Log: a.log})
	if err != nil {
		return fmt.Errorf("build reranker: %w", err)
	}
	cfg.Reranker, a.reranker = r, r
	return nil
}

func (a *app) buildDrafting(context.Context) error {
	cfg := drafting.Config{Retriever: a.knowledge, Drafts: drafting.Store{Pool: a.p.pool}, Revisions: revisions{a}, Publisher: a.p.bus, Log: a.log, Threshold: a.c.AnswerThreshold, Hosts: a.c.ownSites(),
		Policy: func(ctx context.Context, queue string) policy.Rules { return a.policy.Now(ctx).For(queue) },
		Observe: func(o drafting.Observation) {
			a.metrics.drafts.WithLabelValues(o.Drafter, o.Outcome).Inc()
			if o.Without.Why != "" {
				a.metrics.without.WithLabelValues(o.Without.Why).Inc()
			}
			a.metrics.latency.Observe(o.Took.Seconds())
		}}
	if a.gateway != nil {
		cfg.Model, cfg.Context = a.gateway, a.gateway.Context()
		cfg.Untouched = func(ctx context.Context, draft string) (bool, error) { return a.review.Untouched(ctx, draft) } // built after drafting
	}
	a.drafter = drafting.New(cfg)
	return nil
}

// revisions asks tracking, which is built after drafting.
type revisions struct{ a *app }

func (r revisions) Revision(ctx context.Context, ref pipeline.TicketRef) (int64, error) {
	return r.a.tracker.Revision(ctx, ref)
}

// feed is the configured source. The built-in sample is written into the data
// directory first, so that people can edit a page and watch what follows.
func (a *app) feed() (knowledge.Feed, error) {
	set := knowledge.Settings{Audience: pipeline.Audience(a.c.KnowledgeAudience)}
	place := a.c.Knowledge
	if place == "" {
		return knowledge.Feed{}, pipeline.Errorf(pipeline.Invalid, "no knowledge is configured: set FOOTNOTE_KNOWLEDGE to a folder or a .jsonl file, or to sample")
	}
	if place == sampleKnowledge {
		place = filepath.Join(a.c.Data, "sample-knowledge")
		if err := copyOnce(place, sampleFS("knowledge")); err != nil {
			return knowledge.Feed{}, err
		}
	}
	name := filepath.Base(place)
	return source.Open(strings.TrimSuffix(name, filepath.Ext(name)), place, set), nil
}

// sampleKnowledge is the value of the setting that means the built-in sample.
const sampleKnowledge = "sample"

// copyOnce writes a tree to a directory that does not exist yet: whole, or not at all.
// Several may do so at once, in this process and others; one of them wins.
func copyOnce(dir string, tree fs.FS) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return fmt.Errorf("write sample: %w", err)
	}
	own, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+".tmp")
	if err != nil {
		return fmt.Errorf("write sample: %w", err)
	}
	defer os.RemoveAll(own) // gone when it was renamed
	if err := os.CopyFS(own, tree); err != nil {
		return fmt.Errorf("write sample: %w", err)
	}
	if err := os.Rename(own, dir); err != nil {
		if _, there := os.Stat(dir); there == nil {
			return nil
		}
		return fmt.Errorf("write sample: %w", err)
	}
	return nil
}

// syncKnowledge syncs the configured source and tells what changed.
func (a *app) syncKnowledge(ctx context.Context, out io.Writer) error {
	return a.syncSource(ctx, out, false)
}

func (a *app) syncSource(ctx context.Context, out io.Writer, allowEmpty bool) error {
	a.syncing.Lock() // one at a time in this process; Knowledge refuses a second one elsewhere
	defer a.syncing.Unlock()
	feed, err := a.feed()
	if err != nil {
		return err
	}
	feed.AllowEmpty = allowEmpty
	rep, err := a.knowledge.Sync(ctx, feed)
	if err != nil {
		return err
	}
	writeSync(out, rep, feed.Location)
	if rep.Reduced != "" {
		fmt.Fprintf(out, "  reduced: %s; the next sync tries again\n", rep.Reduced)
	}
	return a.tellChanged(ctx, rep.Source, rep.Documents)
}

// tellChanged lets open drafts that cite these documents go out of date.
func (a *app) tellChanged(ctx context.Context, source string, documents []string) error {
	for some := range slices.Chunk(documents, changedAtOnce) {
		err := a.p.bus.Publish(ctx, pipeline.NewEvent(pipeline.KnowledgeChanged, fmt.Sprintf("knowledge/%s/%d", source, time.Now().UnixNano()),
			pipeline.TicketRef{Desk: "knowledge", ID: source}, time.Now(), pipeline.Changed{Source: source, Documents: some}))
		if err != nil {
			return err
		}
	}
	return nil
}

// changedAtOnce is how many documents one event names: NATS bounds its size.
const changedAtOnce = 1000

// removeSource takes a source out of search and returns how many documents went.
func (a *app) removeSource(ctx context.Context, name, by string) (int, error) {
	if !a.syncing.TryLock() {
		return 0, pipeline.Errorf(pipeline.Conflict, "A sync is under way. Try again when it is done.")
	}
	defer a.syncing.Unlock()
	if err := a.removable(name); err != nil {
		return 0, err
	}
	r, err := a.knowledge.RemoveSource(ctx, name, func(tx pgx.Tx, r ingest.Removal) error {
		return audit.Append(ctx, tx, audit.Entry{Actor: by, Action: "knowledge.source_removed", Object: "source/" + name,
			Detail: map[string]string{"location": r.Location, "documents": strconv.Itoa(len(r.Documents))}})
	})
	// Also when the index did not follow: no search finds the documents any more.
	return len(r.Documents), errors.Join(err, a.tellChanged(ctx, name, r.Documents))
}

// removable refuses the source that the next sync would bring back.
func (a *app) removable(name string) error {
	if a.elsewhere {
		return pipeline.Errorf(pipeline.Invalid, "Another process syncs knowledge, and only it knows which source is configured: run footnote knowledge remove there.")
	}
	if feed, err := a.feed(); err == nil && feed.Name == name {
		return pipeline.Errorf(pipeline.Invalid, "%s is configured right now (knowledge=%s), so the next sync would bring it back. Set knowledge to another place, restart, and then remove it.", name, a.c.Knowledge)
	}
	return nil
}

// keepKnowledge syncs at start and then regularly, until ctx ends.
func (a *app) keepKnowledge(ctx context.Context) error {
	if a.c.Knowledge == "" || a.c.SyncEvery == 0 {
		<-ctx.Done()
		return nil
	}
	sync := func() {
		if err := a.syncKnowledge(ctx, io.Discard); err != nil && ctx.Err() == nil {
			a.log.Warn("knowledge not synced; trying again at the next turn", "error", err)
		}
	}
	sync()
	return every(ctx, a.c.SyncEvery, sync)
}

// recountEvery is how often what search keeps in memory, and moves on by what changes,
// is compared with a reading of everything.
const recountEvery = 24 * time.Hour

func (a *app) recountKnowledge(ctx context.Context) {
	if _, err := a.knowledge.Recount(ctx); err != nil && ctx.Err() == nil { // what differs is in its log
		a.log.Warn("what search keeps in memory was not compared with the documents", "error", err)
	}
}

func (a *app) checkKnowledge(ctx context.Context) error {
	n, err := a.knowledge.Count(ctx)
	if err != nil {
		return err
	}
	if n.Documents == 0 {
		return pipeline.Errorf(pipeline.Unavailable, "there is no document: every draft will abstain")
	}
	sources, err := a.knowledge.ListSources(ctx)
	if err != nil {
		return err
	}
	feed, _ := a.feed() // without one, nothing is synced
	for _, s := range sources {
		if s.Name == feed.Name && s.Error != "" {
			return pipeline.Errorf(pipeline.Unavailable, "the last sync of %s failed, drafts use what was there before: %s", s.Name, s.Error)
		}
	}
	diff, err := a.knowledge.Check(ctx)
	if err == nil && !diff.Clean() {
		err = pipeline.Errorf(pipeline.Unavailable, "the index differs from the documents: %d missing, %d extra, %d stale; the next sync repairs it (`footnote knowledge sync`)", diff.Missing, diff.Extra, diff.Stale)
	}
	return err
}

// shelves shows the knowledge in the console.
type shelves struct{ a *app }

func (l shelves) Sources(ctx context.Context) ([]console.Source, error) {
	list, err := l.a.knowledge.ListSources(ctx)
	if err != nil {
		return nil, err
	}
	var out []console.Source
	feed, _ := l.a.feed() // without one, none is configured
	for _, s := range list {
		out = append(out, console.Source{Configured: l.a.elsewhere || s.Name == feed.Name, Name: s.Name, Kind: s.Kind, Location: s.Location, Documents: s.Documents, Internal: s.Internal, Quarantined: s.Quarantined, LeftOut: s.LeftOut, Unclear: s.Unclear, Passed: passedWords(s.Report.Passed), SyncedAt: s.SyncedAt, Error: s.Error})
	}
	return out, nil
}

func (l shelves) RemoveSource(ctx context.Context, by pipeline.Agent, name string) (int, error) {
	return l.a.removeSource(ctx, name, by.ID)
}

func (l shelves) Documents(ctx context.Context, f console.DocumentFilter) (console.DocumentPage, error) {
	page, err := l.a.knowledge.ListDocuments(ctx, knowledge.DocumentFilter{Source: f.Source, Audience: f.Audience, Text: f.Query, State: f.State, Limit: f.Limit, Offset: f.Offset})
	if err != nil {
		return console.DocumentPage{}, err
	}
	out := console.DocumentPage{Total: page.Total}
	for _, d := range page.Documents {
		out.Documents = append(out.Documents, shownDocument(d))
	}
	return out, nil
}

func shownDocument(d knowledge.Document) console.Document {
	return console.Document{ID: d.ID, Source: d.Source, Path: d.Path, Title: d.Title, URL: d.URL, Product: d.Product, Locale: d.Locale, Audience: d.Audience,
		Owner: d.Owner, ReviewedAt: d.ReviewedAt, ValidFrom: d.ValidFrom, ValidUntil: d.ValidUntil, UpdatedAt: d.UpdatedAt, DeletedAt: d.DeletedAt, Quarantine: d.Quarantine, LeftOut: d.LeftOut, DuplicateOf: d.DuplicateOf, Version: d.Version, Current: d.Version, Bytes: int(d.Bytes), Notes: d.Notes, Reasons: d.Reasons}
}

func (l shelves) Document(ctx context.Context, id string, version int) (console.Document, error) {
	d, err := l.a.knowledge.FindDocument(ctx, id, version)
	if err != nil {
		return console.Document{}, err
	}
	out := shownDocument(d.Document)
	out.Version, out.Passages = d.Shown, d.Passages
	for _, v := range d.Versions {
		out.Versions = append(out.Versions, console.DocumentVersion{Version: v.Version, Title: v.Title, CreatedAt: v.CreatedAt})
	}
	return out, nil
}

// loadSample syncs the knowledge, unless the start has just done so, says what
// there is, and lets a few sample customers write.
func (a *app) loadSample(ctx context.Context, out io.Writer) error {
	if err := a.syncKnowledge(ctx, io.Discard); err != nil {
		return err
	}
	n, err := a.knowledge.Count(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Knowledge: %d documents in %d passages; files in quarantine: %d.\n", n.Documents, n.Passages, n.Quarantined)
	var known int
	if err := a.p.pool.QueryRow(ctx, `SELECT count(*) FROM tickets`).Scan(&known); err != nil {
		return fmt.Errorf("count tickets: %w", err)
	}
	if known > 0 {
		return nil // the customers have written before
	}
	f, err := fs.ReadFile(sampleFiles, "sample/messages.jsonl")
	if err != nil {
		return fmt.Errorf("read sample: %w", err)
	}
	tickets, err := demo.DecodeTickets(strings.NewReader(string(f)), "sample/messages.jsonl", 0)
	if err != nil {
		return err
	}
	for _, t := range tickets[:min(len(tickets), sampleCustomers)] {
		if _, err := openAtSandbox(ctx, a, t); err != nil {
			return fmt.Errorf("write sample message: %w", err)
		}
	}
	fmt.Fprintf(out, "%d sample customers have written; their drafts are in the queue.\n", min(len(tickets), sampleCustomers))
	return nil
}

// sampleCustomers is how many write at the first start: enough to look around
// in, few enough to read.
const sampleCustomers = 14

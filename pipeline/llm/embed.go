package llm

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"footnote/pipeline"
	"footnote/pipeline/privacy"
)

// EmbedConfig of an Embedder. Zero values mean the defaults named.
type EmbedConfig struct {
	Provider // Schema is not used; Price.Input counts
	// Dimensions of the vectors; may be 0 for OpenAI's own models.
	Dimensions int
	// Prefixes that the model was trained with; the zero value means those that are
	// known for its name, which are none for most.
	Prefixes    Prefixes
	Batch       int           // most texts in one call, fewer where the endpoint takes no more; 0 means 64
	Correlation string        // of the ledger's rows
	Retries     int           // on a passing fault; 0 means 2, negative none
	MaxWait     time.Duration // the longest wait between tries; 0 means 10 s
	Ledger      Ledger        // may be nil
	Log         *slog.Logger
}

var knownDimensions = map[string]int{"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}

// Prefixes are what some models want before a text, to tell questions from what
// may answer them. NoPrefix stands for none.
type Prefixes struct{ Question, Passage string }

// NoPrefix is a prefix that is not there, whatever the model.
const NoPrefix = "none"

const retrievalInstruction = "Represent this sentence for searching relevant passages:"

// knownPrefixes are those of model cards, by what stands in a model's name in lower
// case. The first that fits counts.
var knownPrefixes = []struct {
	name *regexp.Regexp
	Prefixes
}{
	{regexp.MustCompile(`e5-.*instruct`), Prefixes{Question: "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"}},
	{regexp.MustCompile(`\be5\b`), Prefixes{"query:", "passage:"}},
	{regexp.MustCompile(`nomic-embed-text`), Prefixes{"search_query:", "search_document:"}},
	{regexp.MustCompile(`bge-(small|base|large)-en|mxbai-embed-large|arctic-embed-(xs|s|m|l)$`), Prefixes{Question: retrievalInstruction}},
	{regexp.MustCompile(`arctic-embed-.*v2`), Prefixes{Question: "query:"}},
}

// of fills in what is not set from what is known of a model.
func (p Prefixes) of(model string) Prefixes {
	var known Prefixes
	for _, k := range knownPrefixes {
		if k.name.MatchString(strings.ToLower(model)) {
			known = k.Prefixes
			break
		}
	}
	pick := func(set, known string) string {
		switch set = strings.TrimSpace(set); set {
		case NoPrefix:
			return ""
		case "":
			return known
		}
		return set
	}
	return Prefixes{pick(p.Question, known.Question), pick(p.Passage, known.Passage)}
}

// Embedder turns texts into vectors. It is safe for concurrent use.
type Embedder struct {
	cfg    EmbedConfig
	client *openai.Client
	resize bool
	batch  atomic.Int64 // how many texts one call takes, as far as is known
	vital
}

// NewEmbedder builds an Embedder. Error kind Invalid: no model, no dimensions
// for a model that is not known, or a bad base URL.
func NewEmbedder(c EmbedConfig) (*Embedder, error) {
	if c.Model == "" {
		return nil, pipeline.Errorf(pipeline.Invalid, "An embeddings endpoint needs a model.")
	}
	known := knownDimensions[c.Model]
	if c.Dimensions == 0 {
		c.Dimensions = known
	}
	if c.Dimensions <= 0 {
		return nil, pipeline.Errorf(pipeline.Invalid, "Set the dimensions of embeddings model %q: they are not known.", c.Model)
	}
	if c.Batch <= 0 {
		c.Batch = 64
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Retries == 0 {
		c.Retries = 2
	}
	if c.MaxWait == 0 {
		c.MaxWait = 10 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Prefixes = c.Prefixes.of(c.Model)
	to, err := client(c.Provider)
	if err != nil {
		return nil, err
	}
	e := &Embedder{cfg: c, client: to, resize: known > 0 && known != c.Dimensions}
	e.batch.Store(int64(c.Batch))
	return e, nil
}

// Model names the vector space; vectors of two are never compared. What stands
// before passages is part of it.
func (e *Embedder) Model() string {
	if e.cfg.Prefixes.Passage == "" {
		return e.cfg.Model
	}
	return fmt.Sprintf("%s after %q", e.cfg.Model, e.cfg.Prefixes.Passage)
}

// Dimensions of every vector.
func (e *Embedder) Dimensions() int { return e.cfg.Dimensions }

// Embed returns one vector for each passage, in order, each with Dimensions finite
// numbers that are not all zero. It sends batches one after the other. Any
// failure fails the whole: error kind Unavailable, and Conflict when the
// endpoint's vectors have another dimension.
func (e *Embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	return e.all(ctx, e.cfg.Prefixes.Passage, texts)
}

// EmbedQuestion is Embed for what passages are looked for with; what identifies a
// person in it is masked.
func (e *Embedder) EmbedQuestion(ctx context.Context, texts []string) ([][]float32, error) {
	hidden := make([]string, len(texts))
	for i, t := range texts {
		hidden[i] = privacy.Mask(t)
	}
	return e.all(ctx, e.cfg.Prefixes.Question, hidden)
}

func (e *Embedder) all(ctx context.Context, prefix string, texts []string) ([][]float32, error) {
	if prefix != "" {
		texts = slices.Clone(texts)
		for i := range texts {
			texts[i] = prefix + " " + texts[i]
		}
	}
	out := make([][]float32, 0, len(texts))
	for len(texts) > 0 {
		n := min(int(e.batch.Load()), len(texts))
		vecs, f := e.patient(ctx, texts[:n])
		if f != nil && f.large {
			if smaller, ok := e.smaller(texts[:n]); ok {
				texts = slices.Concat(smaller, texts[n:])
				continue
			}
		}
		if f != nil {
			kind := pipeline.Unavailable
			if f.code == codeSchema {
				kind = pipeline.Conflict
			}
			return nil, pipeline.Errorf(kind, "The embeddings endpoint %s %s.", e.cfg.Name, f.detail)
		}
		out, texts = append(out, vecs...), texts[n:]
	}
	return out, nil
}

// leastText is how short, in runes, a text may be cut that an endpoint finds too long.
const leastText = 250

// smaller makes less of what an endpoint found too large: half as many texts from now
// on, and of a single text its first half, for models read the beginning best. It says
// false when that would leave too little.
func (e *Embedder) smaller(texts []string) ([]string, bool) {
	if n := int64(len(texts)); n > 1 {
		for now := e.batch.Load(); n/2 < now && !e.batch.CompareAndSwap(now, n/2); now = e.batch.Load() {
		}
		e.cfg.Log.Info("the embeddings endpoint takes fewer texts at once", "provider", e.cfg.Name, "texts", n/2)
		return texts, true
	}
	r := []rune(texts[0])
	if len(r)/2 < leastText {
		return nil, false
	}
	return []string{string(r[:len(r)/2])}, true
}

// patient asks again after a passing fault.
func (e *Embedder) patient(ctx context.Context, texts []string) ([][]float32, *fault) {
	for attempt := 0; ; attempt++ {
		vecs, f := e.once(ctx, texts)
		if f == nil || f.large {
			return vecs, f
		}
		wait := max(f.after, baseBackoff<<attempt)
		if !f.retry || attempt >= e.cfg.Retries || wait > e.cfg.MaxWait || !sleep(ctx, wait) {
			return nil, f
		}
	}
}

func (e *Embedder) once(ctx context.Context, texts []string) ([][]float32, *fault) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timeout)
	defer cancel()
	clean := make([]string, len(texts))
	est := Request{}
	for i, t := range texts {
		if clean[i] = t; strings.TrimSpace(t) == "" {
			clean[i] = "-" // endpoints refuse an empty text
		}
		est.User += clean[i]
	}
	params := openai.EmbeddingRequest{Model: openai.EmbeddingModel(e.cfg.Model), Input: clean, EncodingFormat: openai.EmbeddingEncodingFormatFloat}
	if e.resize {
		params.Dimensions = e.cfg.Dimensions
	}
	start := time.Now()
	var w wire
	resp, err := e.client.CreateEmbeddings(watch(ctx, &w), params)
	var vecs [][]float32
	var f *fault
	usage := Usage{}
	if err != nil {
		f = classify(ctx, err, w)
		said := messageOf(err)
		if f.code == codeRequest && unknownModel(w.status, said) {
			f.code, f.detail = codeModel, fmt.Sprintf("does not know the model %s (HTTP %d)", e.cfg.Model, w.status)
		}
		f.large = tooLarge(w.status, said) || f.code == codeTimeout && len(texts) > 1 && time.Since(start) >= e.cfg.Timeout
		f.words = wordsOf(said)
	} else {
		usage.Input = int64(resp.Usage.PromptTokens)
		vecs, f = vectors(resp.Data, len(texts), e.cfg.Dimensions)
	}
	usage = settleUsage(usage, est, f)
	if usage.Estimated {
		usage.Output = 0
	}
	e.record(ctx, Call{At: start, Purpose: "embed", Correlation: e.cfg.Correlation, Provider: e.cfg.Name, Model: e.cfg.Model,
		Usage: usage, CostMicros: e.cfg.Price.cost(usage), Duration: time.Since(start), Error: f.report()})
	if f == nil || !f.large {
		e.note(f)
	}
	return vecs, f
}

var largeRE = regexp.MustCompile(`batch|too many|at most|too large|too long|too big|exceed|maximum|context (length|size|window)|n_batch|limit`)

// tooLarge tells whether an endpoint refused a call for its size.
func tooLarge(status int, said string) bool {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return true
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusInternalServerError:
		return largeRE.MatchString(strings.ToLower(said))
	}
	return false
}

// Probe asks for one vector, unless the endpoint has answered before; with all, also
// then. How it is, Check tells.
func (e *Embedder) Probe(ctx context.Context, all bool) {
	if all || !e.well() {
		_, _ = e.EmbedQuestion(ctx, []string{"Good morning"}) // Check tells
	}
}

// Watch probes the endpoint at once, and again while it is silent, until ctx ends.
func (e *Embedder) Watch(ctx context.Context) {
	keepAsking(ctx, e.well, func() { e.Probe(ctx, false) })
}

// Check tells what is the matter with the endpoint, in the operator's words; nil while
// nothing is known to be. Error kind Conflict for vectors of the wrong size, which goes
// by no waiting, else Unavailable.
func (e *Embedder) Check() error {
	f := e.silent.Load()
	if f == nil {
		return nil
	}
	kind := pipeline.Unavailable
	if f.code == codeSchema {
		kind = pipeline.Conflict
	}
	return pipeline.Errorf(kind, "%s (%s) %s", e.cfg.Name, e.cfg.Model, f.said())
}

func (e *Embedder) record(ctx context.Context, c Call) {
	g := Gateway{cfg: Config{Ledger: e.cfg.Ledger, Log: e.cfg.Log}}
	g.record(ctx, c)
}

// vectors puts a batch in the order of its texts and checks every number: a
// reordered, short or poisoned batch would spoil the index without a trace.
func vectors(data []openai.Embedding, n, dim int) ([][]float32, *fault) {
	if len(data) != n {
		return nil, &fault{code: codeBody, detail: "sent another number of vectors than texts", retry: true, billed: true}
	}
	out := make([][]float32, n)
	for _, d := range data {
		if d.Index < 0 || d.Index >= n || out[d.Index] != nil {
			return nil, &fault{code: codeBody, detail: "sent vectors that cannot be put in order", retry: true, billed: true}
		}
		if len(d.Embedding) != dim {
			return nil, &fault{code: codeSchema, detail: fmt.Sprintf("sends vectors of %d numbers; %d are configured", len(d.Embedding), dim), billed: true}
		}
		v := make([]float32, dim)
		sum := 0.0
		for i, x := range d.Embedding {
			v[i] = x
			sum += float64(x) * float64(x)
		}
		if sum == 0 {
			return nil, &fault{code: codeBody, detail: "sent a vector of zeros", retry: true, billed: true}
		}
		out[d.Index] = v
	}
	return out, nil
}

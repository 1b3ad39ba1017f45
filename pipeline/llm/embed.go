package llm

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
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
	Batch       int           // texts in one call; 0 means 64
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
	return &Embedder{cfg: c, client: to, resize: known > 0 && known != c.Dimensions}, nil
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
		n := min(e.cfg.Batch, len(texts))
		vecs, err := e.batch(ctx, texts[:n])
		if err != nil {
			return nil, err
		}
		out, texts = append(out, vecs...), texts[n:]
	}
	return out, nil
}

func (e *Embedder) batch(ctx context.Context, texts []string) ([][]float32, error) {
	for attempt := 0; ; attempt++ {
		vecs, f := e.once(ctx, texts)
		if f == nil {
			return vecs, nil
		}
		wait := max(f.after, baseBackoff<<attempt)
		if !f.retry || attempt >= e.cfg.Retries || wait > e.cfg.MaxWait || !sleep(ctx, wait) {
			kind := pipeline.Unavailable
			if f.code == codeSchema {
				kind = pipeline.Conflict
			}
			return nil, pipeline.Errorf(kind, "The embeddings endpoint %s %s.", e.cfg.Name, f.detail)
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
	} else {
		usage.Input = int64(resp.Usage.PromptTokens)
		vecs, f = vectors(resp.Data, len(texts), e.cfg.Dimensions)
	}
	usage = settleUsage(usage, est, f)
	if usage.Estimated {
		usage.Output = 0
	}
	e.record(ctx, Call{At: start, Purpose: "embed", Correlation: e.cfg.Correlation, Provider: e.cfg.Name, Model: e.cfg.Model,
		Usage: usage, CostMicros: e.cfg.Price.cost(usage), Duration: time.Since(start), Error: f.text()})
	return vecs, f
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
			return nil, &fault{code: codeSchema, detail: "sends vectors of another dimension than configured", billed: true}
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

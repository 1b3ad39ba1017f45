package eval_test

import (
	"context"
	"hash/fnv"
	"math"
	"strings"
	"testing"

	"footnote/knowledge"
	"footnote/knowledge/eval"
	"footnote/knowledge/library"
	"footnote/knowledge/qdrant"
	"footnote/knowledge/qdrant/qdtest"
	"footnote/migrations/localpg/pgtest"
)

// letters embeds a text by the hashed trigrams of its words: weak, but no noise,
// and always the same. blind says the same of every text that begins alike: worse
// than nothing.
type letters struct{ blind bool }

func (l letters) Model() string {
	if l.blind {
		return "blind"
	}
	return "letters"
}
func (letters) Dimensions() int { return 256 }

func (l letters) EmbedQuestion(ctx context.Context, texts []string) ([][]float32, error) {
	return l.Embed(ctx, texts)
}

func (l letters) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, text := range texts {
		v, sum := make([]float32, l.Dimensions()), 0.0
		for word := range strings.FieldsSeq(strings.ToLower(text)) {
			word = " " + word + " "
			if l.blind {
				word = " " + word[1:2] + " "
			}
			for at := range len(word) - 2 {
				h := fnv.New32a()
				h.Write([]byte(word[at : at+3]))
				v[h.Sum32()%256]++
			}
		}
		for _, x := range v {
			sum += float64(x) * float64(x)
		}
		for j := range v {
			v[j] /= float32(math.Sqrt(max(sum, 1e-9)))
		}
		out[i] = v
	}
	return out, nil
}

// embedded is opener with an embedder.
func embedded(t testing.TB, e knowledge.Embedder) eval.Open {
	return func(ctx context.Context) (eval.Index, func(), error) {
		cfg, closeIndex, err := qdtest.Open(t)
		if err != nil {
			return nil, nil, err
		}
		cfg.Dimensions = e.Dimensions()
		pool := pgtest.New(t)
		k := library.Open(knowledge.Config{Pool: pool, Collections: qdrant.New(cfg), Embedder: e})
		done := func() {
			k.Close()
			closeIndex()
		}
		return k, done, k.Ready(ctx)
	}
}

// TestHybridIsNeverWorse asks labelled sets by terms, and by terms and vectors
// together: whatever the model is worth, nDCG@5 does not fall by more than noise
// (its mean by .01, or the upper end of its interval by .001). More sets, and real
// models, are for footnote eval sets --embedding-url.
func TestHybridIsNeverWorse(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	for _, set := range []struct {
		name  string
		files eval.Files
		limit int
	}{
		{"clapnq", eval.Files{Corpus: "clapnq/corpus.jsonl", Queries: "clapnq/dev/queries.jsonl", Qrels: "clapnq/dev/qrels.jsonl"}, 0},
		{"doc2dial", eval.Files{Corpus: "doc2dial/corpus.jsonl", Queries: "doc2dial/dev/queries.jsonl", Qrels: "doc2dial/dev/qrels.jsonl"}, 250},
	} {
		t.Run(set.name, func(t *testing.T) {
			s := load(t, set.files)
			o := eval.Options{Limit: set.limit}
			terms, err := eval.Run(t.Context(), opener(t), s, o)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range []letters{{}, {blind: true}} {
				both, err := eval.Run(t.Context(), embedded(t, e), s, o)
				if err != nil {
					t.Fatal(err)
				}
				var gain []float64
				for i, a := range terms.Outcomes {
					if b := both.Outcomes[i]; a.Ranking.Judged() {
						gain = append(gain, b.Ranking.NDCG(5)-a.Ranking.NDCG(5))
					}
				}
				d := eval.Bootstrap(len(gain), func(pick func(int) int) float64 {
					sum := 0.0
					for i := range gain {
						sum += gain[pick(i)]
					}
					return sum / float64(len(gain))
				})
				t.Logf("%s: nDCG@5 changes by %+.4f [%+.4f %+.4f] over %d questions", e.Model(), d.Value, d.Low, d.High, len(gain))
				if d.Value < -.01 || d.High < -.001 {
					t.Errorf("%s: hybrid is worse than terms alone: %+.4f [%+.4f %+.4f]", e.Model(), d.Value, d.Low, d.High)
				}
			}
		})
	}
}

package search

import (
	"context"
	"math"

	"footnote/knowledge"
	"footnote/knowledge/corpus"
	"footnote/pipeline"
	"footnote/pipeline/text"
)

// QuestionTexts are what is embedded of a conversation: the newest turn, and
// when there are more the newest turn with all that the customer said before it,
// newest first. Models read the beginning best and cut the end off; what agents
// wrote says what was answered already.
func QuestionTexts(turns []pipeline.Turn) []string {
	last := len(turns) - 1
	all := turns[last].Text
	for i := last - 1; i >= 0; i-- {
		if turns[i].Role == pipeline.RoleCustomer || turns[i].Role == "" {
			all += "\n" + turns[i].Text
		}
	}
	if all == turns[last].Text {
		return []string{text.Clip(all, knowledge.EmbedRunes)}
	}
	return []string{text.Clip(turns[last].Text, knowledge.EmbedRunes), text.Clip(all, knowledge.EmbedRunes)}
}

// embedded is a question's vector with its meaning; none without an embedder, and
// when it could not be had, which reduced says.
type embedded struct {
	Vector  []float32
	Meaning knowledge.Meaning
	reduced string
}

// QuestionVector embeds a question: the newest turn finds what is asked now, all
// turns what it is about, and the sum of both what neither finds. Failing is no
// error, but is said.
func (k *Searcher) QuestionVector(ctx context.Context, turns []pipeline.Turn) embedded {
	switch {
	case k.Embedder == nil || len(turns) == 0:
		return embedded{}
	case k.Remaking():
		return embedded{reduced: "dense vectors"}
	}
	ctx, cancel := context.WithTimeout(ctx, k.EmbedTimeout)
	defer cancel()
	out, err := k.embedQuestion(ctx, turns)
	if err != nil {
		k.Log.Warn("search goes on without dense vectors", "error", err)
		return embedded{reduced: "dense vectors"}
	}
	return out
}

// PatientVector is questionVector for what nobody waits for: it gives a slow
// endpoint its time. Kind Unavailable when it does not answer at all; a question
// that it refuses goes without a vector.
func (k *Searcher) PatientVector(ctx context.Context, turns []pipeline.Turn) (embedded, error) {
	if k.Embedder == nil || len(turns) == 0 {
		return embedded{}, nil
	}
	if err := k.VectorsReady(); err != nil {
		return embedded{}, err
	}
	out, err := k.embedQuestion(ctx, turns)
	if err == nil {
		return out, nil
	}
	return embedded{reduced: "dense vectors"}, k.EmbedderAnswers(ctx)
}

func (k *Searcher) embedQuestion(ctx context.Context, turns []pipeline.Turn) (embedded, error) {
	got, err := k.AskEmbedder(ctx, k.Embedder.EmbedQuestion, QuestionTexts(turns))
	if err != nil {
		return embedded{}, err
	}
	v := Together(got)
	return embedded{Vector: v, Meaning: knowledge.NewMeaning(v)}, nil
}

// Together is the sum of vectors, each of length one; the first, should they
// cancel out.
func Together(vectors [][]float32) []float32 {
	if len(vectors) == 1 {
		return vectors[0]
	}
	out := make([]float32, len(vectors[0]))
	for _, v := range vectors {
		size := length(v)
		for i, x := range v {
			out[i] += float32(float64(x) / size)
		}
	}
	if length(out) < 1e-3 {
		return vectors[0]
	}
	return out
}

func length(v []float32) float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}

// apart tells how far the nearest of a list by vectors stands out from its last,
// in [0,1]: of what separates the last from the question, the share that does not
// separate the nearest. Cosines by themselves mean little: some models have all
// texts close together.
func apart(l []knowledge.Scored, docs map[string]*corpus.Document) float64 {
	var near, far float64
	n := 0
	for _, p := range l {
		if docs[p.Document] == nil {
			continue
		}
		if n == 0 {
			near = p.Score
		}
		far = p.Score
		n++
	}
	if n < 2 || far >= 1 {
		return 0
	}
	return min(1, max(0, (near-far)/(1-far)))
}

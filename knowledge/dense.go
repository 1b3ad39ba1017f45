package knowledge

import (
	"context"
	"math"

	"footnote/pipeline"
)

// questionTexts are what is embedded of a conversation: the newest turn, and
// when there are more the newest turn with all that the customer said before it,
// newest first. Models read the beginning best and cut the end off; what agents
// wrote says what was answered already.
func questionTexts(turns []pipeline.Turn) []string {
	last := len(turns) - 1
	all := turns[last].Text
	for i := last - 1; i >= 0; i-- {
		if turns[i].Role == pipeline.RoleCustomer || turns[i].Role == "" {
			all += "\n" + turns[i].Text
		}
	}
	if all == turns[last].Text {
		return []string{clip(all, embedRunes)}
	}
	return []string{clip(turns[last].Text, embedRunes), clip(all, embedRunes)}
}

// embedded is a question's vector with its meaning; none without an embedder, and
// when it could not be had, which reduced says.
type embedded struct {
	vector  []float32
	meaning meaning
	reduced string
}

// questionVector embeds a question: the newest turn finds what is asked now, all
// turns what it is about, and the sum of both what neither finds. Failing is no
// error, but is said.
func (k *Knowledge) questionVector(ctx context.Context, turns []pipeline.Turn) embedded {
	switch {
	case k.embedder == nil || len(turns) == 0:
		return embedded{}
	case k.termsOnly.Load():
		return embedded{reduced: "dense vectors"}
	}
	ctx, cancel := context.WithTimeout(ctx, k.patience)
	defer cancel()
	out, err := k.embedQuestion(ctx, turns)
	if err != nil {
		k.log.Warn("search goes on without dense vectors", "error", err)
		return embedded{reduced: "dense vectors"}
	}
	return out
}

// patientVector is questionVector for what nobody waits for: it gives a slow
// endpoint its time. Kind Unavailable when it does not answer at all; a question
// that it refuses goes without a vector.
func (k *Knowledge) patientVector(ctx context.Context, turns []pipeline.Turn) (embedded, error) {
	if k.embedder == nil || len(turns) == 0 {
		return embedded{}, nil
	}
	if err := k.vectorsReady(); err != nil {
		return embedded{}, err
	}
	out, err := k.embedQuestion(ctx, turns)
	if err == nil {
		return out, nil
	}
	return embedded{reduced: "dense vectors"}, k.embedderAnswers(ctx)
}

func (k *Knowledge) embedQuestion(ctx context.Context, turns []pipeline.Turn) (embedded, error) {
	got, err := k.askEmbedder(ctx, k.embedder.EmbedQuestion, questionTexts(turns))
	if err != nil {
		return embedded{}, err
	}
	v := together(got)
	return embedded{vector: v, meaning: newMeaning(v)}, nil
}

// together is the sum of vectors, each of length one; the first, should they
// cancel out.
func together(vectors [][]float32) []float32 {
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

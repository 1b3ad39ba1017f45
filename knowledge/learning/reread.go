package learning

import (
	"context"
	"slices"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/search"
)

// keepFor is how long keeping what was read may take when everything else ends.
const keepFor = 10 * time.Second

// Reread gives the embedding model in use the questions of lessons that it has not
// read: they were taught before it was configured, or while its endpoint did not
// answer. Newest first; a question whose ticket is gone, or that the endpoint
// refuses, is known by its words alone. It returns how many lessons it settled.
// Searches use them after the next proof, before which it belongs. Without a model
// there is nothing to do.
//
// Kind Unavailable while the endpoint does not answer, or the index for a new model
// is being made: what was read is kept, and the next call goes on.
func (l Learner) Reread(ctx context.Context) (settled int, err error) {
	k := l.Lessons
	if k.Embedder == nil {
		return 0, nil
	}
	if err := k.VectorsReady(); err != nil {
		return 0, err
	}
	all, err := unread(ctx, k.Pool, k.Model(), k.Embedder.Dimensions())
	if err != nil {
		return 0, err
	}
	for batch := range slices.Chunk(all, knowledge.EmbedBatch) {
		read, failed := l.read(ctx, batch)
		keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepFor)
		err := saveMeanings(keep, k.Pool, k.Model(), read)
		cancel()
		if err != nil {
			return settled, err
		}
		settled += len(read)
		if failed != nil {
			return settled, failed
		}
	}
	return settled, nil
}

// read embeds the questions of some lessons. Those it does not return stay unread.
func (l Learner) read(ctx context.Context, batch []unreadLesson) (read []unreadLesson, err error) {
	var texts []string
	var asked []unreadLesson
	for _, u := range batch {
		q, err := l.Question(ctx, u.draft)
		if err != nil {
			return read, err
		}
		if len(q.Turns) == 0 {
			read = append(read, u)
			continue
		}
		u.texts = search.QuestionTexts(q.Turns)
		texts, asked = append(texts, u.texts...), append(asked, u)
	}
	if len(asked) == 0 {
		return read, nil
	}
	vectors, err := l.Lessons.AskEmbedder(ctx, l.Lessons.Embedder.EmbedQuestion, texts)
	if err == nil {
		for _, u := range asked {
			u.meaning = knowledge.NewMeaning(search.Together(vectors[:len(u.texts)]))
			read, vectors = append(read, u), vectors[len(u.texts):]
		}
		return read, nil
	}
	return l.readEach(ctx, asked, read)
}

// readEach goes through questions one by one: some may be too long for the
// endpoint, which reads others.
func (l Learner) readEach(ctx context.Context, asked, read []unreadLesson) ([]unreadLesson, error) {
	embed := l.Lessons.Embedder.EmbedQuestion
	for _, u := range asked {
		one, err := l.Lessons.AskEmbedder(ctx, embed, u.texts)
		if err == nil {
			u.meaning = knowledge.NewMeaning(search.Together(one))
			read = append(read, u)
		} else if err := l.Lessons.EmbedderAnswers(ctx); err != nil {
			return read, err
		}
	}
	return read, nil
}

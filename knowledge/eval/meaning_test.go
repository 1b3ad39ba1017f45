package eval_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"testing"
	"time"

	"footnote/knowledge"
	"footnote/knowledge/eval"
	"footnote/knowledge/learning"
	"footnote/knowledge/library"
	"footnote/knowledge/qdrant"
	"footnote/knowledge/qdrant/qdtest"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

// reader is a model that knows which of some matters a question is about, whatever
// its words; one that is ignorant reads each text as something else. It refuses
// texts with a word, and any while it is down.
type reader struct {
	ignorant, down bool
	slow           time.Duration
	shift          int // of what its numbers mean
	refuses        string
	read           int
}

const readerSize = 16

func (r *reader) Model() string {
	switch {
	case r.ignorant:
		return "ignorant"
	case r.shift > 0:
		return "shifted"
	}
	return "reader"
}
func (*reader) Dimensions() int { return readerSize }

func (r *reader) EmbedQuestion(ctx context.Context, texts []string) ([][]float32, error) {
	return r.Embed(ctx, texts)
}

func (r *reader) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	if r.slow > 0 {
		select {
		case <-time.After(r.slow):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	for i, text := range texts {
		if r.down || r.refuses != "" && strings.Contains(text, r.refuses) {
			return nil, errors.New("HTTP 413")
		}
		v, sum := make([]float32, readerSize), sha256.Sum256([]byte(text))
		for j, x := range sum[:readerSize] {
			v[j] = float32(x)/128 - 1
		}
		for j, matter := range matters {
			if !r.ignorant && strings.Contains(text, matter) {
				v[j+r.shift] += 8
			}
		}
		out[i] = v
	}
	r.read += len(texts)
	return out, nil
}

// matters are part of words that no two questions share.
var matters = []string{"zork", "flib", "mank", "drup", "quon", "vish", "bront", "skel"}

// drafts are decided drafts by id, with the question as the ticket's text.
type drafts map[string]string

func (d drafts) Find(_ context.Context, id string) (pipeline.Review, error) {
	text, ok := d[id]
	if !ok {
		return pipeline.Review{}, pipeline.Errorf(pipeline.NotFound, "no draft %s", id)
	}
	return pipeline.Review{Draft: pipeline.Draft{ID: id, Message: text}}, nil
}

func asking(text string) pipeline.Query {
	return pipeline.Query{Turns: []pipeline.Turn{{Role: pipeline.RoleCustomer, Text: text}}, Audiences: []pipeline.Audience{pipeline.Public}}
}

func (d drafts) ask(_ context.Context, id string) (pipeline.Query, string, bool, error) {
	text, ok := d[id]
	return asking(text), "all", ok, nil
}

type pages []knowledge.Raw

func (p pages) Documents(context.Context) iter.Seq2[knowledge.Raw, error] {
	return func(yield func(knowledge.Raw, error) bool) {
		for _, r := range p {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// TestMeaningIsProven: approvals of questions that share no word prove nothing by
// words. A model that is configured later reads the old lessons; where it knows
// what is alike the replay of these very approvals trusts it, where it does not
// they stay known by words.
func TestMeaningIsProven(t *testing.T) {
	t.Parallel()
	place, pool := qdtest.New(t), pgtest.New(t)
	open := func(r *reader) *library.Library {
		c := knowledge.Config{Pool: pool}
		if r != nil && r.slow > 0 {
			c.EmbedTimeout = r.slow / 2
		}
		q := place
		if r != nil {
			c.Embedder, q.Dimensions = r, readerSize
		}
		c.Collections = qdrant.New(q)
		k := library.Open(c)
		t.Cleanup(k.Close)
		if err := k.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(time.Minute); ; runtime.Gosched() {
			a, err := k.Search(t.Context(), asking("waitlists"))
			if err != nil || time.Now().After(deadline) {
				t.Fatalf("vectors never come: %+v %v", a, err)
			}
			if a.Reduced == "" || r != nil && r.slow > 0 {
				return k
			}
		}
	}
	words := open(nil)
	var ps pages
	for _, name := range []string{"Waitlists", "Cancellations", "Invoices", "Printers", "Calendars", "Languages", "Refunds", "Passwords", "Backups", "Themes"} {
		ps = append(ps, knowledge.Raw{Path: strings.ToLower(name) + ".md", Data: []byte("# " + name + "\n\nAll about " + name + ".\n"), Media: knowledge.Markdown})
	}
	if _, err := words.Sync(t.Context(), knowledge.Feed{Name: "help", Kind: "folder", Source: ps}); err != nil {
		t.Fatal(err)
	}
	var answers []string // by matter
	for _, p := range ps[:len(matters)] {
		d, err := words.FindDocument(t.Context(), "help/"+p.Path, 0)
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, d.Passages[0].ID)
	}
	const n, gone = 120, 3
	tickets := drafts{}
	for i := range n {
		text, id := fmt.Sprintf("%s%c%c", matters[i%len(matters)], 'a'+i%26, 'a'+i/26), fmt.Sprint("d", i)
		if i >= gone {
			tickets[id] = text
		}
		if _, err := words.Learn(t.Context(), learning.Lesson{Decision: id, Draft: id, Kind: pipeline.Edit, Turns: asking(text).Turns, Cites: []learning.Cite{{Passage: answers[i%len(matters)], Weight: 1}},
			Requester: id, Agent: fmt.Sprint(i % 5), At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	prove := func(k *library.Library) knowledge.Proof {
		t.Helper()
		p, err := eval.Prove(t.Context(), k.Lessons, tickets.ask, "test")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	finds := func(k *library.Library) bool {
		t.Helper()
		a, err := k.Search(t.Context(), asking("flibberty"))
		if err != nil {
			t.Fatal(err)
		}
		return len(a.Hits) > 0 && a.Hits[0].Passage.ID == answers[1] && a.Hits[0].Learned > 0
	}
	told := func(p knowledge.Proof) *eval.Weighed {
		t.Helper()
		var r eval.ProofReport
		if err := json.Unmarshal(p.Report, &r); err != nil {
			t.Fatal(err)
		}
		return r.Answers
	}
	if p := prove(words); told(p) != nil || p.Weighing != nil || p.Trust != 0 || p.Model != "" || finds(words) {
		t.Errorf("without a model: %s, trust %v in %q, found %v", p.Reason, p.Trust, p.Model, finds(words))
	}

	model := &reader{}
	knows := open(model)
	learner := func(k *library.Library) learning.Learner {
		return learning.Learner{Lessons: k.Lessons, Reviews: tickets, Asked: func(_ pipeline.Ticket, message string) pipeline.Query { return asking(message) }}
	}
	model.down = true
	if got, err := learner(knows).Reread(t.Context()); err == nil || got > gone {
		t.Errorf("an endpoint that is down read %d lessons (%v)", got, err)
	}
	model.down, model.refuses = false, tickets["d50"]
	if got, err := learner(knows).Reread(t.Context()); err != nil || got < n-1-gone || got > n-1 {
		t.Errorf("read %d lessons of %d, one refused (%v)", got, n, err)
	}
	model.refuses = ""
	if got, err := learner(knows).Reread(t.Context()); err != nil || got != 1 {
		t.Errorf("then read %d lessons (%v)", got, err)
	}
	model.read = 0
	if got, err := learner(knows).Reread(t.Context()); err != nil || got != 0 || model.read != 0 {
		t.Errorf("read %d lessons again, %d texts (%v)", got, model.read, err)
	}
	if p := prove(knows); told(p) == nil || told(p).Questions < eval.LeastProof-gone || !p.On || p.Trust == 0 || p.Model != "reader" || !finds(knows) {
		t.Errorf("a model that knows: %s, trust %v in %q, found %v", p.Reason, p.Trust, p.Model, finds(knows))
	}
	model.down = true
	if p, err := eval.Prove(t.Context(), knows.Lessons, tickets.ask, "test"); err == nil {
		t.Errorf("an endpoint that is down proves %+v", p)
	}
	model.down, model.refuses = false, tickets["d50"]
	if s, err := knows.Learning(t.Context()); err != nil || !s.On {
		t.Errorf("an endpoint that was down switched learning off (%v)", err)
	}
	if p := prove(knows); !p.On || p.Trust == 0 {
		t.Errorf("one question refused: %s, trust %v", p.Reason, p.Trust)
	}

	slow := open(&reader{slow: 20 * time.Millisecond})
	if a, err := slow.Search(t.Context(), asking("waitlists")); err != nil || a.Reduced == "" {
		t.Errorf("a customer waits for an endpoint that is slow: %+v (%v)", a, err)
	}
	if p := prove(slow); !p.On || p.Trust == 0 {
		t.Errorf("an endpoint that is slow: %s, trust %v", p.Reason, p.Trust)
	}

	// Of the same size, but its numbers mean something else.
	shifted := open(&reader{shift: 1})
	if a, err := shifted.Search(t.Context(), asking("flibberty")); err != nil || len(a.Hits) > 0 && a.Hits[0].Learned > 2 {
		t.Errorf("meanings of another model count: %+v (%v)", a.Hits, err)
	}
	if got, err := learner(shifted).Reread(t.Context()); err != nil || got != n {
		t.Errorf("the next model read %d lessons (%v)", got, err)
	}
	if finds(open(&reader{shift: 1})) {
		t.Error("the trust in one model is given to the next before its proof")
	}
	if p := prove(shifted); !p.On || !finds(shifted) {
		t.Errorf("the next model: %s, found %v", p.Reason, finds(shifted))
	}

	ignorant := open(&reader{ignorant: true})
	if got, err := learner(ignorant).Reread(t.Context()); err != nil || got != n {
		t.Errorf("the other model read %d lessons (%v)", got, err)
	}
	if p := prove(ignorant); finds(ignorant) {
		t.Errorf("a model that is ignorant: %s, trust %v, found %v", p.Reason, p.Trust, finds(ignorant))
	}
}

// TestVectorsAreProven: approvals of questions that a model knows the pages of, and
// their words do not, make vectors count in telling whether an answer is there; of
// a model that knows nothing they do not.
func TestVectorsAreProven(t *testing.T) {
	t.Parallel()
	for _, ignorant := range []bool{false, true} {
		model := &reader{ignorant: ignorant}
		place := qdtest.New(t)
		place.Dimensions = readerSize
		k := library.Open(knowledge.Config{Pool: pgtest.New(t), Embedder: model, Collections: qdrant.New(place)})
		t.Cleanup(k.Close)
		if err := k.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		var ps pages
		for _, matter := range matters {
			ps = append(ps, knowledge.Raw{Path: matter + ".md", Data: []byte("# Page\n\nWhat there is to say of " + matter + " and help.\n"), Media: knowledge.Markdown})
		}
		if _, err := k.Sync(t.Context(), knowledge.Feed{Name: "help", Kind: "folder", Source: ps}); err != nil {
			t.Fatal(err)
		}
		tickets := drafts{}
		for i := range 2*eval.LeastProof + 20 {
			matter, id := matters[i%len(matters)], fmt.Sprint("d", i)
			d, err := k.FindDocument(t.Context(), "help/"+matter+".md", 0)
			if err != nil {
				t.Fatal(err)
			}
			tickets[id] = fmt.Sprintf("help %s%c%c", matter, 'a'+i%26, 'a'+i/26)
			if _, err := k.Learn(t.Context(), learning.Lesson{Decision: id, Draft: id, Kind: pipeline.Edit, Turns: asking(tickets[id]).Turns, Cites: []learning.Cite{{Passage: d.Passages[0].ID, Weight: 1}},
				Requester: id, Agent: fmt.Sprint(i % 5), At: time.Now()}); err != nil {
				t.Fatal(err)
			}
		}
		p, err := eval.Prove(t.Context(), k.Lessons, tickets.ask, "test")
		if err != nil {
			t.Fatal(err)
		}
		x, err := k.Explain(t.Context(), asking("help flibberty"))
		if err != nil {
			t.Fatal(err)
		}
		if (p.Weighing != nil) == ignorant || (x.Weighed != nil) == ignorant {
			t.Errorf("ignorant %v: %s, a search weighs %+v", ignorant, p.Report, x.Weighed)
		}
	}
}

// TestProofMeetsRevert: a proof that waits for lessons being taken back does not
// switch learning on by them.
func TestProofMeetsRevert(t *testing.T) {
	t.Parallel()
	place, pool := qdtest.New(t), pgtest.New(t)
	k := library.Open(knowledge.Config{Pool: pool, Collections: qdrant.New(place)})
	t.Cleanup(k.Close)
	if err := k.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Sync(t.Context(), knowledge.Feed{Name: "help", Kind: "folder", Source: pages{{Path: "a.md", Data: []byte("# Waitlists\n\nAll about them.\n"), Media: knowledge.Markdown}}}); err != nil {
		t.Fatal(err)
	}
	d, err := k.FindDocument(t.Context(), "help/a.md", 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Learn(t.Context(), learning.Lesson{Decision: "d", Draft: "d", Kind: pipeline.Edit, Turns: asking("waitlists").Turns, Cites: []learning.Cite{{Passage: d.Passages[0].ID, Weight: 1}},
		Requester: "r", Agent: "a", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{`UPDATE lessons SET reverted_at = now(), reverted_by = 'ana'`, `UPDATE learning_state SET generation = generation + 1, changed_at = now()`} {
		if tag, err := tx.Exec(t.Context(), sql); err != nil || tag.RowsAffected() != 1 {
			t.Fatal(tag, err)
		}
	}
	saved := make(chan error, 1)
	go func() {
		saved <- k.SaveProof(t.Context(), knowledge.Proof{By: "test", On: true, Report: []byte("{}")}, 0)
	}()
	for waits := false; !waits; runtime.Gosched() {
		if err := pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database()))`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-saved; pipeline.KindOf(err) != pipeline.Conflict {
		t.Errorf("the proof is taken: %v", err)
	}
	if s, err := k.Learning(t.Context()); err != nil || s.On || s.Proof != nil {
		t.Errorf("after it: %+v (%v)", s, err)
	}
}

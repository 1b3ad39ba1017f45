package console

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"footnote/knowledge"
	"footnote/review/access"
)

// learned is a fake port that remembers what it was asked to do.
type learned struct {
	state  knowledge.LearningState
	taken  []knowledge.Taken
	proved []string
	runs   Proving
}

func (l *learned) Learning(context.Context) (knowledge.LearningState, error) { return l.state, nil }
func (l *learned) Prove(_ context.Context, by string) (bool, error) {
	l.proved = append(l.proved, by)
	return l.runs.Since.IsZero(), nil
}
func (l *learned) Proving() Proving { return l.runs }
func (l *learned) CountLessons(_ context.Context, what knowledge.Taken) (int, error) {
	if what.Since.IsZero() {
		return 210, nil
	}
	return 0, nil
}
func (l *learned) Revert(_ context.Context, what knowledge.Taken, _ string) (int, error) {
	l.taken = append(l.taken, what)
	return 3, nil
}

const provenReport = `{"approvals":210,"judged":147,"needed":60,
 "all":{"slice":"all","queries":147,"ndcg@5":[0.62,0.71],"ndcg_difference":{"value":0.09,"low":0.05,"high":0.13}},
 "slices":[{"slice":"first message, en","queries":97,"ndcg@5":[0.6,0.7],"ndcg_difference":{"value":0.1,"low":0.05,"high":0.15}},
  {"slice":"later <b>messages</b>, en","queries":50,"ndcg@5":[0.66,0.68],"ndcg_difference":{"value":0.02,"low":-0.03,"high":0.07}}],
 "stream":[{"slice":"fifth 1","queries":29,"ndcg@5":[0.6,0.58],"ndcg_difference":{"value":-0.02,"low":-0.06,"high":0.02}},
  {"slice":"fifth 5","queries":30,"ndcg@5":[0.6,0.78],"ndcg_difference":{"value":0.18,"low":0.1,"high":0.26}}]}`

func provenState() knowledge.LearningState {
	return knowledge.LearningState{On: true, Lessons: 210, Reverted: 2, Proof: &knowledge.Proof{At: now.Add(-3 * time.Hour), By: "schedule", On: true,
		Reason: "Proven: nDCG +0.090, interval +0.050 to +0.130 over 147 questions, no part worse.", Report: []byte(provenReport)}}
}

func TestLearningPage(t *testing.T) {
	t.Parallel()
	w := typical()
	l := &learned{}
	c := newConsole(t, w)
	c.Learning = l
	body := func(role string) string {
		t.Helper()
		a := ask(t, c, role, "/knowledge/learning", nil)
		want(t, a, 200)
		return a.words()
	}
	if b := body(access.RoleOwner); !strings.Contains(b, "No proof yet") || !strings.Contains(b, "Prove now") {
		t.Error("the empty page does not say that nothing is proven, or offers nothing")
	}
	l.state = provenState()
	b := body(access.RoleAgent)
	if !strings.Contains(b, "Why it is on") || !strings.Contains(b, "interval +0.050 to +0.130") || !strings.Contains(b, "later <b>messages") {
		t.Error("the proof is not shown, or not as text")
	}
	if strings.Contains(b, "Questions are compared") || strings.Contains(b, "Whether an answer is there") {
		t.Error("a model is spoken of where there is none")
	}
	l.state.Proof.Model = "e5 <small>"
	if b := body(access.RoleAgent); !strings.Contains(b, "compared by their words; by what they mean to the model e5 <small> as well, the replay did no better") {
		t.Error("the page does not say that the model does not help")
	}
	l.state.Proof.Report = []byte(strings.Replace(provenReport, `"stream"`, `"answers":{"on":true,"reason":"Proven: vectors tell better, AUC 0.877 instead of 0.835."},"stream"`, 1))
	if b := body(access.RoleAgent); !strings.Contains(b, "Whether an answer is there is told by words and vectors. Proven: vectors tell better, AUC 0.877") {
		t.Error("the page does not say that vectors count")
	}
	l.state.Proof.Trust = 1.5
	if b := body(access.RoleAgent); !strings.Contains(b, "compared by their words and by what they mean to the model e5 <small>") {
		t.Error("the page does not say that the model helps")
	}
	if strings.Contains(b, "Prove now") {
		t.Error("an agent is offered what only owners may do")
	}
	for _, x := range []struct {
		what   string
		status int
		since  time.Time
	}{{"day", 303, now.Add(-24 * time.Hour)}, {"all", 303, time.Time{}}, {"", 422, time.Time{}}, {"year", 422, time.Time{}}} {
		l.taken = nil
		a := ask(t, c, access.RoleOwner, "/knowledge/learning/revert", url.Values{"what": {x.what}})
		want(t, a, x.status)
		if x.status == 303 && (len(l.taken) != 1 || !l.taken[0].Since.Equal(x.since)) || x.status != 303 && len(l.taken) != 0 {
			t.Errorf("%q took back %+v", x.what, l.taken)
		}
	}
	l.taken = nil
	page := ask(t, c, access.RoleOwner, "/knowledge/learning", nil)
	if f := page.find("form", "action", "/knowledge/learning/revert"); len(f) != 1 || attr(f[0], "method") != "get" {
		t.Error("the learning page takes lessons back without asking")
	}
	a := ask(t, c, access.RoleOwner, "/knowledge/learning/revert?what=all", nil)
	want(t, a, 200, "210 lessons go, from every search", "Take back 210 lessons", "Change nothing")
	if f := a.find("form", "action", "/knowledge/learning/revert"); len(f) != 1 || attr(f[0], "method") != "post" || attr(a.find("input", "name", "what")[0], "value") != "all" {
		t.Error("the question does not lead on")
	}
	a = ask(t, c, access.RoleOwner, "/knowledge/learning/revert?what=day", nil)
	want(t, a, 200, "there is nothing to take back")
	if len(a.find("form", "action", "/knowledge/learning/revert")) != 0 || len(l.taken) != 0 {
		t.Error("nothing can be taken back, or a question took it back")
	}
	want(t, ask(t, c, access.RoleOwner, "/knowledge/learning/revert?what=year", nil), 422)
	told := func() string {
		t.Helper()
		a := ask(t, c, access.RoleOwner, "/knowledge/learning/prove", url.Values{})
		if want(t, a, 303); a.Header.Get("Location") != "/knowledge/learning" {
			t.Errorf("a proof leads to %s", a.Header.Get("Location"))
		}
		return ask(t, c, access.RoleOwner, "/knowledge/learning", nil, after(a)).words()
	}
	if page := told(); !strings.Contains(page, "The approvals were replayed") || len(l.proved) != 1 {
		t.Error("a proof that is done does not say so")
	}
	l.runs = Proving{Since: now.Add(-2 * time.Minute)}
	if page := told(); strings.Contains(page, "The approvals were replayed") {
		t.Error("a proof that takes long is said to be done")
	}
	if b := body(access.RoleAgent); !strings.Contains(b, "A proof is under way, begun 2 min ago") {
		t.Errorf("the page does not say that a proof is under way: %s", b)
	}
	l.runs, l.proved = Proving{Failed: "The endpoint <x> does not answer.", FailedAt: now}, nil
	if b := body(access.RoleAgent); !strings.Contains(b, "The last proof failed") || !strings.Contains(b, "The endpoint <x> does not answer.") {
		t.Error("the page does not say why the proof failed")
	}
	l.runs.FailedAt = now.Add(-1000 * time.Hour)
	if b := body(access.RoleAgent); strings.Contains(b, "The last proof failed") {
		t.Error("the page tells of a failure before the proof it shows")
	}
	want(t, ask(t, c, access.RoleAgent, "/knowledge/learning/revert", url.Values{"what": {"all"}}), 403)
	want(t, ask(t, c, access.RoleAgent, "/knowledge/learning/prove", url.Values{}), 403)
	if len(l.proved) != 0 {
		t.Error("an agent proved")
	}
}

package learning

import (
	"context"
	"slices"
	"strings"
	"time"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// What a person's decision says about a passage, in [-1,1].
const (
	taughtAdded    = 1.0 // the person brought it in: nothing teaches more
	taughtKept     = .6  // the person rewrote the reply and kept it
	taughtApproved = .4  // the draft was sent as it was
	taughtRemoved  = -.6 // the person took it out
	taughtRejected = -.4 // the draft that cited it was rejected
	leastHeld      = .6  // share of a sentence's terms that shows where it comes from
	leastSentence  = 4   // terms; shorter sentences come from anywhere
)

// Reviews reads decided drafts with their tickets; review.Service fills it.
type Reviews interface {
	Find(ctx context.Context, draft string) (pipeline.Review, error)
}

// Asked is the question that a draft answered, as drafting asked it.
type Asked func(t pipeline.Ticket, message string) pipeline.Query

// Learner takes decisions in as lessons.
type Learner struct {
	Lessons *Lessons
	Reviews Reviews
	Asked   Asked
}

// Question is what a decided draft answered, to be asked again; without turns when
// its ticket is gone.
func (l Learner) Question(ctx context.Context, draft string) (pipeline.Query, error) {
	r, err := l.Reviews.Find(ctx, draft)
	if err != nil && pipeline.KindOf(err) == pipeline.NotFound {
		return pipeline.Query{}, nil
	}
	if err != nil {
		return pipeline.Query{}, err
	}
	return l.Asked(r.Ticket, r.Draft.Message), nil
}

// HandlesLearning lists the event types that Handle wants to see.
var HandlesLearning = []pipeline.EventType{pipeline.DraftDecided, pipeline.ReplyDelivered}

// Handle learns from replies that were delivered, and from drafts that were
// rejected. A decision teaches once, however often its events come.
func (l Learner) Handle(ctx context.Context, e pipeline.Event) error {
	var draft, decision string
	switch e.Type {
	case pipeline.ReplyDelivered:
		d, err := pipeline.Decode[pipeline.Delivered](e)
		if err != nil {
			return err
		}
		if d.State != pipeline.DeliverySent {
			return nil
		}
		draft, decision = d.Draft, d.Decision
	case pipeline.DraftDecided:
		d, err := pipeline.Decode[pipeline.DecidedData](e)
		if err != nil {
			return err
		}
		if d.Kind != pipeline.Reject {
			return nil
		}
		draft, decision = d.Draft, d.Decision
	default:
		return nil
	}
	r, err := l.Reviews.Find(ctx, draft)
	if err != nil {
		return err
	}
	lesson, err := l.lesson(ctx, r, decision, e.Type == pipeline.DraftDecided)
	if err != nil || len(lesson.Cites) == 0 {
		return err
	}
	if lesson.At = e.OccurredAt; lesson.At.IsZero() {
		lesson.At = time.Now()
	}
	_, err = l.Lessons.Learn(ctx, lesson)
	return err
}

func (l Learner) lesson(ctx context.Context, r pipeline.Review, decision string, rejected bool) (Lesson, error) {
	q := l.Asked(r.Ticket, r.Draft.Message)
	out := Lesson{Decision: decision, Draft: r.Draft.ID, Kind: pipeline.Reject, Turns: q.Turns, Locale: q.Locale, Requester: requesterOf(r.Ticket),
		Agent: r.DecidedBy.ID, Thread: r.Ticket.TicketRef.String()}
	if rejected {
		for _, c := range r.Draft.Citations() {
			out.Cites = append(out.Cites, Cite{c.Passage, taughtRejected})
		}
		return out, nil
	}
	out.Kind = pipeline.Approve
	if r.Text != r.Draft.Text() {
		out.Kind = pipeline.Edit
	}
	out.Cites = Teaches(r.Draft, r.Text)
	out.Guided = out.Kind == pipeline.Approve && guided(r.Draft)
	linked, err := l.Lessons.Linked(ctx, q, farLinks(r.Draft, r.Text))
	out.Cites = append(out.Cites, linked...)
	return out, err
}

// requesterOf names who asked, as surely as the desk does.
func requesterOf(t pipeline.Ticket) string {
	switch p := t.Requester; {
	case p.Email != "":
		return strings.ToLower(p.Email)
	case p.ID != "":
		return t.Desk + "/" + p.ID
	}
	return t.TicketRef.String()
}

// guided tells whether learned votes had brought up a cited passage: approving
// what learning showed does not prove that it helps.
func guided(d pipeline.Draft) bool {
	for _, c := range d.Citations() {
		for _, h := range d.Nearest {
			if h.Passage.ID == c.Passage && h.Learned > 0 {
				return true
			}
		}
	}
	return false
}

// Teaches says what sending text in place of a draft teaches about each passage
// that was cited or near: approved as it was, kept through an edit, taken out, or
// brought in by the person, which shows when a sentence of their own has its
// words, or when they pasted its link.
func Teaches(d pipeline.Draft, reply string) []Cite {
	var out []Cite
	cited := map[string]bool{}
	same := strings.TrimSpace(reply) == strings.TrimSpace(d.Text())
	lang := text.Language(d.Locale, reply)
	sent := unique(text.Analyse(lang, reply))
	for _, c := range d.Citations() {
		cited[c.Passage] = true
		w := taughtApproved
		if !same {
			if w = taughtRemoved; heldBy(d, c.Passage, lang, sent) {
				w = taughtKept
			}
		}
		out = append(out, Cite{c.Passage, w})
	}
	if same {
		return out
	}
	own := ownSentences(d, reply, lang)
	for _, h := range d.Nearest {
		p := h.Passage
		if cited[p.ID] || p.Audience != pipeline.Public {
			continue
		}
		has := unique(text.Analyse(lang, p.Section()+"\n"+p.Text))
		pasted := p.URL != "" && strings.Contains(reply, p.URL) && !strings.Contains(d.Text(), p.URL)
		for _, s := range own {
			pasted = pasted || heldShare(s, has) >= leastHeld
		}
		if pasted {
			cited[p.ID] = true
			out = append(out, Cite{p.ID, taughtAdded})
		}
	}
	return out
}

// heldBy tells whether a sentence that a passage supports is still in the text.
func heldBy(d pipeline.Draft, passage, lang string, sent []text.Term) bool {
	for _, s := range d.Sentences {
		for _, r := range s.Receipts {
			if r.Passage == passage && heldShare(unique(text.Analyse(lang, s.Text)), sent) >= leastHeld {
				return true
			}
		}
	}
	return false
}

// ownSentences are those of the text that the draft does not have, links aside:
// the words of an address are nobody's sentence.
func ownSentences(d pipeline.Draft, reply, lang string) [][]text.Term {
	drafted := unique(text.Analyse(lang, d.Text()))
	var out [][]text.Term
	for _, line := range strings.FieldsFunc(linkPattern.ReplaceAllString(reply, " "), func(r rune) bool { return strings.ContainsRune(".!?\n。！？", r) }) {
		if s := unique(text.Analyse(lang, line)); len(s) >= leastSentence && heldShare(s, drafted) < leastHeld {
			out = append(out, s)
		}
	}
	return out
}

// heldShare is the share of some terms that others have; both ascending.
func heldShare(some, in []text.Term) float64 {
	if len(some) == 0 {
		return 0
	}
	return float64(inBoth(some, in)) / float64(len(some))
}

// inBoth counts the terms that two ascending lists share.
func inBoth(a, b []text.Term) int {
	n := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			n, i, j = n+1, i+1, j+1
		}
	}
	return n
}

// unique returns terms in order, each once.
func unique(terms []text.Term) []text.Term {
	out := slices.Clone(terms)
	slices.Sort(out)
	return slices.Compact(out)
}

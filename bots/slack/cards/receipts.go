package cards

import (
	"cmp"
	"fmt"
	"strings"

	"footnote/bots/slack/layout"
	"footnote/pipeline"
)

const (
	maxProofs = 30  // sentences in the form of quotes
	maxProof  = 600 // of one quote there
)

// Rests is the draft with the sentences that people see: an edited reply's own, with
// what each of them rests on, else the draft's.
func Rests(r pipeline.Review) pipeline.Draft {
	switch {
	case len(r.Sentences) > 0 && r.Text != "":
		return pipeline.Edited{Sentences: r.Sentences}.Draft(r.Draft)
	case edited(r): // approved before it was kept what an edit rests on
		d := r.Draft
		d.Sentences = nil
		return d
	}
	return r.Draft
}

// Receipts shows each sentence with the quotes it rests on, and each quote with where it
// stands: title, section, version, audience.
func Receipts(r pipeline.Review) []layout.Part {
	d := Rests(r)
	known := map[string]pipeline.Passage{}
	for _, h := range d.Nearest {
		known[h.Passage.ID] = h.Passage
	}
	var out []layout.Part
	left := 0
	for _, s := range d.Sentences {
		if len(s.Receipts) == 0 {
			continue
		}
		if len(out) >= 2*maxProofs {
			left++
			continue
		}
		out = append(out, layout.Says(layout.Bold(cmp.Or(layout.Line(s.Text, 300), "(nothing that can be seen)"))))
		p := layout.Part{Quote: true}
		for _, c := range s.Receipts[:min(len(s.Receipts), 6)] {
			p.Add(layout.Text("“" + cmp.Or(layout.Line(c.Quote, maxProof), "…") + "”"))
			p.Tail = append(p.Tail, source(c, known[c.Passage], d.CreatedAt))
		}
		p.Tail = dedupe(p.Tail)
		out = append(out, p)
	}
	switch {
	case len(out) == 0:
		out = append(out, layout.Says(layout.Text("No sentence of it cites a source.")))
	case left > 0:
		out = append(out, layout.Says(layout.Text(fmt.Sprintf("… and %s more in the console", many(left, "sentence", "sentences")))))
	}
	return out
}

// dedupe leaves out lines that were said just before.
func dedupe(in []layout.Runs) []layout.Runs {
	var out []layout.Runs
	said := map[string]bool{}
	for _, l := range in {
		if s := l.String(); !said[s] {
			said[s] = true
			out = append(out, l)
		}
	}
	return out
}

// turns says in one line what was said before the customer's message.
func turns(r pipeline.Review) (layout.Runs, bool) {
	var before []pipeline.Message
	found := false
	for _, m := range r.Ticket.Messages {
		if found = m.ID == r.Draft.Message && m.ID != ""; found {
			break
		}
		if m.Public && (m.Role == pipeline.RoleCustomer || m.Role == pipeline.RoleAgent) {
			before = append(before, m)
		}
	}
	if !found || len(before) == 0 {
		return nil, false
	}
	last := before[len(before)-1]
	who := "the customer"
	if last.Role == pipeline.RoleAgent {
		who = cmp.Or(layout.Line(last.Author.Name, 40), "an agent")
	}
	out := layout.Runs{layout.Bold("Before this: "), layout.Text(many(len(before), "message", "messages") + ", the last by " + who)}
	if !last.At.IsZero() {
		out = append(out, layout.Text(", "), layout.Ago(last.At))
	}
	if said := layout.Line(last.Text, 120); said != "" {
		out = append(out, layout.Text(": “"+said+"”"))
	}
	return out, true
}

// From these probabilities on the sources perhaps, or probably, answer: as the console
// has it.
const (
	perhaps  = 0.3
	probably = 0.6
)

// sure says how probably the draft says all that was asked: in a colour and in words,
// for who does not see the colour.
func sure(d pipeline.Draft) (colour, say string) {
	colour, word := "🔴", "Doubtful"
	switch {
	case d.Confidence >= probably:
		colour, word = "🟢", "Probably answers it"
	case d.Confidence >= perhaps:
		colour, word = "🟡", "Perhaps answers it"
	}
	return colour, fmt.Sprintf("%s: %d %% likely to answer all that was asked", word, int(d.Confidence*100+0.5))
}

// Sure is how sure a draft is, in one line.
func Sure(d pipeline.Draft) string { colour, say := sure(d); return colour + " " + say }

// notice is what a notification shows and a screen reader reads: what it is, of whom,
// how sure, and what has to be looked at. It is escaped.
func notice(r pipeline.Review, title string) string {
	var say []string
	from := cmp.Or(layout.Line(r.Ticket.Requester.Name, 60), layout.Line(r.Ticket.Requester.Email, 60))
	if from != "" {
		from = " from " + from
	}
	title = "“" + title + "”"
	state := Standing(r)
	switch {
	case state == pipeline.StateSent:
		say = append(say, "Sent by "+Person(r.DecidedBy)+": "+title+from)
	case Decided(state):
		say = append(say, strings.TrimSuffix(StateLine(r).String(), ".")+": "+title+from)
	case r.Draft.Abstained != "":
		say = append(say, "No draft: "+title+from, "To be written by a person: "+layout.Line(r.Draft.Abstained, 120))
	default:
		_, likely := sure(r.Draft)
		say = append(say, "Draft reply: "+title+from, likely)
		if state == pipeline.StateClaimed {
			say = append(say, "Claimed by "+Person(r.ClaimedBy))
		}
		if n := len(r.Draft.Findings); n > 0 {
			say = append(say, many(n, "thing", "things")+" to look at")
		}
	}
	if m, ok := asked(r); ok && !Decided(state) {
		if text := layout.Line(m.Text, 120); text != "" {
			say = append(say, "The customer wrote: "+text)
		}
	}
	for i, s := range say {
		if !strings.HasSuffix(s, "?") && !strings.HasSuffix(s, "!") {
			say[i] = strings.TrimRight(s, ".…") + "."
		}
	}
	return layout.Escape(layout.Cut(strings.Join(say, " "), 600))
}

package tracking

import (
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/text"
)

// says reads a customer's message: what it does when it only is courteous.
func (t *Tracker) says(m pipeline.Message, names []string) text.Courtesy {
	if t.Says != nil {
		return t.Says(m.Text, names...)
	}
	return text.CourtesyOf(m.Text, names...)
}

// namesOf are the people of a thread.
func namesOf(t pipeline.Ticket) []string {
	out := []string{t.Requester.Name}
	for _, m := range t.Messages {
		out = append(out, m.Author.Name)
	}
	return out
}

// question is what the customer wrote since the last answer.
type question struct {
	// message stands for it: the newest that is more than courtesy, else the newest.
	message pipeline.Message
	only    text.Courtesy    // what message does when all of it is courtesy
	beside  map[string]bool  // messages after it, which add nothing
	answer  pipeline.Message // before it; zero when there is none
}

// question reads a thread, oldest message first. Without a message of the customer it
// is zero.
func (t *Tracker) question(ticket pipeline.Ticket) question {
	names := namesOf(ticket)
	var q question
	begin, last := 0, -1
	for i, m := range ticket.Messages {
		if m.Public && m.Role == pipeline.RoleCustomer {
			last = i
		}
	}
	for i, m := range ticket.Messages[:last+1] {
		if m.Public && m.Role == pipeline.RoleAgent {
			q.answer, begin = m, i+1
		}
	}
	q.beside = map[string]bool{}
	for i := last; i >= begin; i-- {
		m := ticket.Messages[i]
		if !m.Public || m.Role != pipeline.RoleCustomer {
			continue
		}
		says := t.says(m, names)
		if q.message.ID == "" {
			q.message, q.only = m, says
		}
		if says == 0 {
			q.message, q.only = m, 0
			return q
		}
		q.beside[m.ID] = true
	}
	q.beside = nil // there is nothing that they stand beside
	return q
}

// thanks tells whether the question is thanks for the answer before it, and nobody has
// to look: not where the answer asked something and "ok" may be the reply.
func (q question) thanks() bool {
	switch {
	case q.answer.ID == "" || q.only == 0 || len(q.message.Attachments) > 0 || q.only.Is(text.Nudges|text.Greets|text.Wordless):
		return false
	case q.only.Is(text.Agrees):
		return !strings.ContainsAny(q.answer.Text, "?？؟")
	}
	return q.only.Is(text.Thanks)
}

package bots

import (
	"slices"
	"sync"

	"footnote/pipeline"
)

// Claim is what a platform tells about the author of a message.
type Claim struct {
	ID     string        // the author's identifier at the platform
	Role   pipeline.Role // as the platform has it
	Marker string        // our mark on the message, from the platform or from Written
	Auto   bool          // an automatic reply: see AutoReply
}

// RoleOf settles who wrote a message by two tests that do not rest on each
// other: the author is one of our own identities, or the message has our mark.
// Either is enough for it never to be the customer's: what we posted in an
// agent's name shows only by the mark, and what lost its mark only by the
// identity. A marked message is the agent's reply, an unmarked one by an
// identity of ours the bot's. Automatic replies of customers are the system's:
// nobody waits for an answer.
func RoleOf(c Claim, ours ...string) pipeline.Role {
	switch {
	case IsMarker(c.Marker):
		return pipeline.RoleAgent
	case c.ID != "" && slices.Contains(ours, c.ID):
		return pipeline.RoleBot
	case c.Role == pipeline.RoleCustomer && c.Auto:
		return pipeline.RoleSystem
	}
	return c.Role
}

// Written remembers what this process wrote to a desk, for platforms where a
// message cannot carry our mark: by its identifier there, and, for a webhook
// that is faster than the answer to our own call, by ticket and text. The zero
// value works; it is safe for concurrent use. Delivery does not need it: it
// looks for the text itself (MarkerText), also after a restart.
type Written struct {
	mu     sync.Mutex
	marks  map[string]string
	order  []string
	oldest int
}

const maxWritten = 4096

// Begin remembers a text before it is sent; Add its identifier afterwards.
func (w *Written) Begin(ref pipeline.TicketRef, text, marker string) {
	w.put("text/"+ref.String()+"/"+normal(text), marker)
}

// Add remembers the identifier that the desk gave to what was sent.
func (w *Written) Add(ref pipeline.TicketRef, remoteID, marker string) {
	w.put("id/"+ref.String()+"/"+remoteID, marker)
}

// Marker returns our mark on a message of a ticket; empty when it is not known
// to be ours. text counts only for messages by agents and bots: a customer may
// quote us. Pass "" for a customer's.
func (w *Written) Marker(ref pipeline.TicketRef, remoteID, text string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m, ok := w.marks["id/"+ref.String()+"/"+remoteID]; ok {
		return m
	}
	if text = normal(text); text == "" {
		return ""
	}
	return w.marks["text/"+ref.String()+"/"+text]
}

func (w *Written) put(key, marker string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.marks == nil {
		w.marks = map[string]string{}
	}
	if _, known := w.marks[key]; !known {
		if len(w.order) < maxWritten {
			w.order = append(w.order, key)
		} else {
			delete(w.marks, w.order[w.oldest])
			w.order[w.oldest], w.oldest = key, (w.oldest+1)%maxWritten
		}
	}
	w.marks[key] = marker
}

package drafting

import (
	"slices"
	"strings"

	"footnote/pipeline"
	"footnote/pipeline/guard"
	"footnote/pipeline/text"
	"footnote/pipeline/text/letter"
)

// said is one public entry of a thread, cleaned.
type said struct {
	letter.Letter
	role     pipeline.Role
	files    []string
	courtesy text.Courtesy // of a customer's message that only is courteous
}

// heard reads a thread's public entries up to the message of that index.
func heard(t pipeline.Ticket, last int) []said {
	names := []string{t.Requester.Name}
	for _, m := range t.Messages {
		if m.Author.Name != "" && !slices.Contains(names, m.Author.Name) {
			names = append(names, m.Author.Name)
		}
	}
	var out []said
	subject := t.Subject // of the thread's first message by a customer
	for i := 0; i <= last; i++ {
		m := t.Messages[i]
		if !m.Public || m.Role == pipeline.RoleSystem {
			continue
		}
		s := said{role: m.Role, files: m.Attachments}
		if m.Role == pipeline.RoleCustomer {
			s.Letter, subject = clean(m.Text, subject), ""
			s.courtesy = Courtesy(m.Text, names...)
		} else {
			s.Letter = clean(m.Text, "")
		}
		out = append(out, s)
	}
	return out
}

// Courtesy tells whether a message of the customer, as it was received, is courteous
// and nothing else. names are those of the thread.
func Courtesy(raw string, names ...string) text.Courtesy {
	c := text.CourtesyOf(CleanMessage(raw), names...)
	if c != text.Wordless {
		return c
	}
	for line := range strings.Lines(raw) { // a greeting is cut away
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, ">") {
			if greets := text.CourtesyOf(line, names...); greets != 0 {
				return greets
			}
			break
		}
	}
	return c
}

// newest is the index of the message, or where that is not known of the newest
// customer message, or of the last; -1 of an empty thread.
func newest(t pipeline.Ticket, message string) int {
	last := -1
	for i, m := range t.Messages {
		if m.ID == message {
			return i
		}
		if m.Public && m.Role == pipeline.RoleCustomer {
			last = i
		}
	}
	if last < 0 {
		last = len(t.Messages) - 1
	}
	return last
}

// question gathers what the customer wrote since the last answer: what was there
// before, what of it asks or tells something (corrections carried out), the files that
// came with it, and why nothing is left where that is so.
func question(thread []said) (before []said, parts, files []string, empty string) {
	begin := 0
	for i, s := range thread {
		if s.role == pipeline.RoleAgent && i < len(thread)-1 {
			begin = i + 1
		}
	}
	before = slices.Clone(thread[:begin])
	took := false
	var last said
	for _, s := range thread[begin:] {
		if s.role == pipeline.RoleBot {
			before = append(before, s)
			continue
		}
		last, files = s, append(files, s.files...)
		if s.courtesy != 0 {
			continue
		}
		n := len(parts)
		if parts = amend(parts, s.Text); n > 0 && len(parts) == 0 {
			took = true
		}
	}
	if len(parts) == 0 {
		empty = nothing(last, files, took, begin > 0)
	}
	return before, parts, files, empty
}

// nothing says in plain words why a message has nothing to answer.
func nothing(last said, files []string, took, answered bool) string {
	switch c := last.courtesy; {
	case took:
		return tookBack
	case len(files) > 0:
		return "The message asks nothing in words and has a file (" + strings.Join(shortNames(files), ", ") + "), which Footnote does not read: look at it."
	case c.Is(text.Thanks) && !c.Is(text.Nudges):
		return "The message says thanks and asks nothing."
	case c.Is(text.Nudges) && answered:
		return "The customer asks for news and nothing else."
	case c.Is(text.Nudges):
		return "The message asks for an answer and does not say to what."
	case c.Is(text.Greets):
		return "The message greets and asks nothing yet."
	case c.Is(text.Agrees):
		return "The message only agrees: look what to."
	}
	return "The message has no words to answer."
}

const tookBack = "The customer took the question back."

// maxFiles is how many files of a question are named.
const maxFiles = pipeline.DraftFiles

func shortNames(files []string) []string {
	var out []string
	for _, f := range files {
		if f = clipBytes(strings.TrimSpace(strings.Join(strings.Fields(guard.Clean(f)), " ")), 80); f != "" && !slices.Contains(out, f) {
			out = append(out, f)
		}
		if len(out) == maxFiles {
			break
		}
	}
	return out
}

// described names files with their kinds: "screenshot.png (image)".
func described(files []string) []string {
	out := shortNames(files)
	for i, f := range out {
		if k := pipeline.FileKind(f); k != "" {
			out[i] = f + " (" + k + ")"
		}
	}
	return out
}

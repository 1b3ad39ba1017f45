package filing

import (
	"slices"
	"strings"

	"footnote/bots"
	"footnote/pipeline"
)

// Rule is how one desk's tickets are filed. The zero value files nothing.
type Rule struct {
	Tags map[string][]string // by word of Words
	// AfterSend is the status of a ticket whose reply was sent; empty: as it is.
	AfterSend pipeline.TicketStatus
}

// Empty tells whether the rule files nothing.
func (r Rule) Empty() bool { return len(r.Tags) == 0 && r.AfterSend == "" }

// Words are what tags can be given for: outcomes of messages, decisions about drafts,
// ends of replies.
var Words = []string{"proposed", "abstained", "held_out", "skipped", "failed",
	"approved", "edited", "rejected", "handed_off", "redrafted", "sent", "returned"}

// ParseRule reads the settings tags ("sent=footnote_sent, edited=footnote_edited") and
// after_send (pending or solved). Invalid, with the words there are, for others.
func ParseRule(tags, after string) (Rule, error) {
	r := Rule{AfterSend: pipeline.TicketStatus(strings.TrimSpace(after))}
	if r.AfterSend != "" && r.AfterSend != pipeline.StatusPending && r.AfterSend != pipeline.StatusSolved {
		return Rule{}, pipeline.Errorf(pipeline.Invalid, "after_send is pending, solved or empty, not %q", bots.Plain(after, 40))
	}
	for part := range strings.SplitSeq(tags, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		word, tag, ok := strings.Cut(part, "=")
		word, tag = strings.TrimSpace(word), strings.TrimSpace(tag)
		if !ok || tag == "" || !slices.Contains(Words, word) {
			return Rule{}, pipeline.Errorf(pipeline.Invalid, "tags are written as sent=a_tag, edited=another; %q is none, and the words are %s", bots.Plain(part, 60), strings.Join(Words, ", "))
		}
		if r.Tags == nil {
			r.Tags = map[string][]string{}
		}
		if !slices.Contains(r.Tags[word], tag) {
			r.Tags[word] = append(r.Tags[word], tag)
		}
	}
	return r, nil
}

// Unmoved is a Mover that cannot move to every status.
type Unmoved interface {
	// CannotMove says why tickets cannot be moved to a status; empty when they can.
	CannotMove(s pipeline.TicketStatus) string
}

// Check says what of a rule a desk cannot follow; empty when it can follow all.
func Check(d bots.Desk, r Rule) (problems []string) {
	if _, ok := d.(bots.Tagger); !ok && len(r.Tags) > 0 {
		problems = append(problems, "it takes no tags: empty "+bots.Setting(d.Name(), "tags"))
	}
	_, ok := d.(bots.Mover)
	if !ok && r.AfterSend != "" {
		problems = append(problems, "its tickets have no status that could be set: empty "+bots.Setting(d.Name(), "after_send"))
	}
	if u, limited := d.(Unmoved); ok && limited && r.AfterSend != "" {
		if why := u.CannotMove(r.AfterSend); why != "" {
			problems = append(problems, why+": change "+bots.Setting(d.Name(), "after_send"))
		}
	}
	return problems
}

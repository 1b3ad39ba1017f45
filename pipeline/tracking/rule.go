package tracking

import (
	"hash/fnv"

	"footnote/pipeline"
	"footnote/pipeline/text/letter"
)

// Reasons of skipped messages, as people read them.
const (
	ruleSuperseded = pipeline.SupersededReason
	ruleAnswered   = pipeline.AnsweredReason
	ruleAutoReply  = "automatic reply"
	rulePaused     = pipeline.PausedReason
	ruleSolved     = pipeline.SolvedReason
	ruleResolved   = pipeline.ResolvedReason
	ruleHeldOut    = "control arm: measured without a draft"
)

// judge says how a pending message ends without a draft, and an empty kind when
// it needs one. paused says that nothing is drafted now.
func (t *Tracker) judge(ticket pipeline.Ticket, p pending, q question, paused bool) (pipeline.OutcomeKind, string) {
	last := q.message
	switch {
	case q.beside[p.message]:
		return pipeline.OutcomeSkipped, pipeline.BesideReason
	case p.message != last.ID:
		return pipeline.OutcomeSkipped, ruleSuperseded
	}
	for i := len(ticket.Messages) - 1; i >= 0 && ticket.Messages[i].ID != p.message; i-- {
		if m := ticket.Messages[i]; m.Role == pipeline.RoleAgent && m.Public {
			return pipeline.OutcomeSkipped, ruleAnswered
		}
	}
	if !p.taken && letter.Automatic(nil, ticket.Subject, last.Text) {
		return pipeline.OutcomeSkipped, ruleAutoReply
	}
	if !p.taken && q.thanks() {
		return pipeline.OutcomeSkipped, pipeline.ThanksReason
	}
	if p.solved && !p.paused {
		return pipeline.OutcomeSkipped, ruleResolved
	}
	if paused {
		return pipeline.OutcomeSkipped, rulePaused
	}
	if ticket.Arm == pipeline.ArmControl {
		return pipeline.OutcomeHeldOut, ruleHeldOut
	}
	if p.solved {
		return pipeline.OutcomeSkipped, ruleSolved
	}
	return "", ""
}

// arm draws a ticket's place in the experiment from its name and the seed: the
// same ticket always falls the same way, whoever asks.
func (t *Tracker) arm(ref pipeline.TicketRef) pipeline.Arm {
	h := fnv.New64a()
	h.Write([]byte(t.Seed + "\x00" + ref.Desk + "\x00" + ref.ID))
	// FNV's high bits mix poorly on short keys: finish with a multiply-shift.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	if float64(x>>11)/(1<<53) < t.Holdout {
		return pipeline.ArmControl
	}
	return pipeline.ArmTreatment
}

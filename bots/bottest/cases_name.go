package bottest

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"footnote/bots"
	"footnote/pipeline"
)

var grace = pipeline.Agent{ID: "a1", Name: "Grace Hopper", Email: "grace@example.org"}

// caseInWhoseName: what the desk tells before approval is what stands there after it,
// for an agent that it knows, for one that it does not, and for one whose key it takes
// no more; then, where nothing else is set, nothing is sent.
func caseInWhoseName(r *run) {
	signer, ok := r.Desk.(bots.Signer)
	if !ok {
		r.Fatalf("the desk does not tell in whose name replies go")
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	for _, by := range []pipeline.Agent{grace, {ID: "a2", Name: "Nobody Known", Email: "nobody@example.org"}} {
		r.nameStands(ctx, signer, by)
	}
	if r.Revoke == nil {
		return
	}
	before := r.nameStands(ctx, signer, grace)
	if !before.Own {
		r.Errorf("with a key of her own: %+v", before)
	}
	r.Revoke()
	if after := r.nameStands(ctx, signer, grace, "found by the refusal alone"); !after.Held {
		r.Errorf("after the refusal: %+v, want held", after)
	}
	r.Advance(2 * time.Hour)
	after := r.nameStands(ctx, signer, grace)
	if !after.Held || !strings.Contains(after.Why, "agent_") || !strings.Contains(after.Why, grace.Email) {
		r.Errorf("with a key that is refused: %+v", after)
	}
	if p := bots.PulseOf(r.Desk); p != nil && p.State().Refused {
		r.Errorf("one agent's key counts as the desk refusing us")
	}
}

// nameStands compares what a desk tells of an agent's name with the platform's ledger.
// With late, the desk is asked after the reply.
func (r *run) nameStands(ctx context.Context, signer bots.Signer, by pipeline.Agent, late ...string) bots.Standing {
	said, err := signer.Standing(ctx, by)
	if err != nil {
		r.Fatalf("%s: %v", by.Name, err)
	}
	ref, _ := r.begin(Said{Text: question})
	id, err := r.Desk.Post(ctx, bots.Post{Ticket: ref, Text: "Open settings.", Marker: bots.MarkerFor(uuid()), Author: by,
		Recipient: pipeline.Person{Name: "Ada", Email: "ada@example.org"}})
	if len(late) > 0 {
		if said, err = signer.Standing(ctx, by); err != nil {
			r.Fatalf("%s: %v", by.Name, err)
		}
	} else if v := bots.VerdictOf(err); said.Held != (v == bots.Refused) || !said.Held && err != nil {
		r.Errorf("%s: %+v, and the reply is %s (%v)", by.Name, said, v, err)
	}
	if said.Own == (said.Why != "") {
		r.Errorf("%s: %+v must say why exactly when the name is not theirs", by.Name, said)
	}
	sent := r.Accepted(ref)
	i := slices.IndexFunc(sent, func(s DeskReply) bool { return s.ID == id })
	switch {
	case said.Held && len(sent) > 0:
		r.Errorf("%s: %d replies were sent", by.Name, len(sent))
	case said.Held:
	case i < 0:
		r.Errorf("%s: the platform does not have the reply", by.Name)
	case said.Own && sent[i].Author.Name != by.Name, !said.Own && sent[i].Author.Name == by.Name && said.Name != "":
		r.Errorf("%s: told %q (own %t), and the platform shows %q", by.Name, cmp.Or(said.Name, "nothing"), said.Own, sent[i].Author.Name)
	}
	return said
}

package volume

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"

	"footnote/pipeline"
	"footnote/review/audit"
)

// story is one ticket while it is told. Nothing in it happens after the past's
// end: what would have is not there yet, so the newest tickets are open.
type story struct {
	p         *past
	ref       pipeline.TicketRef
	desk      desk
	locale    string
	customer  pipeline.Person
	arm       string
	created   time.Time
	clock     time.Time
	revision  int64
	agent     int // of whom works on it
	messages  int
	firstAt   *time.Time
	solvedAt  *time.Time
	status    string
	statusAt  time.Time
	updatedAt time.Time
}

func (p *past) id() uuid.UUID {
	var u uuid.UUID
	for i := range u {
		u[i] = byte(p.rng.Uint32())
	}
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return u
}

// after draws a time from a log-normal distribution by its median.
func (p *past) after(median time.Duration, sigma float64) time.Duration {
	return (time.Duration(float64(median) * math.Exp(sigma*p.rng.NormFloat64()))).Truncate(time.Millisecond)
}

// ticket tells the i-th ticket; they come evenly over the days, the oldest first.
func (p *past) ticket(i int) {
	step := time.Duration(p.c.Days) * 24 * time.Hour / time.Duration(p.c.Tickets)
	d := pick(p, desks, .45, .25, .2, .1)
	s := story{p: p, ref: pipeline.TicketRef{Desk: d.name, ID: fmt.Sprint(100_000 + i)}, desk: d, arm: "treatment", status: "open", agent: p.rng.IntN(agents)}
	s.created = p.c.Now.Add(-step * time.Duration(p.c.Tickets-i)).Add(time.Duration(p.rng.Float64() * float64(step))).Truncate(time.Millisecond)
	s.clock, s.statusAt, s.updatedAt = s.created, s.created, s.created
	s.locale = pick(p, locales, .6, .15, .1, .08, .04, .03)
	n := p.rng.IntN(max(50, p.c.Tickets/3))
	s.customer = pipeline.Person{ID: fmt.Sprint("c", n), Name: first[n%len(first)] + " " + last[n/7%len(last)], Email: fmt.Sprintf("c%d@example.com", n)}
	if p.chance(.1) {
		s.arm = "control"
	}
	queue, thing := pick(p, d.queues), pick(p, things[s.locale])
	for turn := 0; turn < 5 && s.ask(thing) && p.chance(.35); turn++ {
		if !s.wait(p.after(7*time.Hour, 1)) {
			break
		}
	}
	if s.firstAt != nil && s.wait(p.after(20*time.Hour, .8)) && p.chance(.93) {
		s.solve()
	}
	p.add("tickets", d.name, s.ref.ID, thing, s.status, s.statusAt, s.locale, pick(p, products), queue, s.customer.ID, s.customer.Name, s.customer.Email,
		s.revision, s.arm, s.created, s.firstAt, s.solvedAt, s.updatedAt)
	if i%5 == 0 { // the desk's own history, from before
		p.history(i)
	}
}

// wait lets time pass and tells whether it did before the end.
func (s *story) wait(d time.Duration) bool {
	s.clock = s.clock.Add(d)
	return s.clock.Before(s.p.c.Now)
}

func (s *story) solve() {
	at := s.clock
	s.status, s.statusAt, s.solvedAt, s.updatedAt = "solved", at, &at, at
}

func (s *story) say(role, name, email, text, marker string) string {
	s.messages++
	s.revision++
	id := fmt.Sprint("m", s.messages)
	s.p.add("messages", s.ref.Desk, s.ref.ID, id, role, name, email, text, true, marker, s.clock, s.clock.Add(time.Second), s.revision)
	s.updatedAt = s.clock
	return id
}

// ask is one customer message and what became of it; it tells whether an answer
// came.
func (s *story) ask(thing string) bool {
	p := s.p
	text := fmt.Sprintf(pick(p, askings[s.locale]), thing, fmt.Sprint("F-", 10_000_000+p.rng.IntN(90_000_000)))
	m := s.say("customer", s.customer.Name, s.customer.Email, text, "")
	arrived := s.clock.Add(time.Second)
	outcome := func(kind, reason string, draft any) {
		event := pipeline.NewEvent(pipeline.DraftRequested, fmt.Sprintf("draft/%s/%s/1", s.ref, m), s.ref, arrived, struct{}{})
		p.add("outcomes", s.ref.Desk, s.ref.ID, m, kind, reason, draft, event, arrived, arrived.Add(200*time.Millisecond))
	}
	switch {
	case arrived.After(p.c.Now.Add(-5 * time.Second)): // being drafted
		p.add("outcomes", s.ref.Desk, s.ref.ID, m, nil, "", nil, nil, arrived, nil)
		return false
	case p.chance(.08):
		outcome("skipped", "automatic reply", nil)
		return false
	case p.chance(.003):
		outcome("failed", "the model gave no answer", nil)
		return s.answerAtDesk()
	case s.arm == "control":
		outcome("held_out", "held out for comparison", nil)
		return s.answerAtDesk()
	}
	d := s.draft(m, arrived)
	kind := "proposed"
	if d.Abstained != "" {
		kind = "abstained"
	}
	outcome(kind, d.Abstained, d.ID)
	return s.review(d)
}

// answerAtDesk is an agent's own reply, mostly measured by the page they had open.
func (s *story) answerAtDesk() bool {
	p := s.p
	if p.chance(.001) || !s.wait(p.after(3*time.Hour, .9)) {
		return false
	}
	kind := pick(p, []string{"measured", "native", "proxy", ""}, .7, .1, .1)
	if kind != "" {
		s.span(kind, "console", p.after(260*time.Second, .7), "reply", s.clock)
	}
	a := agentOf(s.agent)
	s.say("agent", a.Name, a.Email, "Thank you for writing. Here is how: open Settings, choose Edit and save.", "")
	s.answered()
	return true
}

func (s *story) answered() {
	if s.firstAt == nil {
		at := s.clock
		s.firstAt = &at
	}
}

func (s *story) span(kind, surface string, active time.Duration, end string, ended time.Time) {
	started := ended.Add(-active)
	if s.p.chance(.05) { // a pause beyond the idle limit, counted up to it
		started = started.Add(-20 * time.Minute)
	}
	s.p.add("spans", s.p.id(), s.ref.Desk, s.ref.ID, agentOf(s.agent).ID, kind, surface, started, ended, ended, end, active.Milliseconds())
}

func (s *story) draft(m string, at time.Time) pipeline.Draft {
	p := s.p
	d := pipeline.Draft{ID: p.id().String(), Ticket: s.ref, Message: m, Revision: s.revision, Version: 1, Locale: s.locale, Drafter: "extractive", CreatedAt: at.Add(150 * time.Millisecond)}
	if p.chance(.22) {
		d.Abstained = "No source answers the question."
		p.saveDraft(d)
		return d
	}
	n := p.rng.IntN(articles)
	doc, title, text := article(n)
	d.Probability = .4 + .6*p.rng.Float64()
	d.Confidence = d.Probability
	d.Sentences = []pipeline.Sentence{{Text: text, Receipts: []pipeline.Receipt{{Number: 1, Passage: passageID(n), Document: doc, Version: 1, Quote: text, End: len(text), Title: title, Audience: pipeline.Public}}}}
	if p.chance(.1) {
		d.Findings = []pipeline.Finding{{Check: "number", Severity: pipeline.Warn, Sentence: 0, Detail: "Look at the number."}}
	}
	if p.chance(.3) {
		d.Drafter, d.Model, d.CostMicros = "model", "example-model", int64(200+p.rng.IntN(900))
		p.add("llm_calls", d.CreatedAt, "draft", "", "first", d.Model, 1200, 150, d.CostMicros, 900)
	}
	p.saveDraft(d)
	return d
}

func (p *past) saveDraft(d pipeline.Draft) {
	content, err := json.Marshal(d)
	if err != nil { // strings and numbers always marshal
		panic(err)
	}
	p.add("drafts", uuid.MustParse(d.ID), d.Ticket.Desk, d.Ticket.ID, d.Message, d.Revision, d.Version, json.RawMessage(content), d.Abstained, d.Drafter, d.CostMicros, float32(d.Confidence), d.CreatedAt)
}

// verdict is where a draft ends with people.
type verdict struct {
	state, kind, text, hash, reason, delivery string
	distance                                  float64
	by                                        any
	at, sent                                  *time.Time
	decision                                  any
}

// review is what people make of a draft; it tells whether the customer got an answer.
func (s *story) review(d pipeline.Draft) bool {
	p := s.p
	v := verdict{state: "open"}
	answered := s.decide(d, &v)
	var claimedBy any
	var claimedAt *time.Time
	if v.state == "open" && p.chance(.2) && d.CreatedAt.Before(p.c.Now.Add(-time.Minute)) {
		at := p.c.Now.Add(-30 * time.Second)
		v.state, claimedBy, claimedAt = "claimed", agentOf(s.agent).ID, &at
	}
	updated := d.CreatedAt
	if v.at != nil {
		updated = *v.at
	}
	p.add("reviews", uuid.MustParse(d.ID), s.ref.Desk, s.ref.ID, v.state, claimedBy, claimedAt, v.by, v.at, v.decision, v.kind, v.text, v.hash, v.reason, float32(v.distance), v.delivery, v.sent, updated)
	return answered
}

func (s *story) decide(d pipeline.Draft, v *verdict) bool {
	p := s.p
	if p.chance(.001) || !s.wait(p.after(90*time.Minute, 1)) {
		return false // nobody came to it
	}
	kind := pick(p, []string{"approve", "edit", "reject", "hand_off", ""}, .55, .2, .08, .04)
	if d.Abstained != "" {
		kind = pick(p, []string{"edit", "hand_off", ""}, .45, .1)
	}
	if kind == "" { // somebody answered at the desk: the draft is void
		v.state, v.reason = "stale", "The customer wrote again, or somebody replied, after this was drafted."
		at := s.clock
		v.at = &at
		p.log(at, "footnote", "draft.voided", "draft/"+d.ID, map[string]string{"reason": v.reason})
		return s.answerAtDesk()
	}
	at, id := s.clock, p.id()
	v.kind, v.at, v.decision, v.by = kind, &at, id, agentOf(s.agent).ID
	surface := pick(p, []string{"slack", "console"})
	if p.chance(.1) {
		s.span("measured", surface, p.after(20*time.Second, .5), "idle", at.Add(-30*time.Minute))
	}
	end := map[string]string{"approve": "reply", "edit": "reply"}[kind]
	if end == "" {
		end = kind
	}
	s.span("measured", surface, p.after(150*time.Second, .7), end, at)
	if kind == "reject" || kind == "hand_off" {
		v.state, v.reason = map[string]string{"reject": "rejected", "hand_off": "handed_off"}[kind], "not what was asked"
		s.decided(d, id, at, surface, v)
		return kind == "reject" && s.answerAtDesk()
	}
	v.text, v.state, v.delivery = d.Text(), "approved", "queued"
	if kind == "edit" {
		v.text, v.distance = v.text+" Write again if it does not help.", .1+.5*p.rng.Float64()
	}
	v.hash = d.ReplyFor(v.text, s.customer).Hash()
	s.decided(d, id, at, surface, v)
	return s.deliver(d, id, v)
}

// decided writes what review does for one decision.
func (s *story) decided(d pipeline.Draft, id uuid.UUID, at time.Time, surface string, v *verdict) {
	p := s.p
	p.add("decisions", id, uuid.MustParse(d.ID), v.kind, v.by, surface, v.hash, v.text, v.reason, at)
	if at.After(p.c.Now.AddDate(0, -2, 0)) { // the outbox of before is not read any more
		p.add("outbox", p.id(), pipeline.NewEvent(pipeline.DraftDecided, "decision/"+id.String(), s.ref, at, struct{}{}), "published", at)
	}
	p.log(at, agentOf(s.agent).ID, "draft."+v.kind, "draft/"+d.ID, map[string]string{"decision": id.String(), "hash": v.hash, "surface": surface, "reason": v.reason})
}

func (s *story) deliver(d pipeline.Draft, decision uuid.UUID, v *verdict) bool {
	p := s.p
	id, created := p.id(), s.clock
	state := pick(p, []string{"sent", "failed", "stale", "asked"}, .985, .005, .005)
	if !s.wait(2 * time.Second) {
		state = "queued"
	}
	marker := "fn-" + id.String()
	e := pipeline.NewEvent(pipeline.DraftDecided, "decision/"+decision.String(), s.ref, created, struct{}{})
	p.add("deliveries", id, decision, uuid.MustParse(d.ID), s.ref.Desk, s.ref.ID, e, v.hash, marker, state, 1, 1, "r"+marker[:9], "", created, state != "queued", created, s.clock)
	if state == "queued" {
		return false
	}
	v.delivery = state
	action := "draft.returned"
	if state == "sent" {
		at := s.clock
		v.state, v.sent, action = "sent", &at, "draft.sent"
	} else {
		v.state, v.reason = "returned", "The desk refused the reply."
	}
	p.log(s.clock, "delivery", action, "draft/"+d.ID, map[string]string{"decision": decision.String(), "hash": v.hash, "state": state, "remote": "r" + marker[:9], "reason": v.reason})
	if state != "sent" {
		return s.answerAtDesk()
	}
	a := agentOf(s.agent)
	s.say("agent", a.Name, a.Email, v.text, marker)
	s.answered()
	return true
}

// history is a ticket that a desk solved before Footnote was there.
func (p *past) history(i int) {
	solved := p.c.Now.AddDate(0, 0, -p.c.Days).Add(-time.Duration(p.rng.IntN(200*24)) * time.Hour)
	fr, res := p.after(3*time.Hour, .8), p.after(26*time.Hour, .8)
	p.add("desk_history", "zendesk", fmt.Sprint(i), solved.Add(-res), solved, fr.Milliseconds(), fr.Milliseconds()/3, res.Milliseconds(), res.Milliseconds()/3,
		p.after(280*time.Second, .7).Milliseconds(), pick(p, []int{0, 1, 2}, .9, .08), "reply_time_in_minutes, full_resolution_time_in_minutes")
}

// entry is a row of the audit log before it is chained.
type entry struct {
	at time.Time
	audit.Entry
}

func (p *past) log(at time.Time, actor, action, object string, detail map[string]string) {
	p.entries = append(p.entries, entry{at, audit.Entry{Actor: actor, Action: action, Object: object, Detail: detail}})
}

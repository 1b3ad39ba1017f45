package delivery

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"footnote/bots"
	"footnote/pipeline"
)

// Freshness tells whether an approval may still be sent. Filled in cmd: the
// ticket's revision is the one that was approved, and every cited passage is
// current and public.
type Freshness interface {
	// Fresh returns nil when nothing changed since the draft.decided event.
	// pipeline.ErrUndone says that the approval was taken back: then it never
	// answers nil, and once it has answered nil nobody can take it back any more.
	// Conflict says in plain words what changed; any other kind means that it
	// could not be found out and is asked again later.
	Fresh(ctx context.Context, decided pipeline.Event) error
}

// Config configures a Delivery.
type Config struct {
	Desks     []bots.Desk
	Pool      *pgxpool.Pool
	Publisher bots.Publisher
	Fresh     Freshness // nil: only the desk's thread is checked
	// Courteous tells whether a customer's message only thanks or greets, so that a
	// reply to what was asked before may still go; nil: none does.
	Courteous func(raw string) bool
	// Settle is how long a desk may take to show what it accepted; an unknown
	// reply is looked for after this time, twice. 0 means 30 s.
	Settle      time.Duration
	SendTimeout time.Duration // from the commit of sending to the end of the POST, which gets half of it; 0 means 40 s
	ReadTimeout time.Duration // of the checks before a POST, and of a probe; 0 means 15 s
	Poll        time.Duration // between looks for due rows; 0 means 1 s
	Backoff     time.Duration // first wait when a desk is away, doubled up to MaxBackoff; 0 means 2 s
	MaxBackoff  time.Duration // 0 means 5 min
	ProbeTries  int           // failed reads of an unknown reply before a person is asked; 0 means 10
	Workers     int           // replies on their way at once; 0 means 4
	// Now replaces the database's clock in tests; nil in production, so that
	// several processes agree on leases.
	Now func() time.Time
	// Step is called at each named step, for tests that die there; may be nil.
	Step    func(name string)
	Log     *slog.Logger
	Metrics prometheus.Registerer
}

// Delivery brings approved replies to desks by the protocol in doc.go. Several
// processes may run it on one database.
type Delivery struct {
	c     Config
	desks map[string]bots.Desk
	store deliveries
	kick  chan struct{}

	claiming sync.Mutex // one worker at a time decides which desks are left alone

	mu    sync.Mutex
	holds map[string]hold // desks that are away
	busy  map[string]int  // workers at a desk

	states *prometheus.CounterVec
	posts  *prometheus.CounterVec
}

// hold keeps a desk alone until a time; fails counts failures in a row.
type hold struct {
	until time.Time
	fails int
	// A desk that could not be reached at that time is not left alone any longer once
	// any call to it was answered; zero: that proves nothing, for it takes calls and
	// not replies, or asked to wait.
	away time.Time
}

// Names of the steps given to Config.Step, in order.
const (
	StepQueued    = "delivery.queued"    // the approval is stored
	StepClaimed   = "delivery.claimed"   // a due row is ours
	StepRead      = "delivery.read"      // the thread was read and found fresh
	StepSending   = "delivery.sending"   // "sending" is committed, the POST comes next
	StepPosted    = "delivery.posted"    // the POST returned, nothing is written yet
	StepProbed    = "delivery.probed"    // the thread was read for our marker
	StepSettled   = "delivery.settled"   // a final state is committed
	StepPublished = "delivery.published" // the event is out, not yet marked so
)

// Steps lists all of them.
var Steps = []string{StepQueued, StepClaimed, StepRead, StepSending, StepPosted, StepProbed, StepSettled, StepPublished}

// maxResends after a reply was proven absent twice.
const maxResends = 1

// New builds a Delivery. Two desks of one name are an error.
func New(c Config) (*Delivery, error) {
	for _, d := range []struct {
		v   *time.Duration
		def time.Duration
	}{{&c.Settle, 30 * time.Second}, {&c.SendTimeout, 40 * time.Second}, {&c.ReadTimeout, 15 * time.Second},
		{&c.Poll, time.Second}, {&c.Backoff, 2 * time.Second}, {&c.MaxBackoff, 5 * time.Minute}} {
		if *d.v == 0 {
			*d.v = d.def
		}
	}
	if c.Workers == 0 {
		c.Workers = 4
	}
	if c.ProbeTries == 0 {
		c.ProbeTries = 10
	}
	if c.Step == nil {
		c.Step = func(string) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	desks, err := bots.ByName(c.Desks)
	if err != nil {
		return nil, err
	}
	d := &Delivery{c: c, desks: desks, store: deliveries{c.Pool, c.Now}, kick: make(chan struct{}, c.Workers), holds: map[string]hold{}, busy: map[string]int{},
		states: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "footnote_deliveries_total",
			Help: "Replies that reached a state, by desk."}, []string{"desk", "state"}),
		posts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "footnote_desk_posts_total",
			Help: "POSTs of replies, by desk and verdict."}, []string{"desk", "verdict"})}
	return d, bots.Register(c.Metrics, d.states, d.posts)
}

// Handles lists the event types that Delivery.Handle wants to see.
var Handles = []pipeline.EventType{pipeline.DraftDecided, pipeline.TicketReceived}

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Handle stores an approval for sending; other decisions are ignored. The same
// decision twice is one delivery. An approval whose hash is not the hash of its
// reply is never sent: it ends as failed, loudly. Invalid for an event that
// cannot be read; database errors are worth a redelivery.
func (d *Delivery) Handle(ctx context.Context, e pipeline.Event) error {
	if e.Type == pipeline.TicketReceived {
		return d.reported(ctx, e)
	}
	if e.Type != pipeline.DraftDecided {
		return nil
	}
	data, err := pipeline.Decode[pipeline.DecidedData](e)
	if err != nil {
		return err
	}
	switch data.Kind {
	case pipeline.Arrived:
		return d.arrived(ctx, data)
	case pipeline.Undo:
		return d.undo(ctx, data)
	}
	if data.State != pipeline.StateApproved {
		return nil
	}
	if !uuidForm.MatchString(data.Decision) || !uuidForm.MatchString(data.Draft) {
		return pipeline.Errorf(pipeline.Invalid, "approval %s names no decision or draft", e.ID)
	}
	row := delivery{decision: strings.ToLower(data.Decision), draft: data.Draft, desk: e.Desk, ticket: e.Ticket, event: e,
		hash: data.Hash, marker: bots.MarkerFor(data.Decision), state: pipeline.DeliveryQueued, dueAt: data.SendAt}
	if why := refuseApproval(e, data); why != "" {
		d.c.Log.Error("REFUSED to send: the approval does not hold", "decision", data.Decision, "draft", data.Draft,
			"ticket", e.Ref().String(), "by", data.By.ID, "reason", why)
		row.state, row.reason = pipeline.DeliveryFailed, why
	}
	inserted, err := d.store.insert(ctx, row)
	if err != nil {
		return err
	}
	if inserted {
		d.states.WithLabelValues(d.label(row.desk), string(row.state)).Inc()
	}
	d.c.Step(StepQueued)
	d.Wake()
	return nil
}

// refuseApproval says why an approval must not be sent; empty when it may.
func refuseApproval(e pipeline.Event, data pipeline.DecidedData) string {
	switch {
	case data.Kind != pipeline.Approve && data.Kind != pipeline.Edit:
		return "Nothing was sent: the decision is not an approval."
	case data.Reply == nil:
		return "Nothing was sent: the approval holds no reply."
	case data.By.ID == "":
		return "Nothing was sent: the approval names no person."
	case data.Reply.Ticket != e.Ref():
		return "Nothing was sent: the approved reply belongs to another ticket."
	case strings.TrimSpace(data.Reply.Text) == "":
		return "Nothing was sent: the approved reply is empty."
	case data.Hash == "" || data.Reply.Hash() != data.Hash:
		return "Nothing was sent: the reply is not the one that was approved (its hash differs)."
	}
	return ""
}

// Wake makes Run look for due rows now.
func (d *Delivery) Wake() {
	select {
	case d.kick <- struct{}{}:
	default:
	}
}

// Run takes due rows until ctx ends, then finishes what is under way (at most
// ReadTimeout + SendTimeout and a few statements) and returns nil.
func (d *Delivery) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for range d.c.Workers {
		wg.Go(func() { d.work(ctx) })
	}
	wg.Wait()
	return nil
}

func (d *Delivery) work(ctx context.Context) {
	finish := context.WithoutCancel(ctx)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.kick:
		case <-timer.C:
		}
		for ctx.Err() == nil {
			worked, err := d.Next(finish)
			if err != nil {
				d.c.Log.Warn("deliver replies", "error", err)
			}
			if !worked || err != nil {
				break
			}
		}
		timer.Reset(d.c.Poll)
	}
}

// Next takes one due delivery one step further and tells whether there was
// one. Run calls it; tests call it to go step by step.
func (d *Delivery) Next(ctx context.Context) (bool, error) {
	row, err := d.claim(ctx)
	if pipeline.KindOf(err) == pipeline.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer d.leave(row.desk)
	d.c.Step(StepClaimed)
	switch row.state {
	case pipeline.DeliveryQueued:
		err = d.send(ctx, row)
	case pipeline.DeliverySending:
		// Whoever was sending is dead or too late: the desk may have it.
		next := row
		next.state, next.absent, next.looks, next.tries = pipeline.DeliveryUnknown, 0, 0, 0
		next.reason = "Sending was interrupted; looking whether the desk has the reply."
		_, err = d.move(ctx, row, next, d.c.Settle)
	case pipeline.DeliveryUnknown:
		err = d.probe(ctx, row)
	default:
		err = d.publish(ctx, row)
	}
	if pipeline.KindOf(err) == pipeline.Conflict {
		d.c.Log.Warn("delivery was taken over", "delivery", row.id, "state", row.state)
		return true, nil
	}
	return true, err
}

// claim takes a due row of a desk that is not to be left alone, and counts the
// worker as busy there until leave.
func (d *Delivery) claim(ctx context.Context) (delivery, error) {
	d.claiming.Lock()
	defer d.claiming.Unlock()
	ctx, cancel := context.WithTimeout(ctx, d.c.ReadTimeout)
	defer cancel()
	row, err := d.store.claim(ctx, d.held(), d.c.ReadTimeout+leaseMargin)
	if err == nil {
		d.mu.Lock()
		d.busy[row.desk]++
		d.mu.Unlock()
	}
	return row, err
}

func (d *Delivery) leave(desk string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy[desk]--; d.busy[desk] <= 0 {
		delete(d.busy, desk)
	}
}

// leaseMargin is added to the time a step may take before others take over.
const leaseMargin = 10 * time.Second

// dbTimeout bounds the statements that record what happened.
const dbTimeout = 10 * time.Second

// move commits a change of state. Conflict when the row is not ours any more.
func (d *Delivery) move(ctx context.Context, from, to delivery, wait time.Duration) (delivery, error) {
	ctx, cancel := context.WithTimeout(ctx, dbTimeout)
	defer cancel()
	to, err := d.store.move(ctx, from, to, wait)
	if err == nil && to.state != from.state {
		d.states.WithLabelValues(d.label(to.desk), string(to.state)).Inc()
		d.c.Log.Info("delivery", "delivery", to.id, "ticket", to.event.Ref().String(), "state", to.state, "was", from.state,
			"attempt", to.attempt, "reason", to.reason)
	}
	return to, err
}

// settle commits a final state and publishes it.
func (d *Delivery) settle(ctx context.Context, row delivery, state pipeline.DeliveryState, remoteID, reason string) error {
	next := row
	next.state, next.remoteID, next.reason = state, bots.Plain(remoteID, bots.MaxID), reason
	next, err := d.move(ctx, row, next, d.c.Backoff)
	if err != nil {
		return err
	}
	d.c.Step(StepSettled)
	return d.publish(ctx, next)
}

// publish tells the others how a final delivery ended. When the bus is away
// the row stays due and is published later, under the same event id.
func (d *Delivery) publish(ctx context.Context, row delivery) error {
	if row.state == pipeline.DeliveryUndone { // whoever took it back has told
		return d.store.markPublished(ctx, row)
	}
	data, err := pipeline.Decode[pipeline.DecidedData](row.event)
	if err != nil {
		return err
	}
	typ := pipeline.ReplyReturned
	if row.state == pipeline.DeliverySent {
		typ = pipeline.ReplyDelivered
	}
	e := row.event.Follow(typ, "delivery/"+row.id+"/"+string(row.state), row.updatedAt, pipeline.Delivered{
		Delivery: row.id, Decision: row.decision, Draft: row.draft, State: row.state, Reason: row.reason,
		RemoteID: row.remoteID, Hash: row.hash, By: data.By, At: row.updatedAt})
	ctx, cancel := context.WithTimeout(ctx, dbTimeout)
	defer cancel()
	if err := d.c.Publisher.Publish(ctx, e); err != nil {
		return err // due again after the lease
	}
	d.c.Step(StepPublished)
	return d.store.markPublished(ctx, row)
}

// label keeps metric labels to configured desks.
func (d *Delivery) label(desk string) string {
	if _, ok := d.desks[desk]; ok {
		return desk
	}
	return ""
}

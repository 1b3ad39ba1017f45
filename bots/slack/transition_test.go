package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	api "github.com/slack-go/slack"

	"footnote/bots/slack/cards"
	"footnote/bots/slack/client"
	"footnote/bots/slack/presses"
	"footnote/pipeline"
)

// TestEveryTransition: whatever a review goes through, its card says where it
// stands, with the buttons that fit.
func TestEveryTransition(t *testing.T) {
	t.Parallel()
	words := map[pipeline.DraftState]string{pipeline.StateOpen: "nobody has claimed it yet", pipeline.StateClaimed: "Claimed", pipeline.StateApproved: "being sent",
		pipeline.StateSent: "Sent", pipeline.StateReturned: "Not sent.", pipeline.StateRejected: "Rejected", pipeline.StateHandedOff: "Handed off",
		pipeline.StateSuperseded: "Redraft asked for", pipeline.StateStale: "Out of date."}
	can := func(own string) []string {
		return []string{cards.ActApprove, cards.ActEdit, cards.ActReceipts, own, cards.ActRedraft, cards.ActReject, cards.ActHandOff, cards.ActConsole}
	}
	buttons := map[pipeline.DraftState][]string{pipeline.StateOpen: can(cards.ActClaim), pipeline.StateReturned: can(cards.ActClaim),
		pipeline.StateClaimed: can(cards.ActRelease), pipeline.StateStale: {cards.ActRedraft, cards.ActConsole}, pipeline.StateRejected: {cards.ActRedraft, cards.ActConsole},
		pipeline.StateHandedOff: {cards.ActRedraft, cards.ActConsole}, pipeline.StateApproved: {cards.ActReceipts, cards.ActConsole}, pipeline.StateSent: {cards.ActReceipts, cards.ActConsole}, pipeline.StateSuperseded: {cards.ActConsole}}
	open := []pipeline.DraftState{pipeline.StateOpen, pipeline.StateClaimed, pipeline.StateReturned}
	ways := map[pipeline.DraftState][]pipeline.DraftState{ // to: from
		pipeline.StateClaimed: {pipeline.StateOpen, pipeline.StateReturned}, pipeline.StateOpen: {pipeline.StateClaimed}, pipeline.StateApproved: open,
		pipeline.StateRejected: open, pipeline.StateHandedOff: open, pipeline.StateStale: open, pipeline.StateSent: {pipeline.StateApproved, pipeline.StateReturned},
		pipeline.StateReturned:   {pipeline.StateApproved},
		pipeline.StateSuperseded: append([]pipeline.DraftState{pipeline.StateStale, pipeline.StateRejected, pipeline.StateHandedOff}, open...)}
	w := newWorld(t, "")
	n := 0
	for to, all := range ways {
		for _, from := range all {
			n++
			r := typical()
			r.Draft.Message, r.Draft.Ticket.ID = fmt.Sprint("m-", n), fmt.Sprint("T-", n)
			be := func(s pipeline.DraftState) {
				r.State, r.ClaimedBy, r.DecidedBy, r.DecidedAt, r.Reason = s, ada, alan, t0, "because"
				if s == pipeline.StateReturned {
					r.Delivery = pipeline.DeliveryFailed
				}
				w.reviews.put(r)
			}
			be(pipeline.StateOpen)
			w.handle(pipeline.DraftProposed, r)
			for _, s := range []pipeline.DraftState{from, to} {
				be(s)
				w.handle(pipeline.DraftDecided, r)
				card := w.cards()[n-1]
				if !contains(card.Strings(), words[s]) {
					t.Errorf("%s → %s: the card says %q, not %q", from, to, card.Strings(), words[s])
				}
				if got := card.Buttons(); !slices.Equal(got, buttons[s]) {
					t.Errorf("%s: buttons %q, want %q", s, got, buttons[s])
				}
			}
		}
	}
}

// TestThreeRetries: each event that the manifest subscribes to, each press and
// each form, delivered four times as Slack retries, has one effect.
func TestThreeRetries(t *testing.T) {
	t.Parallel()
	var m struct {
		Settings struct {
			Events struct {
				Bot []string `yaml:"bot_events"`
			} `yaml:"event_subscriptions"`
		} `yaml:"settings"`
	}
	if err := yaml.Unmarshal([]byte(Manifest), &m); err != nil || len(m.Settings.Events.Bot) < 8 {
		t.Fatal(err, m)
	}
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		before := func() int64 { idle(w.chat); return w.chat.Status().Counts["duplicate"] }
		for i, kind := range m.Settings.Events.Bot {
			if !strings.HasPrefix(kind, "channel_") && !strings.HasPrefix(kind, "group_") && kind != "member_joined_channel" && kind != "user_change" {
				continue // those that end everything, and those that are requests, have tests of their own
			}
			n := before()
			for retry := range 4 {
				if err := w.slack.Event(w.ctx, fmt.Sprint("Ev", i), map[string]any{"type": kind, "channel": "C0OTHER", "user": map[string]any{"id": "U1ADA"}}, retry); err != nil {
					t.Fatal(err)
				}
			}
			if d := before() - n; d != 3 {
				t.Errorf("%s: %d of four deliveries were taken for duplicates, want 3", kind, d)
			}
		}
		again := func() {
			t.Helper()
			for range 3 {
				if err := w.slack.Again(w.ctx); err != nil {
					t.Fatal(err)
				}
			}
			idle(w.chat)
		}
		w.proposed()
		w.click("U1ADA", cards.ActClaim)
		again()
		w.cardSays("Claimed")
		w.click("U1ADA", cards.ActEdit)
		w.form("U1ADA", presses.InReply)
		if _, open, err := w.slack.Submit(w.ctx, "U1ADA", map[string]string{presses.InReply: "My words."}); err != nil || open {
			t.Fatal(open, err)
		}
		again()
		w.cardSays("approved", "My words.")
		if d := w.reviews.done(); len(d) != 2 {
			t.Errorf("%d decisions, want 2: %+v", len(d), d)
		}
		if x := w.slack.Whispers("U1ADA"); len(x) != 0 {
			t.Errorf("told %v", x)
		}
	})
}

// TestTwoReplicasOverHTTP: a press that reaches both processes is one decision.
func TestTwoReplicasOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "http")
	other := w.newChat()
	server := httptest.NewServer(other.Routes())
	t.Cleanup(server.Close)
	w.proposed()
	w.click("U1ADA", cards.ActApprove)
	w.slack.PointAt(server.URL)
	if err := w.slack.Again(w.ctx); err != nil {
		t.Fatal(err)
	}
	w.cardSays("Approved")
	idle(w.chat)
	idle(other)
	if w.reviews.asked != 1 || len(w.slack.Whispers("U1ADA")) != 0 {
		t.Errorf("%d decisions, whispers %v", w.reviews.asked, w.slack.Whispers("U1ADA"))
	}
}

// TestSocketDropsUnderPress: the socket goes with the press on it; Slack
// delivers it again to the next one, and it is one decision.
func TestSocketDropsUnderPress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "socket")
	w.proposed()
	w.click("U1ADA", cards.ActClaim)
	w.slack.DropSockets()
	w.await("it is connected again", func() bool { return w.slack.SocketsOpened() == 2 && w.slack.Sockets() == 1 })
	if err := w.slack.Again(w.ctx); err != nil {
		t.Fatal(err)
	}
	idle(w.chat)
	w.cardSays("Claimed")
	if w.reviews.asked != 1 {
		t.Errorf("%d decisions, want 1", w.reviews.asked)
	}
}

// TestAnswers: what each of Slack's answers means for us.
func TestAnswers(t *testing.T) {
	t.Parallel()
	of := func(code string) error { return api.SlackErrorResponse{Err: code} }
	for want, errs := range map[client.Verdict][]error{
		client.Done:    {nil},
		client.Limited: {&api.RateLimitedError{RetryAfter: time.Second}, api.StatusCodeError{Code: 429}, of("ratelimited"), of("rate_limited"), of("message_limit_exceeded")},
		client.Unclear: {api.StatusCodeError{Code: 500}, api.StatusCodeError{Code: 503}, api.StatusCodeError{Code: 408}, of("internal_error"), of("fatal_error"),
			of("service_unavailable"), of("request_timeout"), errors.New("connection reset"), http.ErrHandlerTimeout},
		client.Broken: {api.StatusCodeError{Code: 403}, of("channel_not_found"), of("not_in_channel"), of("is_archived"), of("restricted_action"), of("invalid_auth"), of("not_authed"),
			of("token_revoked"), of("token_expired"), of("account_inactive"), of("missing_scope"), of("not_allowed_token_type"), of("no_permission"),
			of("ekm_access_denied"), of("org_login_required"), of("team_access_not_granted"), of("access_denied"), of("restricted_action_read_only_channel"), of("enterprise_is_restricted"), of("a_new_one")},
		client.Refused: {of("invalid_blocks"), of("invalid_blocks_format"), of("msg_blocks_too_long"), of("msg_blocks_too_many"), of("msg_too_long"), of("no_text"), of("invalid_arguments"),
			of("message_not_found"), of("cant_update_message"), of("edit_window_closed"), of("hash_conflict"), of("expired_trigger_id"), of("exchanged_trigger_id"),
			of("invalid_trigger_id"), of("push_limit_reached"), of("not_found"), of("view_too_large"), of("user_not_found"), of("user_not_in_channel"), of("thread_not_found"),
			of("invalid_metadata_format"), of("metadata_too_large")},
	} {
		for _, err := range errs {
			if got, code := client.Classify(err); got != want || want == client.Refused && code != err.Error() {
				t.Errorf("%v: %d (%s), want %d", err, got, code, want)
			}
		}
	}
}

// TestKeepsToSlacksPace: with the pace that is built in, a flood of cards is
// never answered 429 by a workspace that limits as Slack does.
func TestKeepsToSlacksPace(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Now()}
	p := client.NewPacer(c.now)
	// never wait on a timer: the clock of the test stands still
	yield := func(_ context.Context, key string) error { return p.Yield(key, 0) }
	w := newWorld(t, "", func(cfg *Config) { cfg.Now, cfg.Pace = c.now, yield })
	w.slack.SetClock(c.now)
	w.slack.Limit("chat.postMessage", time.Second, 5)
	waited := 0
	for i := range 12 {
		r := typical()
		r.Draft.Message, r.Draft.Ticket.ID = fmt.Sprint("m-", i), fmt.Sprint("T-", i)
		w.reviews.put(r)
		for {
			err := w.chat.Handle(w.ctx, w.event(pipeline.DraftProposed, r))
			if err == nil {
				break
			}
			c.move(retryAfter(t, err))
			waited++
		}
	}
	if n := len(w.cards()); n != 12 || waited == 0 {
		t.Errorf("%d cards after %d waits", n, waited)
	}
	for _, call := range w.slack.Calls("chat.postMessage") {
		if call.Error != "" {
			t.Errorf("Slack answered %s at %s", call.Error, call.At)
		}
	}
}

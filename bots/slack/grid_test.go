package slack

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"footnote/bots/bottest"
	"footnote/bots/slack/cards"
	"footnote/pipeline"
)

// TestWorldSisterWorkspaces: in an Enterprise Grid, members of sister workspaces are at home,
// however Slack says so, also in user groups that name them by their id in the enterprise;
// people of other companies are not.
func TestWorldSisterWorkspaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		enterprise string // as auth.test tells
		user       bottest.SlackUser
		team       string // of the press
		group      []string
		may        bool
		say        string
	}{
		{"another workspace, same enterprise", "E1", bottest.SlackUser{ID: "W2", Team: "T0SISTER", Enterprise: "E1"}, "T0SISTER", nil, true, ""},
		{"our workspace among theirs, enterprise untold", "", bottest.SlackUser{ID: "W2", Team: "T0SISTER", Enterprise: "E1", Teams: []string{"T0SISTER", bottest.SlackTeam}}, "T0SISTER", nil, true, ""},
		{"the enterprise as their team", "E1", bottest.SlackUser{ID: "W2", Team: "E1"}, "E1", nil, true, ""},
		{"a stranger by Slack's word, of our enterprise", "E1", bottest.SlackUser{ID: "W2", Team: "T0SISTER", Enterprise: "E1", Stranger: true}, "T0SISTER", nil, true, ""},
		{"in a group by the id of the enterprise", "E1", bottest.SlackUser{ID: "U2", GridID: "W2", Team: bottest.SlackTeam, Enterprise: "E1"}, "", []string{"W2"}, true, ""},
		{"in a group by the local id", "E1", bottest.SlackUser{ID: "U2", GridID: "W2", Team: "T0SISTER", Enterprise: "E1"}, "T0SISTER", []string{"U2"}, true, ""},
		{"in none of the groups", "E1", bottest.SlackUser{ID: "U2", GridID: "W2", Team: "T0SISTER", Enterprise: "E1"}, "", []string{"W9"}, false, "none of the Slack groups"},
		{"another enterprise", "E1", bottest.SlackUser{ID: "W2", Team: "T0ELSE", Enterprise: "E9"}, "T0ELSE", nil, false, "another workspace"},
		{"another company, no grid", "", bottest.SlackUser{ID: "U2", Team: "T0ELSE"}, "T0ELSE", nil, false, "another workspace"},
		{"a guest of a sister workspace", "E1", bottest.SlackUser{ID: "W2", Team: "T0SISTER", Enterprise: "E1", Guest: true}, "T0SISTER", nil, false, "Guests may not"},
		{"a stranger", "E1", bottest.SlackUser{ID: "U2", Stranger: true}, "", nil, false, "another workspace"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := quietWorld(t, func(cfg *Config) {
				if c.group != nil {
					cfg.Groups = map[string]string{"S0AGENTS": "agent"}
				}
			})
			w.slack.JoinEnterprise(c.enterprise) // before anybody asks who we are
			w.slack.SetGroup("S0AGENTS", c.group...)
			w.begin("socket")
			if err := w.chat.Probe(w.ctx); err != nil {
				t.Fatal(err)
			}
			c.user.Email = ada.Email
			w.slack.AddUser(c.user)
			w.proposed()
			if err := w.slack.Press(w.ctx, bottest.SlackPress{User: c.user.ID, Message: w.card(), Action: cards.ActClaim, Team: c.team}); err != nil {
				t.Fatal(err)
			}
			if c.may {
				w.cardSays("Claimed", "Ada Lovelace")
			} else {
				w.told(c.user.ID, c.say)
			}
		})
	}
}

// TestSSLCheck: Slack asks now and then, unsigned, whether the certificate is good.
func TestSSLCheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "http")
	h := w.chat.Routes()
	for _, c := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/slack/commands", "token=x&ssl_check=1", 200},
		{"POST", "/slack/interactive", "ssl_check=1&token=x", 200},
		{"POST", "/slack/events", "ssl_check=1", 200},
		{"GET", "/slack/commands?token=x&ssl_check=1", "", 200},
		{"GET", "/slack/events?ssl_check=1", "", 200},
		{"GET", "/slack/commands", "", 405},
		{"POST", "/slack/commands", "ssl_check=1&command=%2Ffootnote&text=pause&user_id=U1ADA", 401},
		{"POST", "/slack/interactive", "ssl_check=1&payload=%7B%7D", 401},
		{"POST", "/slack/commands", "ssl_check=10", 401},
		{"POST", "/slack/commands", "text=ssl_check%3D1&user_id=U1ADA", 401},
	} {
		r, err := http.NewRequestWithContext(w.ctx, c.method, c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if got := serve(h, r); got != c.want {
			t.Errorf("%s %s %s: %d, want %d", c.method, c.path, c.body, got, c.want)
		}
	}
	if n := w.chat.Status().Counts["unreadable"]; n != 0 {
		t.Errorf("%d were kept as unreadable", n)
	}
}

// TestDeletedCardComesBack: a card that somebody deleted stands there again as soon as
// Slack tells, while there is something to decide; what is decided stays away, and what
// was deleted and is no card is nobody's business.
func TestDeletedCardComesBack(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, transport string) {
		w := newWorld(t, transport)
		r := w.proposed()
		old := w.card()
		w.delete(old)
		w.await("the card is back", func() bool { m := w.cards(); return len(m) == 1 && m[0].TS != old.TS })
		w.click("U1ADA", cards.ActClaim)
		w.cardSays("Claimed")
		w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { r.State, r.DecidedBy = pipeline.StateRejected, ada })
		w.handle(pipeline.DraftDecided, r)
		w.cardSays("Rejected")
		w.delete(w.card())
		w.delete(bottest.SlackMessage{Channel: channel, TS: "1.000001"})
		w.delete(bottest.SlackMessage{Channel: "C0ELSE", TS: old.TS})
		w.await("all were taken", func() bool { return w.chat.Status().Counts["deleted"] == 2 })
		idle(w.chat)
		if n := len(w.cards()); n != 0 {
			t.Errorf("%d cards", n)
		}
	})
}

// delete removes a message as a person may, and lets Slack tell of it.
func (w *world) delete(m bottest.SlackMessage) {
	w.t.Helper()
	w.slack.DeleteMessage(m.Channel, m.TS)
	event := map[string]any{"type": "message", "subtype": "message_deleted", "channel": m.Channel, "channel_type": "channel", "hidden": true,
		"deleted_ts": m.TS, "ts": "1800000000.000100", "previous_message": map[string]any{"type": "message", "ts": m.TS}}
	if err := w.slack.Event(w.ctx, "EvDel"+m.Channel+m.TS, event, 0); err != nil {
		w.t.Fatal(err)
	}
}

// TestFrozenCard: a card that Slack lets nobody change is taken away, or is said to be
// old where it stands; a newer one shows the truth, and its live buttons decide nothing.
func TestFrozenCard(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"cant_update_message", "edit_window_closed", "is_inactive"} {
		for _, decided := range []bool{false, true} {
			for _, stays := range []bool{false, true} {
				t.Run(code, func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, "socket")
					r := w.proposed()
					old := w.card()
					w.slack.Fail("chat.update", bottest.SlackFault{Error: code})
					if stays {
						w.slack.FailAlways("chat.delete", bottest.SlackFault{Error: "cant_delete_message"})
					}
					w.reviews.change(r.Draft.ID, func(r *pipeline.Review) {
						r.State, r.ClaimedBy, r.ClaimedAt = pipeline.StateClaimed, ada, t0
						if decided {
							r.State, r.DecidedBy, r.DecidedAt, r.Reason = pipeline.StateRejected, ada, t0, "wrong"
						}
					})
					w.handle(pipeline.DraftDecided, r)
					w.handle(pipeline.DraftDecided, r)
					want := 1
					if decided {
						want--
					}
					if stays {
						want++
					}
					all := w.cards()
					if len(all) != want {
						t.Fatalf("%d cards, want %d", len(all), want)
					}
					if !stays {
						return
					}
					var said []bottest.SlackMessage
					for _, n := range w.notes() {
						if n.ThreadTS == old.TS && contains(n.Strings(), "This card is old", "its buttons do nothing") {
							said = append(said, n)
						}
					}
					if len(said) != 1 || decided && !contains(said[0].Strings(), "Rejected") {
						t.Fatalf("said %d times under the old card", len(said))
					}
					if err := w.slack.Click(w.ctx, "U2ALAN", old, cards.ActApprove); err != nil {
						t.Fatal(err)
					}
					w.told("U2ALAN", "This card is old") // which is put in the card's place
					if w.reviews.asked != 0 {
						t.Error("an old card decided")
					}
				})
			}
		}
	}
}

// TestQueuesGoTheirWay: cards of a queue go to its channel or person, the others to the
// triage channel; each place has its own presses.
func TestQueuesGoTheirWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "socket", func(c *Config) { c.Queues = map[string]string{"Refunds": "C0REFUNDS", "billing": "U2ALAN"} })
	w.slack.SetChannel("C0REFUNDS", true, false)
	for queue, place := range map[string]string{"refunds": "C0REFUNDS", "Billing ": "DU2ALAN", "shipping": channel, "": channel} {
		r := freshDraft(w, "queue-"+queue)
		w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { r.Ticket.Queue = queue })
		before := len(w.slack.Messages(place))
		w.handle(pipeline.DraftProposed, r)
		if n := len(w.slack.Messages(place)) - before; n < 1 {
			t.Errorf("queue %q: nothing in %s", queue, place)
		}
		w.reviews.change(r.Draft.ID, func(r *pipeline.Review) { r.State, r.ClaimedBy, r.ClaimedAt = pipeline.StateClaimed, ada, t0 })
		w.handle(pipeline.DraftClaimed, r)
		last := w.slack.Messages(place)
		if !contains(last[len(last)-1].Strings(), "Claimed") && !contains(last[before].Strings(), "Claimed") {
			t.Errorf("queue %q: not brought up to date in %s", queue, place)
		}
	}
	for _, wrong := range []string{"#refunds", "refunds", "c01"} {
		cfg := w.cfg
		cfg.AppToken = bottest.SlackAppToken
		cfg.Queues = map[string]string{"q": wrong}
		if _, err := New(cfg); pipeline.KindOf(err) != pipeline.Invalid {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func serve(h http.Handler, r *http.Request) int {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec.Code
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/bots"
	"footnote/bots/bottest"
	"footnote/bots/email"
	"footnote/bots/freshdesk"
	"footnote/bots/intake"
	"footnote/bots/sandbox"
	"footnote/bots/slackdesk"
	"footnote/bots/webhook"
	"footnote/migrations/localpg/pgtest"
	"footnote/pipeline"
)

var entranceNow = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// fakePlatform is a fake of bottest: customers write there, the adapter reads.
type fakePlatform interface {
	Begin(s bottest.Said) (ticket, message string)
	Write(ticket string, s bottest.Said) string
}

// opened is a platform with what an adapter needs to reach it.
type opened struct {
	fakePlatform       // nil where webhooks carry the text
	url, token, secret string
	sign               func(raw []byte, at time.Time) http.Header // nil: no webhooks
	pool               *pgxpool.Pool                              // for desks that keep what they read
	mail               *bottest.Email                             // instead of webhooks
	read               map[pipeline.TicketRef]bool                // of its tickets
}

// entrance is how outside bytes come in through one desk.
type entrance struct {
	scheme string // of webhook_signatures.jsonl; empty: nothing is signed
	open   func(testing.TB) opened
	build  func(o opened) (bots.Desk, error) // as cmd builds it
}

// built is a registered desk, built from its settings.
func built[S any, P interface {
	*S
	deskSettings
}](kind string, settings func(o opened) S) func(opened) (bots.Desk, error) {
	return func(o opened) (bots.Desk, error) {
		s := settings(o)
		return deskKinds[kind].build(deskKit{Name: kind, Config: &Config{}, Pool: o.pool, Log: slog.New(slog.DiscardHandler)}, P(&s))
	}
}

func canonical(t testing.TB) opened {
	const secret = "entrance-secret-0123456789"
	return opened{url: "http://desk.example", secret: secret, sign: bottest.InboundSign(t, secret)}
}

// nobody has an account.
type nobody struct{}

func (nobody) AgentByEmail(context.Context, string) (pipeline.Agent, error) {
	return pipeline.Agent{}, pipeline.Errorf(pipeline.NotFound, "no account")
}

// entrances is every desk. A new one gets a line.
var entrances = map[string]entrance{
	"zendesk": {"zendesk", func(t testing.TB) opened {
		z := bottest.NewZendesk(t)
		return opened{fakePlatform: z, url: z.URL, token: z.Token, secret: z.Secret, sign: z.Sign}
	}, built("zendesk", func(o opened) zendeskSettings {
		return zendeskSettings{URL: o.url, Email: "copilot@example.org", Token: Secret(o.token), Secret: Secret(o.secret)}
	})},
	"freshdesk": {"freshdesk_shared_header", func(t testing.TB) opened {
		z := bottest.NewFreshdesk(t)
		return opened{fakePlatform: z, url: z.URL, token: z.Key, secret: z.Secret, sign: func([]byte, time.Time) http.Header { return http.Header{freshdesk.HeaderSecret: {z.Secret}} }}
	}, built("freshdesk", func(o opened) freshdeskSettings {
		return freshdeskSettings{URL: o.url, Key: Secret(o.token), Secret: Secret(o.secret)}
	})},
	"intercom": {"intercom", func(t testing.TB) opened {
		z := bottest.NewIntercom(t)
		return opened{fakePlatform: z, url: z.URL, token: z.Token, secret: z.Secret, sign: func(raw []byte, _ time.Time) http.Header {
			return http.Header{"X-Hub-Signature": {bots.NewSecrets(z.Secret).Sign(bots.HexSHA1.Prefix("sha1="), raw)}}
		}}
	}, built("intercom", func(o opened) intercomSettings {
		return intercomSettings{URL: o.url, Token: Secret(o.token), Secret: Secret(o.secret)}
	})},
	"zammad": {"zammad", func(t testing.TB) opened {
		z := bottest.NewZammad(t)
		return opened{fakePlatform: z, url: z.URL, token: z.Token, secret: z.Secret, sign: z.Sign}
	}, built("zammad", func(o opened) zammadSettings {
		return zammadSettings{URL: o.url, Token: Secret(o.token), Secret: Secret(o.secret)}
	})},
	"chatwoot": {"chatwoot", func(t testing.TB) opened {
		z := bottest.NewChatwoot(t)
		return opened{fakePlatform: z, url: z.URL, token: z.Token, secret: z.Secret, sign: z.Sign}
	}, built("chatwoot", func(o opened) chatwootSettings {
		return chatwootSettings{URL: o.url, Account: 1, Token: Secret(o.token), Secret: Secret(o.secret)}
	})},
	"libredesk": {"libredesk", func(t testing.TB) opened {
		z := bottest.NewLibredesk(t)
		return opened{fakePlatform: z, url: z.URL, token: z.Key, secret: z.Secret, sign: z.Sign}
	}, built("libredesk", func(o opened) libredeskSettings {
		return libredeskSettings{URL: o.url, Key: Secret(o.token), Secret: Secret(o.secret)}
	})},
	"webhook": {"standard_webhooks", canonical, func(o opened) (bots.Desk, error) {
		return webhook.New(webhook.Config{Secrets: []string{o.secret}})
	}},
	"sandbox": {"standard_webhooks", canonical, func(o opened) (bots.Desk, error) {
		return sandbox.NewClient(sandbox.ClientConfig{BaseURL: "http://desk.example", Secrets: []string{o.secret}})
	}},
	"email": {"", func(t testing.TB) opened {
		m := bottest.NewEmail(t)
		m.Clock.Advance(time.Since(m.Clock.Now())) // the desk looks for new mail
		return opened{fakePlatform: bottest.NewMailbox(m, email.TicketID), token: m.Password, pool: pgtest.New(t), mail: m, read: map[pipeline.TicketRef]bool{}}
	}, built("email", func(o opened) emailSettings {
		return emailSettings{Address: o.mail.Address, IMAP: o.mail.IMAP, SMTP: o.mail.SMTP, Password: Secret(o.token)}
	})},
	// Events come over the chat's connection, whose signatures are these.
	"slackdesk": {"slack_v0", func(t testing.TB) opened {
		s := bottest.NewSlackDesk(t)
		return opened{fakePlatform: bottest.SupportChannel{SlackDesk: s}, url: s.Base, token: bottest.SlackBotToken, secret: bottest.SlackSigningSecret, sign: s.Sign, pool: pgtest.New(t)}
	}, func(o opened) (bots.Desk, error) {
		return slackdesk.New(slackdesk.Config{URL: o.url, Token: o.token, Channels: map[string]bool{bottest.SlackSupport: false}, Secrets: []string{o.secret}, Pool: o.pool, People: nobody{}})
	}},
}

// hostileSets are the sets whose rows are bodies and texts.
var hostileSets = []string{"email_torture", "json_malformed", "naughty_strings", "unicode", "html_xss"}

// TestEntrances sends every row of the sets through every desk's webhook, or as a
// mail, and every reading: each becomes an event, or a record in the quarantine with its
// reason; signatures are judged right; nothing panics. -v prints the table.
func TestEntrances(t *testing.T) {
	for kind := range deskKinds {
		if _, ok := entrances[kind]; !ok {
			t.Errorf("desk %s has no line in entrances", kind)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(entrances)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := entrances[name]
			o := e.open(t)
			d, err := e.build(o)
			if err != nil {
				t.Fatal(err)
			}
			if e.scheme != "" {
				signatures(t, e, o)
			}
			for _, set := range hostileSets {
				var rows [][]byte
				found := bottest.BadRows(t, set+".jsonl", func(r struct {
					Text string
					B64  []byte
				}) {
					if r.B64 == nil {
						r.B64 = []byte(r.Text)
					}
					rows = append(rows, r.B64)
				})
				if !found {
					t.Skip("no ../shared/data")
				}
				if o.mail != nil {
					mails(t, d, o, set, rows)
				} else {
					bodies(t, d, o, set, rows)
				}
				if o.fakePlatform == nil {
					canonicalTexts(t, d, o, set, rows)
				} else {
					readTexts(t, d, o, set, rows)
				}
			}
		})
	}
}

func signatures(t *testing.T, e entrance, o opened) {
	n, right := 0, 0
	found := bottest.BadRows(t, "webhook_signatures.jsonl", func(r struct {
		Scheme, Case, Secret, Expect string
		Now                          int64 `json:"now_unix"`
		Headers                      map[string]string
		B64                          []byte
	}) {
		if r.Scheme != e.scheme || r.Expect == "either" {
			return
		}
		n++
		o.secret = r.Secret
		d, err := e.build(o)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		for k, v := range r.Headers {
			h.Set(k, v)
		}
		_, err = d.Parse(h, r.B64, time.Unix(r.Now, 0))
		if denied := err != nil && pipeline.KindOf(err) == pipeline.Denied; (r.Expect == "reject") == denied {
			right++
		} else {
			t.Errorf("%s: %v, want %s", r.Case, err, r.Expect)
		}
	})
	if found && n == 0 {
		t.Errorf("no row is of scheme %s", e.scheme)
	}
	t.Logf("webhook_signatures: %d of %d right", right, n)
}

// kept counts what goes into the quarantine and on the bus.
type kept struct{ n, events int }

func (k *kept) Keep(_ context.Context, _, reason string, _ []byte, _ time.Time) error {
	if reason == "" {
		return fmt.Errorf("no reason is given")
	}
	k.n++
	return nil
}

func (k *kept) Publish(context.Context, pipeline.Event) error { k.events++; return nil }

// bodies sends each row as a whole signed webhook.
func bodies(t *testing.T, d bots.Desk, o opened, set string, rows [][]byte) {
	k := &kept{}
	in, err := intake.New(intake.Config{Desks: []bots.Desk{d}, Publisher: k, Quarantine: k, Now: func() time.Time { return entranceNow }})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	in.Install(mux)
	count := map[string]int{}
	for i, raw := range rows {
		before := *k
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/hooks/"+d.Name(), bytes.NewReader(raw))
		r.Header = o.sign(raw, entranceNow)
		mux.ServeHTTP(w, r)
		switch {
		case w.Code == http.StatusAccepted && k.events > before.events:
			count["events"]++
		case w.Code == http.StatusAccepted && k.n == before.n: // told of nothing, in the platform's form
			count["nothing to do"]++
		case w.Code == http.StatusBadRequest && k.n == before.n+1:
			count["quarantined"]++
		default:
			t.Errorf("%s row %d is answered %d %s: %.100q", set, i, w.Code, w.Body, raw)
		}
	}
	t.Logf("%s: %d bodies: %v", set, len(rows), count)
}

// mails puts each row into the mailbox as a whole mail.
func mails(t *testing.T, d bots.Desk, o opened, set string, rows [][]byte) {
	count := func() (placed, quarantined int) {
		t.Helper()
		if err := o.pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM email_places), (SELECT count(*) FROM email_quarantine WHERE reason <> '')`).Scan(&placed, &quarantined); err != nil {
			t.Fatal(err)
		}
		return placed, quarantined
	}
	placed, quarantined := count()
	for _, raw := range rows {
		o.mail.Put("INBOX", raw)
	}
	refs, err := d.(bots.Poller).Changed(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	p, q := count()
	if p-placed+q-quarantined != len(rows) {
		t.Errorf("%s: of %d mails %d are in threads and %d in the quarantine", set, len(rows), p-placed, q-quarantined)
	}
	for _, row := range refs {
		ref := row.TicketRef
		if o.read[ref] {
			continue
		}
		o.read[ref] = true
		ticket, err := d.(bots.Reader).Thread(t.Context(), ref)
		unfit := func(m pipeline.Message) bool { return !fit(m.Text) || !fit(m.Author.Name) }
		if err != nil || !fit(ticket.Subject) || len(ticket.Messages) == 0 || slices.ContainsFunc(ticket.Messages, unfit) {
			t.Errorf("%s: ticket %s is read as %+v, %v", set, ref, ticket, err)
		}
	}
	t.Logf("%s: %d mails: %d in threads, %d in the quarantine", set, len(rows), p-placed, q-quarantined)
}

// fit tells whether a text can be stored and shown.
func fit(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// canonicalTexts sends each row as the text of a message.
func canonicalTexts(t *testing.T, d bots.Desk, o opened, set string, rows [][]byte) {
	for i, row := range rows {
		raw, err := json.Marshal(bots.Inbound{Kind: bots.KindMessage, Ticket: bots.InboundTicket{ID: "t1", Subject: string(row)},
			Message: &bots.InboundMessage{ID: fmt.Sprint("m", i), Role: pipeline.RoleCustomer, Text: string(row), Attachments: []string{string(row)}}})
		if err != nil {
			t.Fatal(err)
		}
		events, err := d.Parse(o.sign(raw, entranceNow), raw, entranceNow)
		if err != nil || len(events) != 1 {
			t.Errorf("%s row %d: %d events, %v", set, i, len(events), err)
			continue
		}
		got, err := pipeline.Decode[pipeline.Received](events[0])
		if err != nil || got.Message == nil || !fit(got.Message.Text) || !fit(got.Ticket.Subject) {
			t.Errorf("%s row %d: %+v, %v", set, i, got, err)
		}
	}
	t.Logf("%s: %d texts: %d events", set, len(rows), len(rows))
}

// readTexts has customers write each row, as text and as HTML, and reads them.
func readTexts(t *testing.T, d bots.Desk, o opened, set string, rows [][]byte) {
	n := 0
	for batch := range slices.Chunk(rows, 30) {
		for _, html := range []bool{false, true} {
			said := func(row []byte) bottest.Said {
				s := bottest.Said{Role: pipeline.RoleCustomer, Text: string(row)}
				if html {
					s.HTML = string(row)
				}
				return s
			}
			ticket, first := o.Begin(said(batch[0]))
			ids := []string{first}
			for _, row := range batch[1:] {
				ids = append(ids, o.Write(ticket, said(row)))
			}
			thread, ok, err := newThreads(func() []bots.Desk { return []bots.Desk{d} }).Thread(t.Context(), pipeline.TicketRef{Desk: d.Name(), ID: ticket}) // as tracking does
			if err != nil || !ok {
				t.Errorf("%s: read %d rows: %v", set, len(batch), err)
				continue
			}
			for _, m := range thread.Messages {
				if i := slices.Index(ids, m.ID); i >= 0 && fit(m.Text) {
					n++
				} else {
					t.Errorf("%s: message %s is read as %.100q", set, m.ID, m.Text)
				}
			}
		}
	}
	if n != 2*len(rows) {
		t.Errorf("%s: %d of %d texts are read", set, n, 2*len(rows))
	}
	t.Logf("%s: %d texts, as text and as HTML: %d messages", set, len(rows), n)
}

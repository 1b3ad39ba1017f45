package main

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/bots"
)

// TestEmailBuilds: the settings make a desk that listens, and needs no route.
func TestEmailBuilds(t *testing.T) {
	c, err := loadConfig("", []string{"email_address=support@shop.example", "email_imap=imaps://mail.shop.example", "email_smtp=smtps://mail.shop.example",
		"email_password=p", "email_agents=@shop.example, grace@example.com"}, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	pool, err := pgxpool.New(t.Context(), "postgres://nobody@127.0.0.1:1/none") // connects when used
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for _, a := range c.accounts {
		if a.name != "email" {
			continue
		}
		if !a.settings.configured() {
			t.Error("not configured")
		}
		d, err := deskKinds[a.kind].build(deskKit{Name: a.name, Config: &c, Pool: pool}, a.settings)
		if err != nil {
			t.Fatal(err)
		}
		if _, listens := d.(bots.Watcher); !listens || d.Name() != "email" || route(d) != "none: it listens" {
			t.Errorf("%s: %q", d.Name(), route(d))
		}
		return
	}
	t.Error("there is no account email")
}

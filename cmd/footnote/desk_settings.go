package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"footnote/bots"
	"footnote/pipeline"
)

// onDesk is openOrBegin for commands about one desk. A process that runs already read
// its settings at start; it is told what they are here, so that it can say when they
// differ.
func (g globals) onDesk(ctx context.Context, cmd command, desk string) error {
	c, err := g.load()
	if err != nil {
		return err
	}
	mine, err := c.deskDigest(desk)
	if err != nil {
		return err
	}
	return g.openOrBegin(ctx, cmd, "--mine="+mine)
}

// noDesk is the digest of a desk that is not set.
const noDesk = "none"

// deskDigest stands for a desk's settings without giving them away: it is keyed with the
// secret that every command line of this data directory can read.
func (c Config) deskDigest(desk string) (string, error) {
	key, err := keptSecret(c.Data, "ops-token")
	if err != nil {
		return "", err
	}
	for _, a := range c.accounts {
		if a.name != desk || !a.settings.configured() {
			continue
		}
		m := hmac.New(sha256.New, []byte(key))
		for _, f := range a.fields() {
			fmt.Fprintf(m, "%q=%q\n", f.key, fmt.Sprint(f.v.Interface()))
			if s, ok := f.v.Interface().(Secret); ok { // prints as ***
				fmt.Fprintf(m, "%q\n", string(s))
			}
		}
		fmt.Fprintf(m, "%q", c.PublicURL)
		return hex.EncodeToString(m.Sum(nil)[:16]), nil
	}
	return noDesk, nil
}

// settingsFinding says when this process runs with other settings of a desk than there
// are where the command was typed.
func (a *app) settingsFinding(desk, mine string) []bots.Finding {
	own, err := a.c.deskDigest(desk)
	if mine == "" || err != nil || own == mine {
		return nil
	}
	f := bots.Finding{Name: "settings", Saw: "the running Footnote has other settings of " + desk + " than the file and the environment here: what follows is true of those it was started with",
		Fix: "Start Footnote again, then run this again."}
	if mine == noDesk {
		f.Fix = "Start Footnote again if they were taken out on purpose; or run this where they are set."
	}
	return []bots.Finding{f}
}

// restartFor says, of a desk that this process does not know, that the settings here do.
func (a *app) restartFor(desk, mine string, err error) error {
	if mine == "" || mine == noDesk {
		return err
	}
	return pipeline.Errorf(pipeline.NotFound, "%s is set here, but the running Footnote was started without it: start it again, then run this again", desk)
}

// listensBy says how a desk's news come when not by its route; empty: by webhooks.
func listensBy(d bots.Desk) string {
	switch d := d.(type) {
	case bots.Listener:
		return d.Listens()
	case bots.Watcher:
		return "it listens"
	}
	return ""
}

package email

import (
	"context"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"footnote/bots"
	"footnote/pipeline"
)

// Check looks at the credentials of both servers, at the folders, and lists the
// mail that could not be read. Nothing is sent and nothing changed.
func (d *Desk) Check(ctx context.Context, _ string) []bots.Finding {
	out := []bots.Finding{d.checkMailbox(ctx)}
	if out[0].OK {
		out = append(out, d.checkSent(ctx))
	}
	return append(append(out, d.checkMailer(ctx)), d.checkQuarantine(ctx)...)
}

func (d *Desk) checkMailbox(ctx context.Context) bots.Finding {
	f := bots.Finding{Name: "mailbox"}
	err := d.session(ctx, func(c *imapclient.Client) error {
		sel, err := c.Select(d.c.Inbox, &imap.SelectOptions{ReadOnly: true}).Wait()
		if err == nil {
			idle := ", without IDLE: new mail is looked for every " + d.c.Interval.String()
			if c.Caps().Has(imap.CapIdle) {
				idle = ", told by IDLE"
			}
			f.Saw = fmt.Sprintf("signed in as %s, %d mails in %s%s", bots.Plain(d.c.User, 100), sel.NumMessages, bots.Plain(d.c.Inbox, 60), idle)
		}
		return err
	})
	if err == nil {
		f.OK = true
		return f
	}
	f.Saw = bots.Plain(pipeline.Say(err), 200)
	f.Fix = fmt.Sprintf("Check %[1]s_imap and %[1]s_inbox, and that this machine reaches %[2]s.", d.c.Name, d.imap.addr)
	if pipeline.KindOf(err) == pipeline.Denied {
		f.Fix = fmt.Sprintf("Correct %[1]s_user and %[1]s_password; with two-factor sign-in make an app password, and allow IMAP for the mailbox.", d.c.Name)
	}
	return f
}

func (d *Desk) checkSent(ctx context.Context) bots.Finding {
	f := bots.Finding{Name: "sent mail"}
	err := d.session(ctx, func(c *imapclient.Client) error {
		sent, err := d.sentFolder(c)
		if err != nil || sent == "" {
			return err
		}
		f.Saw = "kept in and read from " + bots.Plain(sent, 60)
		_, err = c.Select(sent, &imap.SelectOptions{ReadOnly: true}).Wait()
		return err
	})
	switch {
	case err != nil:
		f.Saw, f.Fix = bots.Plain(pipeline.Say(err), 200), "Correct "+d.c.Name+"_sent."
	case f.Saw == "":
		f.Saw, f.Fix = "no folder of sent mail was found: what agents answer in a mail program is not seen", "Set "+d.c.Name+"_sent to the folder's name."
	default:
		f.OK = true
	}
	return f
}

func (d *Desk) checkMailer(ctx context.Context) bots.Finding {
	c, stop, err := d.mailer(ctx)
	if err == nil {
		defer stop()
		defer c.Close()
		if err = c.Mail(d.address, nil); err == nil {
			_ = c.Reset()
			return bots.Finding{Name: "sending", OK: true, Saw: "signed in, may send as " + d.address}
		}
	}
	f := bots.Finding{Name: "sending", Fix: fmt.Sprintf("Check %[1]s_smtp, %[1]s_user and %[1]s_password, and that the user may send as %[2]s.", d.c.Name, d.address)}
	if pe, ok := refusal(err).(*bots.PostError); ok { //nolint:errorlint // refusal makes it
		f.Saw = bots.Plain(pe.Say, 200)
	}
	return f
}

func (d *Desk) checkQuarantine(ctx context.Context) []bots.Finding {
	list, all, err := d.store.quarantines(ctx, 10)
	switch {
	case err != nil:
		return []bots.Finding{{Name: "quarantine", Saw: bots.Plain(pipeline.Say(err), 200), Fix: "Run footnote doctor."}}
	case all == 0:
		return []bots.Finding{{Name: "quarantine", OK: true, Saw: "every mail could be read"}}
	}
	out := []bots.Finding{{Name: "quarantine", OK: true, Saw: fmt.Sprintf("%d mails could not be read and made no ticket; they are in the mailbox:", all)}}
	for _, q := range list {
		out = append(out, bots.Finding{Name: "quarantine", OK: true, Saw: fmt.Sprintf("%s %s UID %d, %d bytes: %s",
			q.at.UTC().Format(time.DateTime), bots.Plain(q.folder, 60), q.uid, q.bytes, q.reason)})
	}
	return out
}

package email

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"footnote/bots"
	"footnote/pipeline"
)

// Check looks at the credentials of both servers, at folders, capabilities and
// the right to write, at the clock, and lists the mail that could not be read.
// Nothing is sent and nothing changed.
func (d *Desk) Check(ctx context.Context, _ string) []bots.Finding {
	out := []bots.Finding{d.checkMailbox(ctx)}
	if out[0].OK {
		out = append(out, d.checkFolders(ctx)...)
		out = append(out, d.checkKeywords(ctx), d.checkClock(ctx))
	}
	return append(append(out, d.checkMailer(ctx)), d.checkQuarantine(ctx)...)
}

func (d *Desk) checkMailbox(ctx context.Context) bots.Finding {
	f := bots.Finding{Name: "mailbox"}
	err := d.session(ctx, func(c *imapclient.Client) error {
		sel, err := c.Select(d.c.Inbox, &imap.SelectOptions{ReadOnly: true}).Wait()
		if err == nil {
			f.Saw = fmt.Sprintf("signed in as %s, %d mails in %s, %s", bots.Plain(d.c.User, 100), sel.NumMessages, bots.Plain(d.c.Inbox, 60), d.able(c))
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

// able says what the server's capabilities mean for the desk.
func (d *Desk) able(c *imapclient.Client) string {
	say := []string{"told by IDLE"}
	if !c.Caps().Has(imap.CapIdle) {
		say[0] = "without IDLE: new mail is looked for every " + d.c.Interval.String()
	}
	if !c.Caps().Has(imap.CapUIDPlus) {
		say = append(say, "without UIDPLUS: drafts that are taken out are marked as deleted until somebody empties the folder")
	}
	if d.imap.local && !d.imap.tls {
		say = append(say, "not encrypted, on this machine itself")
	}
	return strings.Join(say, "; ")
}

// checkFolders looks at the folders of sent mail, drafts and archive. Only the
// first is needed by every reply.
func (d *Desk) checkFolders(ctx context.Context) []bots.Finding {
	var out []bots.Finding
	err := d.session(ctx, func(c *imapclient.Client) error {
		dirs, err := d.locate(c)
		if err != nil {
			return err
		}
		archive := append(slices.Clone(dirs.archives), "")[0]
		out = nil
		for _, f := range []folderUse{
			{name: "sent mail", setting: "sent", folder: dirs.sent, use: "kept in and read from ", without: "what agents answer in a mail program is not seen", needed: true, write: true},
			{name: "drafts", setting: "drafts", folder: dirs.drafts, use: "put into ", without: "drafts cannot be shown in the mailbox", write: true},
			{name: "archive", setting: "archive", folder: archive, use: "the history is read from it too: ", without: "the history is read from inbox and sent mail alone"},
		} {
			found, err := d.checkFolder(c, f)
			if err != nil {
				return err
			}
			out = append(out, found)
		}
		return nil
	})
	if err != nil {
		out = append(out, bots.Finding{Name: "folders", Saw: bots.Plain(pipeline.Say(err), 200), Fix: "Try again; if it stays so, check " + d.c.Name + "_sent, _drafts and _archive."})
	}
	return out
}

// folderUse is what a folder is for.
type folderUse struct {
	name, setting, folder, use, without string
	needed, write                       bool
}

// checkFolder opens a folder, for writing without writing.
func (d *Desk) checkFolder(c *imapclient.Client, u folderUse) (bots.Finding, error) {
	f := bots.Finding{Name: u.name, OK: !u.needed, Saw: "no such folder was found: " + u.without}
	if u.folder == "" {
		if u.needed {
			f.Fix = "Set " + d.c.Name + "_" + u.setting + " to the folder's name."
		}
		return f, nil
	}
	sel, err := c.Select(u.folder, &imap.SelectOptions{ReadOnly: !u.write}).Wait()
	switch {
	case noFolder(err):
		f.OK, f.Saw, f.Fix = false, "there is no folder "+bots.Plain(u.folder, 60), "Correct "+d.c.Name+"_"+u.setting+"."
	case err != nil:
		return f, err
	case u.write && mayNotWrite(sel):
		f.OK, f.Saw, f.Fix = false, bots.Plain(u.folder, 60)+" may only be read", "Give the user the right to write there."
	default:
		f.OK, f.Saw = true, u.use+bots.Plain(u.folder, 60)
	}
	return f, nil
}

// noFolder tells whether a server has no such folder.
func noFolder(err error) bool {
	e, ok := errors.AsType[*imap.Error](err)
	return ok && (e.Code == imap.ResponseCodeNonExistent || e.Code == imap.ResponseCodeTryCreate)
}

// mayNotWrite tells whether a folder that was opened for writing lets nothing be
// changed: the server then lists flags, and none that could be kept.
func mayNotWrite(sel *imap.SelectData) bool {
	return len(sel.Flags) > 0 && len(sel.PermanentFlags) == 0
}

// checkKeywords tells whether tags and status can be kept.
func (d *Desk) checkKeywords(ctx context.Context) bots.Finding {
	f := bots.Finding{Name: "keywords", OK: true, Saw: "the inbox may be changed; tags and status are kept as keywords"}
	err := d.session(ctx, func(c *imapclient.Client) error {
		sel, err := c.Select(d.c.Inbox, nil).Wait()
		switch {
		case err != nil:
		case mayNotWrite(sel):
			f.OK, f.Saw, f.Fix = false, "the inbox may only be read: copies of replies stay unread, and there are no tags or status", "Give the user the right to write in "+bots.Plain(d.c.Inbox, 60)+"."
		case len(refused(sel.PermanentFlags, []imap.Flag{keySolved})) > 0:
			f.Saw = "the server keeps no keywords of its users: there are no tags and no status"
		}
		if err == nil {
			_, err = c.Select(d.c.Inbox, &imap.SelectOptions{ReadOnly: true}).Wait()
		}
		return err
	})
	if err != nil {
		f.OK, f.Saw, f.Fix = false, bots.Plain(pipeline.Say(err), 200), "Give the user the right to write in "+bots.Plain(d.c.Inbox, 60)+"."
	}
	return f
}

// slack is how long the copy of a reply may take to come back to the mailbox.
const slack = 10 * time.Minute

// checkClock compares our clock with the mail server's, which tells its own only
// by the times at which it got mail: the newest one's, and that of the copy of our
// last reply.
func (d *Desk) checkClock(ctx context.Context) bots.Finding {
	f := bots.Finding{Name: "clock", OK: true, Saw: "the mail server's newest mail is not from the future"}
	sentAt, uid, err := d.store.lastCopy(ctx, d.c.Inbox)
	if err != nil && pipeline.KindOf(err) != pipeline.NotFound {
		return bots.Finding{Name: "clock", Saw: bots.Plain(pipeline.Say(err), 200), Fix: "Run footnote doctor."}
	}
	var newest, copied time.Time
	err = d.session(ctx, func(c *imapclient.Client) error {
		sel, err := c.Select(d.c.Inbox, &imap.SelectOptions{ReadOnly: true}).Wait()
		if err != nil || sel.NumMessages == 0 {
			return err
		}
		set := imap.UIDSet{imap.UIDRange{}} // *, the last one
		if uid != 0 {
			set.AddNum(imap.UID(uid))
		}
		list, err := mails(c, set, nil)
		for _, m := range list {
			if m.InternalDate.After(newest) {
				newest = m.InternalDate
			}
			if uint32(m.UID) == uid {
				copied = m.InternalDate
			}
		}
		return err
	})
	fix := "Set this machine's clock (NTP): mail is ordered by the server's."
	switch took := copied.Sub(sentAt); {
	case err != nil:
		return bots.Finding{Name: "clock", Saw: bots.Plain(pipeline.Say(err), 200), Fix: "Try again."}
	case newest.After(d.c.Now().Add(time.Minute)):
		return bots.Finding{Name: "clock", Saw: "the newest mail is of " + newest.Sub(d.c.Now()).Round(time.Second).String() + " from now", Fix: fix}
	case copied.IsZero():
	case took < -time.Minute || took > slack:
		return bots.Finding{Name: "clock", Saw: "the copy of our last reply came " + took.Round(time.Second).String() + " after it was sent", Fix: fix}
	default:
		f.Saw = "the copy of our last reply came " + took.Round(time.Second).String() + " after it was sent"
	}
	return f
}

func (d *Desk) checkMailer(ctx context.Context) bots.Finding {
	c, stop, err := d.mailer(ctx)
	if err == nil {
		defer stop()
		defer c.Close()
		if err = c.Mail(d.address, nil); err == nil {
			if err = c.Rcpt(d.address, nil); err != nil { // when many servers first look at the sender
				err = rcptError{err, d.address}
			}
		}
		if err == nil {
			_ = c.Reset()
			return bots.Finding{Name: "sending", OK: true, Saw: "signed in, may send as " + d.address}
		}
	}
	f := bots.Finding{Name: "sending", Fix: fmt.Sprintf("Check %[1]s_smtp, %[1]s_user and %[1]s_password, and that the user may send as %[2]s.", d.c.Name, d.address)}
	if pe, ok := errors.AsType[*bots.PostError](d.refusal(err)); ok {
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

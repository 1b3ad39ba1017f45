package email

import (
	"context"
	"strings"

	"github.com/emersion/go-imap/v2/imapclient"

	"footnote/bots"
)

// Setup says what to do by hand: a mailbox has no webhook, and its password is
// made where only people get. Where we can sign in it names the folders too.
func (d *Desk) Setup(ctx context.Context, _ string) (bots.Installation, error) {
	in := bots.Installation{Set: map[string]string{"address": d.address, "imap": d.c.IMAP, "smtp": d.c.SMTP}}
	err := d.session(ctx, func(c *imapclient.Client) error {
		dirs, err := d.locate(c)
		if err != nil {
			return err
		}
		archive := ""
		if len(dirs.archives) > 0 {
			archive = dirs.archives[0]
		}
		for key, folder := range map[string]string{"sent": dirs.sent, "drafts": dirs.drafts, "archive": archive} {
			if folder != "" {
				in.Set[key] = folder
			}
		}
		in.Did = append(in.Did, "signed in and looked for the folders; nothing was changed")
		return nil
	})
	key := strings.ReplaceAll(d.c.Name, "-", "_")
	in.Steps = d.access(key)
	if err != nil {
		in.Steps = append(in.Steps, "We could not sign in yet; when the password is set, run footnote desk setup "+d.c.Name+" again: it then names the folders.")
	}
	in.Steps = append(in.Steps,
		"Name your agents in "+key+"_agents (addresses, or @"+d.domain+" for all of a domain): their mail to the mailbox is no customer's. Anybody can write such an address into a mail: set "+key+"_verifier to the name at the beginning of Authentication-Results in a mail's source, unless the mailbox is at Google or Microsoft. An agent's mail that nothing proves is listed under Skipped.",
		"Let every agent's mail program keep sent mail in the mailbox itself (Thunderbird: Account Settings, Copies & Folders, \"Place a copy in\" the mailbox's Sent): else their replies are not seen.",
		"For a status: in Thunderbird open Settings, General, Tags, press New and make the tags \"Footnote solved\" and \"Footnote pending\"; on the server they are the keywords "+
			string(keySolved)+" and "+string(keyPending)+". A mail taken out of the inbox (archived) is dealt with too.",
		"If customers' mail comes by a group or mailing list, set "+key+"_lists to its List-Id or address: else it counts as automatic and gets no draft.",
		"To have drafts in the folder of drafts, ready to be sent from any mail program, set "+key+"_show to draft.",
		"Run footnote desk check "+d.c.Name+".")
	return in, nil
}

// access are the clicks that give us a password, by who runs the mailbox.
func (d *Desk) access(key string) []string {
	host := strings.ToLower(d.imap.host)
	switch {
	case strings.HasSuffix(host, "gmail.com") || strings.HasSuffix(host, "googlemail.com"):
		return []string{"Sign in to Google as " + d.address + ", open Manage your Google Account, Security, and turn on 2-Step Verification.",
			"On the same page open App passwords, name one Footnote, press Create, and set " + key + "_password to what is shown. (In Google Workspace an administrator must allow it: Admin console, Apps, Google Workspace, Gmail, End User Access, POP and IMAP access.)"}
	case strings.HasSuffix(host, "office365.com") || strings.HasSuffix(host, "outlook.com") || strings.HasSuffix(host, "hotmail.com"):
		return []string{"Microsoft takes no passwords for IMAP, and this desk has no other way to sign in: it does not work with this mailbox.",
			"Instead, let a rule of the mailbox (Exchange admin center, Mail flow, Rules, Redirect the message to) send its mail to one on another server, and set " + key + "_address, _imap, _smtp, _user and _password to that one."}
	}
	return []string{"In the administration of your mail server open the mailbox " + d.address + " and allow IMAP and sending (SMTP submission) for it.",
		"Make a password for Footnote alone (an app password where people sign in in two steps), and set " + key + "_user and " + key + "_password."}
}

package email

import (
	"strings"
	"testing"

	"footnote/bots/bottest"
	"footnote/pipeline"
)

// TestWorldAuthor: what servers note about a sender makes an agent, and what anybody
// can write does not.
func TestWorldAuthor(t *testing.T) {
	t.Parallel()
	const good = "Authentication-Results: mx.shop.example; "
	for name, c := range map[string]struct {
		head  string
		agent bool
	}{
		"nothing":                                {"X-Other: 1", false},
		"DMARC":                                  {good + "dmarc=pass (p=reject) header.from=shop.example", true},
		"DMARC fails, DKIM of a list passes":     {good + "dkim=pass header.d=lists.example; dmarc=fail header.from=shop.example", false},
		"DMARC fails, SPF of the domain passes":  {good + "spf=pass smtp.mailfrom=grace@shop.example; dmarc=fail header.from=shop.example", false},
		"DKIM of the domain":                     {good + "dkim=pass (2048-bit key) header.d=shop.example header.s=s1", true},
		"DKIM by header.i":                       {good + "dkim=pass header.i=@shop.example", true},
		"DKIM of another domain":                 {good + "dkim=pass header.d=evil.example", false},
		"DKIM of a domain that ends so":          {good + "dkim=pass header.d=notshop.example", false},
		"DKIM fails":                             {good + "dkim=fail header.d=shop.example", false},
		"DKIM below":                             {good + "dkim=pass header.d=mail.shop.example", true},
		"SPF of the domain":                      {good + "spf=pass smtp.mailfrom=bounce@shop.example", true},
		"SPF of another":                         {good + "spf=pass smtp.mailfrom=bounce@evil.example", false},
		"SPF softfail":                           {good + "spf=softfail smtp.mailfrom=shop.example", false},
		"none":                                   {good + "none", false},
		"another server's note":                  {"Authentication-Results: mx.evil.example; dmarc=pass header.from=shop.example", false},
		"our server's note above a forger's":     {good + "dmarc=fail header.from=shop.example\nAuthentication-Results: mx.shop.example; dmarc=pass header.from=shop.example", false},
		"a forger's comment":                     {good + "dmarc=none (dmarc=pass header.from=shop.example); dkim=none", false},
		"a name in a comment":                    {"Authentication-Results: evil.example (mx.shop.example; dmarc=pass header.from=shop.example)", false},
		"in two notes":                           {good + "dmarc=none header.from=shop.example\nAuthentication-Results: mx.shop.example;\n dkim=pass header.d=shop.example", true},
		"with a version":                         {"Authentication-Results: mx.shop.example 1; dmarc=pass header.from=shop.example", true},
		"folded":                                 {"Authentication-Results: mx.shop.example;\n\tdkim=pass\n\theader.d=shop.example", true},
		"signed in at our server":                {"Received: from laptop (host.isp.example [192.0.2.1]) by mail.shop.example (Postfix) with ESMTPSA id 1 for <support@shop.example>; Mon, 2 Mar 2026 09:00:00 +0000", true},
		"signed in, handed on within":            {"Received: from mail.shop.example by store.shop.example with LMTP id 2; Mon, 2 Mar 2026 09:00:00 +0000\nReceived: from laptop by mail.shop.example with ESMTPSA id 1; Mon, 2 Mar 2026 09:00:00 +0000", true},
		"signed in elsewhere":                    {"Received: from x by mail.evil.example with ESMTPSA id 1; Mon, 2 Mar 2026 09:00:00 +0000", false},
		"from outside, with a forger's Received": {"Received: from evil.example by mail.shop.example with ESMTPS id 2; Mon, 2 Mar 2026 09:00:00 +0000\nReceived: from laptop by mail.shop.example with ESMTPSA id 1; Mon, 2 Mar 2026 09:00:00 +0000", false},
		"a forger's name for itself":             {"Received: from by mail.shop.example with ESMTPSA (evil.example [192.0.2.9]) by mail.shop.example with ESMTP id 3; Mon, 2 Mar 2026 09:00:00 +0000", false},
	} {
		d := &Desk{c: Config{Inbox: "INBOX", Verifiers: []string{"mx.shop.example"}}, address: "support@shop.example", domain: "shop.example", agents: lowerSet([]string{"@shop.example"})}
		l, err := parse(say(c.head+"\nFrom: Grace <grace@shop.example>\nSubject: Re: x\nMessage-ID: <a@x>", "It is done."))
		if err != nil {
			t.Fatal(name, err)
		}
		role, rule := d.role("INBOX", row{letter: l})
		if (role == pipeline.RoleAgent) != c.agent || (rule == "") != c.agent || !c.agent && role != pipeline.RoleSystem {
			t.Errorf("%s: %s, %q", name, role, rule)
		}
	}
	for host, head := range map[string]string{"imap.gmail.com": "mx.google.com; dmarc=pass header.from=shop.example", "outlook.office365.com": "spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=shop.example; dkim=none; dmarc=pass action=none header.from=shop.example;compauth=pass reason=100"} {
		d := &Desk{c: Config{Inbox: "INBOX"}, imap: server{host: host}, domain: "shop.example"}
		if !d.vouched(traceOf(say("Authentication-Results: "+head+"\nFrom: x", "x")), "grace@shop.example") {
			t.Errorf("%s: not vouched for", host)
		}
	}
}

// TestForgedAgent: a mail that only says that it is an agent's answers nothing and
// voids nothing; what an agent sent from the mailbox does.
func TestForgedAgent(t *testing.T) {
	m, d := open(t)
	root := m.Begin(bottest.Said{Text: "How?"})
	ref := d.ref(TicketID(root))
	m.Put("INBOX", say("From: Grace <grace@shop.example>\nTo: support@shop.example\nSubject: Re: My order\nIn-Reply-To: <"+root+">\nMessage-ID: <forged@x>", "It is solved."))
	got := read(t, d, ref)
	if len(got.Messages) != 2 || got.Messages[1].Role != pipeline.RoleSystem || !strings.Contains(got.Messages[1].Skipped, "nothing proves") {
		t.Errorf("%+v", got.Messages)
	}
	m.Write(root, bottest.Said{Role: pipeline.RoleAgent, Text: "Press reset."})
	if got = read(t, d, ref); len(got.Messages) != 3 || got.Messages[2].Role != pipeline.RoleAgent || got.Messages[2].Skipped != "" {
		t.Errorf("%+v", got.Messages)
	}
}

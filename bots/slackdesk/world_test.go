package slackdesk_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"footnote/bots/bottest"
	"footnote/pipeline"
)

const sister = "T2SISTER" // a workspace of the same enterprise

// cast are the people and apps around a support channel of an Enterprise Grid.
func cast(s *bottest.SlackDesk) {
	s.JoinEnterprise("E1ACME")
	for _, u := range []bottest.SlackUser{
		{ID: "U9EVE", Team: bottest.SlackClientTeam, Name: "Eve", Stranger: true},
		{ID: "W9EVE", Team: "T8OTHER", Name: "Eva", Enterprise: "E8OTHER"},
		{ID: "W2SIS", Team: sister, Name: "Sis", Email: "sis@example.org", Enterprise: "E1ACME"},
		{ID: "W2ALICE", Team: sister, Name: "Alice", Email: "alice@example.org", Enterprise: "E1ACME"},
		{ID: "W1ORG", Team: "E1ACME", Name: "Org", Enterprise: "E1ACME"},
		{ID: "W2GUEST", Team: sister, Name: "Guest", Enterprise: "E1ACME", Guest: true},
		{ID: "U0GUEST", Name: "Guest", Guest: true},
		{ID: "U0APP", Name: "Zapper", Bot: true},
		{ID: "U9APP", Team: bottest.SlackClientTeam, Name: "Their app", Bot: true},
	} {
		s.AddUser(u)
	}
}

// TestWorldAuthors: who is taken for a customer, an agent or a bot, by what Slack
// says of the message and of its author, in an event and when the thread is read.
func TestWorldAuthors(t *testing.T) {
	t.Parallel()
	flow := func(text string) bottest.SlackMessage {
		return bottest.SlackMessage{Bot: "B0FLOW", Username: "Request help", Subtype: "bot_message", Workflow: true, Text: text}
	}
	variants := []struct {
		name string
		m    bottest.SlackMessage
		want pipeline.Role // empty: it begins no ticket
	}{
		{"another company's person", bottest.SlackMessage{User: "U9EVE", Team: bottest.SlackClientTeam}, pipeline.RoleCustomer},
		{"their workspace not said", bottest.SlackMessage{User: "U9EVE"}, pipeline.RoleCustomer},
		{"another enterprise's person", bottest.SlackMessage{User: "W9EVE", Team: "T8OTHER"}, pipeline.RoleCustomer},
		{"their enterprise for the workspace", bottest.SlackMessage{User: "W9EVE", Team: "E8OTHER"}, pipeline.RoleCustomer},
		{"our guest", bottest.SlackMessage{User: "U0GUEST", Team: bottest.SlackTeam}, pipeline.RoleCustomer},
		{"a sister's guest", bottest.SlackMessage{User: "W2GUEST", Team: sister}, pipeline.RoleCustomer},
		{"a sister workspace's colleague", bottest.SlackMessage{User: "W2SIS", Team: sister}, ""},
		{"an agent at a sister workspace", bottest.SlackMessage{User: "W2ALICE", Team: sister}, ""},
		{"of the whole organisation", bottest.SlackMessage{User: "W1ORG", Team: "E1ACME"}, ""},
		{"our colleague", bottest.SlackMessage{User: bottest.SlackColleague, Team: bottest.SlackTeam}, ""},
		{"nobody Slack knows", bottest.SlackMessage{User: "U9GONE", Team: bottest.SlackClientTeam}, pipeline.RoleCustomer},
		{"a customer's, shown in the channel too", bottest.SlackMessage{User: "U9EVE", Team: bottest.SlackClientTeam, Subtype: "me_message"}, pipeline.RoleCustomer},
		{"with a file", bottest.SlackMessage{User: "U9EVE", Team: bottest.SlackClientTeam, Subtype: "file_share", Files: []string{"a.png"}}, pipeline.RoleCustomer},
		{"by an app for a customer", bottest.SlackMessage{User: "U9EVE", Bot: "B9GIF", Team: bottest.SlackClientTeam}, pipeline.RoleCustomer},
		{"by an app for a colleague", bottest.SlackMessage{User: bottest.SlackColleague, Bot: "B9GIF", Team: bottest.SlackTeam}, ""},
		{"an app itself", bottest.SlackMessage{User: "U0APP", Bot: "B0APP", Team: bottest.SlackTeam}, ""},
		{"their app itself", bottest.SlackMessage{User: "U9APP", Bot: "B9APP", Team: bottest.SlackClientTeam}, ""},
		{"an app nobody knows", bottest.SlackMessage{User: "U0PAGER", Bot: "B0PAGER"}, ""},
		{"a workflow for a customer", flow("*Submitted by:* <@U9EVE>\n*Question:* How do I export?"), pipeline.RoleCustomer},
		{"a workflow for a colleague", flow("<@" + bottest.SlackColleague + "> asks for holidays"), ""},
		{"a workflow for nobody", flow("Good morning!"), ""},
		{"an old integration", bottest.SlackMessage{Bot: "B0OLD", Subtype: "bot_message", Username: "pager"}, ""},
		{"somebody joined", bottest.SlackMessage{User: "U9EVE", Team: bottest.SlackClientTeam, Subtype: "channel_join"}, ""},
		{"a topic was set", bottest.SlackMessage{User: "U9EVE", Team: bottest.SlackClientTeam, Subtype: "channel_topic"}, ""},
		{"a huddle", bottest.SlackMessage{User: "USLACKBOT", Subtype: "huddle_thread"}, ""},
		{"Slackbot", bottest.SlackMessage{User: "USLACKBOT"}, ""},
	}
	s, d, _ := open(t)
	cast(s)
	if _, err := d.Changed(t.Context(), s.Clock.Now()); err != nil { // who we are
		t.Fatal(err)
	}
	for _, v := range variants {
		v.m.Channel = bottest.SlackSupport
		if v.m.Text == "" {
			v.m.Text = "How do I export?"
		}
		v.m.TS = s.Inject(v.m)
		var b bus
		raw := s.Outer(s.MessageEvent(v.m))
		if err := d.Take(t.Context(), raw, b.publish); err != nil {
			t.Errorf("%s: %v", v.name, err)
		}
		if (len(b.list) == 1) != (v.want != "") {
			t.Errorf("%s: %d events", v.name, len(b.list))
		}
		got, err := d.Thread(t.Context(), ref(v.m.TS))
		role := pipeline.Role("")
		if err == nil && len(got.Messages) > 0 {
			role = got.Messages[0].Role
		}
		if (role == pipeline.RoleCustomer) != (v.want == pipeline.RoleCustomer) {
			t.Errorf("%s: the thread says %q (%v)", v.name, role, err)
		}
	}
}

// TestWorldEdits: which changes of a message ask something new.
func TestWorldEdits(t *testing.T) {
	t.Parallel()
	share := func(words string) map[string]any {
		return map[string]any{"is_share": true, "author_name": "Bob", "text": words}
	}
	rich := func(words string) []any {
		return []any{map[string]any{"type": "rich_text", "elements": []any{map[string]any{"type": "rich_text_section", "elements": []any{map[string]any{"type": "text", "text": words}}}}}}
	}
	clip := func(words string) map[string]any {
		f := map[string]any{"name": "audio_message.m4a", "subtype": "slack_audio"}
		if words != "" {
			f["transcription"] = map[string]any{"preview": map[string]any{"content": words}}
		}
		return f
	}
	type m = map[string]any
	variants := []struct {
		name          string
		before, after m
		asks          bool
	}{
		{"other words", m{"text": "a"}, m{"text": "b"}, true},
		{"other words in blocks only", m{"text": "", "blocks": rich("a")}, m{"text": "", "blocks": rich("b")}, true},
		{"blocks come", m{"text": "a"}, m{"text": "a", "blocks": rich("a")}, false},
		{"a preview comes", m{"text": "<https://a.test>"}, m{"text": "<https://a.test>", "attachments": []any{m{"from_url": "https://a.test", "title": "A", "text": "About"}}}, false},
		{"a preview goes", m{"text": "<https://a.test>", "attachments": []any{m{"from_url": "https://a.test", "title": "A"}}}, m{"text": "<https://a.test>"}, false},
		{"an app's preview", m{"text": "x"}, m{"text": "x", "attachments": []any{m{"is_app_unfurl": true, "text": "JIRA-1"}}}, false},
		{"a forwarded message comes", m{"text": "see"}, m{"text": "see", "attachments": []any{share("It fails")}}, true},
		{"a forwarded message changes", m{"text": "", "attachments": []any{share("a")}}, m{"text": "", "attachments": []any{share("b")}}, true},
		{"a forwarded message goes", m{"text": "see", "attachments": []any{share("a")}}, m{"text": "see"}, true},
		{"a transcript comes", m{"text": "", "files": []any{clip("")}}, m{"text": "", "files": []any{clip("It beeps")}}, true},
		{"a reply was counted", m{"text": "a"}, m{"text": "a", "reply_count": 1, "latest_reply": "1772442001.000001"}, false},
		{"nothing", m{"text": "a"}, m{"text": "a"}, false},
		{"white space at the end", m{"text": "a"}, m{"text": "a \n"}, false},
		{"a legacy attachment changes", m{"text": "", "attachments": []any{m{"text": "a"}}}, m{"text": "", "attachments": []any{m{"text": "b"}}}, true},
		{"a list was made of it", m{"text": "a\nb", "blocks": rich("a\nb")}, m{"text": "• a\n• b", "blocks": rich("• a\n• b")}, true},
		{"pinned", m{"text": "a"}, m{"text": "a", "pinned_to": []any{bottest.SlackSupport}}, false},
		{"a title was given to a file", m{"text": "a", "files": []any{m{"name": "i.png", "title": "i.png"}}}, m{"text": "a", "files": []any{m{"name": "i.png", "title": "Error at checkout"}}}, true},
	}
	s, d, _ := open(t)
	user := s.Customer("Ada")
	for _, v := range variants {
		root := s.Say(user, "", bottest.Said{Text: "x"})
		s.Hooks()
		for _, x := range []m{v.before, v.after} {
			x["type"], x["user"], x["ts"], x["team"] = "message", user, root, bottest.SlackClientTeam
		}
		var b bus
		raw := s.Outer(m{"type": "message", "subtype": "message_changed", "hidden": true, "channel": bottest.SlackSupport, "channel_type": "channel", "ts": "1772442999.000001",
			"message": v.after, "previous_message": v.before})
		if err := d.Take(t.Context(), raw, b.publish); err != nil {
			t.Errorf("%s: %v", v.name, err)
		}
		if (len(b.list) == 1) != v.asks {
			t.Errorf("%s: %d events", v.name, len(b.list))
		}
	}
}

// TestWorldForwardedTicket: a forwarded message, a voice clip and rich text alone are
// the ticket's words, and its subject is in them, in the event and in the thread.
func TestWorldForwardedTicket(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("../../../shared/cases/26-slack-forwarded-message"); err != nil {
		t.Log("the case itself is not here; its inputs are")
	}
	s, d, _ := open(t)
	for _, v := range []struct {
		name, attachments, files, blocks, text string
		subject, has                           string
	}{
		{"forwarded alone", `[{"is_share":true,"is_msg_unfurl":true,"author_name":"Bob","text":"How do I export?","message_blocks":[{"message":{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"How do I export?"}]}]}]}}]}]`, "", "", "", "How do I export?", "How do I export?"},
		{"with a comment", `[{"is_share":true,"author_name":"Bob","text":"How do I export?"}]`, "", "", "Can you help with this one?", "Can you help with this one?", "How do I export?"},
		{"a voice clip", "", `[{"name":"audio_message.m4a","subtype":"slack_audio","transcription":{"status":"complete","preview":{"content":"How do I export?"}}}]`, "", "", "How do I export?", "Voice clip"},
		{"rich text alone", "", "", `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"How do I export?"}]}]}]`, "", "How do I export?", "How do I export?"},
	} {
		m := bottest.SlackMessage{Channel: bottest.SlackSupport, User: s.Customer("Ada"), Team: bottest.SlackClientTeam, Text: v.text}
		for to, raw := range map[*json.RawMessage]string{&m.Attachments: v.attachments, &m.FileObjects: v.files, &m.Blocks: v.blocks} {
			if raw != "" {
				*to = json.RawMessage(raw)
			}
		}
		m.TS = s.Inject(m)
		var b bus
		if err := d.Take(t.Context(), s.Outer(s.MessageEvent(m)), b.publish); err != nil || len(b.list) != 1 {
			t.Fatalf("%s: %d events, %v", v.name, len(b.list), err)
		}
		if raw := string(b.list[0].Data); !strings.Contains(raw, v.has) || !strings.Contains(raw, `"subject":"`+v.subject+`"`) {
			t.Errorf("%s: the event says %s", v.name, raw)
		}
		got, err := d.Thread(t.Context(), ref(m.TS))
		if err != nil || got.Subject != v.subject || !strings.Contains(got.Messages[0].Text, v.has) {
			t.Errorf("%s: %q %+v %v", v.name, got.Subject, got.Messages, err)
		}
	}
}

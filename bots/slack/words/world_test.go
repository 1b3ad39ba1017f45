package words_test

import (
	"encoding/json"
	"strings"
	"testing"

	"footnote/bots/slack/words"
)

var names = words.Names{
	User:    func(id string) string { return map[string]string{"U1ANN": "Ann Lee", "W2BOB": "Bob Fox"}[id] },
	Channel: func(id string) string { return map[string]string{"C1HELP": "help"}[id] },
}

// variant is a message as Slack sends it, and what a reader of it sees.
type variant struct {
	name, message, want string
	files               string // names, joined by |
}

func try(t *testing.T, list []variant) {
	t.Helper()
	t.Parallel()
	if len(list) < 15 {
		t.Errorf("only %d variants", len(list))
	}
	for _, v := range list {
		var m words.Message
		if err := json.Unmarshal([]byte(v.message), &m); err != nil {
			t.Errorf("%s: %v", v.name, err)
			continue
		}
		got := m.Read(names)
		if got.Text != v.want {
			t.Errorf("%s:\n got %q\nwant %q", v.name, got.Text, v.want)
		}
		if f := strings.Join(got.Files, "|"); f != v.files {
			t.Errorf("%s: files %q, want %q", v.name, f, v.files)
		}
	}
}

// rich is a message whose only block is rich text of these elements.
func rich(elements string) string {
	return `{"text":"","blocks":[{"type":"rich_text","block_id":"x","elements":[` + elements + `]}]}`
}

// section is rich text of one section.
func section(inline string) string {
	return `{"type":"rich_text_section","elements":[` + inline + `]}`
}

const hello = `{"type":"text","text":"How do I export?"}`

func TestWorldForwarded(t *testing.T) {
	block := func(inline string) string {
		return `"message_blocks":[{"team":"T1","channel":"C1","ts":"1.1","message":{"blocks":[{"type":"rich_text","elements":[` + section(inline) + `]}]}}]`
	}
	try(t, []variant{
		{"alone", `{"text":"","attachments":[{"is_share":true,"is_msg_unfurl":true,"author_name":"Bob Johnson","text":"How do I export?",` + block(hello) + `}]}`, "Forwarded message from Bob Johnson:\nHow do I export?", ""},
		{"with a comment", `{"text":"Can you help with this one?","attachments":[{"is_share":true,"author_name":"Bob","text":"How do I export?"}]}`, "Can you help with this one?\n\nForwarded message from Bob:\nHow do I export?", ""},
		{"comment in blocks", `{"text":"x","blocks":[{"type":"rich_text","elements":[` + section(`{"type":"text","text":"See below"}`) + `]}],"attachments":[{"is_share":true,"text":"It broke"}]}`, "See below\n\nForwarded message:\nIt broke", ""},
		{"text only, in markup", `{"text":"","attachments":[{"is_share":true,"author_name":"Eve","text":"See <https://a.test/x|the page> &amp; tell <@U1ANN>"}]}`, "Forwarded message from Eve:\nSee the page (https://a.test/x) & tell @Ann Lee", ""},
		{"unfurled by its link", `{"text":"<https://acme.slack.com/archives/C1/p1>","attachments":[{"is_msg_unfurl":true,"from_url":"https://acme.slack.com/archives/C1/p1","author_name":"Eve","text":"The invoice is wrong"}]}`, "https://acme.slack.com/archives/C1/p1\n\nForwarded message from Eve:\nThe invoice is wrong", ""},
		{"a reply", `{"text":"","attachments":[{"is_reply_unfurl":true,"is_msg_unfurl":true,"author_subname":"Eve","text":"Same here"}]}`, "Forwarded message from Eve:\nSame here", ""},
		{"thread root", `{"text":"","attachments":[{"is_thread_root_unfurl":true,"author_name":"Eve","text":"Where is it?"}]}`, "Forwarded message from Eve:\nWhere is it?", ""},
		{"several", `{"text":"both","attachments":[{"is_share":true,"author_name":"A","text":"one"},{"is_share":true,"author_name":"B","text":"two"}]}`, "both\n\nForwarded message from A:\none\n\nForwarded message from B:\ntwo", ""},
		{"only a file", `{"text":"","attachments":[{"is_share":true,"author_name":"Eve","text":"","files":[{"id":"F1","name":"invoice.pdf","title":"invoice.pdf"}]}]}`, "Forwarded message from Eve (only files)", "invoice.pdf"},
		{"a voice clip in it", `{"text":"","attachments":[{"is_share":true,"author_name":"Eve","files":[{"name":"audio_message.m4a","title":"Audio message","subtype":"slack_audio","transcription":{"status":"complete","preview":{"content":"I cannot log in","has_more":false}}}]}]}`, "Forwarded message from Eve:\nVoice clip, transcript:\nI cannot log in", "audio_message.m4a"},
		{"forwarded twice", `{"text":"","attachments":[{"is_share":true,"author_name":"A","text":"fyi","attachments":[{"is_share":true,"author_name":"B","text":"The total is wrong"}]}]}`, "Forwarded message from A:\nfyi\n\nForwarded message from B:\nThe total is wrong", ""},
		{"only a fallback", `{"text":"","attachments":[{"is_share":true,"fallback":"[March 2nd, 2026 9:00 AM] bob: it is broken","author_name":"Bob"}]}`, "Forwarded message from Bob:\nit is broken", ""},
		{"by a person known by id", `{"text":"","attachments":[{"is_share":true,"author_id":"W2BOB","text":"Any news?"}]}`, "Forwarded message from Bob Fox:\nAny news?", ""},
		{"blocks instead of message_blocks", `{"text":"","attachments":[{"is_share":true,"author_name":"Bot","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"*Order* 17 failed"}}]}]}`, "Forwarded message from Bot:\n*Order* 17 failed", ""},
		{"nothing in it", `{"text":"look","attachments":[{"is_share":true,"author_name":"Eve"}]}`, "look", ""},
		{"a list in it", `{"text":"","attachments":[{"is_share":true,"author_name":"Eve","message_blocks":[{"message":{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_list","style":"bullet","indent":0,"elements":[` + section(`{"type":"text","text":"one"}`) + `,` + section(`{"type":"text","text":"two"}`) + `]}]}]}}]}]}`, "Forwarded message from Eve:\n• one\n• two", ""},
		{"a preview beside it", `{"text":"see <https://a.test>","attachments":[{"from_url":"https://a.test","title":"A page","text":"About us"},{"is_share":true,"author_name":"Eve","text":"It fails"}]}`, "see https://a.test\n\nForwarded message from Eve:\nIt fails", ""},
	})
}

func TestWorldRichText(t *testing.T) {
	item := func(s string) string { return section(`{"type":"text","text":"` + s + `"}`) }
	bullets := func(style string, indent int, items ...string) string {
		raw, _ := json.Marshal(indent)
		return `{"type":"rich_text_list","style":"` + style + `","indent":` + string(raw) + `,"elements":[` + strings.Join(items, ",") + `]}`
	}
	try(t, []variant{
		{"one section", rich(section(hello)), "How do I export?", ""},
		{"styles", rich(section(`{"type":"text","text":"Not ","style":{"bold":true}},{"type":"text","text":"Monday","style":{"strike":true}},{"type":"text","text":" Tuesday","style":{"italic":true}}`)), "Not ~Monday~ Tuesday", ""},
		{"code", rich(section(`{"type":"text","text":"run "},{"type":"text","text":"acme sync --all","style":{"code":true}}`)), "run `acme sync --all`", ""},
		{"a block of code", rich(section(`{"type":"text","text":"It says:"}`) + `,{"type":"rich_text_preformatted","border":0,"elements":[{"type":"text","text":"error 500\nat line 3"}]}`), "It says:\n```\nerror 500\nat line 3\n```", ""},
		{"a quote", rich(`{"type":"rich_text_quote","elements":[{"type":"text","text":"We refund\nin five days"}]},` + section(`{"type":"text","text":"Is that so?"}`)), "> We refund\n> in five days\nIs that so?", ""},
		{"bullets", rich(section(`{"type":"text","text":"Two things:\n"}`) + "," + bullets("bullet", 0, item("price"), item("terms"))), "Two things:\n• price\n• terms", ""},
		{"numbers", rich(bullets("ordered", 0, item("open"), item("click"))), "1. open\n2. click", ""},
		{"a list within a list", rich(bullets("ordered", 0, item("open")) + "," + bullets("bullet", 1, item("as admin")) + "," + bullets("ordered", 0, item("click"))), "1. open\n  • as admin\n2. click", ""},
		{"a list that goes on", rich(bullets("ordered", 0, item("a")) + "," + section(`{"type":"text","text":"then\n"}`) + `,{"type":"rich_text_list","style":"ordered","indent":0,"offset":1,"elements":[` + item("b") + `]}`), "1. a\nthen\n2. b", ""},
		{"people and channels", rich(section(`{"type":"user","user_id":"U1ANN"},{"type":"text","text":" and "},{"type":"user","user_id":"U9NEW"},{"type":"text","text":" in "},{"type":"channel","channel_id":"C1HELP"}`)), "@Ann Lee and @U9NEW in #help", ""},
		{"groups and everybody", rich(section(`{"type":"usergroup","usergroup_id":"S1"},{"type":"text","text":" "},{"type":"broadcast","range":"here"}`)), "@S1 @here", ""},
		{"emoji", rich(section(`{"type":"emoji","name":"wave","unicode":"1f44b"},{"type":"emoji","name":"flag-de","unicode":"1f1e9-1f1ea"},{"type":"emoji","name":"acme_party"}`)), "👋🇩🇪:acme_party:", ""},
		{"links", rich(section(`{"type":"link","url":"https://a.test/x","text":"the page"},{"type":"text","text":" "},{"type":"link","url":"https://b.test"},{"type":"text","text":" "},{"type":"link","url":"mailto:eve@a.test","text":"eve@a.test"}`)), "the page (https://a.test/x) https://b.test eve@a.test", ""},
		{"a date", rich(section(`{"type":"text","text":"since "},{"type":"date","timestamp":1772442000,"format":"{date_num}","fallback":"2 March"}`)), "since 2 March", ""},
		{"a date without words", rich(section(`{"type":"date","timestamp":1772442000,"format":"{date_num}"}`)), "2 Mar 2026 09:00 UTC", ""},
		{"a colour", rich(section(`{"type":"text","text":"make it "},{"type":"color","value":"#FF0000"}`)), "make it #FF0000", ""},
		{"what is new", rich(section(`{"type":"text","text":"a "},{"type":"hologram","text":"b"}`) + `,{"type":"rich_text_hologram","elements":[{"type":"text","text":"c"}]}`), "a b\nc", ""},
		{"signs are no markup", rich(section(`{"type":"text","text":"if a < b && c > d <@U1>"}`)), "if a < b && c > d <@U1>", ""},
		{"blocks over text", `{"text":"old summary","blocks":[{"type":"rich_text","elements":[` + section(hello) + `]}]}`, "How do I export?", ""},
		{"empty blocks", `{"text":"only text &amp; more","blocks":[{"type":"rich_text","elements":[]}]}`, "only text & more", ""},
		{"sections and fields", `{"text":"New request","blocks":[{"type":"header","text":{"type":"plain_text","text":"New request"}},{"type":"section","fields":[{"type":"mrkdwn","text":"*Plan*\nPro"},{"type":"plain_text","text":"Seats 5"}]},{"type":"divider"},{"type":"context","elements":[{"type":"mrkdwn","text":"from <@U1ANN>"},{"type":"image","image_url":"https://x.test/i.png","alt_text":"logo"}]}]}`, "New request\n*Plan*\nPro\nSeats 5\nfrom @Ann Lee", ""},
		{"a table", `{"text":"","blocks":[{"type":"table","rows":[[{"type":"raw_text","text":"Plan"},{"type":"raw_text","text":"Price"}],[{"type":"rich_text","elements":[` + section(`{"type":"text","text":"Pro"}`) + `]},{"type":"raw_text","text":"9"}]]}]}`, "| Plan | Price |\n| Pro | 9 |", ""},
		{"broken parts", `{"text":"fallback","blocks":[7,null,{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"kept"},{"type":"text","text":7},"x"]}]}]}`, "kept", ""},
	})
}

func TestWorldMarkup(t *testing.T) {
	text := func(s string) string { raw, _ := json.Marshal(map[string]string{"text": s}); return string(raw) }
	try(t, []variant{
		{"plain", text("How do I export?"), "How do I export?", ""},
		{"three entities", text("a &lt; b &amp;&amp; c &gt; d"), "a < b && c > d", ""},
		{"not twice", text("write &amp;lt; for it"), "write &lt; for it", ""},
		{"a person", text("<@U1ANN> said"), "@Ann Lee said", ""},
		{"a person of Grid", text("<@W2BOB> said"), "@Bob Fox said", ""},
		{"nobody known", text("<@U7> said"), "@U7 said", ""},
		{"with a label", text("<@U7|eve> said"), "@eve said", ""},
		{"a channel", text("in <#C1HELP> and <#C2|sales> and <#C3|>"), "in #help and #sales and #C3", ""},
		{"everybody", text("<!here> <!channel> <!everyone>"), "@here @channel @everyone", ""},
		{"a group", text("<!subteam^S1|@devs> <!subteam^S2>"), "@devs @S2", ""},
		{"a date", text("<!date^1772442000^{date}|2 March>"), "2 March", ""},
		{"a link", text("<https://a.test/x?y=1&amp;z=2>"), "https://a.test/x?y=1&z=2", ""},
		{"its own label", text("<http://a.test|a.test> <https://a.test/|a.test>"), "http://a.test https://a.test/", ""},
		{"a label", text("<https://a.test|the page>"), "the page (https://a.test)", ""},
		{"mail and telephone", text("<mailto:e@a.test|e@a.test> <tel:+491234|+491234>"), "e@a.test +491234", ""},
		{"broken brackets", text("a <b and c> <> <@> <|>"), "a b and c  @", ""},
		{"lines", text("one\ntwo\n\n&gt; three"), "one\ntwo\n\n> three", ""},
	})
}

func TestWorldAttachments(t *testing.T) {
	one := func(a string) string { return `{"text":"","attachments":[` + a + `]}` }
	try(t, []variant{
		{"text", one(`{"fallback":"x","text":"Build 7 failed"}`), "Build 7 failed", ""},
		{"pretext and title", one(`{"pretext":"New ticket","title":"Login fails","title_link":"https://j.test/1","text":"since Monday"}`), "New ticket\nLogin fails (https://j.test/1)\nsince Monday", ""},
		{"fields", one(`{"title":"Order","fields":[{"title":"Number","value":"17","short":true},{"title":"State","value":"lost"}]}`), "Order\nNumber: 17\nState: lost", ""},
		{"a field without a title", one(`{"fields":[{"title":"","value":"only this"}]}`), "only this", ""},
		{"only a fallback", one(`{"fallback":"Payment of <https://p.test|17 EUR> failed"}`), "Payment of 17 EUR (https://p.test) failed", ""},
		{"blocks", one(`{"color":"#f00","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"Down since &lt;5 min"}}],"fallback":"[no preview available]"}`), "Down since <5 min", ""},
		{"an author", one(`{"author_name":"Ann","text":"please look"}`), "Ann\nplease look", ""},
		{"a footer is no word", one(`{"text":"x","footer":"Jira Cloud","ts":1772442000}`), "x", ""},
		{"a preview of a link", `{"text":"<https://a.test>","attachments":[{"from_url":"https://a.test","original_url":"https://a.test","service_name":"A","title":"A page","text":"About"}]}`, "https://a.test", ""},
		{"a preview by an app", `{"text":"<https://j.test/1>","attachments":[{"is_app_unfurl":true,"app_unfurl_url":"https://j.test/1","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"JIRA-1"}}]}]}`, "https://j.test/1", ""},
		{"a picture's preview", `{"text":"look <https://a.test/i.png>","attachments":[{"from_url":"https://a.test/i.png","image_url":"https://a.test/i.png","fallback":"i.png"}]}`, "look https://a.test/i.png", ""},
		{"text and attachment", `{"text":"from the form","attachments":[{"text":"I need a refund"}]}`, "from the form\n\nI need a refund", ""},
		{"several", `{"text":"","attachments":[{"text":"one"},{"text":"two"}]}`, "one\n\ntwo", ""},
		{"the same twice", `{"text":"one","attachments":[{"text":"one"}]}`, "one", ""},
		{"files", one(`{"text":"see","files":[{"name":"a.log"}]}`), "see", "a.log"},
		{"empty", `{"text":"hi","attachments":[{"id":1}]}`, "hi", ""},
		{"not a list", `{"text":"hi","attachments":{"text":"x"}}`, "hi", ""},
		{"broken", `{"text":"hi","attachments":[{"text":7},null,{"text":"kept"}]}`, "hi\n\nkept", ""},
	})
}

func TestWorldFiles(t *testing.T) {
	one := func(f string) string { return `{"text":"","files":[` + f + `]}` }
	try(t, []variant{
		{"a picture", one(`{"name":"image.png","title":"image.png","mimetype":"image/png"}`), "", "image.png"},
		{"a title that says something", one(`{"name":"IMG_0001.png","title":"Error at checkout"}`), "Error at checkout", "IMG_0001.png"},
		{"a title that is the name", one(`{"name":"Screen_Shot_1.png","title":"Screen Shot 1"}`), "", "Screen_Shot_1.png"},
		{"a voice clip", one(`{"name":"audio_message.m4a","title":"Audio message","subtype":"slack_audio","mimetype":"audio/mp4","transcription":{"status":"complete","locale":"en-US","preview":{"content":"How do I change my plan","has_more":false}}}`), "Voice clip, transcript:\nHow do I change my plan", "audio_message.m4a"},
		{"a long one", one(`{"name":"a.m4a","subtype":"slack_audio","transcription":{"status":"complete","preview":{"content":"First of all","has_more":true}}}`), "Voice clip, transcript:\nFirst of all …", "a.m4a"},
		{"not written down yet", one(`{"name":"audio_message.m4a","title":"Audio message","subtype":"slack_audio","transcription":{"status":"processing"}}`), "", "audio_message.m4a"},
		{"a video clip", one(`{"name":"clip.mp4","title":"clip.mp4","subtype":"slack_video","transcription":{"status":"complete","preview":{"content":"look at this button"}}}`), "Video clip, transcript:\nlook at this button", "clip.mp4"},
		{"a clip with words", `{"text":"and this","files":[{"name":"a.m4a","subtype":"slack_audio","transcription":{"preview":{"content":"it beeps"}}}]}`, "and this\n\nVoice clip, transcript:\nit beeps", "a.m4a"},
		{"a snippet", one(`{"name":"Untitled","title":"Untitled","mode":"snippet","filetype":"text","preview":"ERROR 17\nat main","preview_is_truncated":false}`), "ERROR 17\nat main", "Untitled"},
		{"a long snippet", one(`{"name":"log.txt","title":"log.txt","mode":"snippet","preview":"line 1","preview_is_truncated":true}`), "line 1\n…", "log.txt"},
		{"a mail", one(`{"name":"Re: invoice","title":"Re: invoice","mode":"email","filetype":"email","subject":"Re: invoice","plain_text":"The sum is wrong.","preview_plain_text":"The sum"}`), "Re: invoice\n\nThe sum is wrong.", "Re: invoice"},
		{"a shared stub", one(`{"id":"F1","mode":"file_access","file_access":"check_file_info"}`), "", "file"},
		{"a deleted file", one(`{"id":"F1","mode":"tombstone"}`), "", ""},
		{"hidden by the plan", one(`{"id":"F1","mode":"hidden_by_limit","name":"x"}`), "", ""},
		{"a picture described", one(`{"name":"p.png","title":"p.png","alt_txt":"A red button that says Stop"}`), "A red button that says Stop", "p.png"},
		{"an external one", one(`{"name":"Budget","title":"Budget","is_external":true,"external_type":"gdrive"}`), "", "Budget"},
		{"several", one(`{"name":"a.png"},{"name":"b.png"}`), "", "a.png|b.png"},
		{"a path for a name", one(`{"name":"../../etc/passwd"}`), "", "passwd"},
		{"a first comment", one(`{"name":"a.png","initial_comment":{"comment":"why is this red?"}}`), "why is this red?", "a.png"},
	})
}

// FuzzRead: nothing that comes as a message panics, or grows without bound.
func FuzzRead(f *testing.F) {
	f.Add(`{"text":"<@U1|x> <","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_list","elements":[{}]}]}],"attachments":[{"is_share":true,"attachments":[{}]}],"files":[{"name":7}]}`)
	f.Fuzz(func(t *testing.T, s string) {
		var m words.Message
		if json.Unmarshal([]byte(s), &m) != nil {
			return
		}
		if got := m.Read(names); len(got.Text) > 100_010 {
			t.Errorf("%d bytes", len(got.Text))
		}
		m.Mentioned()
	})
}

package words_test

import "testing"

// TestWorldOddities: messages as particular clients, apps and plans send them.
func TestWorldOddities(t *testing.T) {
	try(t, []variant{
		{"a skin tone", rich(section(`{"type":"emoji","name":"+1","unicode":"1f44d-1f3fd","skin_tone":4}`)), "👍🏽", ""},
		{"joined emoji", rich(section(`{"type":"emoji","name":"technologist","unicode":"1f468-200d-1f4bb"}`)), "👨‍💻", ""},
		{"a variation", rich(section(`{"type":"emoji","name":"heart","unicode":"2764-fe0f"}`)), "❤️", ""},
		{"a link as code", rich(section(`{"type":"link","url":"https://x.test/api","style":{"code":true}},{"type":"text","text":" fails"}`)), "https://x.test/api fails", ""},
		{"a link in code", rich(`{"type":"rich_text_preformatted","elements":[{"type":"text","text":"GET "},{"type":"link","url":"https://x.test/api"}]}`), "```\nGET https://x.test/api\n```", ""},
		{"a list in a quote", rich(`{"type":"rich_text_list","style":"bullet","indent":0,"border":1,"elements":[` + section(`{"type":"text","text":"a"}`) + `]}`), "• a", ""},
		{"a canvas", `{"text":"","files":[{"mode":"quip","filetype":"quip","name":"Launch_plan","title":"Launch plan"}]}`, "", "Launch_plan"},
		{"forwarded, and nothing of it may be shown", `{"text":"","attachments":[{"is_share":true,"author_name":"Bob","fallback":"[no preview available]","from_url":"https://acme.slack.com/archives/C1/p2"}]}`, "Forwarded message from Bob:\nhttps://acme.slack.com/archives/C1/p2", ""},
		{"a giphy", `{"text":"","blocks":[{"type":"image","title":{"type":"plain_text","text":"happy dance","emoji":true},"image_url":"https://g.test/1.gif","alt_text":"happy dance"}]}`, "happy dance", ""},
		{"a huddle", `{"text":"","blocks":[{"type":"call","call_id":"R1"}]}`, "", ""},
		{"a date with a link", `{"text":"<!date^1392734382^Posted {date_num}^https://example.com/|Posted 2014-02-18>"}`, "Posted 2014-02-18", ""},
		{"a group without a name", `{"text":"ask <!subteam^S024BE7LH>"}`, "ask @S024BE7LH", ""},
		{"a task card", `{"text":"","blocks":[{"type":"task_card","task_id":"1","title":"Export fails","status":"pending"}]}`, "Export fails", ""},
		{"an alert", `{"text":"Down","blocks":[{"type":"alert","level":"error","text":{"type":"mrkdwn","text":"The API is *down*"}}]}`, "The API is *down*", ""},
		{"a card", `{"text":"","blocks":[{"type":"card","title":{"type":"plain_text","text":"Order 17"},"subtitle":{"type":"plain_text","text":"lost"},"body":{"type":"mrkdwn","text":"since <https://a.test|Monday>"}}]}`, "Order 17\nlost\nsince Monday (https://a.test)", ""},
		{"markdown", `{"text":"x","blocks":[{"type":"markdown","text":"**Order** 17 is [late](https://a.test)"}]}`, "**Order** 17 is [late](https://a.test)", ""},
		{"a chart", `{"text":"","blocks":[{"type":"data_visualization","title":"Tickets per day"}]}`, "Tickets per day", ""},
		{"a plan of several tasks", `{"text":"","blocks":[{"type":"plan","title":"Steps","tasks":[{"task_id":"1","title":"Open settings"},{"task_id":"2","title":"Press export"}]}]}`, "Steps\nOpen settings\nPress export", ""},
		{"a transcript that is null", `{"text":"","files":[{"name":"a.m4a","transcription":{"status":"none","preview":null}}]}`, "", "a.m4a"},
		{"a transcript that is null itself", `{"text":"","files":[{"name":"a.m4a","transcription":null}]}`, "", "a.m4a"},
		{"nulls", `{"text":null,"blocks":null,"attachments":null,"files":null}`, "", ""},
		{"a thread of messages forwarded", `{"text":"","attachments":[{"is_share":true,"author_name":"A","message_blocks":[{"message":{"blocks":[{"type":"rich_text","elements":[` + section(`{"type":"text","text":"one"}`) + `]}]}},{"message":{"blocks":[{"type":"rich_text","elements":[` + section(`{"type":"text","text":"two"}`) + `]}]}}]}]}`, "Forwarded message from A:\none\n\ntwo", ""},
		{"forwarded with a file of its own and one beside", `{"text":"both","files":[{"name":"a.png"}],"attachments":[{"is_share":true,"author_name":"A","text":"x","files":[{"name":"b.png"}]}]}`, "both\n\nForwarded message from A:\nx", "a.png|b.png"},
		{"a message inside whose blocks are only text", `{"text":"","attachments":[{"is_share":true,"author_name":"A","message_blocks":[{"message":{"text":"from an old client","blocks":[]}}]}]}`, "Forwarded message from A:\nfrom an old client", ""},
		{"a title with numbers", `{"text":"","files":[{"name":"a.png","title":"404 on /export"}]}`, "404 on /export", "a.png"},
		{"a title with a dot", `{"text":"","files":[{"name":"a.png","title":"Version 2.1 crashes"}]}`, "Version 2.1 crashes", "a.png"},
		{"a title for a clip", `{"text":"","files":[{"name":"a.m4a","title":"Clip from Ann (Mar 2)","subtype":"slack_audio","transcription":{"preview":{"content":"hi"}}}]}`, "Clip from Ann (Mar 2)\n\nVoice clip, transcript:\nhi", "a.m4a"},
		{"an empty list item", rich(`{"type":"rich_text_list","style":"bullet","elements":[` + section(``) + `,` + section(`{"type":"text","text":"b"}`) + `]}`), "•\n• b", ""},
		{"only white space", rich(section(`{"type":"text","text":" \n "}`)), "", ""},
		{"a section with a picture beside", `{"text":"","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"Look"},"accessory":{"type":"image","image_url":"https://a.test/i","alt_text":"a red button"}}]}`, "Look", ""},
		{"lines between sections", rich(section(`{"type":"text","text":"one\n\n"}`) + "," + section(`{"type":"text","text":"two"}`)), "one\n\ntwo", ""},
		{"right to left", rich(section(`{"type":"text","text":"كيف أصدّر؟ "},{"type":"user","user_id":"U1ANN"}`)), "كيف أصدّر؟ @Ann Lee", ""},
	})
}

package words_test

import "testing"

// TestWorldCustomers: what customers send on an ordinary day.
func TestWorldCustomers(t *testing.T) {
	fwd := func(inner string) string {
		return `{"text":"","attachments":[{"is_share":true,"author_name":"Eve",` + inner + `}]}`
	}
	try(t, []variant{
		{"a forward of a forward in blocks", fwd(`"message_blocks":[{"message":{"text":"fyi","attachments":[{"is_share":true,"author_name":"Tom","text":"Refund me"}]}}]`), "Forwarded message from Eve:\nfyi\n\nForwarded message from Tom:\nRefund me", ""},
		{"a forwarded snippet", fwd(`"text":"","files":[{"mode":"snippet","name":"log","preview":"panic: nil"}]`), "Forwarded message from Eve:\npanic: nil", "log"},
		{"a forwarded mail", fwd(`"files":[{"mode":"email","name":"Refund","title":"Refund","subject":"Refund","plain_text":"Where is it?"}]`), "Forwarded message from Eve:\nRefund\n\nWhere is it?", "Refund"},
		{"a forwarded picture with a title", fwd(`"files":[{"name":"1.png","title":"The wrong total"}]`), "Forwarded message from Eve:\nThe wrong total", "1.png"},
		{"the same file twice", fwd(`"text":"x","files":[{"name":"a.pdf"}],"message_blocks":[{"message":{"text":"x","files":[{"name":"a.pdf"}]}}]`), "Forwarded message from Eve:\nx", "a.pdf"},
		{"an emoji as text", `{"text":":wave: hello :acme:"}`, ":wave: hello :acme:", ""},
		{"only an emoji", rich(section(`{"type":"emoji","name":"tada","unicode":"1f389"}`)), "🎉", ""},
		{"a mention and a question", rich(section(`{"type":"user","user_id":"U0BOT"},{"type":"text","text":" how do I export?"}`)), "@U0BOT how do I export?", ""},
		{"two languages", rich(section(`{"type":"text","text":"Hola, ¿cómo exporto?\n日本語でも大丈夫ですか？"}`)), "Hola, ¿cómo exporto?\n日本語でも大丈夫ですか？", ""},
		{"steps by hand", rich(section(`{"type":"text","text":"1) open\n2) click\n3) nothing"}`)), "1) open\n2) click\n3) nothing", ""},
		{"a table from a spreadsheet", `{"text":"","files":[{"mode":"snippet","filetype":"csv","name":"Untitled","preview":"a,b\n1,2"}]}`, "a,b\n1,2", "Untitled"},
		{"struck out and said again", rich(section(`{"type":"text","text":"refund "},{"type":"text","text":"17","style":{"strike":true,"bold":true}},{"type":"text","text":" 71 EUR"}`)), "refund ~17~ 71 EUR", ""},
		{"an error as code with a link", rich(section(`{"type":"text","text":"Error: ","style":{"code":true}},{"type":"link","url":"https://a.test/e/7","text":"7","style":{"code":true}}`)), "`Error: `7 (https://a.test/e/7)", ""},
		{"a telephone", rich(section(`{"type":"link","url":"tel:+4930123","text":"+49 30 123"}`)), "+49 30 123 (+4930123)", ""},
		{"a mail address", rich(section(`{"type":"text","text":"mine is "},{"type":"link","url":"mailto:eve@a.test"}`)), "mine is eve@a.test", ""},
		{"a long forward cut by Slack", fwd(`"text":"It begins …","fallback":"[x] eve: It begins and goes on"`), "Forwarded message from Eve:\nIt begins …", ""},
		{"a reminder by an app with a person's words", `{"text":"Reminder: <@U1ANN> asked you","attachments":[{"author_name":"Ann","text":"Any news on 17?"}]}`, "Reminder: @Ann Lee asked you\n\nAnn\nAny news on 17?", ""},
		{"a message and its own preview of an image", `{"text":"<https://a.test/i.png>","attachments":[{"image_url":"https://a.test/i.png","from_url":"https://a.test/i.png"}]}`, "https://a.test/i.png", ""},
		{"an attachment that is only a picture", `{"text":"","attachments":[{"fallback":"a red error","image_url":"https://a.test/i.png"}]}`, "a red error", ""},
		{"fields that are numbers", `{"text":"","attachments":[{"title":"Order","fields":[{"title":"Number","value":17},{"title":"State","value":"lost"}]}]}`, "Order\nNumber: 17\nState: lost", ""},
		{"a time stamp that is a number", `{"text":"","attachments":[{"is_share":true,"ts":1772442000.1,"author_name":"Eve","text":"when?"}]}`, "Forwarded message from Eve:\nwhen?", ""},
		{"a file whose preview is null", `{"text":"hi","files":[{"name":"a.txt","mode":"snippet","preview":null,"plain_text":null}]}`, "hi", "a.txt"},
		{"a file with a number for a name", `{"text":"hi","files":[{"name":7},{"name":"b.png"}]}`, "hi", "file|b.png"},
		{"a list with a number for its indent in words", rich(`{"type":"rich_text_list","style":"bullet","indent":"0","elements":[` + section(`{"type":"text","text":"a"}`) + `]}`), "• a", ""},
		{"a check list", rich(`{"type":"rich_text_list","style":"checklist","indent":0,"elements":[` + section(`{"type":"text","text":"done it"}`) + `]}`), "• done it", ""},
	})
}

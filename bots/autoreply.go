package bots

import (
	"net/textproto"

	"footnote/pipeline/text"
)

// AutoReply is text.Automatic for a message with the headers of a mail, or none.
func AutoReply(h textproto.MIMEHeader, subject, body string) bool {
	return text.Automatic(h.Get, subject, body)
}

package bots

import (
	"net/textproto"

	"footnote/pipeline/text/letter"
)

// AutoReply is letter.Automatic for a message with the headers of a mail, or none.
func AutoReply(h textproto.MIMEHeader, subject, body string) bool {
	return letter.Automatic(h.Get, subject, body)
}

// Own is what a person wrote in a message of a thread: letter.Read's words of it.
func Own(text string) string { return letter.Read(text, "Re: .").Text }

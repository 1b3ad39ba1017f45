// Package words reads what a person said in a Slack message.
//
// In: a message as events and conversations.history have it: text, blocks,
// attachments and files. Out: plain text with everything that a reader of Slack
// sees as somebody's words, and the names of files.
//
// Words are what was written into the message (text.go for Slack's markup, rich.go
// for rich text and other blocks), what was forwarded or shared with it
// (attachment.go: forwarded messages, messages that are linked to, attachments of
// integrations), and what was said aloud or stands in files (file.go: transcripts,
// snippets, mails). Previews that Slack makes of links are nobody's words.
//
// Nothing here asks Slack; who a user id is, the caller says.
package words

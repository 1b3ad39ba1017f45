// Package slack is where agents see and decide drafts in Slack. For each
// customer message one card stands in the triage channel; it shows the
// question, the draft with its numbered sources, what the checks found, and who
// has it; its buttons and forms call the same review as the console does.
//
// It is also where colleagues ask: by mention, direct message, /footnote, the
// message shortcut and the Home tab.
//
// It is not a desk: support channels where customers write are another folder's
// business, and of what people say nothing is read but what they say to Footnote.
//
// # How a card stays right
//
// Cards are rendered from the present state, never from the event: events may
// come late, twice or in any order. A post is written down before it is sent;
// if its answer is lost, the card is found again by its metadata, and posted
// again only when it did not turn up. Decided drafts shrink to who and when.
//
// Under a card stands its thread, by the same protocol: earlier versions, what
// the customer wrote later, the reply as approved, and who did what when. Notes
// wait for cards; cards do not wait for notes.
//
// An event is one path to a right card. The other is Recover, which looks every
// now and then for cards that do not show what the review says.
//
// # How a request ends
//
// What is stored ends in an answer, an abstention, a refusal or a failure; each
// is told, under a reference that `footnote trace` explains. Whatever dies on
// the way, another process takes the request up after a minute. Slack delivers
// again what was not stored. While an answer is written only a status is shown:
// nothing that was not checked is ever seen. Internal sources answer colleagues
// where no outsider reads along; beside guests and other companies public ones
// do, or the person is answered alone.
//
// # Trust
//
// Everything that was written outside (customers, models, sources, names)
// stands in rich text or plain text, where Slack reads no markup; links show
// their host; invisible characters are left out. Buttons carry the draft's id
// and the hash of the reply the person saw, and a draft that is not shown
// exactly and whole has no approve button. Where guests or other companies read
// the triage channel, cards show nothing of internal sources. Every press is
// checked: member of this workspace, not a guest, not a bot, with an account of
// the same e-mail address, whose role user groups may give.
//
// # What the app needs
//
// manifest.yaml lists scopes and events with their reasons. Socket Mode: an
// app-level token with connections:write. The bot must be invited into the
// channel.
//
// # Its rooms
//
// What is left here is how deliveries come in (http.go, socket.go, dispatch.go) and
// what runs beside them (slack.go). Each room uses only what stands above it:
//
//	words      a message as Slack has it ─▶ what somebody said in it
//	layout     words of people, models and sources ─▶ Block Kit, checked against Slack's limits
//	client     calls, people and who reads along; how the connection is
//	cards      one card for each draft, with its thread
//	presses    buttons and forms ─▶ decisions
//	requests   questions, commands, the Home tab, the digest ─▶ answers
//	sample     made-up drafts, to look at and for tests
//
// Support channels, where customers write, are a desk: bots/slackdesk. Their events
// come over this connection and are handed on through the port Support.
package slack

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
// # A card
//
//	event ─▶ hold the card (Postgres) ─▶ read the draft's present state ─▶ render ─▶ lint ─▶ post or update
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
//	open ─ claimed ─ approved, being sent ─ sent
//	                 └─ returned (why; approve again)
//	open, claimed ─ rejected (why) · handed off · redraft asked for · out of date (why)
//
// # Editing
//
//	edit ─▶ keep the text ─▶ check it ─▶ blocked: say why, the form stays open
//	                                 ├─ findings: list them ─▶ confirm ─▶ send · back: edit on
//	                                 └─ none: send
//
// The text is kept for its writer until it is sent: a form that was closed, or
// a decision that came too late, loses no words.
//
// # A request
//
//	mention, command, shortcut ─▶ store (slack_requests) ─▶ ack ─▶ who is it ─▶ answer ─▶ show ─▶ close
//
// What is stored ends in an answer, an abstention, a refusal or a failure; each
// is told, under a reference that `footnote trace` explains. Whatever dies on
// the way, another process takes the request up after a minute. Slack delivers
// again what was not stored. While an answer is written only a status is shown:
// nothing that was not checked is ever seen. Internal sources answer colleagues
// where no outsider reads along; beside guests and other companies public ones
// do, or the person is answered alone.
//
//	open ─ answered · abstained (why, nearest sources) · refused (why) · failed (reference)
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
// # Its files
//
// layout is a room of its own: what Slack can show. What is left here is many files
// in four groups, which follow the data and still share the Chat they are methods of:
//
//	transport    http.go socket.go dispatch.go events.go interaction.go support.go manifest.go
//	connection   api.go call.go pace.go cache.go people.go role.go readers.go locks.go status.go store_seen.go
//	drafts       show.go card.go detail.go changes.go discreet.go buttons.go thread.go store_card.go store_note.go
//	             act.go form.go submit.go confirm.go store_edit.go samples.go
//	questions    port.go request.go mention.go command.go shortcut.go ask.go present.go answer.go pages.go home.go
//	             feedback.go digest.go samples_page.go store_request.go store_digest.go
//
// They are no rooms yet because every group calls the connection's methods on Chat
// (who is it, may I call, what does this error mean). The next room is connection,
// as a type that Chat holds; then drafts and questions can hold it too.
package slack

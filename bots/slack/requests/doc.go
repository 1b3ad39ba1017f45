// Package requests answers what colleagues ask for: by mention, direct message,
// /footnote, the message shortcut and the Home tab; and posts managers' figures.
//
// In: what somebody wrote or chose. Out: an answer, an abstention, a refusal or a
// failure, told where it was asked or to the person alone, under a reference.
//
//	mention, command, shortcut ─▶ store (slack_requests) ─▶ ack ─▶ who is it ─▶ answer ─▶ show ─▶ close
//
//	open ─ answered · abstained (why, nearest sources) · refused (why) · failed (reference)
//
// mention.go, command.go, shortcut.go and home.go are where it comes from;
// request.go takes it through; ask.go asks the knowledge and says who may see the
// answer; answer.go and pages.go lay it out; present.go shows it. feedback.go keeps
// what people thought of it. port.go is what it is answered from, filled in cmd.
package requests

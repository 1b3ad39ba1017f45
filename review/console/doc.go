// Package console is Footnote in a browser: agents decide on drafts, knowledge
// owners look at sources, managers read the report, and operators replay what
// failed. Pages are rendered on the server with html/template and work without
// JavaScript: every action is a form that POSTs and redirects. With JavaScript
// they update themselves, check an edited reply while it is typed, and answer to
// the keyboard:
//
//	j, k       next, previous ticket in the queue          enter  open it
//	e          edit the draft                              a      go to “Approve & send”; enter sends
//	c          claim or release                            r      ask for a redraft
//	x          reject                                      h      hand off
//	s          snooze                                      z      go to “Undo” of a reply that waits to be sent
//	o          other and similar tickets                   f      find in the knowledge, while editing
//	n          next ticket that needs a person             u      back to the queue
//	/          search                                      ?      this list
//	ctrl+enter in the editor: go to “Approve & send”       esc    close, leave a field
//
// No key sends: “a” moves the focus to the one button that does.
//
// Text from outside (customers, desks, sources, models) reaches a page as text
// nodes only; characters that nobody can see are shown by their number (see
// text.go). Nothing is loaded from anywhere else, and nothing inline runs.
//
// The console decides nothing: review.Decide does. It holds no state but the
// open streams of live updates, and reads through the ports in ports.go.
package console

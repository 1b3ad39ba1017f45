// Package presses carries out what people press on cards and send in forms.
//
// In: a press or a form, found authentic. Out: a decision of the review, and a
// word to the person when it was not taken.
//
//	edit ─▶ keep the text ─▶ check it ─▶ blocked: say why, the form stays open
//	                                 ├─ findings: list them ─▶ confirm ─▶ send · back: edit on
//	                                 └─ none: send
//
// act.go takes buttons, submit.go forms, form.go lays them out, confirm.go has
// the checks of an edited text. The text is kept for its writer until it is sent
// (store_edit.go): a form that was closed, or a decision that came too late, loses
// no words.
package presses

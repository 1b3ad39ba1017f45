// Package demand finds sentences of a page that no help page has an honest use for:
// those that ask their readers to hand a secret to somebody, and those that speak to
// a machine that reads the page.
//
// In: a page's text, in any language. Out: its demands, sentence by sentence.
//
// A sentence is read as slots, whatever its language; all words of a slot stand in
// words.go, for the languages that text can stem and a few more.
//
//	secret   hand over (send, tell …) + a secret (password, card number …) + somebody who
//	         gets it (us, the technician, an address), nobody warning of it ("never send")
//	machine  set aside (ignore, forget …) + what was told before (instructions, rules …)
//	         or somebody told how to write (include, say …) + what is written (the reply,
//	         this draft), or a machine (AI, model, assistant) told to do something
//	         or a mode (developer, debug …) switched on
//	         or marks that only chats of machines have (<|im_start|>, [INST], "SYSTEM:")
//
// What stands in blocks of code is not read: pages for developers show such things.
// It does not judge whether a page is true.
package demand

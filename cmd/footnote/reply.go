package main

import "time"

// replySettings are how an approved reply leaves.
type replySettings struct {
	UndoSend time.Duration `yaml:"undo_send" env:"FOOTNOTE_UNDO_SEND" default:"10s" help:"how long an approved reply waits before it is sent, so that it can be taken back; 0s: it leaves at once"`
}

// maxUndo keeps a customer from waiting for a reply that somebody approved.
const maxUndo = 5 * time.Minute

func (s replySettings) check(p *problems) {
	if s.UndoSend > maxUndo {
		p.bad("undo_send: at most %s; the customer waits meanwhile", maxUndo)
	}
}

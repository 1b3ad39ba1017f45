package main

import (
	"context"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
	"footnote/review/access"
	"footnote/review/audit"
	"footnote/review/console"
)

// skips lists what rules left out, and takes it in for a person, with a row in the
// audit log.
type skips struct{ a *app }

func (s skips) Skipped(ctx context.Context, limit int) ([]console.SkippedMessage, error) {
	list, err := s.a.tracker.Skipped(ctx, limit)
	if err != nil {
		return nil, err
	}
	out := make([]console.SkippedMessage, len(list))
	for i, m := range list {
		out[i] = console.SkippedMessage{Ticket: m.Ticket, Message: m.Message, Subject: m.Subject, From: m.From, Rule: m.Rule, At: m.At}
	}
	return out, nil
}

// TakeIn implements console.Skips.
func (s skips) TakeIn(ctx context.Context, ref pipeline.TicketRef, message string, by pipeline.Agent) error {
	if err := allow(by, access.Decide, "take in what a rule left out"); err != nil {
		return err
	}
	return s.a.tracker.TakeIn(ctx, ref, message, by, func(tx pgx.Tx) error {
		return audit.Append(ctx, tx, audit.Entry{Actor: by.ID, Action: "message.taken_in", Object: "ticket/" + ref.String(), Detail: map[string]string{"message": message}})
	})
}

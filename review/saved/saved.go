package saved

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"footnote/pipeline"
	"footnote/review/audit"
)

// The longest name and text of a saved reply, in runes, and how many there may be.
const (
	maxName = 100
	maxText = 6000
	maxMany = 500
)

// Reply is one saved reply.
type Reply struct {
	ID        string
	Name      string
	Text      string // may hold Variables
	UpdatedAt time.Time
}

// Variables stand in braces in a text: what each is for.
var Variables = []struct{ Name, Is string }{
	{"customer", "the customer's name"}, {"first name", "the customer's first name"}, {"agent", "your name"}, {"ticket", "the ticket's number at its desk"}, {"subject", "its subject"},
}

// Fill puts the ticket's and the agent's words in place of the variables. One that the
// ticket has no word for stays as it stands: the guards stop a reply that holds it.
func (r Reply) Fill(t pipeline.Ticket, by pipeline.Agent) string {
	first, _, _ := strings.Cut(strings.TrimSpace(t.Requester.Name), " ")
	var pairs []string
	for i, is := range []string{t.Requester.Name, first, by.Name, t.ID, t.Subject} {
		if is = strings.Join(strings.Fields(is), " "); is != "" {
			pairs = append(pairs, "{"+Variables[i].Name+"}", is)
		}
	}
	return strings.NewReplacer(pairs...).Replace(r.Text)
}

// Service is safe for concurrent use, also by several processes on one database.
type Service struct{ pool *pgxpool.Pool }

// New builds a Service.
func New(pool *pgxpool.Pool) *Service { return &Service{pool} }

// List returns all saved replies by name.
func (s *Service) List(ctx context.Context) ([]Reply, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT id::text, name, text, updated_at
		  FROM saved_replies
		 ORDER BY lower(name), id
		 LIMIT $1`, maxMany)
	if err != nil {
		return nil, fmt.Errorf("list saved replies: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Reply])
	if err != nil {
		return nil, fmt.Errorf("list saved replies: %w", err)
	}
	return out, nil
}

// Save adds a reply, or changes the one that has its ID. The error kinds are Invalid,
// Conflict for a name that another one has, and NotFound for an unknown ID.
func (s *Service) Save(ctx context.Context, by pipeline.Agent, r Reply) error {
	r.Name, r.Text = strings.Join(strings.Fields(r.Name), " "), strings.TrimSpace(strings.ReplaceAll(r.Text, "\r\n", "\n"))
	if err := valid(r); err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var tag pgconn.CommandTag
		var err error
		if r.ID == "" {
			r.ID = uuid.NewString()
			tag, err = tx.Exec(ctx, `
				INSERT INTO saved_replies (id, name, text, by_agent)
				SELECT $1, $2, $3, $4
				 WHERE (SELECT count(*) FROM saved_replies) < $5`, r.ID, r.Name, r.Text, by.ID, maxMany)
			if err == nil && tag.RowsAffected() == 0 {
				return pipeline.Errorf(pipeline.Invalid, "There are %d saved replies already. Remove one first.", maxMany)
			}
		} else {
			tag, err = tx.Exec(ctx, `UPDATE saved_replies SET name = $2, text = $3, by_agent = $4, updated_at = now() WHERE id = $1`, r.ID, r.Name, r.Text, by.ID)
			if err == nil && tag.RowsAffected() == 0 {
				return errGone
			}
		}
		if pe, ok := errors.AsType[*pgconn.PgError](err); ok && pe.Code == "23505" {
			return pipeline.Errorf(pipeline.Conflict, "There is a saved reply “%s” already. Choose another name.", r.Name)
		}
		if err != nil {
			return fmt.Errorf("save reply: %w", err)
		}
		return audit.Append(ctx, tx, audit.Entry{Actor: by.ID, Action: "reply.saved", Object: "reply/" + r.ID, Detail: map[string]string{"name": r.Name}})
	})
}

// Remove takes a reply away. One that is gone is no error.
func (s *Service) Remove(ctx context.Context, by pipeline.Agent, id string) error {
	if uuid.Validate(id) != nil {
		return errGone
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM saved_replies WHERE id = $1`, id)
		if err != nil {
			return fmt.Errorf("remove saved reply: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return audit.Append(ctx, tx, audit.Entry{Actor: by.ID, Action: "reply.removed", Object: "reply/" + id})
	})
}

var errGone = pipeline.Errorf(pipeline.NotFound, "There is no such saved reply.")

func valid(r Reply) error {
	switch {
	case r.ID != "" && uuid.Validate(r.ID) != nil:
		return errGone
	case r.Name == "" || utf8.RuneCountInString(r.Name) > maxName:
		return pipeline.Errorf(pipeline.Invalid, "Give the reply a name of at most %d characters.", maxName)
	case r.Text == "" || utf8.RuneCountInString(r.Text) > maxText:
		return pipeline.Errorf(pipeline.Invalid, "Give the reply a text of at most %d characters.", maxText)
	case !utf8.ValidString(r.Name+r.Text) || strings.ContainsRune(r.Name+r.Text, 0):
		return pipeline.Errorf(pipeline.Invalid, "The text holds characters that cannot be kept. Paste it as plain text.")
	}
	for _, v := range braced(r.Text) {
		if !slices.ContainsFunc(Variables, func(k struct{ Name, Is string }) bool { return k.Name == v }) {
			return pipeline.Errorf(pipeline.Invalid, "There is no variable {%s}.", v)
		}
	}
	return nil
}

// braced are the words in braces of a text.
func braced(s string) (out []string) {
	for {
		_, rest, ok := strings.Cut(s, "{")
		if !ok {
			return out
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			return append(out, rest)
		}
		out, s = append(out, name), after
	}
}

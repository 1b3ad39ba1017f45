package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
	"footnote/review/audit"
)

// create adds the account unless the address is taken, and tells whether it did.
func (s *Service) create(ctx context.Context, by string, a pipeline.Agent) (made bool, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		id := uuid.NewString()
		tag, err := tx.Exec(ctx, `
			INSERT INTO agents (id, name, email, role)
			VALUES ($1, $2, $3, $4)
			ON CONFLICT (email) DO NOTHING`, id, a.Name, a.Email, a.Role)
		if err != nil {
			return fmt.Errorf("create account: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		made = true
		return audit.Append(ctx, tx, audit.Entry{Actor: by, Action: "account.created", Object: "agent/" + id,
			Detail: map[string]string{"email": a.Email, "role": a.Role}})
	})
	return made, err
}

// AgentByEmail finds a working account by address, in any case. The error kind
// is NotFound for an unknown address and Denied for a disabled account.
func (s *Service) AgentByEmail(ctx context.Context, email string) (pipeline.Agent, error) {
	key, err := address(email)
	if err != nil {
		return pipeline.Agent{}, errNobody(email)
	}
	var a pipeline.Agent
	var disabled bool
	err = s.pool.QueryRow(ctx, `
		SELECT id, name, email, role, disabled_at IS NOT NULL
		  FROM agents
		 WHERE email = $1`, key).Scan(&a.ID, &a.Name, &a.Email, &a.Role, &disabled)
	if errors.Is(err, pgx.ErrNoRows) {
		return pipeline.Agent{}, errNobody(key)
	}
	if err != nil {
		return pipeline.Agent{}, fmt.Errorf("find account: %w", err)
	}
	if disabled {
		return pipeline.Agent{}, errDisabled(key)
	}
	return a, nil
}

// Accounts lists every account by name, disabled ones last.
func (s *Service) Accounts(ctx context.Context) ([]Account, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT a.id, a.name, a.email, a.role, a.created_at, a.disabled_at,
		       (SELECT max(se.created_at) FROM sessions se WHERE se.agent = a.id)
		  FROM agents a
		 ORDER BY a.disabled_at IS NOT NULL, lower(a.name), a.email`)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (a Account, err error) {
		var disabled, seen *time.Time
		err = r.Scan(&a.ID, &a.Name, &a.Email, &a.Role, &a.CreatedAt, &disabled, &seen)
		if disabled != nil {
			a.DisabledAt = *disabled
		}
		if seen != nil {
			a.SeenAt = *seen
		}
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return out, nil
}

// SetRole changes what an account may do, from its next request on. The error
// kind is Invalid for an unknown role, NotFound for an unknown address, and
// Conflict when no administrator would be left.
func (s *Service) SetRole(ctx context.Context, by pipeline.Agent, email, role string) error {
	if !Known(role) {
		return pipeline.Errorf(pipeline.Invalid, "There is no role %q.", role)
	}
	return s.change(ctx, by, email, audit.Entry{Action: "account.role_changed", Detail: map[string]string{"role": role}},
		`UPDATE agents SET role = $2 WHERE email = $1`, role)
}

// Disable closes an account: its sessions end and its links stop working for good.
// Error kinds as for SetRole.
func (s *Service) Disable(ctx context.Context, by pipeline.Agent, email string) error {
	return s.change(ctx, by, email, audit.Entry{Action: "account.disabled"},
		`WITH gone AS (
		     UPDATE agents SET disabled_at = coalesce(disabled_at, now()) WHERE email = $1 RETURNING id
		 ), out AS (
		     UPDATE sessions SET ended_at = now() WHERE agent IN (SELECT id FROM gone) AND ended_at IS NULL
		 ), spent AS (
		     UPDATE login_links SET used_at = now() WHERE agent IN (SELECT id FROM gone) AND used_at IS NULL
		 )
		 SELECT id FROM gone`)
}

// Enable opens a disabled account again. The error kind is NotFound.
func (s *Service) Enable(ctx context.Context, by pipeline.Agent, email string) error {
	return s.change(ctx, by, email, audit.Entry{Action: "account.enabled"},
		`UPDATE agents SET disabled_at = NULL WHERE email = $1`)
}

// change runs one UPDATE of an account keyed by $1 with its audit row.
func (s *Service) change(ctx context.Context, by pipeline.Agent, email string, e audit.Entry, sql string, args ...any) error {
	key, err := address(email)
	if err != nil {
		return errNobody(email)
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// Changes wait for one another, or two could each take away the other's last administrator.
		if _, err := tx.Exec(ctx, `LOCK TABLE agents IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return fmt.Errorf("lock accounts: %w", err)
		}
		var had, has int
		const admins = `SELECT count(*) FROM agents WHERE role = 'admin' AND disabled_at IS NULL`
		if err := tx.QueryRow(ctx, admins).Scan(&had); err != nil {
			return fmt.Errorf("count administrators: %w", err)
		}
		tag, err := tx.Exec(ctx, sql, append([]any{key}, args...)...)
		if err != nil {
			return fmt.Errorf("change account: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return errNobody(key)
		}
		if err := tx.QueryRow(ctx, admins).Scan(&has); err != nil {
			return fmt.Errorf("count administrators: %w", err)
		}
		if had > 0 && has == 0 {
			return pipeline.Errorf(pipeline.Conflict, "%s is the last administrator. Make somebody else one first.", key)
		}
		e.Actor, e.Object = by.ID, "agent/"+key
		return audit.Append(ctx, tx, e)
	})
}

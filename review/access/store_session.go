package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"footnote/pipeline"
	"footnote/review/audit"
)

// HandOver is how long a link works that was made for somebody else.
const HandOver = 24 * time.Hour

// Link makes a one-time sign-in token for the account, to be used by whoever asked
// for it; by stands in the audit log. The error kind is NotFound for an unknown
// address and Denied for a disabled account.
func (s *Service) Link(ctx context.Context, by pipeline.Agent, email string) (string, error) {
	return s.makeLink(ctx, by, email, s.link)
}

// Invite is Link for somebody else, to be handed over.
func (s *Service) Invite(ctx context.Context, by pipeline.Agent, email string) (string, error) {
	return s.makeLink(ctx, by, email, HandOver)
}

func (s *Service) makeLink(ctx context.Context, by pipeline.Agent, email string, lives time.Duration) (string, error) {
	a, err := s.AgentByEmail(ctx, email)
	if err != nil {
		return "", err
	}
	token, hash := newToken()
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO login_links (token_hash, agent, expires_at)
			VALUES ($1, $2, now() + $3 * interval '1 millisecond')`, hash, a.ID, lives.Milliseconds())
		if err != nil {
			return fmt.Errorf("save sign-in link: %w", err)
		}
		return audit.Append(ctx, tx, audit.Entry{Actor: by.ID, Action: "link.made", Object: "agent/" + a.ID, Detail: map[string]string{"email": a.Email}})
	})
	return token, err
}

// Peek tells whom a sign-in link would sign in, without using it up: previews
// in chats fetch links too. The error kind is Denied when it does not work.
func (s *Service) Peek(ctx context.Context, link string) (pipeline.Agent, error) {
	var a pipeline.Agent
	err := s.pool.QueryRow(ctx, `
		SELECT a.id, a.name, a.email, a.role
		  FROM login_links l
		  JOIN agents a ON a.id = l.agent
		 WHERE l.token_hash = $1
		   AND l.used_at IS NULL
		   AND l.expires_at > now()
		   AND a.disabled_at IS NULL`, digest(link)).Scan(&a.ID, &a.Name, &a.Email, &a.Role)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, errLink
	}
	if err != nil {
		return a, fmt.Errorf("find sign-in link: %w", err)
	}
	return a, nil
}

// SignIn uses a link up and starts a session, whose token it returns; of two
// concurrent uses one wins. The error kind is Denied when the link does not
// work. It also removes links and sessions that ended a month ago.
func (s *Service) SignIn(ctx context.Context, link string) (string, pipeline.Agent, error) {
	var a pipeline.Agent
	token, hash := newToken()
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			UPDATE login_links l
			   SET used_at = now()
			  FROM agents a
			 WHERE a.id = l.agent
			   AND l.token_hash = $1
			   AND l.used_at IS NULL
			   AND l.expires_at > now()
			   AND a.disabled_at IS NULL
			RETURNING a.id, a.name, a.email, a.role`, digest(link)).Scan(&a.ID, &a.Name, &a.Email, &a.Role)
		if errors.Is(err, pgx.ErrNoRows) {
			return errLink
		}
		if err != nil {
			return fmt.Errorf("use sign-in link: %w", err)
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO sessions (token_hash, agent, expires_at)
			VALUES ($1, $2, now() + $3 * interval '1 millisecond')`, hash, a.ID, s.session.Milliseconds()); err != nil {
			return fmt.Errorf("start session: %w", err)
		}
		if err := sweep(ctx, tx); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Actor: a.ID, Action: "session.started", Object: "agent/" + a.ID})
	})
	if err != nil {
		return "", pipeline.Agent{}, err
	}
	return token, a, nil
}

func sweep(ctx context.Context, tx pgx.Tx) error {
	for _, sql := range []string{
		`DELETE FROM login_links WHERE expires_at < now() - interval '30 days'`,
		`DELETE FROM sessions WHERE expires_at < now() - interval '30 days'`,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("remove old sign-ins: %w", err)
		}
	}
	return nil
}

// FindSession returns whose session it is and lets it slide on. The error kind
// is NotFound for one that never was, ended, expired, or whose account is disabled.
func (s *Service) FindSession(ctx context.Context, token string) (pipeline.Agent, error) {
	var a pipeline.Agent
	if token == "" {
		return a, errSession
	}
	hash := digest(token)
	var slide bool
	err := s.pool.QueryRow(ctx, `
		SELECT a.id, a.name, a.email, a.role,
		       -- one write an hour is enough for a session of half a day
		       se.expires_at < least(now() + ($2::bigint - $2::bigint / 12) * interval '1 millisecond', se.created_at + $3::bigint * interval '1 millisecond')
		  FROM sessions se
		  JOIN agents a ON a.id = se.agent
		 WHERE se.token_hash = $1
		   AND se.ended_at IS NULL
		   AND se.expires_at > now()
		   AND se.created_at + $3::bigint * interval '1 millisecond' > now()
		   AND a.disabled_at IS NULL`, hash, s.session.Milliseconds(), s.longest.Milliseconds()).Scan(&a.ID, &a.Name, &a.Email, &a.Role, &slide)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, errSession
	}
	if err != nil {
		return a, fmt.Errorf("find session: %w", err)
	}
	if !slide {
		return a, nil
	}
	if _, err := s.pool.Exec(ctx, `
		UPDATE sessions
		   SET expires_at = least(now() + $2::bigint * interval '1 millisecond', created_at + $3::bigint * interval '1 millisecond')
		 WHERE token_hash = $1
		   AND ended_at IS NULL
		   AND expires_at > now()`, hash, s.session.Milliseconds(), s.longest.Milliseconds()); err != nil {
		return a, fmt.Errorf("prolong session: %w", err)
	}
	return a, nil
}

// SignOut ends a session; an unknown one is no error.
func (s *Service) SignOut(ctx context.Context, token string) error {
	if _, err := s.pool.Exec(ctx, `
		UPDATE sessions
		   SET ended_at = now()
		 WHERE token_hash = $1
		   AND ended_at IS NULL`, digest(token)); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

package pgtest

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
)

// withDatabase returns cfg's connection string with cfg's database in the place
// of the one it was parsed with. Both forms that pgx reads are understood.
func withDatabase(cfg *pgx.ConnConfig) (string, error) {
	dsn := cfg.ConnString()
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		return dsn + " dbname=" + cfg.Database, nil // the last one counts
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return "", fmt.Errorf("read %s: not a URL", External) // the cause would show the password
	}
	u.Path, u.RawPath = "/"+cfg.Database, ""
	q := u.Query()
	q.Del("dbname")
	q.Del("database")
	u.RawQuery = q.Encode()
	return u.String(), nil
}

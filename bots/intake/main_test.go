package intake_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
)

func TestMain(m *testing.M) {
	code := pgtest.Main(m, migrations.ApplyDSN)
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

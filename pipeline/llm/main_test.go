package llm

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"footnote/migrations"
	"footnote/migrations/localpg/pgtest"
)

func TestMain(m *testing.M) {
	// A stray variable must not reach our calls; TestEnvironmentDoesNotLeak
	// looks at what providers got.
	for _, k := range []string{"OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"} {
		os.Setenv(k, "http://leak.invalid/v1")
	}
	os.Setenv("OPENAI_CUSTOM_HEADERS", "X-Leak: yes")
	code := pgtest.Main(m, migrations.ApplyDSN)
	if code == 0 {
		if err := goleak.Find(goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

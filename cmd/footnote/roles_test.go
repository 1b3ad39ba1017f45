package main

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"footnote/pipeline"
)

// TestRoleThatCannotBeBuilt: nothing that an earlier role wanted runs on behind the
// refusal, neither a goroutine nor the listener.
func TestRoleThatCannotBeBuilt(t *testing.T) {
	dir := scratchDir(t, "roles")
	c, err := loadConfig("", []string{"data=" + filepath.Join(dir, "data"), "listen=127.0.0.1:0", "log_level=error", "reconcile=1h", "undo_send=0s",
		"zendesk_url=http://127.0.0.1:1", "zendesk_token=x", "zendesk_secret=secret-0123456789"}, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	a, err := openApp(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	taken := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "footnote_deliveries_total", Help: "Another's."}, []string{"desk"})
	a.metrics.registry.MustRegister(taken) // delivery cannot have its own

	before := goleak.IgnoreCurrent()
	err = a.serve(context.Background(), allRoles, make(chan struct{})) // a context that never ends
	if err == nil || !strings.Contains(err.Error(), "role delivery") {
		t.Fatalf("serve: %v, want the role that could not be built", err)
	}
	if err := goleak.Find(before, goleak.IgnoreAnyFunction("github.com/jackc/pgx/v5/pgxpool.(*Pool).backgroundHealthCheck")); err != nil {
		t.Error("left running:", err)
	}
	if conn, err := net.DialTimeout("tcp", strings.TrimPrefix(a.url, "http://"), time.Second); err == nil {
		conn.Close()
		t.Error("the address still takes connections")
	}
}

func TestRolesNamed(t *testing.T) {
	t.Parallel()
	got, err := rolesNamed([]string{roleConsole, roleIngress})
	if err != nil || len(got) != 2 || got[0].name != roleIngress || got[1].name != roleConsole {
		t.Errorf("rolesNamed = %v, %v: want ingress before console", got, err)
	}
	if _, err := rolesNamed([]string{"draughting"}); pipeline.KindOf(err) != pipeline.Invalid || !strings.Contains(err.Error(), "drafting") {
		t.Errorf("error = %v, want Invalid with the roles there are", err)
	}
}

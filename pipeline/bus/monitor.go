package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"footnote/pipeline"
)

// CheckDisks asks the monitoring addresses of NATS servers (http://host:8222) whether
// an event is on disk before it is acknowledged, which clients cannot ask. The error
// kind is Conflict for a server that acknowledges first, and Unavailable for
// an address at which no NATS server with JetStream answers.
func CheckDisks(ctx context.Context, monitors []string) error {
	var lazy, away []string
	for _, m := range monitors {
		d, err := diskOf(ctx, m)
		switch {
		case err != nil:
			away = append(away, err.Error())
		case !d.JetStream.Config.Always:
			lazy = append(lazy, fmt.Sprintf("%s (every %s)", d.Name, d.JetStream.Config.Interval))
		}
	}
	switch {
	case lazy != nil:
		return pipeline.Errorf(pipeline.Conflict, "NATS servers acknowledge events before their disk has them: %s; a power cut takes acknowledged webhooks with it", strings.Join(lazy, ", "))
	case away != nil:
		return pipeline.Errorf(pipeline.Unavailable, "monitoring of NATS: %s", strings.Join(away, "; "))
	}
	return nil
}

// disk is the part of /varz that says how JetStream writes.
type disk struct {
	Name      string `json:"server_name"`
	JetStream struct {
		Config *struct {
			Interval time.Duration `json:"sync_interval"`
			Always   bool          `json:"sync_always"`
		} `json:"config"`
	} `json:"jetstream"`
}

func diskOf(ctx context.Context, monitor string) (disk, error) {
	var d disk
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(monitor, "/")+"/varz", nil)
	if err != nil {
		return d, fmt.Errorf("%s: %w", monitor, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return d, fmt.Errorf("%s: %w", monitor, err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(io.LimitReader(resp.Body, 4<<20)).Decode(&d); err != nil || d.Name == "" {
		return d, fmt.Errorf("%s is no NATS server's monitoring address (%s)", monitor, resp.Status)
	}
	if d.JetStream.Config == nil {
		return d, fmt.Errorf("%s: the server %s has no JetStream", monitor, d.Name)
	}
	return d, nil
}

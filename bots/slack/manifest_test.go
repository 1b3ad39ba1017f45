package slack

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"footnote/bots/slack/client"
)

// TestManifest: every event that the manifest subscribes to is one that is
// used, so that none is only counted.
func TestManifest(t *testing.T) {
	t.Parallel()
	var m struct {
		Settings struct {
			Events struct {
				Bot []string `yaml:"bot_events"`
			} `yaml:"event_subscriptions"`
			Socket bool `yaml:"socket_mode_enabled"`
		} `yaml:"settings"`
	}
	if err := yaml.Unmarshal([]byte(Manifest), &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Settings.Events.Bot) == 0 || !m.Settings.Socket {
		t.Fatalf("manifest read as %+v", m)
	}
	w := newWorld(t, "")
	for _, kind := range m.Settings.Events.Bot {
		kind, _, _ = strings.Cut(kind, ".") // message.im is a message
		e := client.Event{Type: "event_callback"}
		e.Event.Type, e.Event.Channel, e.Event.User = kind, json.RawMessage(`"C0OTHER"`), json.RawMessage(`{"id":"U1"}`)
		if e.Asks() { // stored before it is taken: TestMention
			continue
		}
		w.chat.takeEvent(w.ctx, e)
	}
	if n := w.chat.Status().Counts["unknown_event"]; n != 0 {
		t.Errorf("%d events are subscribed to and not used", n)
	}
}

// TestManifestToPaste: the file in deploy that people paste is the manifest.
func TestManifestToPaste(t *testing.T) {
	t.Parallel()
	const file = "../../deploy/slack-manifest.yaml"
	if *update {
		if err := os.WriteFile(file, []byte(Manifest), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Manifest {
		t.Errorf("%s is not bots/slack/manifest.yaml; run with -update", file)
	}
}

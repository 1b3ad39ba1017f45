package bottest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// slackAckLimit is the size at which Slack drops an answer without a word.
const slackAckLimit = 20 * 1024

// ErrSlackAckDropped means that an answer was too large and nobody will see it.
var ErrSlackAckDropped = errors.New("the answer has 20 KiB or more: Slack drops it")

// errSlackSocketGone means that the connection ended before the answer.
var errSlackSocketGone = errors.New("the socket closed before the answer")

type slackSocket struct {
	conn  *websocket.Conn
	write sync.Mutex
	gone  chan struct{}

	mu      sync.Mutex
	pending map[string]chan slackAck
}

type slackAck struct {
	payload json.RawMessage
	err     error
}

var slackUpgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

func (s *Slack) serveSocket(w http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	s.mu.Lock()
	ok := s.tickets[ticket]
	delete(s.tickets, ticket)
	s.mu.Unlock()
	if !ok {
		http.Error(w, "link is used or unknown", http.StatusForbidden)
		return
	}
	conn, err := slackUpgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	k := &slackSocket{conn: conn, gone: make(chan struct{}), pending: map[string]chan slackAck{}}
	s.mu.Lock()
	n := len(s.sockets) + 1
	s.mu.Unlock()
	_ = k.send(map[string]any{"type": "hello", "num_connections": n,
		"connection_info": map[string]any{"app_id": SlackApp}, "debug_info": map[string]any{"approximate_connection_time": 3600}})
	var pings sync.WaitGroup
	pings.Go(k.ping)
	s.mu.Lock()
	s.sockets = append(s.sockets, k)
	s.opened++
	s.touch()
	s.mu.Unlock()
	k.read()
	close(k.gone)
	pings.Wait()
	s.mu.Lock()
	s.sockets = slices.DeleteFunc(s.sockets, func(o *slackSocket) bool { return o == k })
	s.touch()
	s.mu.Unlock()
	_ = conn.Close()
}

// ping pings at once and then as often as Slack does, until the connection ends:
// clients take a silent one for dead.
func (k *slackSocket) ping() {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		_ = k.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) // read sees a broken connection
		select {
		case <-tick.C:
		case <-k.gone:
			return
		}
	}
}

// read takes acks until the connection ends.
func (k *slackSocket) read() {
	for {
		_, raw, err := k.conn.ReadMessage()
		if err != nil {
			return
		}
		var ack struct {
			EnvelopeID string          `json:"envelope_id"`
			Payload    json.RawMessage `json:"payload"`
		}
		if json.Unmarshal(raw, &ack) != nil {
			continue
		}
		k.mu.Lock()
		ch := k.pending[ack.EnvelopeID]
		delete(k.pending, ack.EnvelopeID)
		k.mu.Unlock()
		if ch == nil {
			continue
		}
		a := slackAck{payload: ack.Payload}
		if len(raw) >= slackAckLimit {
			a = slackAck{err: ErrSlackAckDropped}
		}
		ch <- a
	}
}

func (k *slackSocket) send(v any) error {
	k.write.Lock()
	defer k.write.Unlock()
	return k.conn.WriteJSON(v)
}

// Sockets returns how many connections are open.
func (s *Slack) Sockets() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sockets)
}

// SocketsOpened returns how many connections there ever were.
func (s *Slack) SocketsOpened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// Disconnect asks every client to reconnect: reason is warning,
// refresh_requested or link_disabled.
func (s *Slack) Disconnect(reason string) {
	for _, k := range s.openSockets() {
		_ = k.send(map[string]any{"type": "disconnect", "reason": reason})
	}
}

// DropSockets cuts every connection without a word.
func (s *Slack) DropSockets() {
	for _, k := range s.openSockets() {
		_ = k.conn.Close()
	}
}

func (s *Slack) openSockets() []*slackSocket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sockets)
}

// SendRaw writes one frame to every connection, whatever it is.
func (s *Slack) SendRaw(frame string) {
	for _, k := range s.openSockets() {
		k.write.Lock()
		_ = k.conn.WriteMessage(websocket.TextMessage, []byte(frame))
		k.write.Unlock()
	}
}

// envelope delivers to one of the connections in turn and waits for its ack.
func (s *Slack) envelope(ctx context.Context, typ string, payload json.RawMessage, retry int) (json.RawMessage, error) {
	var k *slackSocket
	err := s.Wait(ctx, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.sockets) == 0 {
			return false
		}
		s.next++
		k = s.sockets[s.next%len(s.sockets)]
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("no client is connected: %w", err)
	}
	s.mu.Lock()
	id := s.id("env-")
	s.mu.Unlock()
	ch := make(chan slackAck, 1)
	k.mu.Lock()
	k.pending[id] = ch
	k.mu.Unlock()
	if err := k.send(map[string]any{"envelope_id": id, "type": typ, "payload": payload, "accepts_response_payload": typ == "interactive",
		"retry_attempt": retry, "retry_reason": ""}); err != nil {
		return nil, err
	}
	select {
	case a := <-ch:
		return a.payload, a.err
	case <-k.gone:
		return nil, errSlackSocketGone
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for ack: %w", ctx.Err())
	}
}

package demo

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"footnote/bots"
	"footnote/bots/sandbox"
	"footnote/pipeline"
)

// Desk is the sandbox desk as a customer reaches it.
type Desk struct {
	URL   string // of the server that has it at /sandbox/
	Token string
}

// Open writes one ticket through the desk's own API and returns its id there.
func (d Desk) Open(ctx context.Context, t Ticket) (string, error) {
	who := t.customer()
	in := sandbox.NewTicket{Subject: t.subject(), Text: cmp.Or(t.Text, t.subject(), "(empty)"), Name: who.Name, Email: who.Email, Locale: t.Locale}
	for _, h := range t.History {
		role := pipeline.RoleCustomer
		if h.Role == "agent" || h.Role == "assistant" {
			role = pipeline.RoleAgent
		}
		if h.Text != "" {
			in.History = append(in.History, sandbox.Turn{Role: role, Text: h.Text})
		}
	}
	body, err := json.Marshal(in)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL+"/sandbox/api/tickets", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+d.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var out bots.InboundTicket
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || resp.StatusCode != http.StatusCreated {
		return "", fmt.Errorf("the sandbox answered %s (%v)", resp.Status, err)
	}
	return out.ID, nil
}

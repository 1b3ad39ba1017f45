package bots

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"footnote/pipeline"
)

// maxAnswer bounds what is read of a desk's answer.
const maxAnswer = 16 << 20

// Caller makes HTTP calls to a desk for its adapter, with the classification
// that delivery relies on. The zero value works. It never follows a redirect
// and never repeats a POST.
type Caller struct {
	HTTP *http.Client // nil: a client of its own settings with no timeout; callers set deadlines
	Now  func() time.Time
	// Pulse takes in what every call came to; may be nil.
	Pulse *Pulse
}

func (c Caller) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

func (c Caller) do(r *http.Request) (*http.Response, []byte, error) {
	client := http.Client{}
	if c.HTTP != nil {
		client = *c.HTTP
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(r)
	c.Pulse.http(r.Context(), c.now(), resp, err)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = fmt.Errorf("answer is larger than %d bytes", maxAnswer)
	}
	return resp, body, err
}

// Reply makes the one POST of a reply and reads {"id": …} from its answer with
// readID. The error is a *PostError, nil only for 2xx with an identifier.
func (c Caller) Reply(r *http.Request, readID func(body []byte) (string, error)) (string, error) {
	resp, body, err := c.do(r)
	if resp != nil && err != nil && resp.StatusCode >= 400 {
		err = nil // the status says it all; the rest of its body does not matter
	}
	return c.posted(resp, body, err, readID)
}

// posted reads the outcome of the one POST.
func (c Caller) posted(resp *http.Response, body []byte, err error, readID func([]byte) (string, error)) (string, error) {
	if err != nil {
		return "", ClassifyPost(nil, err, "", c.now())
	}
	if err := ClassifyPost(resp, nil, detail(body), c.now()); err != nil {
		return "", err
	}
	id, err := readID(body)
	if err == nil && id == "" {
		err = fmt.Errorf("no identifier in the answer")
	}
	if err != nil {
		return "", Malformed(resp.StatusCode, err)
	}
	return id, nil
}

// Read makes a GET and decodes its JSON answer into v. The error kinds are
// ClassifyRead's; an answer that is not such JSON is Unavailable.
func (c Caller) Read(ctx context.Context, r *http.Request, v any) error {
	resp, body, err := c.do(r.WithContext(ctx))
	if err := ClassifyRead(resp, err, c.now()); err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return pipeline.Errorf(pipeline.Unavailable, "the desk's answer could not be understood")
	}
	return nil
}

// JSONID reads {"id": "…"}, the identifier as a string or a number.
func JSONID(body []byte) (string, error) {
	var v struct {
		ID any `json:"id"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return "", err
	}
	switch id := v.ID.(type) {
	case string:
		return id, nil
	case json.Number:
		return id.String(), nil
	}
	return "", fmt.Errorf("no id")
}

// detail finds the desk's own words in an error answer.
func detail(body []byte) string {
	var v map[string]any
	if json.Unmarshal(body, &v) != nil {
		return "" // an HTML page says nothing to an agent
	}
	for _, key := range []string{"error", "message", "description", "detail"} {
		if s, ok := v[key].(string); ok && s != "" {
			return s
		}
	}
	return ""
}

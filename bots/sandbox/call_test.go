package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
)

var plain = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// call makes one API call with the token.
func call(base, method, path string, body, answer any) (int, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequest(method, base+"/sandbox/api/tickets"+path, bytes.NewReader(raw))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := plain.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err == nil && answer != nil && resp.StatusCode < 300 {
		err = json.Unmarshal(out, answer)
	}
	return resp.StatusCode, err
}

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestHostileRequests: a NUL, or bytes that are no UTF-8, in any part of a request are
// answered 400 at the door; what is text goes through as it was.
func TestHostileRequests(t *testing.T) {
	var got *http.Request
	var body string
	h := onlyText(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got, body = r, string(b)
	}))
	type sent struct {
		method, target, kind, body string
		header                     map[string]string
		want                       int
	}
	form, multi := "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
	part := func(v string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n" + v + "\r\n--b--\r\n"
	}
	rows := map[string]sent{
		"plain":                  {target: "/queue?q=hello+world", want: 200},
		"many languages":         {target: "/queue?q=" + url.QueryEscape("Grüße 東京 🎉") + "&q=", want: 200},
		"raw many languages":     {target: "/queue?q=Grüße", want: 200},
		"broken escape":          {target: "/queue?q=100%", want: 200},
		"NUL in path":            {target: "/tickets/a%00b", want: 400},
		"bad UTF-8 in path":      {target: "/tickets/%ff%fe", want: 400},
		"overlong in path":       {target: "/tickets/%c0%af", want: 400},
		"surrogate in path":      {target: "/tickets/%ed%a0%80", want: 400},
		"NUL in value":           {target: "/queue?q=a%00", want: 400},
		"NUL in name":            {target: "/queue?a%00=b", want: 400},
		"bad UTF-8 in value":     {target: "/queue?x=1&q=%E9t%E9", want: 400},
		"bad UTF-8 in name":      {target: "/queue?%ff", want: 400},
		"after a broken escape":  {target: "/queue?a=%zz&q=%00", want: 400},
		"raw bad UTF-8 in query": {target: "/queue?q=\xff", want: 400},
		"Latin-1 header":         {target: "/", header: map[string]string{"User-Agent": "caf\xe9"}, want: 400},
		"UTF-8 header":           {target: "/", header: map[string]string{"User-Agent": "café"}, want: 200},
		"NUL in cookie":          {target: "/", header: map[string]string{"Cookie": "a=b; footnote=%00"}, want: 400},
		"cookie":                 {target: "/", header: map[string]string{"Cookie": "a=b%20c; footnote=xyz"}, want: 200},
		"form":                   {method: "POST", target: "/people", kind: form, body: "name=" + url.QueryEscape("Zoë 🎉") + "&x=100%", want: 200},
		"NUL in form":            {method: "POST", target: "/people", kind: form, body: "name=a%00b", want: 400},
		"raw NUL in form":        {method: "POST", target: "/people", kind: form, body: "name=a\x00b", want: 400},
		"bad UTF-8 in form":      {method: "POST", target: "/people", kind: form + "; charset=iso-8859-1", body: "name=%fc", want: 400},
		"form of another method": {method: "PUT", target: "/people", kind: form, body: "name=%fc", want: 400},
		"multipart":              {method: "POST", target: "/people", kind: multi, body: part("Zoë"), want: 200},
		"NUL in multipart":       {method: "POST", target: "/people", kind: multi, body: part("a\x00"), want: 400},
		"bad multipart":          {method: "POST", target: "/people", kind: multi, body: part("\xff"), want: 400},
		"a body that is no form": {method: "POST", target: "/hooks/x", kind: "application/json", body: "\"\x00\xff\"", want: 200},
		"a form over the limit":  {method: "POST", target: "/people", kind: form, body: strings.Repeat("a", maxCheckedForm+10), want: 200},
	}
	for name, s := range rows {
		t.Run(name, func(t *testing.T) {
			got, body = nil, ""
			r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(s.body))
			path, query, _ := strings.Cut(s.target, "?")
			u := &url.URL{RawQuery: query}
			var err error
			if u.Path, err = url.PathUnescape(path); err != nil {
				t.Fatal(err)
			}
			r.URL = u
			if s.method != "" {
				r.Method = s.method
			}
			if s.kind != "" {
				r.Header.Set("Content-Type", s.kind)
			}
			for k, v := range s.header {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != s.want || (got != nil) != (s.want == 200) {
				t.Fatalf("status %d, want %d; %s", w.Code, s.want, w.Body)
			}
			if got != nil && body != s.body {
				t.Errorf("%d bytes of the body came through, want %d", len(body), len(s.body))
			}
		})
	}
}

// TestHostileRequestsEverywhere: the door is in front of every route of a running
// process, whoever asks.
func TestHostileRequestsEverywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("starts everything")
	}
	a := running(t)
	for _, target := range []string{"/%00", "/sign-in/%ff", "/queue?q=%00", "/sandbox/?a=%ff", "/hooks/sandbox?x=%00", "/readyz?%00", "/metrics?a=%fe", "/ops/run?q=%00", "/nowhere/%c3%28"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			r, err := http.NewRequestWithContext(t.Context(), method, a.url+target, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusBadRequest {
				t.Errorf("%s %s: %s", method, target, resp.Status)
			}
		}
	}
}

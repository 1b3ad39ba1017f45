package attack

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"
)

// Kinds are the attacks that one request makes.
var Kinds = []Kind{
	{Name: "not text in the path", Send: raw(func(r *rand.Rand, e Entrance) string {
		return head(e.Method, e.Path+pick(r, "%00", "/%ff%fe", "%c0%af", "%ed%a0%80", "\xff", "%00%00.html"), "", 0)
	})},
	{Name: "not text in the query", Send: raw(func(r *rand.Rand, e Entrance) string {
		return head(e.Method, e.Path+"?"+pick(r, "q=%00", "%ff=1", "a=1&b=%e9", "q=\xfe", "after=%00&from=%00"), "", 0)
	})},
	{Name: "not text in a header", Send: raw(func(r *rand.Rand, e Entrance) string {
		return head(e.Method, e.Path, pick(r, "User-Agent: \xff", "Cookie: footnote=%00", "Cookie: footnote=\xe9", "X-A: a\x00b", "Accept-Language: \xc3\x28")+"\r\n", 0)
	})},
	{Name: "broken request lines", Send: raw(func(r *rand.Rand, e Entrance) string {
		return pick(r, "\r\n\r\n", "GET\r\n\r\n", "GET  HTTP/1.1\r\n\r\n", e.Method+" "+e.Path+" HTTP/9.9\r\nHost: a\r\n\r\n", e.Method+" "+e.Path+" HTTP/1.1\r\n\r\n",
			e.Method+" http://evil.example"+e.Path+" HTTP/1.1\r\nHost: evil.example\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", strings.Repeat("A", 70_000))
	})},
	{Name: "two lengths, or none", Send: raw(func(r *rand.Rand, e Entrance) string {
		return pick(r, head("POST", e.Path, "Content-Length: 5\r\nContent-Length: 6\r\n", -1)+"hello", head("POST", e.Path, "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", -1)+"0\r\n\r\n",
			head("POST", e.Path, "Content-Length: -1\r\n", -1), head("POST", e.Path, "Content-Length: 99999999999999999999\r\n", -1), head("POST", e.Path, "Transfer-Encoding: gzip, chunked\r\n", -1)+"zz\r\n",
			head("POST", e.Path, "Transfer-Encoding: chunked\r\n", -1)+"ffffffffffffffff\r\nx")
	})},
	{Name: "long everything", Send: raw(func(r *rand.Rand, e Entrance) string {
		return pick(r, head(e.Method, e.Path+"/"+strings.Repeat("a/", 5000), "", 0), head(e.Method, e.Path+"?"+strings.Repeat("a=b&", 10_000), "", 0),
			head(e.Method, e.Path, "Cookie: "+strings.Repeat("a=b; ", 9000)+"\r\n", 0), head(e.Method, e.Path, strings.Repeat("X-A: b\r\n", 4000), 0))
	})},
	{Name: "other methods", Send: sends(func(r *rand.Rand, e Entrance) (string, string, string, string) {
		return pick(r, "GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "PROPFIND", "BREW"), e.Path, e.Type, e.Body
	})},
	{Name: "paths out of it", Send: raw(func(r *rand.Rand, e Entrance) string {
		return head(e.Method, e.Path+pick(r, "/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/ops/run", "//evil.example/", "/.git/config", "/..;/metrics", `\..\..\windows`, "/.%00./x"), "", 0)
	})},
	{Name: "values that mean more", Send: sends(func(r *rand.Rand, e Entrance) (string, string, string, string) {
		v := pick(r, "%27%20OR%201%3D1--", "%3Cscript%3Ealert(1)%3C%2Fscript%3E", "..%2F..%2Fetc%2Fpasswd", "%0d%0aSet-Cookie:%20a=b", "9223372036854775808", "-1", "NaN", "%7B%7B7*7%7D%7D", "%E2%80%AEexe", strings.Repeat("%F0%9F%8E%89", 2000), "1e309", "%25s%25n")
		q := "?"
		for _, name := range []string{"q", "id", "from", "to", "after", "before", "source", "desk", "queue", "agent", "view", "sort", "version", "figure", "text"} {
			q += name + "=" + v + "&"
		}
		return e.Method, e.Path + strings.TrimSuffix(q, "&"), e.Type, e.Body
	})},
	{Name: "bodies of another kind", Fits: hasBody, Send: sends(func(r *rand.Rand, e Entrance) (string, string, string, string) {
		return e.Method, e.Path, pick(r, "", "text/plain", "application/xml", "multipart/form-data; boundary=x", "application/json; charset=utf-7", "application/x-www-form-urlencoded", "*/*", strings.Repeat("a", 5000)), e.Body
	})},
	{Name: "hostile bodies", Fits: hasBody, Send: sends(func(r *rand.Rand, e Entrance) (string, string, string, string) {
		return e.Method, e.Path, e.Type, body(r, e)
	})},
	{Name: "hostile bodies, signed", Fits: func(e Entrance) bool { return e.Sign != nil }, Send: signed(func(r *rand.Rand, e Entrance) (string, time.Duration) { return body(r, e), 0 })},
	{Name: "signed for another time", Fits: func(e Entrance) bool { return e.Sign != nil }, Send: signed(func(r *rand.Rand, e Entrance) (string, time.Duration) {
		return e.Body, time.Duration(pick(r, -1, 1, -100, 100_000)) * time.Hour
	})},
	{Name: "wrong signatures", Fits: func(e Entrance) bool { return e.Sign != nil }, Send: func(ctx context.Context, t Target, e Entrance, n int) Outcome {
		r := chance(n)
		h := e.Sign([]byte(e.Body), time.Now())
		for k := range h {
			h[k] = []string{pick(r, "", "x", h.Get(k)+"0", strings.ToUpper(h.Get(k)), strings.Repeat("=", 9000), "v1,"+h.Get(k)+" v1,x", "é", h.Get(k)[:len(h.Get(k))/2])}
		}
		return t.post(ctx, e.Method, e.Path, e.Type, e.Body+" ", h)
	}},
	{Name: "large bodies", Fits: hasBody, Most: 8, Send: func(ctx context.Context, t Target, e Entrance, n int) Outcome {
		r := chance(n)
		req, err := http.NewRequestWithContext(ctx, e.Method, t.URL+e.Path, io.LimitReader(repeated(pick(r, "a", "[", `{"a":`, "a=b&", "\x00", "%00")), 32<<20))
		if err != nil {
			return t.Judged(errOwn)
		}
		req.Header.Set("Content-Type", e.Type)
		if e.Cookie != "" {
			req.Header.Set("Cookie", e.Cookie)
		}
		return t.Judge(req)
	}},
}

func hasBody(e Entrance) bool { return e.Type != "" }

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// body is one that a parser of the entrance's type has trouble with.
func body(r *rand.Rand, e Entrance) string {
	if strings.Contains(e.Type, "urlencoded") {
		return pick(r, "text=%00", "text=%ff&id=1", strings.Repeat("a=b&", 100_000), "%zz=%zz", "payload="+strings.Repeat("%5B", 20_000), "text="+strings.Repeat("%E2%80%AE", 5000), "&&&&=;=;", "payload=%7B%22type%22%3A%5B%5D%7D", e.Body+"&"+e.Body)
	}
	deep := 1 + r.IntN(100_000)
	return pick(r, strings.Repeat("[", deep), strings.Repeat(`{"a":`, deep)+"1"+strings.Repeat("}", deep), `{"id":"\u0000","ticket":{"id":"\ud800"}}`, "{\"id\":\"\xff\xfe\"}", "null", "[]", "1e999", `""`, "{}", "\xef\xbb\xbf{}", `{"a":1`+strings.Repeat(`,"a":1`, 20_000)+"}",
		`{"`+strings.Repeat("k", 500_000)+`":1}`, strings.Replace(e.Body, `"`, "\x00\"", 1), strings.ReplaceAll(e.Body, ":", ":["), e.Body[:len(e.Body)/2], e.Body+e.Body, strings.ReplaceAll(e.Body, "a", "\u202e"), strings.ReplaceAll(e.Body, "1", "-9223372036854775809"),
		string([]rune(e.Body)[r.IntN(len([]rune(e.Body))):]))
}

// repeated reads one text without end.
func repeated(s string) io.Reader {
	block := strings.Repeat(s, 1+64<<10/len(s))
	return &endless{block: block}
}

type endless struct {
	block string
	rest  string
}

func (e *endless) Read(b []byte) (int, error) {
	if e.rest == "" {
		e.rest = e.block
	}
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// head is a request as it goes over the line; a negative length leaves it to headers.
func head(method, target, headers string, length int) string {
	s := method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers
	if length >= 0 && method != "GET" {
		s += fmt.Sprintf("Content-Length: %d\r\n", length)
	}
	return s + "\r\n"
}

// raw makes a kind that writes bytes of its own to the connection.
func raw(make func(r *rand.Rand, e Entrance) string) func(context.Context, Target, Entrance, int) Outcome {
	return func(ctx context.Context, t Target, e Entrance, n int) Outcome {
		d := net.Dialer{Timeout: t.Client.Timeout}
		c, err := d.DialContext(ctx, "tcp", strings.TrimPrefix(t.URL, "http://"))
		if err != nil {
			return t.Judged(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(t.Client.Timeout))
		said := make(chance(n), e)
		if e.Cookie != "" {
			said = strings.Replace(said, "Host: localhost\r\n", "Host: localhost\r\nCookie: "+e.Cookie+"\r\n", 1)
		}
		if _, err := io.WriteString(c, said); err != nil {
			return t.Judged(err)
		}
		_ = c.(*net.TCPConn).CloseWrite() // nothing more comes
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			return t.Judged(err)
		}
		resp.Body.Close()
		return Answered(resp.StatusCode)
	}
}

// sends makes a kind of method, target, type and body.
func sends(make func(r *rand.Rand, e Entrance) (method, target, kind, body string)) func(context.Context, Target, Entrance, int) Outcome {
	return func(ctx context.Context, t Target, e Entrance, n int) Outcome {
		method, target, kind, body := make(chance(n), e)
		var h http.Header
		if e.Cookie != "" {
			h = http.Header{"Cookie": {e.Cookie}}
		}
		return t.post(ctx, method, target, kind, body, h)
	}
}

// signed makes a kind of bodies that the entrance trusts, signed so much later.
func signed(make func(r *rand.Rand, e Entrance) (body string, later time.Duration)) func(context.Context, Target, Entrance, int) Outcome {
	return func(ctx context.Context, t Target, e Entrance, n int) Outcome {
		body, later := make(chance(n), e)
		return t.post(ctx, e.Method, e.Path, e.Type, body, e.Sign([]byte(body), time.Now().Add(later)))
	}
}

func (t Target) post(ctx context.Context, method, target, kind, body string, h http.Header) Outcome {
	req, err := http.NewRequestWithContext(ctx, method, t.URL+target, bytes.NewReader([]byte(body)))
	if err != nil {
		return t.Judged(errOwn)
	}
	for k, v := range h {
		req.Header[k] = v
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	return t.Judge(req)
}

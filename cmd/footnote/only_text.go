package main

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxCheckedForm is how much of a form is looked at, in bytes. A longer one goes on
// unread: every route that takes forms takes less.
const maxCheckedForm = 4<<20 + 1

// onlyText answers 400 to a request whose path, query, headers or form hold a NUL or
// bytes that are not UTF-8: no route has a use for them, and no database takes them.
// Bodies that are no forms are the business of whoever reads them.
func onlyText(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		where := notText(r)
		if where == "" {
			where = formNotText(r)
		}
		if where != "" {
			http.Error(w, "The "+where+" of this request is not text: it has a zero byte, or bytes that are not UTF-8.", http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// notText names the part before the body that is not text; "" when all of it is.
func notText(r *http.Request) string {
	if !isText(r.URL.Path) || !isText(r.Host) || !isText(r.Method) {
		return "address"
	}
	if !encodedText(r.URL.RawQuery) {
		return "query"
	}
	for name, values := range r.Header {
		if name == "Cookie" {
			for _, v := range values {
				if !encodedText(strings.ReplaceAll(v, ";", "&")) {
					return "header"
				}
			}
		}
		for _, v := range values {
			if !isText(v) {
				return "header"
			}
		}
	}
	return ""
}

// formNotText reads a form, looks at it, and puts it back for whoever handles the
// request.
func formNotText(r *http.Request) string {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Body == nil || r.Body == http.NoBody || err != nil || media != "application/x-www-form-urlencoded" && media != "multipart/form-data" {
		return ""
	}
	text := encodedText
	if media == "multipart/form-data" { // no route takes files
		text = isText
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxCheckedForm))
	rest := io.Reader(r.Body)
	if err != nil {
		rest = failing{err} // whoever reads the form says what that means
	}
	r.Body = readCloser{io.MultiReader(bytes.NewReader(body), rest), r.Body}
	if err == nil && len(body) < maxCheckedForm && !text(string(body)) {
		return "form"
	}
	return ""
}

type readCloser struct {
	io.Reader
	io.Closer
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// encodedText tells whether a query or form is text as it stands and when its
// escapes are undone. Broken escapes are somebody else's to judge.
func encodedText(s string) bool {
	if !isText(s) {
		return false
	}
	if !strings.Contains(s, "%") {
		return true
	}
	for pair := range strings.SplitSeq(s, "&") {
		name, value, _ := strings.Cut(pair, "=")
		for _, part := range [...]string{name, value} {
			if said, err := url.QueryUnescape(part); err == nil && !isText(said) {
				return false
			}
		}
	}
	return true
}

func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

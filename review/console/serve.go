package console

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"runtime/debug"
	"strings"

	"footnote/pipeline"
	"footnote/review/access"
)

// policy lets a page load its own script, style and images, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// maxForm is the largest form taken, in bytes: far more than a reply may have, so
// that its true length can be said.
const maxForm = 4 << 20

// nextCookie remembers where somebody wanted to go before signing in.
const nextCookie = "footnote-next"

type agentKey struct{}

// agentOf returns who is signed in; the zero Agent on routes for everybody.
func agentOf(r *http.Request) pipeline.Agent {
	a, _ := r.Context().Value(agentKey{}).(pipeline.Agent)
	return a
}

// serve wraps a route in what all routes share: headers, the size limit, the
// session, the role, and the one place where errors become pages.
func (c *Console) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		if c.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				c.fail(w, r, &panicked{value: p, stack: debug.Stack()})
			}
		}()
		r, ok := c.admit(w, r, rt)
		if !ok {
			return
		}
		if err := rt.handle(w, r); err != nil {
			c.fail(w, r, err)
		}
	})
}

// admit finds out who asks and whether they may; it answers itself when not.
func (c *Console) admit(w http.ResponseWriter, r *http.Request, rt route) (*http.Request, bool) {
	if strings.HasPrefix(r.URL.Path, "/assets/") {
		return r, true
	}
	agent, err := c.session(r)
	switch {
	case err == nil:
		r = r.WithContext(context.WithValue(r.Context(), agentKey{}, agent))
	case pipeline.KindOf(err) != pipeline.NotFound:
		c.fail(w, r, err)
		return r, false
	case rt.needs != "":
		c.askToSignIn(w, r)
		return r, false
	}
	if rt.needs != "" && !access.May(agent.Role, rt.needs) {
		c.fail(w, r, pipeline.Errorf(pipeline.Denied, "Your role (%s) may not %s. Ask an administrator if it should.", roleName(agent.Role), rt.needs))
		return r, false
	}
	return r, true
}

func (c *Console) session(r *http.Request) (pipeline.Agent, error) {
	cookie, err := r.Cookie(access.CookieName(c.secure))
	if err != nil {
		return pipeline.Agent{}, pipeline.Errorf(pipeline.NotFound, "Nobody is signed in.")
	}
	return c.Access.FindSession(r.Context(), cookie.Value)
}

// askToSignIn sends people to the sign-in page and remembers where they wanted
// to go. What they had written is given back to them.
func (c *Console) askToSignIn(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || wantsData(r) {
		c.errorPage(w, r, errorView{Status: http.StatusUnauthorized, Title: "Your session has ended",
			Say: "Nothing was sent or changed. Sign in again with a new link, then come back to this ticket.", Kept: keptText(r)})
		return
	}
	if next := r.URL.RequestURI(); r.URL.Path != "/" && safePath(next) && len(next) < 1000 {
		http.SetCookie(w, &http.Cookie{Name: nextCookie, Value: hex.EncodeToString([]byte(next)), Path: "/sign-in", MaxAge: 3600,
			HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode})
	}
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}

// keptText is the reply somebody wrote, for pages that could not take it.
func keptText(r *http.Request) string {
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		return ""
	}
	return strings.ToValidUTF8(r.PostForm.Get("text"), "\uFFFD")
}

// wantsData tells whether our script asks for JSON.
func wantsData(r *http.Request) bool { return r.Header.Get("Accept") == "application/json" }

// refreshing tells whether our script reads the page again by itself, which is
// no sign of a person at work.
func refreshing(r *http.Request) bool { return r.Header.Get("X-Footnote-Refresh") != "" }

// asset is one embedded file with its tag.
type asset struct {
	body []byte
	kind string
	tag  string
}

func loadAssets() (map[string]asset, error) {
	out := map[string]asset{}
	err := fs.WalkDir(files, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		kind := mime.TypeByExtension(path.Ext(name))
		out[path.Base(name)] = asset{body: b, kind: kind, tag: `"` + hex.EncodeToString(sum[:8]) + `"`}
		return nil
	})
	return out, err
}

func (c *Console) asset(w http.ResponseWriter, r *http.Request) error {
	a, ok := c.assets[r.PathValue("file")]
	if !ok {
		return pipeline.Errorf(pipeline.NotFound, "There is no such file.")
	}
	w.Header().Set("Cache-Control", "public, max-age=300, must-revalidate")
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("ETag", a.tag)
	if r.Header.Get("If-None-Match") == a.tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	_, _ = w.Write(a.body) // the browser left
	return nil
}

// assetPath names an asset so that a new binary's files are not taken from a cache.
func (c *Console) assetPath(file string) string {
	return "/assets/" + file + "?v=" + strings.Trim(c.assets[file].tag, `"`)
}

// render writes a page. The page is built before anything is written, so that a
// template's failure becomes an error page.
func (c *Console) render(w http.ResponseWriter, status int, page string, data any) error {
	var b bytes.Buffer
	if err := c.pages[page].ExecuteTemplate(&b, "base", data); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(bytes.ToValidUTF8(b.Bytes(), []byte("\uFFFD"))) // the browser left
	return nil
}

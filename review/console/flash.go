package console

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
)

// flashCookie carries what an action did to the page it leads to, which tells it
// once: an address would tell it again at every reload, long after it was true.
const flashCookie = "footnote-done"

// leadTo ends an action: the page at to tells what was done, in words that it knows
// by a short name, once and within a minute.
func (c *Console) leadTo(w http.ResponseWriter, r *http.Request, to, done string) {
	if u, err := url.Parse(to); err == nil {
		c.setFlash(w, hex.EncodeToString([]byte(done))+"."+hex.EncodeToString([]byte(u.Path)), 60)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// done is what the action that led here did, empty for none. A page that our script
// reads again neither tells it nor uses it up.
func (c *Console) done(w http.ResponseWriter, r *http.Request) string {
	cookie, err := r.Cookie(flashCookie)
	if err != nil || refreshing(r) {
		return ""
	}
	name, path, _ := strings.Cut(cookie.Value, ".")
	if p, err := hex.DecodeString(path); err != nil || string(p) != r.URL.Path {
		return "" // another tab's
	}
	c.setFlash(w, "", -1)
	b, err := hex.DecodeString(name)
	if err != nil {
		return ""
	}
	return string(b)
}

func (c *Console) setFlash(w http.ResponseWriter, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{Name: flashCookie, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode})
}

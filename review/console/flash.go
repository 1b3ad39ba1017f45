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

// doneAction is what the action that led to a page did: a short name, and the draft
// that it was done to, if there is one.
type doneAction struct{ name, draft string }

// leadTo ends an action: the page at to tells what was done, in words that it knows
// by a short name, once and within a minute.
func (c *Console) leadTo(w http.ResponseWriter, r *http.Request, to, done string, draft ...string) {
	if u, err := url.Parse(to); err == nil {
		value := hex.EncodeToString([]byte(done)) + "." + hex.EncodeToString([]byte(u.Path)) + "." + hex.EncodeToString([]byte(strings.Join(draft, "")))
		c.setFlash(w, value, 60)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// done is what the action that led here did, empty for none. A page that our script
// reads again neither tells it nor uses it up.
func (c *Console) done(w http.ResponseWriter, r *http.Request) (done doneAction) {
	cookie, err := r.Cookie(flashCookie)
	if err != nil || refreshing(r) {
		return done
	}
	parts := strings.Split(cookie.Value+"..", ".")
	if p, err := hex.DecodeString(parts[1]); err != nil || string(p) != r.URL.Path {
		return done // another tab's
	}
	c.setFlash(w, "", -1)
	name, err1 := hex.DecodeString(parts[0])
	draft, err2 := hex.DecodeString(parts[2])
	if err1 != nil || err2 != nil {
		return done
	}
	return doneAction{string(name), string(draft)}
}

func (c *Console) setFlash(w http.ResponseWriter, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{Name: flashCookie, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode})
}

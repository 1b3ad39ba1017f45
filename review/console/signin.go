package console

import (
	"encoding/hex"
	"net/http"

	"footnote/pipeline"
	"footnote/review/access"
)

type signInPage struct {
	frame
	Link string         // empty: the page says how to get one
	Who  pipeline.Agent // whom the link signs in
}

// signInHelp says how to get in.
func (c *Console) signInHelp(w http.ResponseWriter, r *http.Request) error {
	if agentOf(r).ID != "" {
		return c.home(w, r)
	}
	return c.render(w, http.StatusOK, "signin", signInPage{frame: c.frame(r, "Sign in", "")})
}

// signInPage shows whom a link signs in, and uses nothing up.
func (c *Console) signInPage(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	link := r.PathValue("link")
	who, err := c.Access.Peek(r.Context(), link)
	if err != nil {
		if pipeline.KindOf(err) == pipeline.Denied && agentOf(r).ID != "" {
			return c.home(w, r) // their own link, opened a second time
		}
		return err
	}
	return c.render(w, http.StatusOK, "signin", signInPage{frame: c.frame(r, "Sign in", ""), Link: SignInPath(link), Who: who})
}

// signIn uses the link up and starts a session.
func (c *Console) signIn(w http.ResponseWriter, r *http.Request) error {
	token, _, err := c.Access.SignIn(r.Context(), r.PathValue("link"))
	if err != nil {
		return err
	}
	if old, err := r.Cookie(access.CookieName(c.secure)); err == nil {
		if err := c.Access.SignOut(r.Context(), old.Value); err != nil {
			return err
		}
	}
	http.SetCookie(w, access.Cookie(token, c.secure))
	next := "/queue"
	if cookie, err := r.Cookie(nextCookie); err == nil {
		if b, err := hex.DecodeString(cookie.Value); err == nil && safePath(string(b)) {
			next = string(b)
		}
		http.SetCookie(w, &http.Cookie{Name: nextCookie, Path: "/sign-in", MaxAge: -1, HttpOnly: true, Secure: c.secure})
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

func (c *Console) signOut(w http.ResponseWriter, r *http.Request) error {
	cookie, err := r.Cookie(access.CookieName(c.secure))
	if err == nil {
		if err := c.Access.SignOut(r.Context(), cookie.Value); err != nil {
			return err
		}
	}
	http.SetCookie(w, access.Cookie("", c.secure))
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
	return nil
}

package console

import (
	"net/http"

	"footnote/pipeline"
	"footnote/review/access"
)

type peoplePage struct {
	frame
	People []access.Account
	Roles  []string
	Done   string
	Link   string // to hand over; shown once
	For    string // whom it is for
}

var peopleDone = map[string]string{"role": "The role is changed; it counts from their next click.", "remove": "Access is removed: sessions and links ended at once.",
	"restore": "Access is given back."}

func (c *Console) people(w http.ResponseWriter, r *http.Request) error {
	return c.peoplePage(w, r, peoplePage{Done: peopleDone[c.done(w, r).name]})
}

func (c *Console) peoplePage(w http.ResponseWriter, r *http.Request, p peoplePage) (err error) {
	if c.People == nil {
		return missing("People")
	}
	p.frame, p.Roles = c.frame(r, "People", "/people"), access.Roles
	if p.People, err = c.People.Accounts(r.Context()); err != nil {
		return err
	}
	return c.render(w, http.StatusOK, "people", p)
}

// addPerson makes an account and shows the link to hand over.
func (c *Console) addPerson(w http.ResponseWriter, r *http.Request) error {
	if c.People == nil {
		return missing("People")
	}
	if r.PostFormValue("role") == "" {
		return pipeline.Errorf(pipeline.Invalid, "Choose a role.")
	}
	a, err := c.People.Add(r.Context(), agentOf(r), pipeline.Agent{Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), Role: r.PostFormValue("role")})
	if err != nil {
		return err
	}
	return c.invite(w, r, a.Email)
}

// invitePerson makes a new link for an account that is there.
func (c *Console) invitePerson(w http.ResponseWriter, r *http.Request) error {
	if c.People == nil {
		return missing("People")
	}
	return c.invite(w, r, r.PostFormValue("email"))
}

func (c *Console) invite(w http.ResponseWriter, r *http.Request, email string) error {
	token, err := c.People.Invite(r.Context(), agentOf(r), email)
	if err != nil {
		return err
	}
	return c.peoplePage(w, r, peoplePage{Link: c.PublicURL + SignInPath(token), For: email})
}

// askRemove asks before somebody loses access.
func (c *Console) askRemove(w http.ResponseWriter, r *http.Request) error {
	email := r.FormValue("email")
	return c.render(w, http.StatusOK, "confirm", confirmPage{frame: c.frame(r, "Remove access?", "/people"), Back: "/people",
		Say:    short(email, 254) + " is signed out at once and can sign in no more. What they decided stays on record; access can be given back.",
		Action: "/people/remove", Name: "email", Value: email, Button: "Remove access"})
}

// changePerson changes a role, removes access or gives it back.
func (c *Console) changePerson(w http.ResponseWriter, r *http.Request) error {
	if c.People == nil {
		return missing("People")
	}
	ctx, by, email, what := r.Context(), agentOf(r), r.PostFormValue("email"), r.PathValue("change")
	var err error
	switch what {
	case "role":
		err = c.People.SetRole(ctx, by, email, r.PostFormValue("role"))
	case "remove":
		err = c.People.Disable(ctx, by, email)
	case "restore":
		err = c.People.Enable(ctx, by, email)
	default:
		err = pipeline.Errorf(pipeline.NotFound, "There is no such change.")
	}
	if err != nil {
		return err
	}
	c.leadTo(w, r, "/people", what)
	return nil
}

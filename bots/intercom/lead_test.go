package intercom

import "testing"

// TestLeadsHaveNoMadeUpName: a lead without an address is nobody's name, whatever
// Intercom calls them; one with an address, and a user, keep theirs.
func TestLeadsHaveNoMadeUpName(t *testing.T) {
	for _, c := range []struct {
		a    author
		want string
	}{
		{author{ID: "1", Type: "lead", Name: "Turquoise Helicopter"}, ""},
		{author{ID: "1", Type: "lead", Name: "Ada", Email: "Ada@example.org"}, "Ada"},
		{author{ID: "1", Type: "user", Name: "Ada"}, "Ada"},
	} {
		if got := c.a.person().Name; got != c.want {
			t.Errorf("%+v is named %q, want %q", c.a, got, c.want)
		}
	}
}

package knowledge

import (
	"strings"

	"footnote/pipeline"
)

// ParseAudience reads an audience as people write it. Words that name customers
// or readers outside are public; every other word is internal, and known is
// false when it does not say so itself. Empty stays empty.
func ParseAudience(s string) (a pipeline.Audience, known bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "":
		return "", true
	case "public", "external", "customer", "customers", "everyone", "user", "users", "end-user", "end-users", "itpro", "developer", "developers":
		return pipeline.Public, true
	case "internal", "private", "restricted", "confidential", "staff", "employees", "agents":
		return pipeline.Restricted, true
	}
	return pipeline.Restricted, false
}

package markup

import (
	"strings"
	"unicode"
)

// Parts of pages that only insiders get are left out: their condition, or the name of
// the block around them, says so. What cannot be told apart here is decided for whole
// pages in package access.
var insiderWords = names("internal internalonly intern interne interno private privat staff staffonly employee employees mitarbeiter agent agents agentonly admin admins confidential restricted intranet draft drafts todo hidden unpublished secret")

// insiders tells whether a condition or a name is about insiders, and not denied.
func insiders(condition string) bool {
	denied, found := false, false
	for _, w := range strings.FieldsFunc(strings.ToLower(condition), func(r rune) bool { return !unicode.IsLetter(r) && r != '!' }) {
		switch w = strings.TrimLeft(w, "!"); {
		case w == "not" || w == "unless" || w == "false" || w == "ne":
			denied = true
		case insiderWords[w]:
			found = true
		}
	}
	return found && !denied && !strings.Contains(condition, "!")
}

// choosers are components that show what they hold under a condition.
var choosers = names("if only when show showif showfor ifdef ifconfig condition conditional audience visibility access permission restrict restricted protected userrole role for condtext visiblefor")

package knowledge

import (
	"footnote/pipeline"
)

// questionText is what is embedded of a conversation: the newest turn and what
// the customer said before it, newest first. Models read the beginning best and
// cut the end off; what agents wrote says what was answered already.
func questionText(turns []pipeline.Turn) string {
	last := len(turns) - 1
	text := turns[last].Text
	for i := last - 1; i >= 0; i-- {
		if turns[i].Role == pipeline.RoleCustomer || turns[i].Role == "" {
			text += "\n" + turns[i].Text
		}
	}
	return text
}

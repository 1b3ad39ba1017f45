package words

import (
	"cmp"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"footnote/bots"
)

// file is a file of a message. Of one that was shared by another workspace Slack may
// tell no more than its id.
type file struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Mode  string `json:"mode"`     // hosted, snippet, post, email, tombstone, hidden_by_limit, …
	Type  string `json:"filetype"` // email, canvas, quip, …
	Sub   string `json:"subtype"`  // slack_audio, slack_video
	Mime  string `json:"mimetype"`

	Transcript struct {
		Preview struct {
			Content string `json:"content"`
			More    bool   `json:"has_more"`
		} `json:"preview"`
		Text string `json:"text"`
	} `json:"transcription"`

	Preview   string `json:"preview"`
	Plain     string `json:"plain_text"`         // of a mail
	PlainHead string `json:"preview_plain_text"` // its beginning
	Truncated bool   `json:"preview_is_truncated"`
	Subject   string `json:"subject"`
	Alt       string `json:"alt_txt"`
	Comment   struct {
		Text string `json:"comment"`
	} `json:"initial_comment"`
}

// files are the names of files, and what is said in them or by their titles.
func (r reader) files(raw json.RawMessage) (names, said []string) {
	for _, f := range list[file](raw) {
		if f.Mode == "tombstone" || f.Mode == "hidden_by_limit" {
			continue // it is gone
		}
		names = append(names, bots.FileName(cmp.Or(f.Name, f.Title)))
		said = append(said, f.words()...)
	}
	return names, said
}

// words are what a file says: a transcript, a text, a mail, or a title that somebody
// wrote.
func (f file) words() []string {
	out := []string{f.Comment.Text}
	if telling(f.Title, f.Name) {
		out = append(out, line(f.Title))
	}
	if spoken := strings.TrimSpace(cmp.Or(f.Transcript.Text, f.Transcript.Preview.Content)); spoken != "" {
		if f.Transcript.Text == "" && f.Transcript.Preview.More {
			spoken += " …"
		}
		kind := "Voice"
		if f.Sub == "slack_video" || strings.HasPrefix(f.Mime, "video/") {
			kind = "Video"
		}
		return append(out, kind+transcriptHead+"\n"+spoken)
	}
	switch {
	case f.Mode == "email" || f.Type == "email":
		out = append(out, line(f.Subject), cmp.Or(f.Plain, f.PlainHead))
	case f.Mode == "snippet" || f.Mode == "post":
		text := strings.TrimSpace(cmp.Or(f.Plain, f.Preview))
		if f.Mode == "post" && strings.HasPrefix(text, "<") { // a page already
			text = ""
		}
		if text != "" && f.Truncated {
			text += "\n…"
		}
		out = append(out, text)
	}
	if telling(f.Alt, f.Name) && f.Alt != f.Title {
		out = append(out, line(f.Alt))
	}
	return out
}

// dull are titles that nobody wrote.
var dull = []string{"", "image", "screenshot", "untitled", "img", "photo", "file", "audio message", "audio_message", "video message", "voice message", "clip", "scan", "document"}

// telling tells whether what a file is called, besides its name, was written by
// somebody and says something.
func telling(title, name string) bool {
	bare := func(s string) string {
		s = strings.ToLower(strings.TrimSpace(s))
		s = strings.TrimSuffix(s, path.Ext(s))
		return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '_' || r == '-' || r == '.' }), " ")
	}
	return bare(title) != bare(name) && !slices.Contains(dull, bare(title))
}

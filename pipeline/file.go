package pipeline

import (
	"path"
	"strings"
)

// FileKind says in a word or two what an attached file is, by its name; empty when that does not show.
func FileKind(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".heic", ".bmp", ".svg", ".tif", ".tiff":
		return "image"
	case ".mp4", ".mov", ".avi", ".mkv", ".webm":
		return "video"
	case ".mp3", ".ogg", ".m4a", ".wav", ".amr", ".oga", ".opus":
		return "sound"
	case ".pdf", ".doc", ".docx", ".odt", ".rtf", ".txt", ".md", ".pages":
		return "document"
	case ".xls", ".xlsx", ".csv", ".ods", ".tsv", ".numbers":
		return "table"
	case ".log", ".json", ".xml", ".yaml", ".yml", ".har":
		return "log or data"
	case ".zip", ".gz", ".7z", ".rar", ".tar":
		return "archive"
	case ".eml", ".msg":
		return "mail"
	}
	return ""
}

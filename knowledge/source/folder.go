// Package source says where documents come from: a folder of files, or a file of
// whole documents. It reads bytes and decides nothing about them.
package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"strings"

	"footnote/knowledge"
	"footnote/pipeline"
)

// media by file extension, in lower case. Files with other extensions are not
// documents: they are counted, and those that a knowledge owner would expect to be
// read are named.
var media = map[string]knowledge.Media{
	".md": knowledge.Markdown, ".markdown": knowledge.Markdown, ".mdx": knowledge.Markdown, ".mdown": knowledge.Markdown, ".mkd": knowledge.Markdown, ".qmd": knowledge.Markdown,
	".rst": knowledge.RST, ".rest": knowledge.RST,
	".adoc": knowledge.AsciiDoc, ".asciidoc": knowledge.AsciiDoc, ".asc": knowledge.AsciiDoc,
	".textile": knowledge.Textile,
	".html":    knowledge.HTML, ".htm": knowledge.HTML, ".xhtml": knowledge.HTML,
	".txt": knowledge.Text, ".text": knowledge.Text,
}

// expected are formats that look like knowledge and cannot be read yet.
var expected = map[string]string{".pdf": "PDF", ".docx": "Word", ".doc": "Word", ".rtf": "RTF", ".odt": "OpenDocument", ".pptx": "PowerPoint", ".xlsx": "Excel"}

// Folder yields the Markdown, HTML, reStructuredText, AsciiDoc, Textile and plain text
// files below a directory. It
// never leaves the directory: links that lead out, absolute or not, are refused
// and named; links inside are read where they stand, and linked directories are
// not entered. Hidden files and directories (leading dot) are passed over.
type Folder struct {
	dir    string
	passed map[string]int
}

// Passed implements knowledge.PassedOver, for the last listing.
func (f *Folder) Passed() map[string]int { return f.passed }

// pass counts a file that is no document.
func (f *Folder) pass(p string) {
	ext := strings.ToLower(strings.ToValidUTF8(path.Ext(p), "?"))
	if ext == "" || len(ext) > 16 || len(f.passed) > 60 {
		ext = "others"
	}
	f.passed[ext]++
}

// NewFolder returns the source of a directory. It is opened anew for each sync,
// so it may be replaced as a whole between syncs.
func NewFolder(dir string) *Folder { return &Folder{dir: dir} }

// Documents implements knowledge.Source.
func (f *Folder) Documents(ctx context.Context) iter.Seq2[knowledge.Raw, error] {
	return func(yield func(knowledge.Raw, error) bool) {
		f.passed = map[string]int{}
		root, err := os.OpenRoot(f.dir)
		if err != nil {
			yield(knowledge.Raw{}, unreachable(f.dir, err))
			return
		}
		defer root.Close()
		err = fs.WalkDir(root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil && p == "." {
				return err
			}
			if err != nil { // this folder cannot be listed: its documents must not look deleted
				return fmt.Errorf("list %s: %w", p, err)
			}
			if p != "." && strings.HasPrefix(d.Name(), ".") {
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			raw, ok := document(root, p, d)
			if ok && !yield(raw, nil) {
				return fs.SkipAll
			} else if !ok && !d.IsDir() {
				f.pass(p)
			}
			return nil
		})
		if err != nil {
			yield(knowledge.Raw{}, unreachable(f.dir, err))
		}
	}
}

func unreachable(dir string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return pipeline.Errorf(pipeline.Unavailable, "The knowledge in %s cannot be read: %w", dir, err)
}

// document reads one file; ok is false for what is not a document.
func document(root *os.Root, p string, d fs.DirEntry) (raw knowledge.Raw, ok bool) {
	ext := strings.ToLower(path.Ext(p))
	kind, known := media[ext]
	if d.IsDir() || !known && expected[ext] == "" {
		return raw, false
	}
	raw = knowledge.Raw{Path: strings.ToValidUTF8(p, "\uFFFD"), Media: kind}
	refuse := func(format string, args ...any) (knowledge.Raw, bool) {
		raw.Refused = fmt.Sprintf(format, args...)
		return raw, true
	}
	info, err := root.Stat(p)
	switch {
	case err != nil && d.Type()&fs.ModeSymlink != 0:
		return refuse("The file is a link that leads out of the folder, or nowhere.")
	case err != nil:
		return refuse("The file cannot be read.")
	case info.IsDir():
		return raw, false
	}
	raw.Size = info.Size()
	switch {
	case !info.Mode().IsRegular():
		return refuse("This is not an ordinary file.")
	case !known:
		return refuse("%s files cannot be read yet; save the text as Markdown, HTML or plain text.", expected[ext])
	case raw.Size > knowledge.MaxBytes:
		return refuse("The file is larger than 10 MB; split it, or leave it out.")
	}
	file, err := root.Open(p)
	if err != nil {
		return refuse("The file cannot be read.")
	}
	defer file.Close()
	// It may have grown since: one byte more than allowed tells.
	if raw.Data, err = io.ReadAll(io.LimitReader(file, knowledge.MaxBytes+1)); err != nil {
		return refuse("The file cannot be read.")
	}
	raw.Size = int64(len(raw.Data))
	return raw, true
}

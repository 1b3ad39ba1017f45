// Package source is where documents come from: a folder of Markdown, HTML and
// text, or one JSONL file of whole documents. It hands out bytes and names;
// what they mean is for package knowledge.
package source

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"

	"footnote/knowledge"
	"footnote/pipeline"
)

// Open returns the source at a location: a folder, or a file that ends in
// .jsonl. The error kind is Invalid.
func Open(name, location string) (knowledge.Source, error) {
	info, err := os.Stat(location)
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Invalid, "knowledge: %w", err)
	}
	abs, err := filepath.Abs(location)
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Invalid, "knowledge: %w", err)
	}
	switch {
	case info.IsDir():
		return folder{name: name, dir: abs}, nil
	case strings.HasSuffix(location, ".jsonl"):
		return lines{name: name, file: abs}, nil
	}
	return nil, pipeline.Errorf(pipeline.Invalid, "knowledge: %s is neither a folder nor a .jsonl file", location)
}

// FromFS is a folder inside a file system, such as the built-in sample.
func FromFS(name, location string, fsys fs.FS) knowledge.Source {
	return tree{name: name, location: location, fsys: fsys}
}

// folder reads a directory through os.Root: links that lead out of it are not
// followed.
type folder struct{ name, dir string }

func (f folder) Name() string     { return f.name }
func (f folder) Kind() string     { return "folder" }
func (f folder) Location() string { return f.dir }

func (f folder) Documents(ctx context.Context) iter.Seq2[knowledge.Raw, error] {
	return func(yield func(knowledge.Raw, error) bool) {
		root, err := os.OpenRoot(f.dir)
		if err != nil {
			yield(knowledge.Raw{}, fmt.Errorf("open folder: %w", err))
			return
		}
		defer root.Close()
		tree{fsys: root.FS()}.walk(ctx, yield)
	}
}

type tree struct {
	name, location string
	fsys           fs.FS
}

func (t tree) Name() string     { return t.name }
func (t tree) Kind() string     { return "folder" }
func (t tree) Location() string { return t.location }

func (t tree) Documents(ctx context.Context) iter.Seq2[knowledge.Raw, error] {
	return func(yield func(knowledge.Raw, error) bool) { t.walk(ctx, yield) }
}

// media by file name ending; other endings are no documents.
var media = map[string]knowledge.Media{".md": knowledge.Markdown, ".markdown": knowledge.Markdown, ".html": knowledge.HTML, ".htm": knowledge.HTML, ".txt": knowledge.Text}

var errStop = errors.New("stop")

func (t tree) walk(ctx context.Context, yield func(knowledge.Raw, error) bool) {
	err := fs.WalkDir(t.fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if p == "." {
				return err // the folder itself: nothing can be said about what is gone
			}
			if !yield(knowledge.Raw{Path: p, Problem: "The file or folder cannot be read: " + reason(err)}, nil) {
				return errStop
			}
			return nil
		}
		if strings.HasPrefix(path.Base(p), ".") && p != "." {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		kind, ok := media[strings.ToLower(path.Ext(p))]
		if d.IsDir() || !ok {
			return nil
		}
		if !yield(t.read(p, kind), nil) {
			return errStop
		}
		return nil
	})
	if err != nil && !errors.Is(err, errStop) {
		yield(knowledge.Raw{}, fmt.Errorf("read folder: %w", err))
	}
}

func (t tree) read(p string, kind knowledge.Media) knowledge.Raw {
	raw := knowledge.Raw{Path: p, Media: kind}
	f, err := t.fsys.Open(p)
	if err != nil {
		raw.Problem = "The file cannot be read: " + reason(err)
		return raw
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		raw.Problem = "This is no ordinary file."
		return raw
	}
	raw.Size = info.Size()
	if raw.Bytes, err = io.ReadAll(io.LimitReader(f, knowledge.MaxBytes+1)); err != nil {
		raw.Problem = "The file cannot be read: " + reason(err)
	}
	return raw
}

// reason is the cause without the path, which is shown beside it.
func reason(err error) string {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err.Error()
	}
	return err.Error()
}

// lines is a JSONL file: one whole document a line,
// {"id", "title", "text", "url", "meta": {"locale", "product", "audience", …}}.
// Text is kept as it is, so that offsets into it stay true.
type lines struct{ name, file string }

func (l lines) Name() string     { return l.name }
func (l lines) Kind() string     { return "jsonl" }
func (l lines) Location() string { return l.file }

func (l lines) Documents(ctx context.Context) iter.Seq2[knowledge.Raw, error] {
	return func(yield func(knowledge.Raw, error) bool) {
		f, err := os.Open(l.file)
		if err != nil {
			yield(knowledge.Raw{}, fmt.Errorf("open file: %w", err))
			return
		}
		defer f.Close()
		sc := bufio.NewScanner(f)
		sc.Buffer(make([]byte, 1<<20), 2*knowledge.MaxBytes)
		for n := 1; sc.Scan(); n++ {
			if ctx.Err() != nil {
				yield(knowledge.Raw{}, ctx.Err())
				return
			}
			if len(strings.TrimSpace(sc.Text())) == 0 {
				continue
			}
			if !yield(document(n, sc.Bytes()), nil) {
				return
			}
		}
		if err := sc.Err(); err != nil {
			yield(knowledge.Raw{}, fmt.Errorf("read file: %w", err))
		}
	}
}

func document(n int, line []byte) knowledge.Raw {
	var d struct {
		ID    string         `json:"id"`
		Title string         `json:"title"`
		Text  string         `json:"text"`
		URL   string         `json:"url"`
		Meta  map[string]any `json:"meta"`
	}
	raw := knowledge.Raw{Path: fmt.Sprintf("line %d", n), Media: knowledge.Text, Size: int64(len(line))}
	if err := json.Unmarshal(line, &d); err != nil {
		raw.Problem = "The line is no JSON document: " + err.Error()
		return raw
	}
	if d.ID == "" {
		raw.Problem = "The document has no id."
		return raw
	}
	raw.Path, raw.Bytes = d.ID, []byte(d.Text)
	raw.Meta = map[string]any{"title": d.Title, "url": d.URL}
	for _, key := range []string{"product", "locale", "audience", "owner", "review_date"} {
		if v, ok := d.Meta[key]; ok {
			raw.Meta[key] = v
		}
	}
	return raw
}

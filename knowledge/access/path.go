package access

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"footnote/knowledge"
)

// What a path says about access. It is weighed like front matter, as the key
// "folder" (or "file"), so that a person can decide otherwise for a source.
var (
	closedFolders = vocabulary("internal private restricted confidential intranet staff staffonly internalonly employees")
	outFolders    = vocabulary("draft drafts archive archives archived unpublished trash wip obsolete retired deprecated recyclebin")
	partFolders   = vocabulary("_includes _include _partials _partial _snippets _snippet _layouts _templates _components _fragments _data _sass _shared")
)

// folderKey and fileKey are what decisions call a path's statements.
const (
	folderKey = "folder"
	fileKey   = "file"
)

// pathSays weighs folders and the file name. A page that says plainly that it is
// public stays so in an internal folder: see access.folder.
func (a *access) pathSays(raw knowledge.Raw) {
	segments := strings.Split(raw.Path, "/")
	name := segments[len(segments)-1]
	folders := segments[:len(segments)-1]
	if parts := strings.Split(name, "."); len(parts) > 2 { // refunds.internal.md
		folders = slices.Concat(folders, parts[1:len(parts)-1])
	}
	for _, s := range folders {
		plain := strings.Join(wordsOf(s), "")
		switch {
		case closedFolders[plain], closedPhrase(s): // internal, internal-docs, staff_only
			a.path(folderKey, s, a.inside)
		case outFolders[plain], partFolders[strings.ToLower(s)]:
			a.path(folderKey, s, func(st statement) { a.out = append(a.out, st) })
		}
	}
	if l, ok := lineageOf(raw.Path); ok {
		a.path(versionKey, l.name, func(statement) {}) // unless somebody decided, Older says which is used
	}
	if !raw.Verbatim && (strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".")) && !strings.HasPrefix(name, "_index.") {
		a.path(fileKey, name[:1]+"…", func(st statement) {
			st.said = "a name that begins with " + name[:1] + " is that of a part of other pages"
			a.out = append(a.out, st)
		})
	}
}

func (a *access) path(key, value string, weigh func(statement)) {
	f := field{key: key, value: value, from: inPath}
	s := statement{field: f, posed: posed{Key: key, Value: plainValue(value)}, said: say(key, f)}
	if d, ok := a.decision(s.posed); ok {
		a.obey(s, d)
		return
	}
	weigh(s)
}

// inside is what a folder of insiders says: less than the page itself does.
func (a *access) inside(s statement) {
	if a.audience == "" && !a.opened {
		a.close(s, false)
	}
}

// lineage is a page of several that differ only in the version in their path:
// docs/v1/start.md and docs/latest/start.md are both docs/*/start.md.
type lineage struct {
	page string // the path with * for the version
	name string // the version
	rank [4]int // the greater is the newer
	tree string // of versioned_docs/version-1.0/…: where the current pages are
}

var (
	numbered  = regexp.MustCompile(`^(?i:v|ver|version|release|rel)[-_ .]?(\d+)(?:[._-](\d+|x))?(?:[._-](\d+|x))?(?:[.-]x)?$|^(\d+)\.(\d+|x)(?:\.(\d+|x))?$`)
	versioned = regexp.MustCompile(`^(.*?)_?versioned_docs$`)
)

// versions that have names: before all numbers, or not released yet.
var versionNames = map[string]int{"latest": 3, "current": 3, "stable": 3, "next": 1, "dev": 1, "main": 1, "master": 1, "nightly": 1, "unreleased": 1, "edge": 1, "canary": 1, "old": 0, "legacy": 0}

// lineageOf returns the lineage of a path; ok is false for one without a version.
func lineageOf(p string) (l lineage, ok bool) {
	segments := strings.Split(p, "/")
	for i, s := range segments[:len(segments)-1] {
		rank, found := rankOf(s)
		if !found {
			continue
		}
		l = lineage{name: s, rank: rank}
		l.page = strings.Join(segments[:i], "/") + "/*/" + strings.Join(segments[i+1:], "/")
		if i > 0 {
			if m := versioned.FindStringSubmatch(segments[i-1]); m != nil {
				base := m[1]
				if base == "" {
					base = "docs"
				}
				l.tree = path.Join(path.Join(segments[:i-1]...), base) + "/"
			}
		}
		return l, true
	}
	return l, false
}

func rankOf(s string) (rank [4]int, ok bool) {
	if n, known := versionNames[strings.ToLower(s)]; known {
		return [4]int{n}, true
	}
	m := numbered.FindStringSubmatch(s)
	if m == nil {
		return rank, false
	}
	rank[0] = 2
	n := 1
	for _, part := range m[1:] {
		if v, err := strconv.Atoi(part); err == nil && n < len(rank) {
			rank[n] = v
			n++
		} else if part == "x" || part == "X" {
			n++
		}
	}
	return rank, true
}

// newer tells whether a is of a newer version than b.
func (l lineage) newer(than lineage) bool {
	for i := range l.rank {
		if l.rank[i] != than.rank[i] {
			return l.rank[i] > than.rank[i]
		}
	}
	return false
}

// Older holds back pages of which there may be newer versions: only the newest is
// taken, since an old one says what held then. It keeps one page of each lineage.
type Older struct {
	newest map[string]kept
	order  []string
	plain  []string                // paths without a version
	Gone   []knowledge.Quarantined // without source and time
}

type kept struct {
	lineage
	raw knowledge.Raw
}

// versionKey is what decisions call a page's version.
const versionKey = "version"

// Keep takes a page of a lineage and tells whether it did.
func (o *Older) Keep(raw knowledge.Raw, decided []knowledge.Decision) bool {
	l, ok := lineageOf(raw.Path)
	if d, found := (&access{decided: decided}).decision(posed{versionKey, strings.ToLower(l.name)}); ok && found && d.Means != knowledge.MeansLeaveOut {
		ok = false
	}
	if !ok {
		o.plain = append(o.plain, raw.Path)
		return false
	}
	have, again := o.newest[l.page]
	switch {
	case o.newest == nil:
		o.newest = map[string]kept{}
		fallthrough
	case !again:
		o.newest[l.page] = kept{l, raw}
		o.order = append(o.order, l.page)
	case l.newer(have.lineage):
		o.newest[l.page] = kept{l, raw}
		o.leave(have, raw.Path)
	default:
		o.leave(kept{l, raw}, have.raw.Path)
	}
	return true
}

func (o *Older) leave(k kept, by string) {
	o.Gone = append(o.Gone, knowledge.Quarantined{Path: k.raw.Path, Bytes: max(k.raw.Size, int64(len(k.raw.Data))), Fate: knowledge.LeftOut, Key: versionKey, Value: strings.ToLower(k.name),
		Reason: "It is of an older version: " + by + " is the newer one."})
}

// Current returns the newest page of each lineage. Where a tree of versions stands
// beside the current pages, none of it is.
func (o *Older) Current() []knowledge.Raw {
	var out []knowledge.Raw
	trees := map[string]bool{}
	for _, page := range o.order {
		k := o.newest[page]
		if _, asked := trees[k.tree]; !asked && k.tree != "" {
			trees[k.tree] = slices.ContainsFunc(o.plain, func(p string) bool { return strings.HasPrefix(p, k.tree) })
		}
		if k.tree != "" && trees[k.tree] {
			o.leave(k, "the folder "+strings.TrimSuffix(k.tree, "/"))
			continue
		}
		out = append(out, k.raw)
	}
	return out
}

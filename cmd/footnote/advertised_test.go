package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestAdvertisedIsCalled: whatever a desk can say that it can do (the interfaces of
// package bots and the fields of Capabilities) is asked for and called by the product,
// not by adapters and tests alone.
func TestAdvertisedIsCalled(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	methods, fields := advertised(t, filepath.Join(root, "bots"))
	if len(methods) < 12 || len(fields) < 6 {
		t.Fatalf("only %d interfaces and %d capabilities were found", len(methods), len(fields))
	}
	asked, called := map[string]bool{}, map[string]bool{}
	for _, dir := range []string{"bots", "bots/intake", "bots/delivery", "bots/filing", "bots/health", "cmd/footnote"} {
		eachFile(t, filepath.Join(root, dir), func(f *ast.File) {
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr:
					called[n.Sel.Name] = true
				case *ast.TypeAssertExpr:
					asked[typeName(n.Type)] = true
				case *ast.CaseClause: // of a switch over types
					for _, e := range n.List {
						asked[typeName(e)] = true
					}
				case *ast.CompositeLit: // Capabilities{…} sets fields and reads none
					return typeName(n.Type) != "Capabilities"
				case *ast.StructType: // what embeds it, uses it
					for _, field := range n.Fields.List {
						asked[typeName(field.Type)] = true
					}
				}
				return true
			})
		})
	}
	for name, list := range methods {
		if name != "Desk" && !asked[name] {
			t.Errorf("nobody asks whether a desk is a bots.%s", name)
		}
		for _, m := range list {
			if !called[m] {
				t.Errorf("nothing calls bots.%s.%s", name, m)
			}
		}
	}
	for _, field := range fields {
		if !called[field] {
			t.Errorf("nothing reads bots.Capabilities.%s", field)
		}
	}
}

// notDesks are interfaces of package bots that are no desk's: Helpdesk is all of them,
// the others are filled by us.
var notDesks = []string{"Helpdesk", "Chat", "Reviewer", "Snoozer", "PastReader", "People", "Publisher", "Keeper"}

// advertised reads the interfaces of package bots with their methods, and the fields of
// Capabilities.
func advertised(t *testing.T, dir string) (methods map[string][]string, fields []string) {
	t.Helper()
	methods = map[string][]string{}
	eachFile(t, dir, func(f *ast.File) {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE {
				continue
			}
			for _, s := range g.Specs {
				spec := s.(*ast.TypeSpec)
				switch typ := spec.Type.(type) {
				case *ast.InterfaceType:
					if !spec.Name.IsExported() || slices.Contains(notDesks, spec.Name.Name) {
						continue
					}
					for _, m := range typ.Methods.List {
						for _, name := range m.Names {
							methods[spec.Name.Name] = append(methods[spec.Name.Name], name.Name)
						}
					}
				case *ast.StructType:
					if spec.Name.Name != "Capabilities" {
						continue
					}
					for _, field := range typ.Fields.List {
						for _, name := range field.Names {
							fields = append(fields, name.Name)
						}
					}
				}
			}
		}
	})
	return methods, fields
}

// eachFile parses the files of one folder that are no tests.
func eachFile(t *testing.T, dir string, f func(*ast.File)) {
	t.Helper()
	list, err := fs.Glob(os.DirFS(dir), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range list {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		f(file)
	}
}

// typeName is the last word of a type's name: Noter of bots.Noter.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.StarExpr:
		return typeName(e.X)
	}
	return ""
}

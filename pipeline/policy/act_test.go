package policy

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestWorldActs reads sentences of each act, category and language. Each file was
// written before any of it was tried; the second one by the same hand after the first
// had been mended.
func TestWorldActs(t *testing.T) {
	for _, file := range []string{"acts.txt", "fresh.txt"} {
		tryActs(t, file)
	}
}

func tryActs(t *testing.T, file string) {
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	type cell struct{ right, all int }
	byAct, byCategory := map[string]*cell{}, map[string]*cell{}
	count := func(m map[string]*cell, key string, ok bool) {
		if m[key] == nil {
			m[key] = &cell{}
		}
		m[key].all++
		if ok {
			m[key].right++
		}
	}
	wrong := 0
	for line := range strings.Lines(string(b)) {
		f := strings.SplitN(strings.TrimSpace(line), " | ", 4)
		if len(f) < 4 || strings.HasPrefix(line, "#") {
			continue
		}
		got, promised := "", false
		for _, a := range Read(f[3], f[0]) {
			promised = promised || a.Kind == Promise
			if a.Category == f[1] {
				got = string(a.Kind)
			}
		}
		// What is no promise may go unread: it is allowed all the same.
		ok := got == f[2] || f[2] != string(Promise) && !promised && got == ""
		if f[2] != string(Promise) && promised {
			ok = false
		}
		if !ok {
			wrong++
			t.Errorf("%s %s: %q is a %s; read %v", f[0], f[1], f[3], f[2], Read(f[3], f[0]))
		}
		count(byAct, f[0]+" "+f[2], ok)
		count(byCategory, f[1]+" "+f[2], ok)
	}
	for _, m := range []map[string]*cell{byAct, byCategory} {
		var out []string
		for k, c := range m {
			out = append(out, fmt.Sprintf("%s %d/%d", k, c.right, c.all))
		}
		t.Log(file, len(out), strings.Join(out, ", "))
	}
	t.Logf("%s: %d read wrongly", file, wrong)
}

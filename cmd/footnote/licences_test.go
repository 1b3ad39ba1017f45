package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestLicences: a module without a licence, or with one that does not go with ours,
// fails the listing; every other is named.
func TestLicences(t *testing.T) {
	dir := t.TempDir()
	var list strings.Builder
	for name, text := range map[string]string{"free": "MIT License\n\nPermission is hereby granted, free of charge, to any person", "none": "", "strong": "GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3", "odd": "You may look at this."} {
		m := filepath.Join(dir, name)
		if err := os.Mkdir(m, 0o700); err != nil {
			t.Fatal(err)
		}
		if text != "" {
			if err := os.WriteFile(filepath.Join(m, "LICENSE"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		fmt.Fprintf(&list, "example.org/%s\tv1.0.0\t%s\n", name, m)
	}
	run := func(lines string) (string, error) {
		file := filepath.Join(dir, "list")
		if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
		fake := filepath.Join(dir, "go")
		if err := os.WriteFile(fake, []byte("#!/bin/sh\ncat "+file+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("../../.ci/licences")
		cmd.Env = append(os.Environ(), "GO="+fake)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := run(list.String())
	if _, failed := err.(*exec.ExitError); !failed {
		t.Errorf("it passes: %v\n%s", err, out)
	}
	_, bad, _ := strings.Cut(out, "cannot be shipped")
	for _, name := range []string{"none", "strong", "odd"} {
		if !strings.Contains(bad, "example.org/"+name) {
			t.Errorf("%s is not named:\n%s", name, out)
		}
	}
	if strings.Contains(bad, "example.org/free") {
		t.Errorf("what is free is named:\n%s", out)
	}
	for line := range strings.Lines(list.String()) {
		if strings.Contains(line, "/free\t") {
			if out, err := run(line); err != nil || !strings.Contains(out, "MIT") {
				t.Errorf("%v\n%s", err, out)
			}
		}
	}
}

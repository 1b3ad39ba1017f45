package bottest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// DataVar names the folder with more hostile inputs, JSONL files whose rows
// have base64 bytes in "b64". Without it the folder shared/data/badinputs/dev
// is looked for upwards of the test.
const DataVar = "FOOTNOTE_BAD_INPUTS"

// BadRows calls row for each row of a file of hostile inputs, and returns false
// when there is no such file here.
func BadRows[T any](t testing.TB, file string, row func(T)) bool {
	t.Helper()
	f := openData(file)
	if f == nil {
		return false
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatalf("read %s: %v", file, err)
		}
		row(v)
	}
	if err := lines.Err(); err != nil {
		t.Fatalf("read %s: %v", file, err)
	}
	return true
}

func openData(file string) *os.File {
	if dir := os.Getenv(DataVar); dir != "" {
		f, _ := os.Open(filepath.Join(dir, file))
		return f
	}
	dir, err := os.Getwd()
	for err == nil {
		if f, err := os.Open(filepath.Join(dir, "shared", "data", "badinputs", "dev", file)); err == nil {
			return f
		}
		if dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	return nil
}

// BadBodies returns bodies that are not what any webhook should carry: a few of
// our own, and those of json_malformed.jsonl where it is present.
func BadBodies(t testing.TB) [][]byte {
	t.Helper()
	var out [][]byte
	for _, s := range []string{"", " ", "\x00", "\xff\xfe", "\xef\xbb\xbf{}", "null", "true", "0", "1e999", `""`, `"x"`, "[]", "[[]]", "{}", "{", "}",
		"{}{}", "{} x", `{"kind":null}`, `{"kind":1}`, `{"kind":"message"}`, `{"kind":"message","ticket":null,"message":null}`,
		`{"kind":"message","ticket":[],"message":{}}`, `{"kind":"message","ticket":{"id":1},"message":{"id":2}}`,
		`{"kind":"message","ticket":{"id":""},"message":{"id":""}}`, `{"kind":"message","ticket":{"id":"\u0000"},"message":{"id":"a"}}`,
		`{"kind":"message","ticket":{"id":"a","status":"?"},"message":{"id":"a","role":"customer"}}`,
		`{"kind":"message","ticket":{"id":"a"},"message":{"id":"a","role":"root"}}`,
		`{"kind":"message","ticket":{"id":"a"},"message":{"id":"a","role":"customer","at":"yesterday"}}`,
		`{"kind":"message","ticket":{"id":"a"},"message":{"id":"a","role":"customer","at":"9999-12-31T23:59:59Z"}}`,
		`{"kind":"message","ticket":{"id":"a"},"message":{"id":"a","role":"customer","text":"\ud800\u0000"}}`,
		`{"type":"x","data":{"item":null}}`, `payload=%7B%7D`, "<html></html>"} {
		out = append(out, []byte(s))
	}
	out = append(out, []byte(strings.Repeat("[", 100_000)), []byte(strings.Repeat(`{"a":`, 50_000)),
		bytes.Repeat([]byte{0xff}, 1<<16), []byte(`{"kind":"`+strings.Repeat("m", 1<<20)+`"}`))
	BadRows(t, "json_malformed.jsonl", func(r struct {
		B64 []byte `json:"b64"`
	}) {
		out = append(out, r.B64)
	})
	return out
}

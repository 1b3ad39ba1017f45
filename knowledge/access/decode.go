package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// Front matter in YAML, TOML and JSON.

// decode turns a block into fields.
func (b front) decode() ([]field, error) {
	if strings.TrimSpace(b.text) == "" {
		return nil, nil
	}
	switch b.lang {
	case "toml":
		return decodeTOML(b.text)
	case "json":
		text := strings.TrimSpace(b.text)
		if !strings.HasPrefix(text, "{") { // Hexo leaves the braces out
			text = "{" + strings.TrimRight(text, ", \t\n") + "}"
		}
		return decodeJSON(text)
	case "{":
		if fields, err := decodeJSON(b.text); err == nil || !looseObject(b.text) {
			return fields, err
		}
		return decodeYAML(b.text) // unquoted keys, single quotes, comments
	}
	return decodeYAML(b.text)
}

// looseObject tells whether JSON that is none may still be read as YAML's flow
// style; a key that comes twice may not.
func looseObject(text string) bool {
	_, err := decodeJSON(text)
	var twice *twiceError
	return !errors.As(err, &twice)
}

func decodeYAML(text string) ([]field, error) {
	for _, t := range lexer.Tokenize(text) {
		if t.Type == token.AliasType { // a few of them can stand for gigabytes
			return nil, refuse("The front matter uses YAML aliases (*name), which are not supported.")
		}
	}
	tree := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &tree); err != nil {
		return nil, refuse("The front matter cannot be read: %s", firstLine(yaml.FormatError(err, false, false)))
	}
	if lost := lostKey(text, tree); lost != "" {
		return nil, refuse("The front matter cannot be read: %s stands in it, but not as YAML has it.", lost)
	}
	return fieldsOf(tree), nil
}

var unindented = regexp.MustCompile(`(?m)^["']?([A-Za-z_][\w .-]*?)["']?[ \t]*[:=]`)

// lostKey returns a key about access that begins a line and that the decoder
// took for something else (audience:internal, audience = internal).
func lostKey(text string, tree map[string]any) string {
	for _, m := range unindented.FindAllStringSubmatch(text, -1) {
		if _, ok := tree[m[1]]; !ok && kindOf(m[1]).strong() {
			return m[1]
		}
	}
	return ""
}

func decodeTOML(text string) ([]field, error) {
	tree := map[string]any{}
	if _, err := toml.Decode(text, &tree); err != nil {
		return nil, refuse("The front matter cannot be read: %s", firstLine(err.Error()))
	}
	return fieldsOf(tree), nil
}

// twiceError is a key that an object has twice: which of them holds?
type twiceError struct{ key string }

func (e *twiceError) Error() string { return fmt.Sprintf("%q stands in it twice", e.key) }

func decodeJSON(text string) ([]field, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	v, err := jsonValue(dec, 0)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the object")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w", refuse("The front matter cannot be read: %w", err))
	}
	tree, ok := v.(map[string]any)
	if !ok {
		return nil, refuse("The front matter is no object of keys and values.")
	}
	return fieldsOf(tree), nil
}

// maxNesting is how deep an object may be.
const maxNesting = 64

func jsonValue(dec *json.Decoder, depth int) (any, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxNesting {
		return nil, errors.New("it is nested too deep")
	}
	switch t {
	case json.Delim('{'):
		out := map[string]any{}
		for dec.More() {
			k, err := dec.Token()
			if err != nil {
				return nil, err
			}
			key, _ := k.(string)
			if _, ok := out[key]; ok {
				return nil, &twiceError{key}
			}
			if out[key], err = jsonValue(dec, depth+1); err != nil {
				return nil, err
			}
		}
		_, err := dec.Token()
		return out, err
	case json.Delim('['):
		out := []any{}
		for dec.More() {
			v, err := jsonValue(dec, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		_, err := dec.Token()
		return out, err
	}
	return t, nil
}

func fieldsOf(tree map[string]any) []field {
	out := make([]field, 0, len(tree))
	for _, k := range sortedKeys(tree) {
		out = append(out, field{key: k, value: tree[k], from: inFront})
	}
	return out
}

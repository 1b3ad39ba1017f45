package llm

import (
	"bytes"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"footnote/pipeline"
)

// validator checks answers against one schema; safe for concurrent use.
type validator struct{ schema *jsonschema.Schema }

// compiled keeps schemas by their text; a program has a handful.
var compiled sync.Map

// compile reads a schema. The error kind is Invalid.
func compile(text []byte) (*validator, error) {
	if v, ok := compiled.Load(string(text)); ok {
		return v.(*validator), nil
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Invalid, "read answer schema: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	if err := c.AddResource("answer.json", doc); err != nil {
		return nil, pipeline.Errorf(pipeline.Invalid, "add answer schema: %w", err)
	}
	s, err := c.Compile("answer.json")
	if err != nil {
		return nil, pipeline.Errorf(pipeline.Invalid, "compile answer schema: %w", err)
	}
	v := &validator{s}
	compiled.Store(string(text), v)
	return v, nil
}

// noLoader keeps references from reading files or the network.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, pipeline.Errorf(pipeline.Denied, "The schema refers to %s, outside of itself.", url)
}

// check wants exactly one JSON value that matches.
func (v *validator) check(text []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return v.schema.Validate(doc)
}

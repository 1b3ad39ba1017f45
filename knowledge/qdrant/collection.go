package qdrant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	api "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"footnote/knowledge"
	"footnote/pipeline"
)

// Config says which Qdrant and how points look.
type Config struct {
	Client *api.Client // required; closed by the caller
	Alias  string      // empty means "knowledge"
	// Dimensions of the dense vector; 0 means that there is none.
	Dimensions int
}

// Collections implements knowledge.Collections.
type Collections struct {
	client *api.Client
	alias  string
	dims   uint64
}

var _ knowledge.Collections = (*Collections)(nil)

// New returns the collections behind an alias; it does no I/O.
func New(cfg Config) *Collections {
	alias := cfg.Alias
	if alias == "" {
		alias = "knowledge"
	}
	return &Collections{client: cfg.Client, alias: alias, dims: uint64(max(cfg.Dimensions, 0))}
}

// Current returns the index behind the alias. The handle stays good when the
// alias moves to another collection.
func (c *Collections) Current(ctx context.Context) (knowledge.Index, error) {
	info, err := c.client.GetCollectionInfo(ctx, c.alias)
	if err != nil {
		return nil, kind(err, "open the search index")
	}
	params := info.GetConfig().GetParams()
	sparse := params.GetSparseVectorsConfig().GetMap()
	dense := params.GetVectorsConfig().GetParamsMap().GetMap()[knowledge.VectorDense].GetSize()
	switch {
	case sparse[knowledge.VectorTerms] == nil:
		return nil, pipeline.Errorf(pipeline.Conflict, "The search index has other vectors than ours; rebuild it.")
	case dense != c.dims:
		return &index{client: c.client, name: c.alias}, pipeline.Errorf(pipeline.Conflict, "The search index was made for other vectors (dense: %d numbers, wanted: %d); rebuild it.", dense, c.dims)
	}
	return &index{client: c.client, name: c.alias}, nil
}

// Build makes the next numbered collection.
func (c *Collections) Build(ctx context.Context) (knowledge.Index, error) {
	names, err := c.client.ListCollections(ctx)
	if err != nil {
		return nil, kind(err, "list collections")
	}
	n := 0
	for _, name := range names {
		if i, ok := c.number(name); ok {
			n = max(n, i)
		}
	}
	ix := &index{client: c.client, name: fmt.Sprintf("%s-%d", c.alias, n+1)}
	idf := &api.SparseVectorParams{Modifier: api.PtrOf(api.Modifier_Idf)}
	req := &api.CreateCollection{
		CollectionName:      ix.name,
		SparseVectorsConfig: api.NewSparseVectorsConfig(map[string]*api.SparseVectorParams{knowledge.VectorTerms: idf}),
	}
	if c.dims > 0 {
		req.VectorsConfig = api.NewVectorsConfigMap(map[string]*api.VectorParams{knowledge.VectorDense: {Size: c.dims, Distance: api.Distance_Cosine}})
	}
	if err := c.client.CreateCollection(ctx, req); err != nil {
		return nil, kind(err, "make collection "+ix.name)
	}
	for _, field := range []string{keyAudience, keyLanguage, keyDocument, keySource, keyStatus} {
		_, err := c.client.CreateFieldIndex(ctx, &api.CreateFieldIndexCollection{
			CollectionName: ix.name, Wait: api.PtrOf(true), FieldName: field, FieldType: api.PtrOf(api.FieldType_FieldTypeKeyword)})
		if err != nil {
			return nil, errors.Join(kind(err, "make field index "+field), c.Discard(context.WithoutCancel(ctx), ix))
		}
	}
	return ix, nil
}

// number returns the n of "<alias>-<n>".
func (c *Collections) number(name string) (int, bool) {
	s, ok := strings.CutPrefix(name, c.alias+"-")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n > 0
}

// Publish points the alias at a built collection and drops the numbered ones
// before it.
func (c *Collections) Publish(ctx context.Context, built knowledge.Index) error {
	ix, ok := built.(*index)
	if !ok || ix.name == c.alias {
		return pipeline.Errorf(pipeline.Invalid, "publish: not an index that was built here")
	}
	aliases, err := c.client.ListAliases(ctx)
	if err != nil {
		return kind(err, "list aliases")
	}
	var ops []*api.AliasOperations
	if slices.ContainsFunc(aliases, func(a *api.AliasDescription) bool { return a.GetAliasName() == c.alias }) {
		ops = append(ops, api.NewAliasDelete(c.alias))
	}
	if err := c.client.UpdateAliases(ctx, append(ops, api.NewAliasCreate(c.alias, ix.name))); err != nil {
		return kind(err, "publish "+ix.name)
	}
	names, err := c.client.ListCollections(ctx)
	if err != nil {
		return kind(err, "list collections")
	}
	mine, _ := c.number(ix.name)
	for _, name := range names {
		if n, ok := c.number(name); ok && n < mine {
			if err := c.client.DeleteCollection(ctx, name); err != nil {
				return kind(err, "drop "+name)
			}
		}
	}
	return nil
}

// Discard drops a built collection.
func (c *Collections) Discard(ctx context.Context, built knowledge.Index) error {
	ix, ok := built.(*index)
	if !ok || ix.name == c.alias {
		return pipeline.Errorf(pipeline.Invalid, "discard: not an index that was built here")
	}
	return kind(c.client.DeleteCollection(ctx, ix.name), "drop "+ix.name)
}

// kind classifies an error of the client.
func kind(err error, doing string) error {
	if err == nil {
		return nil
	}
	var limited *api.QdrantResourceExhaustedError
	switch code := status.Code(err); {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", doing, err)
	case code == codes.NotFound:
		return pipeline.Errorf(pipeline.NotFound, "The search index is not there (%s): %w", doing, err)
	case code == codes.InvalidArgument, code == codes.Unimplemented:
		return fmt.Errorf("%s: %w", doing, err) // ours to fix
	case code == codes.PermissionDenied, code == codes.Unauthenticated:
		return pipeline.Errorf(pipeline.Denied, "The search index refuses our key (%s): %w", doing, err)
	case errors.As(err, &limited):
		return pipeline.Errorf(pipeline.Unavailable, "The search index is busy (%s): %w", doing, err)
	}
	return pipeline.Errorf(pipeline.Unavailable, "The search index does not answer (%s): %w", doing, err)
}

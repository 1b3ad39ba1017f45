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
	// Sole says that nobody else can reach the server, so that all in it is ours
	// whatever its marker says: the embedded one.
	Sole   bool
	Layout Layout
}

// Collections implements knowledge.Collections.
type Collections struct {
	client *api.Client
	alias  string
	dims   uint64
	sole   bool
	layout Layout
}

var _ knowledge.Collections = (*Collections)(nil)

// New returns the collections behind an alias; it does no I/O.
func New(cfg Config) *Collections {
	alias := cfg.Alias
	if alias == "" {
		alias = "knowledge"
	}
	return &Collections{client: cfg.Client, alias: alias, dims: uint64(max(cfg.Dimensions, 0)), sole: cfg.Sole, layout: cfg.Layout}
}

func (c *Collections) index(name, owner string) *index {
	return &index{client: c.client, name: name, owner: owner, coll: c}
}

// Current returns the index behind the alias. The handle stays good when the
// alias moves to another collection of the same owner.
func (c *Collections) Current(ctx context.Context, owner string) (knowledge.Index, error) {
	info, err := c.client.GetCollectionInfo(ctx, c.alias)
	if err != nil {
		return nil, kind(err, "open the search index")
	}
	ix := c.index(c.alias, owner)
	if err := c.owned(info, c.alias, owner); err != nil {
		if errors.Is(err, knowledge.ErrUnmarked) {
			return ix, err
		}
		return nil, err
	}
	params := info.GetConfig().GetParams()
	sparse := params.GetSparseVectorsConfig().GetMap()
	dense := params.GetVectorsConfig().GetParamsMap().GetMap()[knowledge.VectorDense].GetSize()
	switch {
	case sparse[knowledge.VectorTerms] == nil:
		return nil, pipeline.Errorf(pipeline.Conflict, "The search index has other vectors than ours; rebuild it.")
	case dense != c.dims:
		return ix, pipeline.Errorf(pipeline.Conflict, "The search index was made for other vectors (dense: %d numbers, wanted: %d); rebuild it.", dense, c.dims)
	}
	return ix, nil
}

// buildTries is how often a number that somebody else took meanwhile is passed over.
const buildTries = 20

// Build makes the next numbered collection, with the owner's marker in it.
func (c *Collections) Build(ctx context.Context, owner string) (knowledge.Index, error) {
	names, err := c.client.ListCollections(ctx)
	if err != nil {
		return nil, kind(err, "list collections")
	}
	if slices.Contains(names, c.alias) {
		return nil, pipeline.Errorf(pipeline.Denied, "There is a collection with the name %s, where ours is behind an alias of that name: set collection (FOOTNOTE_COLLECTION) to another name.", c.alias)
	}
	n := 0
	for _, name := range names {
		if i, ok := c.number(name); ok {
			n = max(n, i)
		}
	}
	var ix *index
	for tried := 0; ; tried++ {
		n++
		ix = c.index(fmt.Sprintf("%s-%d", c.alias, n), owner)
		req := c.layout.create(ix.name, c.dims)
		req.Metadata = mark(owner)
		err := c.client.CreateCollection(ctx, req)
		if err == nil {
			break
		}
		if status.Code(err) != codes.AlreadyExists && !strings.Contains(err.Error(), "already exists") || tried == buildTries {
			return nil, kind(err, "make collection "+ix.name)
		}
	}
	if err := c.prepare(ctx, ix); err != nil {
		dropped := c.client.DeleteCollection(context.WithoutCancel(ctx), ix.name) // made by us a moment ago, whatever its marker became
		return nil, errors.Join(err, kind(dropped, "drop "+ix.name))
	}
	return ix, nil
}

// prepare sees that the marker of a new collection was kept, and makes its indexes.
func (c *Collections) prepare(ctx context.Context, ix *index) error {
	if err := ix.mine(ctx); err != nil {
		if errors.Is(err, knowledge.ErrUnmarked) {
			return pipeline.Errorf(pipeline.Unavailable, "This Qdrant keeps no marker in a collection: at least version %s is needed.", leastVersion)
		}
		return err
	}
	for _, field := range []string{keyAudience, keyLanguage, keyDocument, keySource, keyStatus} {
		_, err := c.client.CreateFieldIndex(ctx, &api.CreateFieldIndexCollection{
			CollectionName: ix.name, Wait: api.PtrOf(true), FieldName: field, FieldType: api.PtrOf(api.FieldType_FieldTypeKeyword)})
		if err != nil {
			return kind(err, "make field index "+field)
		}
	}
	return nil
}

// number returns the n of "<alias>-<n>".
func (c *Collections) number(name string) (int, bool) {
	s, ok := strings.CutPrefix(name, c.alias+"-")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n > 0 && strconv.Itoa(n) == s
}

// Publish points the alias at a built collection and drops the numbered ones of the
// same owner before it.
//
// A server carries out the steps of an alias change one after the other and stops at
// the first that it refuses, so a change that takes the alias away and then fails would
// leave none: what stands behind the alias and what is to stand there is looked at
// first, and the alias is moved in one step, which replaces.
func (c *Collections) Publish(ctx context.Context, built knowledge.Index) error {
	ix, ok := built.(*index)
	if !ok || ix.name == c.alias {
		return pipeline.Errorf(pipeline.Invalid, "publish: not an index that was built here")
	}
	if err := ix.mine(ctx); err != nil {
		return err
	}
	info, err := c.client.GetCollectionInfo(ctx, c.alias)
	switch {
	case status.Code(err) == codes.NotFound:
	case err != nil:
		return kind(err, "publish "+ix.name)
	default:
		if err := c.owned(info, c.alias, ix.owner); err != nil {
			return err
		}
	}
	if err := c.client.UpdateAliases(ctx, []*api.AliasOperations{api.NewAliasCreate(c.alias, ix.name)}); err != nil {
		return kind(err, "publish "+ix.name)
	}
	names, err := c.client.ListCollections(ctx)
	if err != nil {
		return kind(err, "list collections")
	}
	mine, _ := c.number(ix.name)
	for _, name := range names {
		if n, ok := c.number(name); ok && n < mine {
			if err := c.drop(ctx, name, ix.owner); err != nil {
				return err
			}
		}
	}
	return nil
}

// drop drops a collection if it is the owner's, and leaves it alone if it is not.
func (c *Collections) drop(ctx context.Context, name, owner string) error {
	err := c.index(name, owner).mine(ctx)
	switch {
	case pipeline.KindOf(err) == pipeline.NotFound, pipeline.KindOf(err) == pipeline.Denied:
		return nil
	case err != nil:
		return err
	}
	return kind(c.client.DeleteCollection(ctx, name), "drop "+name)
}

// Discard drops a built collection.
func (c *Collections) Discard(ctx context.Context, built knowledge.Index) error {
	ix, ok := built.(*index)
	if !ok || ix.name == c.alias {
		return pipeline.Errorf(pipeline.Invalid, "discard: not an index that was built here")
	}
	return c.drop(ctx, ix.name, ix.owner)
}

// Remove drops all that an owner has under this alias; for measurements and tests that
// leave nothing behind.
func (c *Collections) Remove(ctx context.Context, owner string) error {
	names, err := c.client.ListCollections(ctx)
	if err != nil {
		return kind(err, "list collections")
	}
	for _, name := range names {
		if _, ok := c.number(name); ok {
			if err := c.drop(ctx, name, owner); err != nil {
				return err
			}
		}
	}
	return nil
}

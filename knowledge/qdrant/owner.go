package qdrant

import (
	"context"
	"fmt"
	"strings"

	api "github.com/qdrant/go-client/qdrant"

	"footnote/knowledge"
	"footnote/pipeline"
)

// keyOwner is the entry of a collection's metadata that says whose it is. Qdrant keeps
// metadata from version 1.16 on.
const keyInstallation = "footnote_installation"

func mark(owner string) map[string]*api.Value {
	return map[string]*api.Value{keyInstallation: api.NewValueString(owner)}
}

// owned tells whether a collection has the owner's marker: nil, or an error of kind
// Denied that wraps knowledge.ErrUnmarked or knowledge.ErrForeign.
func (c *Collections) owned(info *api.CollectionInfo, name, owner string) error {
	if c.sole {
		return nil
	}
	switch whose := info.GetConfig().GetMetadata()[keyInstallation].GetStringValue(); whose {
	case owner:
		return nil
	case "":
		return pipeline.Errorf(pipeline.Denied, "The collection %s has no marker of any installation, so nothing was written to it (%w).", name, knowledge.ErrUnmarked)
	default:
		return pipeline.Errorf(pipeline.Denied, "The collection %s belongs to another installation of Footnote (%s; this one is %s), so nothing was written to it. Set collection (FOOTNOTE_COLLECTION) to a name of its own for this one; if the other is gone for good: footnote knowledge adopt (%w).", name, whose, owner, knowledge.ErrForeign)
	}
}

// mine asks the server whether the collection is its owner's; before every write and
// every drop.
func (ix *index) mine(ctx context.Context) error {
	info, err := ix.client.GetCollectionInfo(ctx, ix.name)
	if err != nil {
		return kind(err, "see whose collection it is")
	}
	return ix.coll.owned(info, ix.name, ix.owner)
}

// Claim makes the collection behind the alias the owner's, whosever it was. The caller
// has seen that it is, or a person has decided it.
func (c *Collections) Claim(ctx context.Context, owner string) error {
	if c.sole {
		return nil
	}
	info, err := c.client.GetCollectionInfo(ctx, c.alias)
	if err != nil {
		return kind(err, "claim the search index")
	}
	metadata := info.GetConfig().GetMetadata()
	if metadata == nil {
		metadata = map[string]*api.Value{}
	}
	for key, v := range mark(owner) {
		metadata[key] = v
	}
	aliases, err := c.client.ListAliases(ctx)
	if err != nil {
		return kind(err, "claim the search index")
	}
	name := ""
	for _, a := range aliases {
		if a.GetAliasName() == c.alias {
			name = a.GetCollectionName()
		}
	}
	if name == "" {
		return pipeline.Errorf(pipeline.Denied, "There is a collection with the name %s, where ours is behind an alias of that name: set collection (FOOTNOTE_COLLECTION) to another name.", c.alias)
	}
	_, err = c.client.GetCollectionsClient().Update(ctx, &api.UpdateCollection{CollectionName: name, Metadata: metadata})
	if err != nil {
		return kind(err, "claim the search index")
	}
	return c.index(c.alias, owner).mine(ctx)
}

// leastVersion is the first Qdrant that keeps all that we ask it to.
const leastVersion = "1.16"

// Version asks a server for its version, with a call that needs no key, and then
// something that needs one, for a refused key shows nowhere else. The kind is
// Unavailable when it does not answer or is too old, and Denied when it refuses the
// key; the version is returned all the same if it is known.
func (c *Collections) Version(ctx context.Context) (string, error) {
	h, err := c.client.HealthCheck(ctx)
	if err != nil {
		return "", kind(err, "ask for its health")
	}
	v := h.GetVersion()
	if older(v, leastVersion) {
		return v, pipeline.Errorf(pipeline.Unavailable, "The search index is Qdrant %s; at least %s is needed.", v, leastVersion)
	}
	if _, err := c.client.CollectionExists(ctx, c.alias); err != nil {
		return v, kind(err, "ask for the collection")
	}
	return v, nil
}

// older compares the first two numbers of versions; what is no version is not older.
func older(v, than string) bool {
	var a, b, c, d int
	if n, _ := fmt.Sscanf(strings.TrimPrefix(v, "v"), "%d.%d", &a, &b); n < 2 {
		return false
	}
	_, _ = fmt.Sscanf(than, "%d.%d", &c, &d)
	return a < c || a == c && b < d
}

package local

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/qdrant/go-client/qdrant"
)

// collectionsService serves qdrant.Collections.
type collectionsService struct {
	qdrant.UnimplementedCollectionsServer
	srv *Server
}

// healthService serves qdrant.Qdrant.
type healthService struct {
	qdrant.UnimplementedQdrantServer
}

func (healthService) HealthCheck(context.Context, *qdrant.HealthCheckRequest) (*qdrant.HealthCheckReply, error) {
	return &qdrant.HealthCheckReply{Title: "footnote embedded index", Version: Version}, nil
}

func seconds(since time.Time) float64 { return time.Since(since).Seconds() }

func (s collectionsService) Create(_ context.Context, in *qdrant.CreateCollection) (*qdrant.CollectionOperationResponse, error) {
	start := time.Now()
	schema, err := newSchema(in)
	if err != nil {
		return nil, err
	}
	name := in.GetCollectionName()
	s.srv.mu.Lock()
	defer s.srv.mu.Unlock()
	if _, ok := s.srv.collections[name]; ok {
		return nil, alreadyExists("Collection `%s` already exists!", name)
	}
	if _, ok := s.srv.aliases[name]; ok {
		return nil, invalid("Can't create collection with name %s. Alias with the same name already exists", name)
	}
	c := newCollection(schema, &s.srv.changes)
	c.journal = s.srv.journal
	s.srv.collections[name] = c
	s.srv.changes.Add(1)
	s.srv.journal.write(frameCollection, schema.request)
	return &qdrant.CollectionOperationResponse{Result: true, Time: seconds(start)}, nil
}

// Update merges metadata, as Qdrant does; all else is fixed when a collection is made.
func (s collectionsService) Update(_ context.Context, in *qdrant.UpdateCollection) (*qdrant.CollectionOperationResponse, error) {
	start := time.Now()
	if in.GetOptimizersConfig() != nil || in.GetParams() != nil || in.GetHnswConfig() != nil || in.GetVectorsConfig() != nil ||
		in.GetQuantizationConfig() != nil || in.GetSparseVectorsConfig() != nil || in.GetStrictModeConfig() != nil {
		return nil, unimplemented("changing a collection's parameters")
	}
	c, err := s.srv.collection(in.GetCollectionName())
	if err != nil {
		return nil, err
	}
	c.describe(in.GetMetadata())
	return &qdrant.CollectionOperationResponse{Result: true, Time: seconds(start)}, nil
}

func (s collectionsService) Get(_ context.Context, in *qdrant.GetCollectionInfoRequest) (*qdrant.GetCollectionInfoResponse, error) {
	start := time.Now()
	c, err := s.srv.collection(in.GetCollectionName())
	if err != nil {
		return nil, err
	}
	return &qdrant.GetCollectionInfoResponse{Result: c.info(), Time: seconds(start)}, nil
}

func (s collectionsService) List(context.Context, *qdrant.ListCollectionsRequest) (*qdrant.ListCollectionsResponse, error) {
	start := time.Now()
	s.srv.mu.RLock()
	defer s.srv.mu.RUnlock()
	out := &qdrant.ListCollectionsResponse{}
	for _, name := range slices.Sorted(maps.Keys(s.srv.collections)) {
		out.Collections = append(out.Collections, &qdrant.CollectionDescription{Name: name})
	}
	out.Time = seconds(start)
	return out, nil
}

func (s collectionsService) CollectionExists(_ context.Context, in *qdrant.CollectionExistsRequest) (*qdrant.CollectionExistsResponse, error) {
	start := time.Now()
	_, err := s.srv.collection(in.GetCollectionName())
	return &qdrant.CollectionExistsResponse{
		Result: &qdrant.CollectionExists{Exists: err == nil}, Time: seconds(start),
	}, nil
}

// Delete drops a collection, with the aliases that point to it. Dropping what
// does not exist gives Result false, as in Qdrant.
func (s collectionsService) Delete(_ context.Context, in *qdrant.DeleteCollection) (*qdrant.CollectionOperationResponse, error) {
	start := time.Now()
	s.srv.mu.Lock()
	defer s.srv.mu.Unlock()
	name := in.GetCollectionName()
	c, ok := s.srv.collections[name]
	if ok {
		s.srv.journal.drop(c)
		delete(s.srv.collections, name)
		maps.DeleteFunc(s.srv.aliases, func(_, to string) bool { return to == name })
		s.srv.changes.Add(1)
	}
	return &qdrant.CollectionOperationResponse{Result: ok, Time: seconds(start)}, nil
}

// UpdateAliases applies the actions one after the other and stops at the first that is
// refused; what was done before it stays, as in Qdrant.
func (s collectionsService) UpdateAliases(_ context.Context, in *qdrant.ChangeAliases) (*qdrant.CollectionOperationResponse, error) {
	start := time.Now()
	s.srv.mu.Lock()
	defer s.srv.mu.Unlock()
	aliases := maps.Clone(s.srv.aliases)
	var refused error
	for _, action := range in.GetActions() {
		if refused = s.srv.changeAlias(aliases, action); refused != nil {
			break
		}
	}
	s.srv.aliases = aliases
	s.srv.changes.Add(1)
	if refused != nil {
		return nil, refused
	}
	return &qdrant.CollectionOperationResponse{Result: true, Time: seconds(start)}, nil
}

// changeAlias applies one action to aliases; the caller holds s.mu.
func (s *Server) changeAlias(aliases map[string]string, action *qdrant.AliasOperations) error {
	switch a := action.GetAction().(type) {
	case *qdrant.AliasOperations_CreateAlias:
		name, to := a.CreateAlias.GetAliasName(), a.CreateAlias.GetCollectionName()
		if _, ok := s.collections[to]; !ok {
			return noCollection(to)
		}
		if _, ok := s.collections[name]; ok {
			return alreadyExists("Collection `%s` already exists!", name)
		}
		aliases[name] = to
		s.journal.write(frameAlias, a.CreateAlias)
	case *qdrant.AliasOperations_RenameAlias:
		from, to := a.RenameAlias.GetOldAliasName(), a.RenameAlias.GetNewAliasName()
		target, ok := aliases[from]
		if !ok {
			return notFound("Alias %s does not exists!", from)
		}
		if _, ok := s.collections[to]; ok {
			return alreadyExists("Collection `%s` already exists!", to)
		}
		delete(aliases, from)
		aliases[to] = target
		s.journal.write(frameUnalias, &qdrant.DeleteAlias{AliasName: from})
		s.journal.write(frameAlias, &qdrant.CreateAlias{AliasName: to, CollectionName: target})
	case *qdrant.AliasOperations_DeleteAlias:
		delete(aliases, a.DeleteAlias.GetAliasName())
		s.journal.write(frameUnalias, a.DeleteAlias)
	default:
		return invalid("Malformed ChangeAliases operation")
	}
	return nil
}

func (s collectionsService) ListAliases(context.Context, *qdrant.ListAliasesRequest) (*qdrant.ListAliasesResponse, error) {
	return s.listAliases(func(string) bool { return true }), nil
}

func (s collectionsService) ListCollectionAliases(_ context.Context, in *qdrant.ListCollectionAliasesRequest) (*qdrant.ListAliasesResponse, error) {
	c, err := s.srv.collection(in.GetCollectionName())
	if err != nil {
		return nil, err
	}
	return s.listAliases(func(to string) bool { return to == c.name }), nil
}

func (s collectionsService) listAliases(want func(collection string) bool) *qdrant.ListAliasesResponse {
	start := time.Now()
	s.srv.mu.RLock()
	defer s.srv.mu.RUnlock()
	out := &qdrant.ListAliasesResponse{}
	for _, alias := range slices.Sorted(maps.Keys(s.srv.aliases)) {
		if to := s.srv.aliases[alias]; want(to) {
			out.Aliases = append(out.Aliases, &qdrant.AliasDescription{AliasName: alias, CollectionName: to})
		}
	}
	out.Time = seconds(start)
	return out
}

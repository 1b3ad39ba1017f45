package knowledge

import "context"

// Reader gives a request to ingest.Read where a document that breaks its reader, or
// needs too much memory or time, takes nothing else with it. The kind is Invalid
// when it did, with the reason in plain words; any other error stops the sync.
type Reader interface {
	Read(ctx context.Context, request []byte) (answer []byte, err error)
}

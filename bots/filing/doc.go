// Package filing files tickets at their desks by what became of them. In:
// outcome.recorded, draft.decided, reply.delivered, reply.returned. Out: tags, and
// after a reply a status, as the settings of each desk want it.
//
// It says nothing to customers and holds nothing up: a desk that is away is asked again
// later, one that refuses is logged and left alone.
package filing

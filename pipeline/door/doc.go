// Package door stands in front of every route: in: connections and requests of
// anybody; out: those that may go on. What a stranger can hold is bounded here, once,
// for all routes, so that slow and many clients cost the others nothing:
//
//   - connections, in all and for each address (Connections);
//   - the time that a request's body and an answer's reader may take;
//   - for the routes of a Rule: how often, and how many at once;
//   - the host that a request names (Config.Hosts), against pages elsewhere that point
//     a name of theirs at this address.
//
// It knows no route: rules are filled in where the routes are wired. Who somebody is,
// and what a request says, is not looked at.
package door

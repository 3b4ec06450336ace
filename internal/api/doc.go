// Package api is how operators' tools talk to the daemon: the wire types and
// the HTTP handlers that serve them on a unix socket for the owner only.
//
// JSON names are snake_case, times are RFC 3339, durations are seconds as
// numbers with the unit in the name, and unknown fields are ignored on both
// sides, so that a tool and a daemon of different versions understand each
// other. States, flags and verdicts are words: a tool prints what it does not
// know. Everything that other nodes, services or peers chose (names, texts,
// outputs) is untrusted text; who prints it on a terminal must escape it.
//
// The package serves what a Backend and an Inspector say; it decides nothing.
package api

// Version is the first element of all paths. It changes only with an
// incompatible change of a type.
const Version = "v1"

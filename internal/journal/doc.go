// Package journal keeps two things on disk: the state that the core needs
// after a restart (Store), and what happened and why (Log).
//
// Both are written by goroutines of their own, so that a full or hanging disk
// never delays a decision. The Store is precious: nothing that it acknowledged
// is lost, and what it could not write yet it writes as soon as it can. The
// Log is a convenience: it drops events and counts them before it grows or waits.
package journal

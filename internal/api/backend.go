package api

import (
	"context"
	"errors"
	"iter"

	"srr/internal/service"
)

// Backend is the node's core as the API needs it. All methods may be called
// from any goroutine; none may wait for the core longer than ctx.
type Backend interface {
	// Snapshot returns the last published state. It never blocks.
	Snapshot() Snapshot
	// Do carries out a command, or hands it to the core and returns when the
	// core has accepted it. A *Refusal is a rule's answer, any other error a failure.
	Do(ctx context.Context, cmd Command) (Reply, error)
	// Explain says why a unit is where it is.
	Explain(ctx context.Context, unit service.Unit) (Explain, error)
	// Events yields what is kept, oldest first, and with Follow goes on until
	// ctx ends. An error is the last thing that it yields. It must not buffer
	// without bound for a slow consumer.
	Events(ctx context.Context, q EventQuery) iter.Seq2[Event, error]
}

// Inspector looks at what surrounds the core. Its answers may take seconds.
type Inspector interface {
	LSDB(ctx context.Context, q LSDBQuery) ([]LSA, error)
	Doctor(ctx context.Context) ([]Check, error)
	// Outputs returns the kept outputs of a local service, newest first, of
	// one primitive or with "" of all.
	Outputs(ctx context.Context, service, primitive string) ([]Output, error)
	// Status calls the primitive `status` of a local service now.
	Status(ctx context.Context, service string) (Output, error)
}

// ErrNotFound is what Backend and Inspector wrap when what was named does not
// exist here.
var ErrNotFound = errors.New("not found")

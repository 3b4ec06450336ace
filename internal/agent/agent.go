// Package agent carries out the primitives of services: by Makefile targets,
// executables or systemd units. Each service's calls run one at a time, and no
// service waits for another's.
package agent

import (
	"context"
	"net/netip"
	"time"

	"srr/internal/service"
)

// Request is one call of a primitive.
type Request struct {
	ID        uint64 // chosen by the caller, unique per daemon run
	Service   string
	Primitive service.Primitive
	// Kill asks for no primitive: end what is left of the service, and verify.
	Kill    bool
	Timeout time.Duration // then TERM, 2 s later KILL; a Stop is also verified
	// Env is added to the environment, see docs/operating.md: SRR_SERVICE,
	// SRR_ADDRESSES, SRR_NODE, SRR_PEERS, SRR_GROUP, SRR_REASON, …
	Env Env
}

// Env is what a primitive is told.
type Env struct {
	Addresses []netip.Addr
	Node      string   // name of this node
	RouterID  string   // of this node
	Peers     []string // router IDs of the other active instances
	Group     string
	Reason    string // why the primitive is called
	Peer      string // of join and leave: who came or went
}

// Event is what an agent reports.
type Event struct {
	Service string
	// Done is set when the call with this ID has ended.
	ID   uint64
	Done bool
	// Primitive is what the call was.
	Primitive service.Primitive
	Result    service.Result
	Took      time.Duration
	// Died is set when the service's main process or unit ended by itself
	// outside of any call. Text says how.
	Died bool
	Text string
}

// Found is what was found of a service when the daemon started.
type Found struct {
	Running bool   // processes of the service live in its cgroup, or its unit is active
	Text    string // what, for the operator
}

// Agent answers the primitives of one service.
type Agent interface {
	// Call runs one primitive and returns its result. It obeys req.Timeout and
	// ctx: when ctx ends, the primitive's process group is killed and Call
	// returns soon. A Stop verifies, see service.Result.
	Call(ctx context.Context, req Request) service.Result
	// Probe tells what runs, without changing anything.
	Probe(ctx context.Context) (Found, error)
	// Kill ends whatever is left of the service, by force, and reports whether
	// nothing is left afterwards.
	Kill(ctx context.Context) bool
	// Watch blocks until the service's main process or unit, running now, ends
	// by itself; it returns how. It returns "" when ctx ends.
	Watch(ctx context.Context) string
}

// Package none is the agent of a service that is nothing but an address (or
// nothing but a place in a group): every primitive succeeds at once.
package none

import (
	"context"

	"srr/internal/agent"
	"srr/internal/service"
)

// Agent implements agent.Agent.
type Agent struct{}

// Call succeeds; a stop is verified by there being nothing.
func (Agent) Call(ctx context.Context, req agent.Request) service.Result {
	if ctx.Err() != nil {
		return service.Result{Outcome: service.CannotRun, Text: "cancelled"}
	}
	return service.Result{Verified: req.Primitive == service.Stop}
}

// Probe finds nothing: whether the address is there is the router's business.
func (Agent) Probe(context.Context) (agent.Found, error) {
	return agent.Found{Text: "no processes"}, nil
}

// Kill has nothing to end.
func (Agent) Kill(context.Context) bool { return true }

// Watch waits for the end of ctx: nothing can die.
func (Agent) Watch(ctx context.Context) string {
	<-ctx.Done()
	return ""
}

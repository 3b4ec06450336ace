package checking

import (
	"context"
	"time"

	"srr/internal/agent"
	"srr/internal/service"
)

// Caller runs a primitive: every agent, and process.Bound for a command.
type Caller interface {
	Call(ctx context.Context, req agent.Request) service.Result
}

// Primitive asks the service's own `check`, or a command. A command is up with
// exit status 0, unknown with 75 or when it cannot be run, else down.
type Primitive struct {
	Caller  Caller
	Request func() agent.Request // built for each call: peers come and go
}

// Check calls the primitive; it is killed when ctx ends.
func (c *Primitive) Check(ctx context.Context) Result {
	req := c.Request()
	req.Primitive = service.Check
	req.Timeout = 24 * time.Hour // ctx is the time-out
	res := c.Caller.Call(ctx, req)
	switch {
	case ctx.Err() == context.DeadlineExceeded:
		return Downf("no answer in time")
	case res.Outcome == service.OK:
		return Upf("%s", res.Text)
	case res.Outcome == service.NotFinished:
		return Unknownf("the check has no result yet")
	case res.Outcome == service.CannotRun:
		return Unknownf("could not check: %s", res.Text)
	case res.Outcome == service.TimedOut:
		return Downf("no answer in time")
	}
	return Downf("code %d: %s", res.Code, res.Text)
}

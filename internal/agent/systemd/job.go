package systemd

import (
	"context"
	"errors"
	"syscall"
	"time"

	"srr/internal/agent"
	"srr/internal/service"

	sd "github.com/coreos/go-systemd/v22/dbus"
	"github.com/godbus/dbus/v5"
)

const (
	killGrace = 2 * time.Second       // after KILL
	lookEvery = 50 * time.Millisecond // at the cgroup of a unit that was killed
)

type jobMethod func(c *sd.Conn, ctx context.Context, unit, mode string, done chan<- string) (int, error)

// job asks for a job and waits for its end. A job that is not waited for any
// more goes on, until the next one replaces it.
func (a *Agent) job(ctx context.Context, method jobMethod) service.Result {
	conn, err := a.bus.connection(ctx)
	if err != nil {
		return cannotRun(err)
	}
	changed, cancel := a.bus.subscribe(a.unit)
	defer cancel()
	done := make(chan string, 1)
	if _, err := method(conn, ctx, a.unit, "replace", done); err != nil {
		return judge(err)
	}
	for {
		select {
		case result := <-done:
			if result == "done" {
				return service.Result{}
			}
			return a.failed(ctx, "job "+result)
		case <-changed:
			if !conn.Connected() {
				return cannotRun(errors.New("the connection to systemd was lost"))
			}
		case <-ctx.Done():
			return cannotRun(ctx.Err())
		}
	}
}

// judge tells what systemd refused from what could not be asked.
func judge(err error) service.Result {
	var refused dbus.Error
	if errors.As(err, &refused) {
		return failure(refused.Error())
	}
	return cannotRun(err)
}

func (a *Agent) failed(ctx context.Context, what string) service.Result {
	if s, err := a.bus.state(ctx, a.unit); err == nil {
		what += ", unit is " + s.why()
	}
	return failure(what + "; see journalctl -u " + a.unit)
}

// stop stops the unit, kills it when the time is over, and verifies.
func (a *Agent) stop(ctx, limit context.Context, req agent.Request) service.Result {
	res := a.job(limit, (*sd.Conn).StopUnitContext)
	if ctx.Err() != nil {
		return cannotRun(errors.New("cancelled"))
	}
	late := limit.Err() != nil
	look, cancel := context.WithTimeout(ctx, killGrace)
	defer cancel()
	s, err := a.bus.state(look, a.unit)
	gone := err == nil && s.down() && a.bus.empty(s)
	if err == nil && s.load == "not-found" && gone {
		res = service.Result{} // nothing can be stopped that does not exist
	}
	if !gone {
		gone = a.Kill(ctx)
		if gone && (late || res.Outcome == service.OK) {
			res = service.Result{Text: "killed: it did not end by itself"}
		}
	}
	if !gone && res.Outcome == service.OK {
		res = failure("something is left of unit " + a.unit)
	}
	resource := len(req.Env.Addresses) == 0
	res.Verified = gone && (res.Outcome == service.OK || !resource)
	return res
}

// Kill ends all processes of the unit by force, and stops it so that systemd
// does not start it again.
func (a *Agent) Kill(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, killGrace)
	defer cancel()
	conn, err := a.bus.connection(ctx)
	if err != nil {
		return false
	}
	_, _ = conn.StopUnitContext(ctx, a.unit, "replace", nil)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		s, err := a.bus.state(ctx, a.unit)
		if err == nil && s.down() && a.bus.empty(s) {
			return true
		}
		_ = conn.KillUnitWithTarget(ctx, a.unit, sd.All, int32(syscall.SIGKILL)) // fails if there is none
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
}

package systemd

import (
	"context"
	"errors"
	"syscall"
	"time"

	"srr/internal/agent"
	"srr/internal/service"

	sd "github.com/coreos/go-systemd/v22/dbus"
)

const (
	killGrace = 2 * time.Second       // after KILL
	lookEvery = 50 * time.Millisecond // at the cgroup of a unit that was killed
)

type jobMethod func(c *sd.Conn, ctx context.Context, unit, mode string, done chan<- string) (int, error)

// job asks for a job of the unit and waits for its end. Asked for twice, it is
// the same job if the first still runs, and nothing to do if it is done; only
// a restart or a reload may then happen twice.
func (a *Agent) job(ctx context.Context, method jobMethod) service.Result {
	var result string
	err := a.bus.ask(ctx, func(conn *sd.Conn) (err error) {
		result, err = a.bus.await(ctx, conn, a.unit, func(done chan<- string) error {
			_, err := method(conn, ctx, a.unit, "replace", done)
			return err
		})
		return err
	})
	switch {
	case err != nil:
		return judge(err)
	case result != "done":
		return a.failed(ctx, "job "+result)
	}
	return service.Result{}
}

// await asks for a job and waits for its result. A job that is not waited for
// any more goes on, until the next one replaces it.
func (b *Bus) await(ctx context.Context, conn *sd.Conn, unit string, ask func(chan<- string) error) (result string, err error) {
	changed, cancel := b.subscribe(unit)
	defer cancel()
	done := make(chan string, 1)
	if err := ask(done); err != nil {
		return "", err
	}
	for conn.Connected() {
		select {
		case result := <-done:
			return result, nil
		case <-changed: // or the connection is lost
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return "", errors.New("the connection to systemd was lost")
}

// startTransient makes a unit and waits until it is up. It never replaces a
// job, such as that of a shutdown, and fails instead.
func (b *Bus) startTransient(ctx context.Context, unit string, properties []sd.Property) error {
	conn, err := b.connection(ctx)
	if err != nil {
		return err
	}
	result, err := b.await(ctx, conn, unit, func(done chan<- string) error {
		_, err := conn.StartTransientUnitContext(ctx, unit, "fail", properties, done)
		return err
	})
	if err == nil && result != "done" {
		err = errors.New("job " + result)
	}
	return err
}

// judge tells what systemd refused from what could not be asked.
func judge(err error) service.Result {
	if refused(err) {
		return failure(err.Error())
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
	_ = a.bus.ask(ctx, func(conn *sd.Conn) error {
		_, err := conn.StopUnitContext(ctx, a.unit, "replace", nil)
		return err
	})
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		s, err := a.bus.state(ctx, a.unit)
		if err == nil && s.down() && a.bus.empty(s) {
			return true
		}
		_ = a.bus.ask(ctx, func(conn *sd.Conn) error { // refused if there is none
			return conn.KillUnitWithTarget(ctx, a.unit, sd.All, int32(syscall.SIGKILL))
		})
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
}

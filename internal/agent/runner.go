package agent

import (
	"context"
	"fmt"
	"sync"
	"time"

	"srr/internal/service"
)

// Runner carries out the calls that the core wants. It is declarative: Set
// tells all wanted calls, Watch all services whose death matters, and both may
// be repeated. Calls of one service run one after the other, those of
// different services never wait for each other. At rest it holds one blocked
// goroutine per watched service and nothing else.
type Runner struct {
	agents func(service string) Agent
	sink   func(Event)

	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu    sync.Mutex
	lanes map[string]*lane
}

// lane is what goes on for one service. It lives while something is wanted.
type lane struct {
	want     Request // ID 0: nothing
	running  Request // the call that runs, ID 0: none
	finished uint64  // ID of the last call that ended
	stop     context.CancelFunc

	watch    bool // the service's death is to be reported
	watching *watching
	spent    bool // its end is known; a start or restart that succeeds arms the watch anew
}

type watching struct{ stop context.CancelFunc }

// NewRunner returns a runner. Agents returns the agent of a service, nil if
// there is none. Sink receives every event, in order for one service; it is
// called from several goroutines at once and must not block for long, nor
// call Close.
func NewRunner(agents func(service string) Agent, sink func(Event)) *Runner {
	ctx, cancel := context.WithCancel(context.Background())
	return &Runner{agents: agents, sink: sink, ctx: ctx, cancel: cancel, lanes: make(map[string]*lane)}
}

// Set tells the wanted call of each service. A call is known by its ID (> 0):
// one that runs or has ended is not run again. A call that is no longer wanted
// is cancelled (its processes are killed), and only then the next one starts.
// Each call that was started reports exactly one event with Done, a cancelled
// one with outcome CannotRun as a rule.
func (r *Runner) Set(calls map[string]Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, l := range r.lanes {
		if _, ok := calls[name]; !ok {
			l.want = Request{}
			r.advance(name, l)
		}
	}
	for name, req := range calls {
		l := r.lane(name)
		l.want = req
		r.advance(name, l)
	}
}

// Watch tells the services that run: the death of one of them is reported, once
// per start. While start, restart, stop or deactivate runs, nothing is
// reported: what dies then, the call's result tells.
func (r *Runner) Watch(wanted map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, l := range r.lanes {
		if !wanted[name] {
			l.watch, l.spent = false, false
			r.advance(name, l)
		}
	}
	for name := range wanted {
		l := r.lane(name)
		l.watch = true
		r.advance(name, l)
	}
}

// Outputs returns what the primitives of a service printed last.
func (r *Runner) Outputs(name string) []Output {
	if p, ok := r.agents(name).(Printer); ok {
		return p.Outputs()
	}
	return nil
}

// Close cancels every call and waits until they have ended. The services go on.
func (r *Runner) Close() {
	r.mu.Lock()
	r.cancel()
	r.mu.Unlock()
	r.wg.Wait()
}

func (r *Runner) lane(name string) *lane {
	l := r.lanes[name]
	if l == nil {
		l = &lane{}
		r.lanes[name] = l
	}
	return l
}

// advance brings what runs for a service closer to what is wanted.
func (r *Runner) advance(name string, l *lane) {
	if r.ctx.Err() != nil {
		return
	}
	if l.running.ID != 0 && l.running.ID != l.want.ID {
		l.stop()
	}
	if l.running.ID == 0 && l.want.ID != 0 && l.want.ID != l.finished {
		r.start(name, l)
	}
	r.arm(name, l)
	if l.running.ID == 0 && l.want.ID == 0 && !l.watch {
		delete(r.lanes, name)
	}
}

func (r *Runner) start(name string, l *lane) {
	req := l.want
	if endsProcesses(req) {
		l.disarm()
	}
	ctx, cancel := context.WithCancel(r.ctx)
	l.running, l.stop = req, cancel
	r.wg.Go(func() {
		defer cancel()
		at := time.Now()
		res := r.call(ctx, req)
		r.sink(Event{Service: name, ID: req.ID, Done: true, Primitive: req.Primitive, Result: res, Took: time.Since(at)})

		r.mu.Lock()
		defer r.mu.Unlock()
		l.running, l.finished = Request{}, req.ID
		if endsProcesses(req) {
			started := !req.Kill && (req.Primitive == service.Start || req.Primitive == service.Restart)
			l.spent = !started || res.Outcome != service.OK
		}
		r.advance(name, l)
	})
}

func (r *Runner) call(ctx context.Context, req Request) service.Result {
	a := r.agents(req.Service)
	if a == nil {
		return service.Result{Outcome: service.CannotRun, Text: fmt.Sprintf("no agent for service %s", req.Service)}
	}
	if req.Kill {
		return killAll(ctx, a, req.Timeout)
	}
	return a.Call(ctx, req)
}

// killAll ends what is left of a service by force.
func killAll(ctx context.Context, a Agent, limit time.Duration) service.Result {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if a.Kill(ctx) {
		return service.Result{Verified: true}
	}
	return service.Result{Outcome: service.Failure, Code: 1, Text: "something is left that cannot be killed"}
}

// endsProcesses reports whether processes may end because of the call.
func endsProcesses(req Request) bool {
	p := req.Primitive
	return req.Kill || p == service.Start || p == service.Restart || p == service.Stop || p == service.Deactivate
}

// arm starts or stops watching, as wanted.
func (r *Runner) arm(name string, l *lane) {
	busy := l.running.ID != 0 && endsProcesses(l.running)
	if !l.watch || busy || l.spent {
		l.disarm()
		return
	}
	if l.watching != nil {
		return
	}
	a := r.agents(name)
	if a == nil {
		return
	}
	ctx, cancel := context.WithCancel(r.ctx)
	w := &watching{stop: cancel}
	l.watching = w
	r.wg.Go(func() {
		defer cancel()
		text := a.Watch(ctx)
		r.mu.Lock()
		current := l.watching == w && ctx.Err() == nil
		if l.watching == w {
			l.watching, l.spent = nil, current
		}
		r.mu.Unlock()
		if current {
			r.sink(Event{Service: name, Died: true, Text: text})
		}
	})
}

func (l *lane) disarm() {
	if l.watching != nil {
		l.watching.stop()
		l.watching = nil
	}
}

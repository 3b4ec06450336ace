package daemon

import (
	"sync"
	"time"

	"srr/internal/agent"
	"srr/internal/api"
	"srr/internal/service"
	"srr/sim/whatif"
)

// outcomes keeps how the last call of each primitive ended, for operators. The
// runner's goroutines write, the API's read.
type outcomes struct {
	mu   sync.Mutex
	last map[outcomeKey]agent.Event
}

type outcomeKey struct {
	service   string
	primitive string
}

func (o *outcomes) keep(e agent.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last == nil {
		o.last = map[outcomeKey]agent.Event{}
	}
	o.last[outcomeKey{e.Service, e.Primitive.String()}] = e
}

// complete adds to an output how the call ended.
func (o *outcomes) complete(v *api.Output) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e, ok := o.last[outcomeKey{v.Service, v.Primitive}]
	if !ok {
		return
	}
	v.TookSeconds = e.Took.Seconds()
	v.Outcome, v.Code, v.Text = e.Result.Outcome.String(), e.Result.Code, e.Result.Text
}

// took is how long the last call of each primitive took that succeeded.
func (o *outcomes) took() map[whatif.Call]time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := make(map[whatif.Call]time.Duration, len(o.last))
	for k, e := range o.last {
		if e.Result.Outcome == service.OK {
			out[whatif.Call{Service: k.service, Primitive: e.Primitive}] = e.Took
		}
	}
	return out
}

package daemon

import (
	"sync"

	"srr/internal/agent"
	"srr/internal/api"
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

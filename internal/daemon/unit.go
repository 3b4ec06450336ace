package daemon

import (
	"sync"

	"srr/internal/agent"
	"srr/internal/agent/systemd"
)

// units makes agents of systemd units over one connection, which is opened
// with the first of them.
type units struct {
	mu  sync.Mutex
	bus *systemd.Bus
}

func (u *units) make(name, unit string) (agent.Agent, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.bus == nil {
		bus, err := systemd.Connect()
		if err != nil {
			return nil, err
		}
		u.bus = bus
	}
	return systemd.New(u.bus, name, unit)
}

func (u *units) close() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.bus != nil {
		u.bus.Close()
	}
	return nil
}

package daemon

import (
	"sync"

	"srr/internal/agent"
	"srr/internal/agent/cgroup"
	"srr/internal/agent/systemd"
)

// units makes what systemd is needed for, over one connection, which is opened
// with the first of it: agents of units, and scopes.
type units struct {
	mu  sync.Mutex
	bus *systemd.Bus
}

func (u *units) connect() (*systemd.Bus, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.bus == nil {
		bus, err := systemd.Connect()
		if err != nil {
			return nil, err
		}
		u.bus = bus
	}
	return u.bus, nil
}

func (u *units) make(name, unit string) (agent.Agent, error) {
	bus, err := u.connect()
	if err != nil {
		return nil, err
	}
	return systemd.New(bus, name, unit)
}

// groups returns where the processes of services live. Where systemd runs, that
// is never anywhere but in its scopes: who looks elsewhere would not find, and
// start a second time, what runs.
func (u *units) groups(name string) (*cgroup.Root, error) {
	if !systemd.Booted() {
		return cgroup.Open(name)
	}
	bus, err := u.connect()
	if err != nil {
		return nil, err
	}
	return systemd.OpenScopes(bus, name)
}

func (u *units) close() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.bus != nil {
		u.bus.Close()
	}
	return nil
}

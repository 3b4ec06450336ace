package host

import (
	"fmt"
	"time"
)

// Lifetimes of the kernel and of srrd, as internal/routing/address
// and internal/daemon have them.
const (
	addressLifetime = 5 * time.Second
	heartbeat       = time.Second
	guardAfter      = 3 * time.Second
	announceHold    = 1100 * time.Millisecond
)

// route is what the kernel has for a service's addresses.
type route struct {
	owned     bool
	announced bool
	expires   time.Duration // true time; 0: it is renewed by a daemon that runs
	inherited bool          // the daemon that runs does not renew it yet
}

// Announces reports whether the kernel of the machine has the addresses of a
// service, so that its ospfd announces them.
func (h *Host) Announces(service string) bool { return h.on && h.routes[service].announced }

// Owns reports whether the machine receives for the addresses of a service.
func (h *Host) Owns(service string) bool { return h.on && h.routes[service].owned }

// RefuseAddress lets the kernel take the addresses of a service no more, or again.
// What it has it keeps.
func (h *Host) RefuseAddress(service string, refuse bool) error {
	if h.spec(service) == nil {
		return fmt.Errorf("address: no service %q on %s", service, h.Name)
	}
	h.refused[service] = refuse
	if h.daemon != nil && !refuse {
		h.daemon.routesDueAtBeat()
	}
	return nil
}

// RefusesAddress reports whether the kernel does not take the addresses of a service.
func (h *Host) RefusesAddress(service string) bool { return h.refused[service] }

// setRoute changes what the kernel has, and tells what changed.
func (h *Host) setRoute(service string, owned, announced bool) {
	was := h.routes[service]
	h.routes[service] = route{owned: owned, announced: announced}
	h.routeChanges++
	h.tell(was.announced && !announced, AddressWithdrawn, service)
	h.tell(was.owned && !owned, AddressDisowned, service)
	h.tell(!was.owned && owned, AddressOwned, service)
	h.tell(!was.announced && announced, AddressAnnounced, service)
}

func (h *Host) tell(happened bool, kind Kind, service string) {
	if happened {
		h.emit(Effect{Kind: kind, Service: service})
	}
}

// expireAt lets the announced addresses run out, unless somebody renews them.
func (h *Host) expireAt(at time.Duration) {
	for _, s := range h.services {
		if r := h.routes[s.Name]; r.announced && r.expires == 0 {
			r.expires = at
			h.routes[s.Name] = r
		}
	}
	boot := h.boots
	h.after(at-h.now(), func() {
		if h.boots == boot {
			h.expire(at)
		}
	})
}

func (h *Host) expire(due time.Duration) {
	for _, s := range h.services {
		if r := h.routes[s.Name]; r.announced && r.expires == due {
			h.setRoute(s.Name, r.owned, false)
			if h.daemon != nil {
				h.daemon.routesDueAtBeat()
			}
		}
	}
}

// bequeath is the beginning of a daemon: what the last one left runs out, unless this
// one takes it over.
func (h *Host) bequeath() {
	for _, s := range h.services {
		if r := h.routes[s.Name]; r.announced && r.expires != 0 {
			r.inherited = true
			h.routes[s.Name] = r
		}
	}
}

// renew is what a heartbeat does to every announced address, but for what is inherited.
func (h *Host) renew() {
	for _, s := range h.services {
		if r := h.routes[s.Name]; r.announced && r.expires != 0 && !r.inherited {
			r.expires = 0
			h.routes[s.Name] = r
		}
	}
}

package script

import (
	"srr/internal/service"
	"srr/sim/host"
	"srr/sim/network"
)

// Network returns the network, made with the timers as they are now.
func (w *World) Network() *network.Network { return w.net() }

// Attach adds a machine to one of the network's routers. It is off, and was not
// defined by a line: what-if takes it from a cluster that is real.
func (w *World) Attach(c host.Config, r *network.Router) *host.Host {
	h := host.New(w.env, r, c)
	w.Hosts = append(w.Hosts, h)
	w.byName[c.Name] = h
	return h
}

// Declare tells the commands of a service that no line defined: of which unit it is.
func (w *World) Declare(s service.Spec) {
	w.services = append(w.services, &definition{spec: s})
}

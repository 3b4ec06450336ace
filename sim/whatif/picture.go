// Package whatif asks the simulator what would happen: it takes the state of a
// real cluster, continues it in simulated machines and a simulated network that
// run the core of srrd, breaks or changes something there, and tells what
// follows. Nothing touches the cluster.
package whatif

import (
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/ospf/lsdb"
	"srr/internal/routerid"
	"srr/internal/service"
	"srr/sim/network"
)

// Picture is the state of a cluster as one of its nodes knows it: that node
// itself, what all others flood, and the link-state database. It is a value:
// nobody changes it any more.
type Picture struct {
	Cluster  string
	RouterID routerid.ID // of the node that asks
	Name     string
	At       time.Time // wall time of the picture

	Database   *lsdb.DB      // all LSA types
	DatabaseAt time.Duration // now, on the clock that ages it

	Self    node.SelfView
	Own     []node.InstanceView // their specs are copies
	Intents map[service.Unit]discovery.Intent
	Peers   []node.PeerView

	Timers      network.Timers
	Took        map[Call]time.Duration // measured on the node that asks
	AloneAfter  time.Duration
	StartCutOff bool
	Assumed     []string // what whoever took the picture did not know and assumed
}

// Call names a primitive of a service.
type Call struct {
	Service   string
	Primitive service.Primitive
}

// See fills in what a core knows. Whoever owns the core calls it.
func (p *Picture) See(core *node.Node) {
	p.Self, p.Own, p.Intents, p.Peers = core.Self(), core.Instances(), core.Intents(), core.Peers()
	for k := range p.Own {
		spec := *p.Own[k].Spec
		p.Own[k].Spec = &spec
	}
}

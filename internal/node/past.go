package node

import (
	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/service"
)

// Past is what a node would have saved of which only its records are known: the
// simulator continues a real cluster from it.
type Past map[string]Saved

// Node adds the node's own entry.
func (p Past) Node(incarnation uint64, f discovery.NodeFlags) {
	p[nodeKey] = Saved{Incarnation: incarnation, Flags: f & (discovery.Drained | discovery.DrainHard | discovery.Maintenance)}
}

// Instance adds the entry of an instance.
func (p Past) Instance(name string, s Saved) { p[instanceKey(name)] = s }

// Unit adds the entry of a unit.
func (p Past) Unit(u service.Unit, s Saved) {
	s.Unit = u
	p[unitKey(u)] = s
}

// Member adds the entry of another node's instance.
func (p Past) Member(name string, id routerid.ID, s Saved) {
	s.Service, s.Node = name, id
	p[memberKey(name, id)] = s
}

package node

import (
	"cmp"
	"fmt"
	"slices"

	"srr/internal/discovery"
	"srr/internal/routerid"
)

// elsewhere is an instance on another node.
type elsewhere struct {
	node    routerid.ID
	service string
}

func (e elsewhere) compare(o elsewhere) int {
	return cmp.Or(cmp.Compare(e.node, o.node), cmp.Compare(e.service, o.service))
}

// indexAddresses keeps who names which address, when a record takes the place of
// another; nil for none.
func (n *Node) indexAddresses(id routerid.ID, old, b *discovery.Instance) {
	if old != nil && b != nil && slices.Equal(old.Addresses, b.Addresses) {
		return
	}
	if old != nil {
		who := elsewhere{id, old.Service}
		for _, a := range old.Addresses {
			if n.named[a] = slices.DeleteFunc(n.named[a], func(e elsewhere) bool { return e == who }); len(n.named[a]) == 0 {
				delete(n.named, a)
			}
		}
	}
	if b == nil {
		return
	}
	who := elsewhere{id, b.Service}
	for _, a := range b.Addresses {
		at, here := slices.BinarySearchFunc(n.named[a], who, elsewhere.compare)
		if !here {
			n.named[a] = slices.Insert(n.named[a], at, who)
		}
	}
}

// clash names another service that announces one of the addresses. The one
// that announced first goes on.
func (n *Node) clash(i *instance) string {
	text := ""
	for _, a := range i.spec.Addresses {
		for _, e := range n.named[a] {
			if text == "" && e.service != i.spec.Name && n.announcedFirst(i, e) {
				text = fmt.Sprintf("%s on %s announces %s already", e.service, e.node, a)
			}
		}
	}
	n.alarm("clash "+i.spec.Name, text)
	return text
}

// announcedFirst: the other one announces, and this node does not do so longer.
func (n *Node) announcedFirst(i *instance, e elsewhere) bool {
	r := n.peers[e.node].instances[e.service]
	return n.up(e.node) && r.Instance.Flags.Has(discovery.Announced) && !n.older(i, &r)
}

// older: this node announces already, and its claim is the older one.
func (n *Node) older(i *instance, r *discovery.Record) bool {
	if !n.routes[i.spec.Name].Announced {
		return false
	}
	theirs := r.Instance.Claim
	return i.unit.claim < theirs || i.unit.claim == theirs && n.opt.RouterID > r.Author
}

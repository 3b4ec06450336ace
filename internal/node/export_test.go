package node

// Remembers counts everything that this node keeps of others.
func (n *Node) Remembers() int {
	sum := len(n.peers) + len(n.services) + len(n.members) + len(n.alarms) + len(n.confirmed)
	for _, p := range n.peers {
		sum += len(p.instances) + len(p.heardAt) + len(p.last) + len(p.pending) + len(p.absent) + len(p.who.held)
	}
	for _, u := range n.units {
		sum += len(u.services) + len(u.answered)
	}
	return sum
}

package network

// Joined returns what is joined now by links over which packets pass both ways:
// the largest such part of the network, by the sum of what its routers weigh, and
// how many parts there are. Of equal parts it is the one whose first router was
// added first.
func (n *Network) Joined(weight func(*Router) int) (largest map[*Router]bool, parts int) {
	seen := map[*Router]bool{}
	heaviest := 0
	for _, r := range n.routers {
		if seen[r] || !r.running || r.frozen {
			continue
		}
		part := map[*Router]bool{}
		r.join(part)
		sum := 0
		for m := range part {
			seen[m] = true
			sum += weight(m)
		}
		parts++
		if sum > heaviest {
			largest, heaviest = part, sum
		}
	}
	return largest, parts
}

func (r *Router) join(part map[*Router]bool) {
	part[r] = true
	for _, p := range r.ports {
		for _, e := range p.neighbors {
			if o := e.of; !part[o.router] && p.hears(o) && o.hears(p) {
				o.router.join(part)
			}
		}
	}
}

// SetPriority sets what the router says in elections; 0: it is never designated.
func (r *Router) SetPriority(p int) { r.priority = p }

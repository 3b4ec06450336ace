package network

// ElectBackups lets every LAN have a backup designated router as well, as real
// ones do: all others are adjacent to it, too, and it takes over when the loss of
// the designated one is noticed (RFC 2328, section 9.4). The clusters of seeds do
// without, which is worse than life. To be called before anything starts.
func (n *Network) ElectBackups() { n.backups = true }

// electBackups chooses a backup for each part of a LAN that has a designated
// router and none.
func (l *Link) electBackups() {
	for _, d := range l.ports {
		if !d.dr || !d.audible() || l.backup(d.part) != nil {
			continue
		}
		var best *port
		for _, p := range l.ports {
			if p != d && p.part == d.part && p.audible() && p.router.priority > 0 && p.better(best) {
				best = p
			}
		}
		if best != nil {
			best.backup = true
		}
	}
}

// backup is who would take over in a part of a LAN, as long as it counts.
func (l *Link) backup(part int) *port {
	for _, p := range l.ports {
		if p.backup && p.part == part {
			return p
		}
	}
	return nil
}

// forget: the others have noticed that a designated router or backup is gone. The
// backup is designated from now on, and floods what the old one may not have.
func (l *Link) forget(p *port) {
	was := p.dr
	p.dr, p.backup = false, false
	b := l.backup(p.part)
	if !was || b == nil || !b.audible() {
		return
	}
	b.dr, b.backup = true, false
	for _, e := range b.neighbors {
		if e.state != Full {
			continue
		}
		e.load()
		e.other().load()
		e.of.router.repoint()
	}
	b.router.repoint()
}

// repoint brings a router's LSAs up to date at once: until now they said the same
// as before the loss, so that nothing was originated that this had to wait for.
func (r *Router) repoint() {
	r.originatedAt = -r.network.timers.LSInterval
	r.reoriginate()
}

// believed is who is taken for the designated router of a part, even if it has
// died a moment ago.
func (l *Link) believed(part int) *port {
	for _, p := range l.ports {
		if p.dr && p.part == part {
			return p
		}
	}
	return nil
}

// floodsHere reports whether a router passes on to a link what it received there:
// a backup leaves that to the designated router (RFC 2328, section 13.3).
func (p *port) floodsHere(from *end) bool {
	return !p.backup || from == nil || from.at != p
}

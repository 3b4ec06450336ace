package selection

import (
	"srr/internal/discovery"
)

// usable reports whether any member of the unit runs, or could be started with all that it
// depends on.
func (f *Facts) usable() bool {
	d := dependencies{members: f.Members}
	for k := range f.Members {
		if d.met(k) {
			return true
		}
	}
	return false
}

// dependencies looks at each member once, however they depend on each other: groups of
// others may have thousands.
type dependencies struct {
	members []*discovery.Instance
	index   map[string]int
	seen    []outcome
}

type outcome uint8

const (
	unseen outcome = iota
	met            // also while it is looked at: a circle is refused where it is configured
	unmet
)

// met reports whether a member runs, or could be started.
func (d *dependencies) met(k int) bool {
	m := d.members[k]
	switch {
	case !m.Usable():
		return false
	case m.State.Held() || len(m.DependsOn) == 0:
		return true
	case d.index == nil:
		d.index, d.seen = make(map[string]int, len(d.members)), make([]outcome, len(d.members))
		for i, o := range d.members {
			d.index[o.Service] = i
		}
	}
	if d.seen[k] != unseen {
		return d.seen[k] == met
	}
	d.seen[k] = met
	for _, name := range m.DependsOn {
		if i, here := d.index[name]; !here || !d.met(i) {
			d.seen[k] = unmet
			return false
		}
	}
	return true
}

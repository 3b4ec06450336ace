package opaque

import (
	"errors"
	"fmt"

	"srr/internal/discovery"
	"srr/internal/service"
)

// target says which LSA type, area and interface a record belongs to.
func (c *Core) target(r *discovery.Record) (Name, error) {
	if r.Instance == nil {
		return c.nodeTarget(), nil
	}
	k := Name{Author: c.o.RouterID}
	switch scope := r.Instance.Scope; scope.Kind {
	case service.ScopeAS:
		k.Type = OfAS
	case service.ScopeArea:
		k.Type, k.Area = OfArea, scope.Area
	case service.ScopeLink:
		return c.linkTarget(k, scope.Link)
	default:
		return c.defaultTarget(), nil
	}
	return k, nil
}

// defaultTarget is the only area that ospfd has, or the AS where there are several.
func (c *Core) defaultTarget() Name {
	if area := c.links.onlyArea; area != nil {
		return Name{Author: c.o.RouterID, Type: OfArea, Area: *area}
	}
	return Name{Author: c.o.RouterID, Type: OfAS}
}

// nodeTarget is where everybody hears the node record who hears any of the
// node's instances: an instance without its node does not count.
func (c *Core) nodeTarget() Name {
	var k Name
	for _, r := range c.outbox.wanted {
		if r.Instance == nil || r.Instance.Scope.Kind == service.ScopeLink {
			continue
		}
		switch i := c.place(r); {
		case i.Type == OfArea && !c.links.attached(i.Area): // nor does the instance get there
		case k == (Name{}):
			k = i
		case !sameScope(i, k):
			return Name{Author: c.o.RouterID, Type: OfAS}
		}
	}
	if k == (Name{}) {
		return c.defaultTarget()
	}
	return k
}

// place is target without its errors, which prepare reports.
func (c *Core) place(r *discovery.Record) Name {
	k, _ := c.target(r)
	return k
}

func (c *Core) linkTarget(k Name, link string) (Name, error) {
	k.Type = OfLink
	if !c.o.AllowLink {
		return k, errors.New("scope link crashes ospfd when the interface goes down (FRR 8.4): " +
			"use scope area, or allow scope link")
	}
	addrs, err := c.o.LinkAddrs(link)
	if err != nil {
		return k, err
	}
	for _, a := range addrs {
		k.IfAddr = a
		if _, known := c.links.areas[a]; known {
			return k, nil
		}
	}
	return k, fmt.Errorf("interface %s is not part of OSPF", link)
}

package script

import (
	"fmt"

	"srr/sim/host"
	"srr/sim/network"
)

// node is a machine or a router.
type node struct {
	host   *host.Host // nil: a router
	router *network.Router
}

func (n node) power(on bool) {
	switch {
	case n.host != nil && on:
		n.host.PowerOn()
	case n.host != nil:
		n.host.PowerOff()
	case on:
		n.router.Start()
	default:
		n.router.Stop()
	}
}

func (w *World) node(name string) (node, error) {
	if w.Net == nil || w.Net.Router(name) == nil {
		return node{}, fmt.Errorf("no node %q", name)
	}
	return node{w.byName[name], w.Net.Router(name)}, nil
}

func onNode(f func(*World, node)) func(*World, Line) error {
	return func(w *World, l Line) error {
		n, err := w.node(l.Words[1])
		if err == nil {
			f(w, n)
		}
		return err
	}
}

func onHost(f func(*World, *host.Host, Line) error) func(*World, Line) error {
	return func(w *World, l Line) error {
		h := w.byName[l.Words[1]]
		if h == nil {
			return fmt.Errorf("no host %q", l.Words[1])
		}
		return f(w, h, l)
	}
}

func onPort(f func(*network.Link, *network.Router)) func(*World, Line) error {
	return func(w *World, l Line) error {
		n, err := w.node(l.Words[1])
		if err != nil {
			return err
		}
		k := w.Net.Link(l.Words[2])
		if k == nil {
			return fmt.Errorf("no link %q", l.Words[2])
		}
		f(k, n.router)
		return nil
	}
}

func part(number int) func(*World, Line) error {
	return func(w *World, l Line) error {
		for _, name := range l.Words[2:] {
			move := onPort(func(k *network.Link, r *network.Router) { k.SetPart(r, number) })
			if err := move(w, Line{Words: []string{l.Words[0], name, l.Words[1]}}); err != nil {
				return err
			}
		}
		return nil
	}
}

// purge lets a router take all opaque LSAs of a node away: their refresh stalled, and
// there they came of age first, or it means harm.
func (w *World) purge(l Line) error {
	victim, err := w.node(l.Words[1])
	if err != nil {
		return err
	}
	by, err := w.node(l.Words[2])
	if err == nil {
		by.router.Purge(victim.router.ID)
	}
	return err
}

package script

import (
	"fmt"

	"srr/internal/routerid"
	"srr/sim/host"
	"srr/sim/network"
)

// net is the network, made with the timers as they are when it is first needed.
func (w *World) net() *network.Network {
	if w.Net == nil {
		w.Net = network.New(&w.Queue, w.random, w.Timers)
	}
	return w.Net
}

func (w *World) setTimers(l Line) error {
	if w.Net != nil {
		return fmt.Errorf("timers come before routers and hosts")
	}
	w.Timers.BFD = 0
	for _, o := range l.Options {
		d, err := duration(o.Value)
		if err != nil {
			return err
		}
		switch o.Key {
		case "hello":
			w.Timers.Hello = d
		case "dead":
			w.Timers.Dead = d
		case "bfd":
			w.Timers.BFD = d
		case "retransmit":
			w.Timers.Retransmit = d
		default:
			return fmt.Errorf("no timer %q", o.Key)
		}
	}
	return nil
}

// The router IDs: hosts from 10.0.0.1, routers from 10.0.255.1, in the order in
// which they are defined.
const (
	firstHost   routerid.ID = 0x0a000001
	firstRouter routerid.ID = 0x0a00ff01
)

func (w *World) addRouters(l Line) error {
	for _, name := range l.Words[1:] {
		if w.net().Router(name) != nil {
			return fmt.Errorf("%s is there already", name)
		}
		n := len(w.net().Routers()) - len(w.order)
		w.net().AddRouter(name, firstRouter+routerid.ID(n), false)
	}
	return nil
}

func (w *World) addHosts(l Line) error {
	for _, name := range l.Words[1:] {
		if w.net().Router(name) != nil {
			return fmt.Errorf("%s is there already", name)
		}
		c := &host.Config{Name: name}
		for _, o := range l.Options {
			if err := hostOption(c, o); err != nil {
				return err
			}
		}
		w.net().AddRouter(name, firstHost+routerid.ID(len(w.order)), true)
		w.pending[name] = c
		w.order = append(w.order, name)
	}
	return nil
}

func hostOption(c *host.Config, o Option) (err error) {
	switch o.Key {
	case "alone-after":
		c.AloneAfter, err = duration(o.Value)
	case "wall":
		c.WallOffset, err = duration(o.Value)
	case "drift":
		var ppm int
		ppm, err = number(o.Value)
		c.Drift = int64(ppm)
	default:
		err = fmt.Errorf("no option %q", o.Key)
	}
	return err
}

// addLink reads `lan NAME MEMBER…` and `link NAME A B`.
func (w *World) addLink(l Line) error {
	lan := l.Words[0] == "lan"
	if !lan && len(l.Words) != 4 {
		return fmt.Errorf("usage: link NAME A B")
	}
	if w.net().Link(l.Words[1]) != nil {
		return fmt.Errorf("%s is there already", l.Words[1])
	}
	var members []*network.Router
	for _, name := range l.Words[2:] {
		r := w.net().Router(name)
		if r == nil {
			return fmt.Errorf("no node %q", name)
		}
		members = append(members, r)
	}
	w.net().AddLink(l.Words[1], lan, members...)
	return nil
}

func (w *World) setQuality(l Line) error {
	k := w.net().Link(l.Words[1])
	if k == nil {
		return fmt.Errorf("no link %q", l.Words[1])
	}
	q := network.Good
	for _, o := range l.Options {
		var err error
		switch o.Key {
		case "delay":
			q.Delay, err = duration(o.Value)
		case "jitter":
			q.Jitter, err = duration(o.Value)
		case "loss":
			q.Loss, err = number(o.Value)
		case "duplicate":
			q.Duplicate, err = number(o.Value)
		default:
			err = fmt.Errorf("no option %q", o.Key)
		}
		if err != nil {
			return err
		}
	}
	k.SetQuality(q)
	return nil
}

// bootAll makes the machines that were defined, and switches everything on.
func (w *World) bootAll(Line) error {
	if w.Net == nil {
		return fmt.Errorf("there is nothing to boot")
	}
	for _, name := range w.order {
		c := w.pending[name]
		if c == nil {
			continue
		}
		delete(w.pending, name)
		c.Services = w.specs(name)
		h := host.New(w.env, w.Net.Router(name), *c)
		w.Hosts = append(w.Hosts, h)
		w.byName[name] = h
	}
	w.boot()
	return nil
}

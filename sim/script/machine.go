package script

import (
	"fmt"

	"srr/sim/host"
)

// pause stops a whole machine for a while: with its clocks, as a hypervisor
// does, or without, as a suspend does.
func (w *World) pause(l Line) error {
	h := w.byName[l.Words[1]]
	d, err := duration(l.Words[2])
	if h == nil || err != nil {
		return fmt.Errorf("usage: pause HOST FOR")
	}
	still := l.Words[0] == "pause"
	if !h.On() || h.Paused() {
		return nil
	}
	if still {
		w.breaks(ClocksRun, l.Words[1])
	}
	h.Pause(still)
	w.Queue.After(d, func() {
		w.disturbed = w.Queue.Now()
		h.Resume()
	})
	return nil
}

func (w *World) setDisk(h *host.Host, mode string) error {
	if mode != "good" {
		w.losesPast(h, w.badDisk)
	}
	if mode == "lies" {
		w.forgetful[h] = true
		w.breaks(DurableDisk, h.Name)
	}
	return h.SetDisk(mode)
}

// forgets is a command after which a machine knows nothing, or not all, of its past.
func forgets(how func(h *host.Host)) func(*World, Line) error {
	return onHost(func(w *World, h *host.Host, _ Line) error {
		w.forgetful[h] = true
		w.breaks(DurableDisk, h.Name)
		w.losesPast(h, w.badDisk)
		how(h)
		return nil
	})
}

// upgrade replaces srrd by a later version, or that by the former one, and leaves
// everything running.
func upgrade(newer bool) func(*World, *host.Host, Line) error {
	return func(w *World, h *host.Host, _ Line) error {
		h.Upgrade(newer)
		return w.Do("do " + h.Name + " detach")
	}
}

func (w *World) setClock(l Line) error {
	h := w.byName[l.Words[1]]
	if h == nil {
		return fmt.Errorf("no host %q", l.Words[1])
	}
	for _, o := range l.Options {
		switch o.Key {
		case "wall":
			d, err := duration(o.Value)
			if err != nil {
				return err
			}
			if d < 0 {
				w.losesPast(h, w.setBack)
			}
			h.SetWall(d)
		case "drift":
			ppm, err := number(o.Value)
			if err != nil {
				return err
			}
			if ppm > MaxDrift || ppm < -MaxDrift {
				w.breaks(GoodClocks, h.Name)
			}
			h.SetDrift(int64(ppm))
		}
	}
	return nil
}

package script

import (
	"fmt"
	"time"
)

// process tells the two processes of a node apart.
func (w *World) process(l Line) (n node, srrd bool, err error) {
	if n, err = w.node(l.Words[1]); err != nil {
		return n, false, err
	}
	switch srrd = l.Words[2] == "srrd"; {
	case l.Words[2] != "srrd" && l.Words[2] != "ospfd":
		err = fmt.Errorf("no process %q: srrd or ospfd", l.Words[2])
	case srrd && n.host == nil:
		err = fmt.Errorf("no srrd on router %s", n.router.Name)
	}
	return n, srrd, err
}

const never = -1

func (w *World) kill(l Line) error {
	n, srrd, err := w.process(l)
	if err != nil {
		return err
	}
	back := time.Duration(never)
	if srrd {
		back = 100 * time.Millisecond // systemd's
	}
	if len(l.Words) > 3 && l.Words[3] == "never" {
		back = never
	} else if len(l.Words) > 3 {
		if back, err = duration(l.Words[3]); err != nil {
			return err
		}
	}
	switch {
	case n.host != nil && n.host.Paused():
	case srrd:
		n.host.Kill(back)
	case n.host != nil:
		n.host.KillOSPF()
	default:
		n.router.Stop()
	}
	if !srrd && back >= 0 {
		w.Queue.After(back, func() {
			w.disturbed = w.Queue.Now()
			n.startOSPF()
		})
	}
	return nil
}

func (n node) startOSPF() {
	if n.host != nil {
		n.host.StartOSPF()
	} else {
		n.router.Start()
	}
}

func (w *World) start(l Line) error {
	n, srrd, err := w.process(l)
	switch {
	case err != nil:
		return err
	case srrd:
		n.host.StartDaemon()
	default:
		n.startOSPF()
	}
	return nil
}

func freeze(frozen bool) func(*World, Line) error {
	return func(w *World, l Line) error {
		n, srrd, err := w.process(l)
		switch {
		case err != nil:
			return err
		case n.host != nil && n.host.Paused():
		case srrd:
			n.host.Freeze(frozen)
		default:
			n.router.Freeze(frozen)
		}
		return nil
	}
}

func (w *World) crash(l Line) error {
	h := w.byName[l.Words[1]]
	k, err := number(l.Words[2])
	if h == nil || err != nil || k < 1 {
		return fmt.Errorf("usage: crash HOST EFFECTS")
	}
	h.CrashAfter(k)
	return nil
}

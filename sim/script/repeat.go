package script

import (
	"fmt"
	"time"

	"srr/sim/host"
	"srr/sim/network"
)

// most is how often a line may repeat something.
const most = 1000

// lose lets a node lose a part of what it receives on a link.
func lose(w *World, l Line) error {
	percent, err := number(l.Words[3])
	if err != nil || percent < 1 || percent > 100 {
		return fmt.Errorf("lose %s percent: want 1 to 100", l.Words[3])
	}
	return onPort(func(k *network.Link, r *network.Router) { k.SetLoss(r, percent) })(w, l)
}

// flap takes the carrier from a link and gives it back, ten times a second.
func flap(w *World, l Line) error {
	times, err := number(l.Words[3])
	if err != nil || times < 1 || times > most {
		return fmt.Errorf("usage: flap NODE LINK TIMES")
	}
	const every = 100 * time.Millisecond
	return onPort(func(k *network.Link, r *network.Router) {
		for i := range times {
			for half, up := range []bool{false, true} {
				w.Queue.After(time.Duration(2*i+half)*every/2, func() {
					w.disturbed = w.Queue.Now()
					k.SetCarrier(r, up)
				})
			}
		}
	})(w, l)
}

// crashLoop kills srrd again and again.
func crashLoop(w *World, l Line) error {
	times, err := number(l.Words[2])
	pause, wrong := duration(l.Words[3])
	if err != nil || wrong != nil || times < 1 || times > most {
		return fmt.Errorf("usage: crash-loop HOST TIMES PAUSE")
	}
	return onHost(func(w *World, h *host.Host, _ Line) error {
		for i := range times {
			w.Queue.After(time.Duration(i)*pause, func() {
				if !h.Paused() {
					h.Kill(100 * time.Millisecond)
				}
			})
		}
		return nil
	})(w, l)
}

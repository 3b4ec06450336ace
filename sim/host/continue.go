package host

import (
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/service"
)

// Continue makes a machine that is off one that has been on for a while, with
// services that run, on which srrd is started again at this moment: it adopts
// them. Its ospfd is left as it is. Saved says what srrd had saved in this boot.
func (h *Host) Continue(running []string, saved func(discovery.BootID) map[string]node.Saved) {
	if h.on {
		return
	}
	h.on, h.paused, h.deferred, h.masked = true, false, nil, false
	h.boots++
	h.clock.change(h.now())
	h.routes, h.procs = map[string]route{}, map[string]bool{}
	for _, name := range running {
		s := h.spec(name)
		if s == nil {
			continue
		}
		h.setProcess(name, s.Primitives[service.Start])
		h.setRoute(name, !s.Resource(), !s.Resource())
	}
	h.disk.values = saved(h.bootID())
	h.StartDaemon()
}

// WallOffset is the offset of a wall clock that shows t at the beginning of a run.
func WallOffset(t time.Time) time.Duration { return t.Sub(wallStart) }

// SetTook tells how long calls of primitives take on this machine; false: as
// long as is drawn.
func (h *Host) SetTook(took func(name string, p service.Primitive) (time.Duration, bool)) {
	h.took = took
}

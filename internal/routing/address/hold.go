package address

import (
	"net/netip"
	"time"
)

// DefaultHold is how long an address stays withdrawn at least: more than
// MinLSArrival (RFC 2328, appendix B: 1 s). Routers drop a younger successor
// of an LSA, and the address is dark until a retransmission (7–10 s, measured).
const DefaultHold = 1100 * time.Millisecond

// hold remembers withdrawals. It is plain data: time comes as an argument.
type hold struct {
	length    time.Duration
	withdrawn map[netip.Addr]time.Duration
}

func (h *hold) note(a netip.Addr, now time.Duration) {
	if h.withdrawn == nil {
		h.withdrawn = map[netip.Addr]time.Duration{}
	}
	h.withdrawn[a] = now
}

// until returns when the address may be announced again; zero: it may now.
func (h *hold) until(a netip.Addr, now time.Duration) time.Duration {
	t, ok := h.withdrawn[a]
	if !ok || now >= t+h.length {
		return 0
	}
	return t + h.length
}

// forget drops what is over.
func (h *hold) forget(now time.Duration) {
	for a, t := range h.withdrawn {
		if now >= t+h.length {
			delete(h.withdrawn, a)
		}
	}
}

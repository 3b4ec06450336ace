package address

import (
	"net/netip"
	"time"
)

// MinLSArrival is how old an LSA must be before a router accepts its successor,
// unless it is configured otherwise (RFC 2328, appendix B).
const MinLSArrival = time.Second

// holdMargin is for the flooding of the withdrawal.
const holdMargin = 100 * time.Millisecond

// HoldFor is how long an address stays withdrawn at least when no router of the
// domain needs more than arrival between an LSA and its successor. Routers drop a
// younger one, and the address is dark until a retransmission (7–10 s, measured).
func HoldFor(arrival time.Duration) time.Duration {
	if arrival <= 0 {
		return 0
	}
	return arrival + holdMargin
}

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

package login

import (
	"net/netip"
	"time"
)

const (
	tryWindow = time.Minute
	// maxTries is how many wrong tokens one origin may show in a window. A token has
	// 128 bits, so nobody finds one; whoever tries need not be answered either.
	maxTries = 10
	// maxOrigins bounds the memory. What comes from further ones counts together.
	maxOrigins = 1024
)

// tries counts wrong tokens. Right ones of the same origin wait, too.
type tries struct {
	began time.Time
	wrong map[netip.Prefix]int
}

// may reports whether one more may be tried.
func (t *tries) may(now time.Time, origin netip.Prefix) bool {
	if t.wrong == nil || now.Sub(t.began) >= tryWindow {
		t.began, t.wrong = now, map[netip.Prefix]int{}
	}
	return t.wrong[t.counted(origin)] < maxTries
}

func (t *tries) failed(origin netip.Prefix) { t.wrong[t.counted(origin)]++ }

func (t *tries) counted(origin netip.Prefix) netip.Prefix {
	if _, known := t.wrong[origin]; !known && len(t.wrong) >= maxOrigins {
		return netip.Prefix{}
	}
	return origin
}

package frr

import (
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"srr/internal/frr/vty"
	"srr/internal/routerid"
)

var (
	lsaAge    = regexp.MustCompile(`LS age: (\d+)`)
	lsaRouter = regexp.MustCompile(`Advertising Router: (\S+)`)
	lsaMask   = regexp.MustCompile(`Network Mask: /(\d+)`)
	lsaMetric = regexp.MustCompile(`(?m)^\s+Metric: (\d+)`)
)

const maxAge = "3600" // of an LSA that is being flushed, RFC 2328 appendix B

// Announced returns who announces the prefix now, with which metric, from
// ospfd's database of AS-external LSAs; flushed ones are left out. Whether an
// announcer can be reached is not looked at.
func (r *Redistributor) Announced(ctx context.Context, prefix netip.Prefix) (map[routerid.ID]uint32, error) {
	text, err := r.vty.Show(ctx, vty.OSPFd, "show ip ospf database external "+prefix.Addr().String())
	if err != nil {
		return nil, fmt.Errorf("read announcements of %s: %w", prefix, err)
	}
	return parseExternal(string(text), prefix), nil
}

func parseExternal(text string, prefix netip.Prefix) map[routerid.ID]uint32 {
	all := map[routerid.ID]uint32{}
	for i, lsa := range strings.Split(text, "LS age:") {
		lsa = "LS age:" + lsa
		age, router, mask, metric := lsaAge.FindStringSubmatch(lsa), lsaRouter.FindStringSubmatch(lsa), lsaMask.FindStringSubmatch(lsa), lsaMetric.FindStringSubmatch(lsa)
		if i == 0 || age == nil || router == nil || mask == nil || metric == nil {
			continue
		}
		id, err := routerid.Parse(router[1])
		value, err2 := strconv.ParseUint(metric[1], 10, 24) // 24 bits on the wire
		if err == nil && err2 == nil && age[1] != maxAge && mask[1] == strconv.Itoa(prefix.Bits()) {
			all[id] = uint32(value)
		}
	}
	return all
}

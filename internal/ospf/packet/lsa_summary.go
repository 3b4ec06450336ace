package packet

import (
	"encoding/binary"
	"fmt"
)

// Summary is the body of a summary LSA (RFC 2328, section A.4.4). An area
// border router says what it reaches in other areas: a network (type 3, the
// link-state ID is its address) or an AS boundary router (type 4, the
// link-state ID is its router ID, and the mask has no meaning).
type Summary struct {
	Mask     Quad
	Reserved uint8  // zero
	Metric   uint32 // 24 bits; LSInfinity: unreachable
	TOS      []SummaryTOS
}

// SummaryTOS is the metric for one type of service.
type SummaryTOS struct {
	TOS    uint8
	Metric uint32 // 24 bits
}

func parseSummary(b []byte) (Body, error) {
	r := reader{b: b}
	s := Summary{Mask: r.quad("mask"), Reserved: r.u8("reserved"), Metric: r.u24("metric")}
	for r.err == nil && len(r.b) > 0 {
		t := SummaryTOS{TOS: r.u8("TOS"), Metric: r.u24("TOS metric")}
		s.TOS = append(s.TOS, t)
	}
	if r.err != nil {
		return nil, r.err
	}
	return &s, nil
}

func (s *Summary) size() int { return 8 + 4*len(s.TOS) }

func (s *Summary) append(b []byte) ([]byte, error) {
	if s.Metric > maxMetric24 {
		return nil, fmt.Errorf("metric: %d, at most %d", s.Metric, maxMetric24)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(s.Mask))
	b = appendU24(append(b, s.Reserved), s.Metric)
	for i, t := range s.TOS {
		if t.Metric > maxMetric24 {
			return nil, fmt.Errorf("TOS metric %d: %d, at most %d", i+1, t.Metric, maxMetric24)
		}
		b = appendU24(append(b, t.TOS), t.Metric)
	}
	return b, nil
}

func (s *Summary) describe(h Header) []string {
	var lines []string
	if h.Type == TypeSummary {
		lines = append(lines, "network: "+prefixString(h.ID, s.Mask))
	}
	lines = append(lines, "metric: "+metricString(s.Metric))
	for _, t := range s.TOS {
		lines = append(lines, fmt.Sprintf("  TOS %d metric %s", t.TOS, metricString(t.Metric)))
	}
	return lines
}

func metricString(m uint32) string {
	if m == LSInfinity {
		return "unreachable"
	}
	return fmt.Sprint(m)
}

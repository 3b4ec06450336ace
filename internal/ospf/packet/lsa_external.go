package packet

import (
	"encoding/binary"
	"fmt"
)

// External is the body of an AS external LSA (type 5, RFC 2328, section A.4.5)
// and of an NSSA LSA (type 7, RFC 3101, section 2.4), which look the same: a
// destination outside of the AS. The link-state ID is the network; RFC 2328,
// appendix E, may set host bits in it.
type External struct {
	Mask Quad
	ExternalMetric
	TOS []ExternalMetric // per type of service, for routers of RFC 1583
}

// ExternalMetric is the way to an external destination, for one type of service.
type ExternalMetric struct {
	Type2      bool   // the E bit: the metric outweighs any cost within the AS
	TOS        uint8  // 7 bits; zero in External itself
	Metric     uint32 // 24 bits; LSInfinity: unreachable
	Forwarding Quad   // where to send packets; 0.0.0.0: to the originator
	Tag        uint32 // of no meaning to OSPF
}

const externalE = 0x80

func parseExternal(b []byte) (Body, error) {
	r := reader{b: b}
	e := External{Mask: r.quad("mask"), ExternalMetric: parseExternalMetric(&r)}
	for r.err == nil && len(r.b) > 0 {
		m := parseExternalMetric(&r)
		if r.err != nil {
			return nil, fmt.Errorf("TOS metric %d: %w", len(e.TOS)+1, r.err)
		}
		e.TOS = append(e.TOS, m)
	}
	if r.err != nil {
		return nil, r.err
	}
	return &e, nil
}

func parseExternalMetric(r *reader) ExternalMetric {
	et := r.u8("E bit and TOS")
	return ExternalMetric{
		Type2:      et&externalE != 0,
		TOS:        et &^ externalE,
		Metric:     r.u24("metric"),
		Forwarding: r.quad("forwarding address"),
		Tag:        r.u32("route tag"),
	}
}

func (e *External) size() int { return 4 + 12*(1+len(e.TOS)) }

func (e *External) append(b []byte) ([]byte, error) {
	b = binary.BigEndian.AppendUint32(b, uint32(e.Mask))
	b, err := e.ExternalMetric.append(b)
	for i := 0; err == nil && i < len(e.TOS); i++ {
		if b, err = e.TOS[i].append(b); err != nil {
			err = fmt.Errorf("TOS metric %d: %w", i+1, err)
		}
	}
	return b, err
}

func (m *ExternalMetric) append(b []byte) ([]byte, error) {
	if m.Metric > maxMetric24 {
		return nil, fmt.Errorf("metric: %d, at most %d", m.Metric, maxMetric24)
	}
	if m.TOS&externalE != 0 {
		return nil, fmt.Errorf("TOS: %d, at most 127", m.TOS)
	}
	et := m.TOS
	if m.Type2 {
		et |= externalE
	}
	b = appendU24(append(b, et), m.Metric)
	b = binary.BigEndian.AppendUint32(b, uint32(m.Forwarding))
	return binary.BigEndian.AppendUint32(b, m.Tag), nil
}

func (e *External) describe(h Header) []string {
	lines := []string{"network: " + prefixString(h.ID, e.Mask)}
	if h.Type == TypeNSSA {
		translate := "no"
		if h.Options.Has(OptionNP) {
			translate = "yes"
		}
		lines = append(lines, "to be translated to AS external: "+translate)
	}
	lines = append(lines, e.ExternalMetric.describe()...)
	for i := range e.TOS {
		lines = append(lines, fmt.Sprintf("TOS: %d", e.TOS[i].TOS))
		for _, l := range e.TOS[i].describe() {
			lines = append(lines, "  "+l)
		}
	}
	return lines
}

func (m *ExternalMetric) describe() []string {
	kind, fwd := "1", "none, send to the advertising router"
	if m.Type2 {
		kind = "2"
	}
	if m.Forwarding != 0 {
		fwd = m.Forwarding.String()
	}
	return []string{
		"metric: " + metricString(m.Metric) + ", type " + kind,
		"forwarding address: " + fwd,
		fmt.Sprintf("route tag: %d", m.Tag),
	}
}

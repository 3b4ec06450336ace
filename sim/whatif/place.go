package whatif

import (
	"net/netip"
	"slices"
	"strings"

	"srr/internal/routerid"
)

// node finds a node or router by its name or router ID.
func (m *Model) node(word string) (name string, err error) {
	if m.byName[word] != nil {
		return word, nil
	}
	if id, err := routerid.Parse(word); err == nil && m.names[id] != "" {
		return m.names[id], nil
	}
	return "", wrong("no node or router %q: there are %s", word, m.nodes())
}

func (m *Model) nodes() string {
	var list []string
	for _, name := range m.names {
		list = append(list, name)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// link finds a link by its name, or a network by an address in it.
func (m *Model) link(word string) *link {
	a, _ := netip.ParseAddr(word)
	for k := range m.net.links {
		if l := &m.net.links[k]; l.name == word || l.lan && l.prefix.Contains(a) {
			return l
		}
	}
	return nil
}

// linkDown cuts a whole link, the attachment of a node to one, or what two nodes
// have in common.
func (m *Model) linkDown(words []string) ([]string, error) {
	switch len(words) {
	case 1:
		l := m.link(words[0])
		if l == nil {
			return nil, wrong("no link %q: there are %s", words[0], m.links())
		}
		return m.cut(l, l.members...), nil
	case 2:
		return m.cutBetween(words[0], words[1])
	}
	return nil, wrong("usage: link-down LINK, link-down NODE LINK or link-down NODE NODE")
}

func (m *Model) links() string {
	var list []string
	for _, l := range m.net.links {
		list = append(list, l.name)
	}
	return strings.Join(list, ", ")
}

func (m *Model) cut(l *link, ends ...routerid.ID) (out []string) {
	for _, id := range ends {
		out = append(out, "link-down "+m.names[id]+" "+l.name)
	}
	return out
}

func (m *Model) cutBetween(a, b string) (out []string, err error) {
	first, err := m.node(a)
	if err != nil {
		return nil, err
	}
	if l := m.link(b); l != nil && slices.Contains(l.members, m.id(first)) {
		return m.cut(l, m.id(first)), nil
	}
	second, err := m.node(b)
	if err != nil {
		return nil, wrong("no link of %s, node or router %q: there are the links %s", first, b, m.links())
	}
	for k := range m.net.links {
		if l := &m.net.links[k]; slices.Contains(l.members, m.id(first)) && slices.Contains(l.members, m.id(second)) {
			out = append(out, m.cut(l, m.id(first))...)
		}
	}
	if len(out) == 0 {
		return nil, wrong("%s and %s have no link in common", first, second)
	}
	return out, nil
}

func (m *Model) id(name string) routerid.ID {
	for id, n := range m.names {
		if n == name {
			return id
		}
	}
	return 0
}

// siteOff takes a network away, and the power from everything on it.
func (m *Model) siteOff(words []string) (out []string, err error) {
	if len(words) != 1 {
		return nil, wrong("usage: site-off NETWORK")
	}
	l := m.link(words[0])
	if l == nil || !l.lan {
		return nil, wrong("no network %q: there are the links %s", words[0], m.links())
	}
	for _, id := range l.members {
		out = append(out, "power-off "+m.names[id])
	}
	return out, nil
}

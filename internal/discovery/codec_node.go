package discovery

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"srr/internal/routerid"
)

// What an author lists at most, so that every record fits into MaxSize.
const (
	MaxSuspects  = 16
	MaxConfirmed = 4
	MaxIntents   = 4
)

// Most that a reader accepts in a node record.
const (
	maxSuspects  = 256
	maxConfirmed = 32
	maxIntents   = 32
)

func (w *writer) node(n *Node) {
	b := binary.BigEndian.AppendUint16(nil, uint16(n.Flags))
	w.put(tagNode, binary.BigEndian.AppendUint16(b, uint16(min(n.Instances, 0xffff))))
	if n.InstanceSet != 0 {
		w.put(tagInstanceSet, binary.BigEndian.AppendUint32(nil, n.InstanceSet))
	}
	w.text(tagNodeName, n.Name)
	if n.Console.IsValid() {
		w.put(tagConsole, binary.BigEndian.AppendUint16(n.Console.Addr().AsSlice(), n.Console.Port()))
	}
	w.text(tagSoftware, n.Software)
	if len(n.Suspects) > 0 {
		w.put(tagSuspects, appendIDs(nil, n.Suspects))
	}
	for i := range n.Confirmed {
		w.confirmation(&n.Confirmed[i])
	}
	for i := range n.Intents {
		w.put(tagUnitIntent, appendUnitIntent(nil, &n.Intents[i]))
	}
}

// confirmation: node u32, boot ID 16 bytes, incarnation u64, the service's name.
func (w *writer) confirmation(c *Confirmation) {
	b := binary.BigEndian.AppendUint32(nil, uint32(c.Node))
	b = append(b, c.Boot[:]...)
	b = binary.BigEndian.AppendUint64(b, c.Incarnation)
	w.put(tagConfirmation, append(b, c.Service...))
}

const confirmationFixed = 28

func (d *decoder) nodeField(t tag, v []byte) (known bool, err error) {
	n := &d.node
	switch t {
	case tagNode:
		if err = size(v, 4); err == nil {
			n.Flags = NodeFlags(binary.BigEndian.Uint16(v))
			n.Instances = int(binary.BigEndian.Uint16(v[2:]))
		}
	case tagInstanceSet:
		if err = size(v, 4); err == nil {
			n.InstanceSet = binary.BigEndian.Uint32(v)
		}
	case tagNodeName:
		n.Name = string(v)
	case tagConsole:
		n.Console, err = parseConsole(v)
	case tagSoftware:
		n.Software = string(v)
	case tagSuspects:
		n.Suspects, err = parseIDs(v)
	case tagConfirmation:
		var c Confirmation
		c, err = parseConfirmation(v)
		n.Confirmed = append(n.Confirmed, c)
	case tagUnitIntent:
		var u UnitIntent
		u, err = parseUnitIntent(v)
		n.Intents = append(n.Intents, u)
	default:
		return false, nil
	}
	return true, err
}

func parseConsole(v []byte) (netip.AddrPort, error) {
	if len(v) != 6 && len(v) != 18 {
		return netip.AddrPort{}, fmt.Errorf("length %d, want 6 or 18", len(v))
	}
	at := len(v) - 2
	a, _ := netip.AddrFromSlice(v[:at])
	return netip.AddrPortFrom(a, binary.BigEndian.Uint16(v[at:])), nil
}

func appendIDs(b []byte, ids []routerid.ID) []byte {
	for _, id := range ids {
		b = binary.BigEndian.AppendUint32(b, uint32(id))
	}
	return b
}

func parseIDs(v []byte) ([]routerid.ID, error) {
	if len(v) == 0 || len(v)%4 != 0 {
		return nil, fmt.Errorf("length %d, want a multiple of 4", len(v))
	}
	ids := make([]routerid.ID, 0, len(v)/4)
	for ; len(v) > 0; v = v[4:] {
		ids = append(ids, routerid.ID(binary.BigEndian.Uint32(v)))
	}
	return ids, nil
}

func parseConfirmation(v []byte) (Confirmation, error) {
	if len(v) < confirmationFixed {
		return Confirmation{}, fmt.Errorf("length %d, want at least %d", len(v), confirmationFixed)
	}
	return Confirmation{
		Service:     string(v[confirmationFixed:]),
		Node:        routerid.ID(binary.BigEndian.Uint32(v)),
		Boot:        BootID(v[4:20]),
		Incarnation: binary.BigEndian.Uint64(v[20:]),
	}, nil
}

func (n Node) tidy() Node {
	n.Name = tidyText(n.Name, maxNodeName)
	n.Software = tidyText(n.Software, maxSoftware)
	if n.Intents != nil {
		in := n.Intents
		n.Intents = make([]UnitIntent, len(in))
		for i, u := range in {
			n.Intents[i] = UnitIntent{Unit: u.Unit, Intent: u.Intent.tidy()}
		}
	}
	return n
}

func (n *Node) check() error {
	if err := checkText("node name", n.Name, maxNodeName); err != nil {
		return err
	}
	if err := checkText("software", n.Software, maxSoftware); err != nil {
		return err
	}
	if err := checkConsole(n.Console); err != nil {
		return err
	}
	if len(n.Suspects) > maxSuspects || len(n.Confirmed) > maxConfirmed || len(n.Intents) > maxIntents {
		return fmt.Errorf("%d suspects, %d confirmations, %d intents: at most %d, %d, %d",
			len(n.Suspects), len(n.Confirmed), len(n.Intents), maxSuspects, maxConfirmed, maxIntents)
	}
	for _, id := range n.Suspects {
		if id == 0 {
			return errors.New("suspect 0.0.0.0")
		}
	}
	for _, c := range n.Confirmed {
		if err := c.check(); err != nil {
			return fmt.Errorf("confirmation: %w", err)
		}
	}
	for _, u := range n.Intents {
		if err := u.check(); err != nil {
			return fmt.Errorf("intent: %w", err)
		}
	}
	return nil
}

func checkConsole(c netip.AddrPort) error {
	if c == (netip.AddrPort{}) {
		return nil
	}
	if a := c.Addr(); !a.IsValid() || a.Zone() != "" || a.Is4In6() || a.IsMulticast() || c.Port() == 0 {
		return fmt.Errorf("console %s: not an address and port", c)
	}
	return nil
}

func (c *Confirmation) check() error {
	if c.Node == 0 {
		return errors.New("node 0.0.0.0")
	}
	return checkName("service", c.Service)
}

package discovery

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"srr/internal/service"
)

// What the configuration permits at most, so that every record fits into MaxSize.
const (
	MaxDepends   = 8
	MaxAddresses = 16
	MaxUnknown   = 4 // is what an author lists at most
)

// Most that a reader accepts in an instance record.
const (
	maxDepends   = 16
	maxAddresses = 16
)

// The instance TLV: state u8, health u8, flags u16, preference u16, scope u8,
// bits u8, area u32, dead after u32 (ms), check interval u32 (ms), claim u64,
// checked at u64 (seconds since 1970), digest 8 bytes.
const (
	instanceSize = 44
	bitCritical  = 1 << 0
)

func (w *writer) instance(i *Instance) {
	w.put(tagInstance, appendInstance(make([]byte, 0, instanceSize), i))
	w.text(tagService, i.Service)
	w.text(tagGroup, i.Group)
	for _, d := range i.DependsOn {
		w.text(tagDependsOn, d)
	}
	for _, a := range i.Addresses {
		w.put(tagAddress, a.AsSlice())
	}
	w.text(tagScopeLink, i.Scope.Link)
	if i.Failure != (Failure{}) {
		w.put(tagFailure, appendFailure(nil, &i.Failure))
	}
	if i.Intent != (Intent{}) {
		w.put(tagIntent, appendIntent(nil, &i.Intent, 0))
	}
	if len(i.Unknown) > 0 {
		w.put(tagUnknown, appendIDs(nil, i.Unknown))
	}
	for _, c := range i.Confirmed {
		c.Service = "" // that of the record
		w.confirmation(&c)
	}
}

func appendInstance(b []byte, i *Instance) []byte {
	var bits byte
	if i.Critical {
		bits |= bitCritical
	}
	b = append(b, byte(i.State), byte(i.Health))
	b = binary.BigEndian.AppendUint16(b, uint16(i.Flags))
	b = binary.BigEndian.AppendUint16(b, uint16(i.Preference))
	b = append(b, byte(i.Scope.Kind), bits)
	b = binary.BigEndian.AppendUint32(b, i.Scope.Area)
	b = binary.BigEndian.AppendUint32(b, milliseconds(i.DeadAfter))
	b = binary.BigEndian.AppendUint32(b, milliseconds(i.CheckInterval))
	b = binary.BigEndian.AppendUint64(b, i.Claim)
	b = binary.BigEndian.AppendUint64(b, seconds(i.CheckedAt))
	return append(b, i.Digest[:]...)
}

func (d *decoder) instanceField(t tag, v []byte) (known bool, err error) {
	i := &d.inst
	switch t {
	case tagInstance:
		err = parseInstance(v, i)
	case tagService:
		i.Service = string(v)
	case tagGroup:
		i.Group, err = nonEmpty(v)
	case tagDependsOn:
		i.DependsOn = append(i.DependsOn, string(v))
	case tagAddress:
		var a netip.Addr
		a, err = parseAddress(v)
		i.Addresses = append(i.Addresses, a)
	case tagScopeLink:
		i.Scope.Link, err = nonEmpty(v)
	case tagFailure:
		i.Failure, err = parseFailure(v)
	case tagIntent:
		var rest []byte
		if i.Intent, rest, err = parseIntent(v); err == nil {
			err = size(rest, 0)
		}
	case tagUnknown:
		i.Unknown, err = parseIDs(v)
	case tagConfirmation:
		var c Confirmation
		c, err = parseConfirmation(v)
		i.Confirmed = append(i.Confirmed, c)
	default:
		return false, nil
	}
	return true, err
}

// parseInstance leaves alone what other TLVs fill.
func parseInstance(v []byte, i *Instance) error {
	if err := size(v, instanceSize); err != nil {
		return err
	}
	checked, err := fromSeconds(binary.BigEndian.Uint64(v[28:]))
	if err != nil {
		return err
	}
	i.State = service.State(v[0])
	i.Health = service.Health(v[1])
	i.Flags = InstanceFlags(binary.BigEndian.Uint16(v[2:]))
	i.Preference = int(binary.BigEndian.Uint16(v[4:]))
	i.Scope.Kind = service.ScopeKind(v[6])
	i.Critical = v[7]&bitCritical != 0
	i.Scope.Area = binary.BigEndian.Uint32(v[8:])
	i.DeadAfter = fromMilliseconds(v[12:])
	i.CheckInterval = fromMilliseconds(v[16:])
	i.Claim = binary.BigEndian.Uint64(v[20:])
	i.CheckedAt = checked
	i.Digest = [8]byte(v[36:])
	return nil
}

func parseAddress(v []byte) (netip.Addr, error) {
	if len(v) != 4 && len(v) != 16 {
		return netip.Addr{}, fmt.Errorf("length %d, want 4 or 16", len(v))
	}
	a, _ := netip.AddrFromSlice(v)
	return a, nil
}

func (i Instance) tidy() Instance {
	i.Failure.Text = tidyText(i.Failure.Text, maxFailure)
	i.Intent = i.Intent.tidy()
	return i
}

func (i *Instance) check() error {
	if err := i.checkNames(); err != nil {
		return err
	}
	if err := i.checkScope(); err != nil {
		return err
	}
	if err := i.checkNumbers(); err != nil {
		return err
	}
	if len(i.Addresses) > maxAddresses {
		return fmt.Errorf("%d addresses, at most %d", len(i.Addresses), maxAddresses)
	}
	for _, a := range i.Addresses {
		if !a.IsValid() || a.Zone() != "" || a.Is4In6() || a.IsUnspecified() || a.IsMulticast() {
			return fmt.Errorf("address %s: not a host's", a)
		}
	}
	if len(i.Unknown) > maxSuspects {
		return fmt.Errorf("unknown on %d nodes, at most %d", len(i.Unknown), maxSuspects)
	}
	if len(i.Confirmed) > maxConfirmed {
		return fmt.Errorf("%d confirmations, at most %d", len(i.Confirmed), maxConfirmed)
	}
	for k := range i.Confirmed {
		c := &i.Confirmed[k]
		if c.Service != i.Service {
			return fmt.Errorf("confirmation: of service %.40q", c.Service)
		}
		if err := c.check(); err != nil {
			return fmt.Errorf("confirmation: %w", err)
		}
	}
	if err := i.Failure.check(); err != nil {
		return fmt.Errorf("failure: %w", err)
	}
	if err := i.Intent.check(); err != nil {
		return fmt.Errorf("intent: %w", err)
	}
	return nil
}

func (i *Instance) checkNames() error {
	if err := checkName("service", i.Service); err != nil {
		return err
	}
	if i.Group != "" {
		if err := checkName("group", i.Group); err != nil {
			return err
		}
	}
	if len(i.DependsOn) > maxDepends {
		return fmt.Errorf("%d dependencies, at most %d", len(i.DependsOn), maxDepends)
	}
	for _, d := range i.DependsOn {
		if err := checkName("dependency", d); err != nil {
			return err
		}
	}
	return nil
}

func (i *Instance) checkScope() error {
	s := i.Scope
	switch {
	case s.Kind > service.ScopeLink:
		return fmt.Errorf("scope %d: unknown", s.Kind)
	case s.Kind == service.ScopeLink:
		return checkLink(s.Link)
	case s.Link != "":
		return fmt.Errorf("interface %q without link scope", s.Link)
	case s.Area != 0 && s.Kind != service.ScopeArea:
		return fmt.Errorf("area %d without area scope", s.Area)
	}
	return nil
}

func (i *Instance) checkNumbers() error {
	switch {
	case !i.State.Valid():
		return fmt.Errorf("state %d: unknown", uint8(i.State))
	case i.Health > service.Down:
		return fmt.Errorf("health %d: unknown", uint8(i.Health))
	case i.Claim > MaxNumber:
		return errors.New("claim is above 2^62: none would be left to answer with")
	case i.Preference < 0 || i.Preference > 65535:
		return fmt.Errorf("preference %d: want 0 to 65535", i.Preference)
	}
	if err := checkTime(i.CheckedAt); err != nil {
		return fmt.Errorf("checked at: %w", err)
	}
	if err := checkDuration("dead after", i.DeadAfter); err != nil {
		return err
	}
	return checkDuration("check interval", i.CheckInterval)
}

package discovery

import (
	"encoding/binary"
	"errors"
	"fmt"

	"srr/internal/routerid"
	"srr/internal/service"
)

// An intent on the wire: kind u8, flags u8, length of the author u8, length of
// the reason u8, version author u32, target u32, version counter u64, version
// incarnation u64, until u64 (seconds since 1970), author, reason. In a node
// record the name of the unit follows.
const (
	intentFixed   = 36
	intentStopped = 1 << 0 // of IntentVersion
	intentGroup   = 1 << 1 // the unit is a group; node records only
)

func appendIntent(b []byte, i *Intent, flags byte) []byte {
	if i.Version.Stopped {
		flags |= intentStopped
	}
	b = append(b, byte(i.Kind), flags, byte(len(i.Author)), byte(len(i.Reason)))
	b = binary.BigEndian.AppendUint32(b, uint32(i.Version.Author))
	b = binary.BigEndian.AppendUint32(b, uint32(i.Target))
	b = binary.BigEndian.AppendUint64(b, i.Version.Counter)
	b = binary.BigEndian.AppendUint64(b, i.Version.Incarnation)
	b = binary.BigEndian.AppendUint64(b, seconds(i.Until))
	return append(append(b, i.Author...), i.Reason...)
}

func appendUnitIntent(b []byte, u *UnitIntent) []byte {
	var flags byte
	if u.Unit.Group {
		flags = intentGroup
	}
	return append(appendIntent(b, &u.Intent, flags), u.Unit.Name...)
}

// parseIntent returns what follows the intent, too.
func parseIntent(v []byte) (Intent, []byte, error) {
	if len(v) < intentFixed {
		return Intent{}, nil, fmt.Errorf("length %d, want at least %d", len(v), intentFixed)
	}
	author, reason := int(v[2]), int(v[3])
	if len(v) < intentFixed+author+reason {
		return Intent{}, nil, fmt.Errorf("length %d, want at least %d", len(v), intentFixed+author+reason)
	}
	until, err := fromSeconds(binary.BigEndian.Uint64(v[28:]))
	if err != nil {
		return Intent{}, nil, err
	}
	rest := v[intentFixed:]
	return Intent{
		Kind: IntentKind(v[0]),
		Version: IntentVersion{
			Counter:     binary.BigEndian.Uint64(v[12:]),
			Stopped:     v[1]&intentStopped != 0,
			Incarnation: binary.BigEndian.Uint64(v[20:]),
			Author:      routerid.ID(binary.BigEndian.Uint32(v[4:])),
		},
		Target: routerid.ID(binary.BigEndian.Uint32(v[8:])),
		Until:  until,
		Author: string(rest[:author]),
		Reason: string(rest[author : author+reason]),
	}, rest[author+reason:], nil
}

func parseUnitIntent(v []byte) (UnitIntent, error) {
	i, name, err := parseIntent(v)
	if err != nil {
		return UnitIntent{}, err
	}
	u := service.Unit{Name: string(name), Group: v[1]&intentGroup != 0}
	return UnitIntent{Unit: u, Intent: i}, nil
}

func (i Intent) tidy() Intent {
	i.Author = tidyText(i.Author, maxAuthor)
	i.Reason = tidyText(i.Reason, maxReason)
	return i
}

func (i *Intent) check() error {
	if i.Kind > IntentPrefer {
		return fmt.Errorf("kind %d: unknown", i.Kind)
	}
	if i.Version.Counter > MaxNumber {
		return errors.New("counter is above 2^62: none would be left to answer with")
	}
	if i.Kind == IntentPrefer && i.Target == 0 {
		return errors.New("prefer without a target")
	}
	if err := checkTime(i.Until); err != nil {
		return fmt.Errorf("until: %w", err)
	}
	if err := checkText("author", i.Author, maxAuthor); err != nil {
		return err
	}
	return checkText("reason", i.Reason, maxReason)
}

func (u *UnitIntent) check() error {
	if err := checkName("unit", u.Unit.Name); err != nil {
		return err
	}
	return u.Intent.check()
}

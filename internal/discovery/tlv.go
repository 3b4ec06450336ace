package discovery

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// tag is the type of a TLV. One with the top bit set must be understood: a
// reader that does not know it refuses the record with ErrNewer.
type tag uint16

const mustUnderstand tag = 0x8000

// The TLVs. The numbers are on the wire: append only.
const (
	tagVersion tag = 1 // version, nonce, boot ID; every record

	tagNode         tag = 16 // flags
	tagNodeName     tag = 17
	tagConsole      tag = 18
	tagSoftware     tag = 19
	tagSuspects     tag = 20
	tagConfirmation tag = 21 // repeated
	tagUnitIntent   tag = 22 // repeated
	tagInstanceSet  tag = 23

	tagInstance  tag = 32 // everything of fixed size
	tagService   tag = 33
	tagGroup     tag = 34
	tagDependsOn tag = 35 // repeated
	tagAddress   tag = 36 // repeated
	tagScopeLink tag = 37
	tagFailure   tag = 38
	tagIntent    tag = 39
	tagUnknown   tag = 40

	tagCertificate tag = 48

	// tagSignature is always the last: it covers everything before it.
	tagSignature tag = 0x7fff
)

var tagNames = map[tag]string{
	tagVersion: "version",
	tagNode:    "node flags", tagNodeName: "node name", tagConsole: "console", tagSoftware: "software",
	tagSuspects: "suspects", tagConfirmation: "confirmations", tagUnitIntent: "intents of units",
	tagInstanceSet: "set of instances",
	tagInstance:    "instance", tagService: "service name", tagGroup: "group name", tagDependsOn: "dependencies",
	tagAddress: "addresses", tagScopeLink: "scope's interface", tagFailure: "failure", tagIntent: "intent", tagUnknown: "unknown on",
	tagCertificate: "certificate",
	tagSignature:   "signature",
}

func (t tag) String() string {
	if s, ok := tagNames[t]; ok {
		return s
	}
	return fmt.Sprintf("TLV %d", uint16(t))
}

// repeated reports whether a record may hold more than one of t.
func (t tag) repeated() bool {
	return t == tagConfirmation || t == tagUnitIntent || t == tagDependsOn || t == tagAddress
}

// writer appends TLVs and remembers what took the space.
type writer struct {
	b      []byte
	fields []field
}

// field is the space that one TLV takes.
type field struct {
	tag  tag
	size int
}

// put appends one TLV: type and length of the value, 16 bits each, the value,
// and zeros up to a multiple of four.
func (w *writer) put(t tag, value []byte) {
	// The largest valid field has some hundred bytes; what is longer than the
	// length field can say is too large anyway, and is never sent.
	n := min(len(value), math.MaxUint16)
	before := len(w.b)
	w.b = binary.BigEndian.AppendUint16(w.b, uint16(t))
	w.b = binary.BigEndian.AppendUint16(w.b, uint16(n))
	w.b = append(w.b, value...)
	for len(w.b)%4 != 0 {
		w.b = append(w.b, 0)
	}
	w.fields = append(w.fields, field{t, len(w.b) - before})
}

// text appends a TLV that holds s, unless s is empty.
func (w *writer) text(t tag, s string) {
	if s != "" {
		w.put(t, []byte(s))
	}
}

// largest returns the kind of field that took most of the space, and how much.
func (w *writer) largest() field {
	sizes := map[tag]int{}
	var most field
	for _, f := range w.fields {
		sizes[f.tag] += f.size
	}
	for t, n := range sizes {
		if n > most.size || n == most.size && t < most.tag {
			most = field{t, n}
		}
	}
	return most
}

// tags are a few, each once: a map would cost more.
type tags []tag

func (ts tags) has(t tag) bool { return slices.Contains(ts, t) }

// decoder collects the fields of a record, so that nothing half-filled is seen.
type decoder struct {
	seen        tags
	head        Record
	node        Node
	inst        Instance
	certificate []byte
}

// walk takes b apart, TLV by TLV.
func (d *decoder) walk(k kind, b []byte) error {
	d.seen = make(tags, 0, 16)
	for len(b) > 0 {
		t, n := tag(binary.BigEndian.Uint16(b)), int(binary.BigEndian.Uint16(b[2:]))
		padded := 4 + (n+3)&^3
		if padded > len(b) {
			return fmt.Errorf("%s: length %d, %d bytes left", t, n, len(b)-4)
		}
		if d.seen.has(tagSignature) {
			return fmt.Errorf("%s after the signature", t)
		}
		switch {
		case !d.seen.has(t):
			d.seen = append(d.seen, t)
		case tagNames[t] != "" && !t.repeated():
			return fmt.Errorf("%s twice", t)
		}
		if err := d.field(k, t, b[4:4+n]); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
		b = b[padded:]
	}
	return d.complete(k)
}

// field reads one TLV. What belongs to the other kind of record is as unknown as
// what nobody knows.
func (d *decoder) field(k kind, t tag, v []byte) error {
	known := true
	var err error
	switch {
	case t == tagVersion:
		err = d.version(v)
	case t == tagSignature:
	case k == kindNode:
		known, err = d.nodeField(t, v)
	case k == kindCertificate:
		known, err = d.certificateField(t, v)
	default:
		known, err = d.instanceField(t, v)
	}
	if !known && t&mustUnderstand != 0 {
		return ErrNewer
	}
	return err
}

// complete reports what is missing.
func (d *decoder) complete(k kind) error {
	want := []tag{tagVersion, tagNode}
	switch k {
	case kindInstance:
		want = []tag{tagVersion, tagInstance, tagService}
	case kindCertificate:
		want = []tag{tagVersion, tagCertificate}
	}
	for _, t := range want {
		if !d.seen.has(t) {
			return fmt.Errorf("%s missing", t)
		}
	}
	return nil
}

// size refuses a value that does not have exactly n bytes.
func size(v []byte, n int) error {
	if len(v) != n {
		return fmt.Errorf("length %d, want %d", len(v), n)
	}
	return nil
}

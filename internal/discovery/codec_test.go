package discovery

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"srr/internal/routerid"
	"srr/internal/service"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const cluster = "lab"

var cmpRecords = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
}

func TestRoundTripRandom(t *testing.T) {
	for seed := range uint64(3000) {
		want := maker{rand.New(rand.NewPCG(seed, 1))}.record()
		b, err := Encode(cluster, want)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if len(b)%4 != 0 || len(b) > MaxSize {
			t.Fatalf("seed %d: %d bytes", seed, len(b))
		}
		got, err := Decode(cluster, want.Author, b)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if d := cmp.Diff(want, got, cmpRecords); d != "" {
			t.Fatalf("seed %d: -want +got\n%s", seed, d)
		}
	}
}

func TestEveryTruncationIsAnError(t *testing.T) {
	for name, r := range goldenRecords() {
		b := mustEncode(t, r)
		for n := range len(b) {
			// A cut between two optional TLVs is a shorter record; the medium's
			// own length and checksum rule that out, the codec cannot.
			if got, err := Decode(cluster, r.Author, b[:n]); err == nil && n%4 != 0 {
				t.Errorf("%s cut to %d of %d bytes: %+v", name, n, len(b), got)
			}
		}
	}
}

// goldenRecords are complete: no field has its zero value.
func goldenRecords() map[string]Record {
	boot := BootID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	head := Record{Author: 0x0a000001, Version: Version{7, 42}, Nonce: 0x1122334455667788, Boot: boot}
	intent := Intent{
		Kind: IntentPrefer, Version: IntentVersion{3, true, 6, 0x0a000002}, Target: 0x0a000003,
		Until: time.Unix(1800000000, 0).UTC(), Author: "alice", Reason: "kernel update on n1",
	}
	node, inst := head, head
	node.Node = &Node{
		Name: "n1", Console: netip.MustParseAddrPort("10.71.1.1:7222"), Software: "0.1.0",
		Flags: Drained | Settled, Suspects: []routerid.ID{0x0a000002, 0x0a000003},
		Confirmed: []Confirmation{{"dns", 0x0a000002, boot, 5}},
		Intents:   []UnitIntent{{service.Unit{Name: "web", Group: true}, intent}},
	}
	inst.Instance = &Instance{
		Service: "dns", Group: "web", DependsOn: []string{"disk", "net_1"},
		Addresses: []netip.Addr{netip.MustParseAddr("10.71.100.1"), netip.MustParseAddr("2001:db8::1")},
		Critical:  true, Preference: 100, Scope: service.Scope{Kind: service.ScopeArea, Area: 1},
		Digest: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}, State: service.Started, Flags: Announced | Recovering,
		Failure: Failure{service.FailCheck, 7, "connection refused", 8, 2}, Claim: 9, Intent: intent,
		DeadAfter: 7 * time.Second, CheckInterval: 10 * time.Second,
		CheckedAt: time.Unix(1790000000, 0).UTC(), Health: service.Up,
		Confirmed: []Confirmation{{"dns", 0x0a000002, boot, 5}},
		Unknown:   []routerid.ID{0x0a000002, 0x0a000003},
	}
	certificate := head
	certificate.Certificate = []byte("not looked into here")
	return map[string]Record{"node": node, "instance": inst, "certificate": certificate}
}

func mustEncode(t testing.TB, r Record) []byte {
	t.Helper()
	b, err := Encode(cluster, r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The bytes are a promise to every other version of srrd.
func TestGolden(t *testing.T) {
	for name, r := range goldenRecords() {
		file := filepath.Join("testdata", name+".hex")
		got := mustEncode(t, r)
		if *update {
			if err := os.WriteFile(file, []byte(hexLines(got)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(text) != hexLines(got) {
			t.Errorf("%s: the encoding changed:\n%s", name, cmp.Diff(string(text), hexLines(got)))
		}
		b, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(cluster, r.Author, b)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(r, back, cmpRecords); d != "" {
			t.Errorf("%s: -want +got\n%s", name, d)
		}
	}
}

func hexLines(b []byte) string {
	var s strings.Builder
	for w := range bytesIn(b, 4) {
		fmt.Fprintf(&s, "%x\n", w)
	}
	return s.String()
}

func bytesIn(b []byte, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(b) > 0 && yield(b[:min(n, len(b))]) {
			b = b[min(n, len(b)):]
		}
	}
}

func TestDecodeHeader(t *testing.T) {
	r := goldenRecords()["node"]
	for _, c := range []struct {
		name   string
		change func(b []byte) []byte
		is     error
		says   string
	}{
		{"nothing", func([]byte) []byte { return nil }, ErrForeign, ""},
		{"another magic", func(b []byte) []byte { b[0] = 'X'; return b }, ErrForeign, ""},
		{"another cluster", func(b []byte) []byte { b[4] ^= 1; return b }, ErrForeign, ""},
		{"another cluster, newer", func(b []byte) []byte { b[3] = 9; b[4] ^= 1; return b }, ErrForeign, ""},
		{"newer major", func(b []byte) []byte { b[3] = 2; return b }, ErrNewer, "format 2"},
		{"newer major, another author's place", func(b []byte) []byte { b[3] = 2; b[12] = 9; return b }, ErrNewer, ""},
		{"major 0", func(b []byte) []byte { b[3] = 0; return b }, nil, "format 0"},
		{"unknown kind", func(b []byte) []byte { b[16] = 4; return b }, ErrNewer, "kind 4"},
		{"another author", func(b []byte) []byte { b[15] = 9; return b }, nil, "written by 10.0.0.9"},
		{"odd length", func(b []byte) []byte { return append(b, 0) }, nil, "length"},
		{"too long", func(b []byte) []byte { return append(b, make([]byte, 2000)...) }, nil, "length"},
		{"header only", func(b []byte) []byte { return b[:headerSize] }, nil, "version missing"},
	} {
		_, err := Decode(cluster, r.Author, c.change(mustEncode(t, r)))
		if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.is == nil && (errors.Is(err, ErrForeign) || errors.Is(err, ErrNewer)) {
			t.Errorf("%s: %v is a sentinel", c.name, err)
		}
	}
}

func rawTLV(t tag, v ...byte) []byte {
	w := writer{}
	w.put(t, v)
	return w.b
}

func TestUnknownFields(t *testing.T) {
	r := goldenRecords()["instance"]
	b := mustEncode(t, r)
	for _, c := range []struct {
		name  string
		extra []byte
		is    error
		ok    bool
	}{
		{"unknown", rawTLV(200, 1, 2, 3), nil, true},
		{"unknown, empty", rawTLV(201), nil, true},
		{"unknown, twice", append(rawTLV(200, 1), rawTLV(200, 2)...), nil, true},
		{"of the other kind", rawTLV(tagNodeName, 'x'), nil, true},
		{"must be understood", rawTLV(200 | mustUnderstand), ErrNewer, false},
		{"signature", rawTLV(tagSignature, make([]byte, 72)...), nil, true},
		{"after the signature", append(rawTLV(tagSignature, 1), rawTLV(200)...), nil, false},
		{"twice", rawTLV(tagService, 'x'), nil, false},
		{"too long for what is left", []byte{0, 200, 0, 5, 1, 2, 3, 4}, nil, false},
	} {
		got, err := Decode(cluster, r.Author, append(bytes.Clone(b), c.extra...))
		if (err == nil) != c.ok || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: %v", c.name, err)
		}
		if d := cmp.Diff(r, got, cmpRecords); c.ok && d != "" {
			t.Errorf("%s: -want +got\n%s", c.name, d)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, c := range []struct {
		says   string
		change func(r *Record)
	}{
		{"author", func(r *Record) { r.Author = 0 }},
		{"incarnation", func(r *Record) { r.Version.Incarnation = 0 }},
		{"incarnation", func(r *Record) { r.Version.Incarnation = MaxIncarnation + 1 }},
		{"counter", func(r *Record) { r.Version.Counter = 0 }},
		{"neither", func(r *Record) { r.Instance = nil }},
		{"service", func(r *Record) { r.Instance.Service = "DNS" }},
		{"service", func(r *Record) { r.Instance.Service = strings.Repeat("a", 33) }},
		{"group", func(r *Record) { r.Instance.Group = "-a" }},
		{"dependency", func(r *Record) { r.Instance.DependsOn = []string{""} }},
		{"dependencies", func(r *Record) { r.Instance.DependsOn = make([]string, 17) }},
		{"address", func(r *Record) { r.Instance.Addresses[0] = netip.Addr{} }},
		{"address", func(r *Record) { r.Instance.Addresses[0] = netip.MustParseAddr("::ffff:10.0.0.1") }},
		{"address", func(r *Record) { r.Instance.Addresses[0] = netip.MustParseAddr("fe80::1%eth0") }},
		{"addresses", func(r *Record) { r.Instance.Addresses = make([]netip.Addr, 17) }},
		{"preference", func(r *Record) { r.Instance.Preference = 65536 }},
		{"preference", func(r *Record) { r.Instance.Preference = -1 }},
		{"state", func(r *Record) { r.Instance.State = 99 }},
		{"health", func(r *Record) { r.Instance.Health = 3 }},
		{"scope", func(r *Record) { r.Instance.Scope = service.Scope{Kind: 4} }},
		{"area", func(r *Record) { r.Instance.Scope = service.Scope{Kind: service.ScopeAS, Area: 1} }},
		{"interface", func(r *Record) { r.Instance.Scope = service.Scope{Kind: service.ScopeLink, Link: "a b"} }},
		{"dead after", func(r *Record) { r.Instance.DeadAfter = -1 }},
		{"check interval", func(r *Record) { r.Instance.CheckInterval = 50 * 24 * time.Hour }},
		{"checked at", func(r *Record) { r.Instance.CheckedAt = time.Unix(-5, 0) }},
		{"claim", func(r *Record) { r.Instance.Claim = MaxNumber + 1 }},
		{"intent: counter", func(r *Record) { r.Instance.Intent.Version.Counter = MaxNumber + 1 }},
		{"kind", func(r *Record) { r.Instance.Intent.Kind = 9 }},
		{"target", func(r *Record) { r.Instance.Intent.Target = 0 }},
		{"count", func(r *Record) { r.Instance.Failure.Count = -1 }},
		{"exit", func(r *Record) { r.Instance.Failure.Exit = 1 << 40 }},
	} {
		r := goldenRecords()["instance"]
		c.change(&r)
		if _, err := Encode(cluster, r); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.says, err)
		}
	}
}

// What does not fit is named.
func TestTooLarge(t *testing.T) {
	r := goldenRecords()["node"]
	for range 20 {
		r.Node.Intents = append(r.Node.Intents, r.Node.Intents[0])
	}
	_, err := Encode(cluster, r)
	if err == nil || !strings.Contains(err.Error(), "intents of units") {
		t.Error(err)
	}
}

func TestTextsAreCutAndCleaned(t *testing.T) {
	r := goldenRecords()["instance"]
	in := strings.Repeat("x", maxFailure-1) + "€ and more"
	r.Instance.Failure.Text = in
	r.Instance.Intent.Reason = "a\x1b[31m\nb\xff"
	got, err := Decode(cluster, r.Author, mustEncode(t, r))
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Repeat("x", maxFailure-1); got.Instance.Failure.Text != want {
		t.Errorf("cut to %q", got.Instance.Failure.Text)
	}
	if want := "a?[31m?b?"; got.Instance.Intent.Reason != want {
		t.Errorf("cleaned to %q", got.Instance.Intent.Reason)
	}
	if r.Instance.Failure.Text != in {
		t.Error("Encode changed its argument")
	}
}

// What a hostile author floods must not reach a terminal.
func TestDecodeRefusesControlCharacters(t *testing.T) {
	r := goldenRecords()["node"]
	b := mustEncode(t, r)
	for _, bad := range []string{"\x1b]", "a\n", "\xff\xff", "\u202e"[:2]} {
		at := bytes.Index(b, []byte("n1"))
		c := bytes.Clone(b)
		copy(c[at:], bad)
		if got, err := Decode(cluster, r.Author, c); err == nil {
			t.Errorf("%q: %q", bad, got.Node.Name)
		}
	}
}

// A guarantee must not become shorter, and what is no time must not become one.
func TestTimesOnTheWire(t *testing.T) {
	r := goldenRecords()["instance"]
	r.Instance.DeadAfter = 1500*time.Millisecond + 1
	r.Instance.CheckedAt = time.Unix(1790000000, 999)
	got, err := Decode(cluster, r.Author, mustEncode(t, r))
	if err != nil {
		t.Fatal(err)
	}
	if got.Instance.DeadAfter != 1501*time.Millisecond || got.Instance.CheckedAt.UnixNano() != 1790000000e9 {
		t.Errorf("%s, %s", got.Instance.DeadAfter, got.Instance.CheckedAt)
	}
}

func FuzzDecode(f *testing.F) {
	for _, r := range goldenRecords() {
		f.Add(mustEncode(f, r))
	}
	for seed := range uint64(16) {
		b := mustEncode(f, maker{rand.New(rand.NewPCG(seed, 2))}.record())
		f.Add(b)
		f.Add(b[:len(b)/2&^3])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		// The author and the cluster are not what is to be found.
		author := routerid.ID(0x0a000001)
		if len(b) >= headerSize {
			hash := ClusterHash(cluster)
			copy(b[4:], hash[:])
			binary.BigEndian.PutUint32(b[12:], uint32(author))
		}
		r, err := Decode(cluster, author, b)
		if err != nil {
			return
		}
		again, err := Encode(cluster, r)
		if err != nil {
			t.Fatalf("decoded, but cannot be encoded: %v", err)
		}
		back, err := Decode(cluster, author, again)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(r, back, cmpRecords); d != "" {
			t.Fatal(d)
		}
	})
}

package daemon

import (
	"maps"
	"slices"
	"testing"
	"time"

	"srr/internal/api"
	"srr/internal/config"
	"srr/internal/discovery"
	ospfmedium "srr/internal/discovery/ospf"
	"srr/internal/discovery/signed/signedtest"
	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
	"srr/internal/service"
)

// TestRecordIsShownInFull: what others go by, an operator can see.
func TestRecordIsShownInFull(t *testing.T) {
	moved := discovery.Intent{
		Kind: discovery.IntentPrefer, Target: 0x0a000003, Author: "op", Reason: "test",
		Version: discovery.IntentVersion{Counter: 7, Incarnation: 1, Author: 0x0a000002},
	}
	gone := discovery.Confirmation{Service: "disk", Node: 0x0a000003, Incarnation: 9}
	b := &browser{cfg: &config.Config{Cluster: "shop"}}
	for _, c := range []struct {
		record discovery.Record
		want   []string
	}{
		{discovery.Record{Node: &discovery.Node{
			Name: "n1", Intents: []discovery.UnitIntent{{Unit: service.Unit{Name: "g", Group: true}, Intent: moved}}, Confirmed: []discovery.Confirmation{gone},
		}}, []string{
			`of group g: intent move to 10.0.0.3, by "op" because "test", counter 7 of 10.0.0.2`,
			"confirmed: disk does not run on 10.0.0.3, incarnation 9",
		}},
		{discovery.Record{Instance: &discovery.Instance{
			Service: "disk", State: service.Stopped, Intent: moved, Unknown: []routerid.ID{0x0a000004}, Confirmed: []discovery.Confirmation{gone},
		}}, []string{
			`intent move to 10.0.0.3, by "op" because "test", counter 7 of 10.0.0.2`, "unknown on [10.0.0.4]",
			"confirmed: disk does not run on 10.0.0.3, incarnation 9",
		}},
	} {
		c.record.Author, c.record.Version = 0x0a000001, discovery.Version{Incarnation: 1, Counter: 1}
		data, err := discovery.Encode("shop", c.record)
		if err != nil {
			t.Fatal(err)
		}
		lines, failure := b.record(c.record.Author, data)
		if failure != "" {
			t.Error(failure)
		}
		for _, want := range c.want {
			if !slices.Contains(lines, want) {
				t.Errorf("%q is missing in %q", want, lines)
			}
		}
	}
}

// TestSignaturesAreShown: whose word a record is, and why it is not.
func TestSignaturesAreShown(t *testing.T) {
	const author = 0x0a000002
	p := newProofs(signedtest.New(0x0a000001, 1))
	b := &browser{cfg: &config.Config{Cluster: "shop"}, proofs: p}
	head := discovery.Record{Author: author, Version: discovery.Version{Incarnation: 1, Counter: 1}}
	node, certificate := head, head
	node.Node, certificate.Certificate = &discovery.Node{Name: "n2"}, signedtest.Certificate(author, signedtest.Key(2))
	plain, err := discovery.Encode("shop", node)
	if err != nil {
		t.Fatal(err)
	}
	good := signedtest.Sign(plain, signedtest.Key(2))
	forged := slices.Clone(good)
	forged[len(forged)-1] ^= 1
	expect := func(what string, data []byte, want string) {
		t.Helper()
		for range 2 {
			if lines, failure := b.record(author, data); failure != "" || !slices.Contains(lines, want) {
				t.Errorf("%s: %q %s, want %q", what, lines, failure, want)
			}
		}
	}
	expect("before the certificate", good, "signature: not trusted: the certificate of its key has not been seen")
	p.learn(maps.All(map[routerid.ID]discovery.Record{author: certificate}))
	expect("good", good, "signature: good, by the key of the author")
	expect("forged", forged, "signature: not trusted: the signature is not of this author and this content")
	expect("unsigned", plain, "signature: not trusted: it has no signature")
}

// TestReadAgainWhileSomebodyLooks: that an LSA of this router is being flushed shows only
// then; but however many look, it is read now and then.
func TestReadAgainWhileSomebodyLooks(t *testing.T) {
	b := newBrowser(&config.Config{}, nil, nil, nil)
	read := 0
	b.again = func() { read++ }
	for _, c := range []struct {
		at   time.Duration
		want int
	}{{time.Second, 1}, {2 * time.Second, 1}, {time.Second + readEvery, 2}, {2*time.Second + readEvery, 2}} {
		if b.readAgain(c.at); read != c.want {
			t.Errorf("at %s it was read %d times, want %d", c.at, read, c.want)
		}
	}
	if _, err := b.query(t.Context(), api.LSDBQuery{}); err != nil || read != 3 {
		t.Errorf("%v; read %d times", err, read)
	}
}

// TestAgeGoesOn: ospfd shows an LSA again with the age that it had when it arrived.
func TestAgeGoesOn(t *testing.T) {
	b := newBrowser(&config.Config{}, nil, nil, nil)
	l := packet.LSA{Header: packet.Header{Age: 1, Type: packet.TypeOpaqueAS, AdvRouter: 2, Seq: 5}, Body: &packet.Opaque{Data: []byte("data")}}
	raw, err := l.Seal()
	if err != nil {
		t.Fatal(err)
	}
	const since = 25 * time.Minute
	if _, err := b.db.Install(bootTime()-since, lsdb.Where{}, l); err != nil {
		t.Fatal(err)
	}
	show := func(change func(raw []byte)) time.Duration {
		t.Helper()
		again := slices.Clone(raw)
		change(again)
		b.Update(ospfmedium.Advertisement{Raw: again})
		e, there := b.db.Get(lsdb.KeyOf(lsdb.Where{}, l.Header))
		if !there {
			t.Fatal("it is not there")
		}
		return e.Age(bootTime())
	}
	if age := show(func([]byte) {}); age < since {
		t.Errorf("the same again: it is %s old", age)
	}
	if age := show(func(raw []byte) { raw[15]++ }); age > time.Minute {
		t.Errorf("a refresh: it is %s old", age)
	}
	if age := show(func(raw []byte) { raw[15]++; raw[0], raw[1] = 0x0e, 0x10 }); age != packet.MaxAge {
		t.Errorf("flushed: it is %s old", age)
	}
}

package ospf

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/discovery/mediumtest"
	"srr/internal/discovery/signed"
	"srr/internal/discovery/signed/signedtest"
	"srr/internal/frr/ospfapi/ospfapitest"
	"srr/internal/routerid"
)

func nodeRecord(author routerid.ID, counter uint64) discovery.Record {
	return discovery.Record{Author: author, Version: discovery.Version{Incarnation: 1, Counter: counter}, Node: &discovery.Node{Name: "n"}}
}

// The whole way: signed, flooded, verified; and what a revocation and a new key
// make of it.
func TestSignedMedium(t *testing.T) {
	s := ospfapitest.New(t, self)
	authority := signedtest.New(self, 1)
	o := observe(t, s, func(o *Options) {
		o.Signatures, o.Ping, o.Audit = Signatures{Mode: signed.Require, Authority: authority}, 20*time.Millisecond, 50*time.Millisecond
	})
	o.Wait("up", quick, up)
	mine := nodeRecord(self, 1)
	o.Set(mine)
	o.Wait("the echo", quick, has(mine))

	theirs := signedtest.Key(2)
	install := func(id uint32, r discovery.Record, key ed25519.PrivateKey) {
		s.Install(keyOf(r, id), 0, signedtest.Payload(t, r, key))
	}
	r := record(other, 1, 1)
	install(1, r, theirs)
	install(2, nodeRecord(other, 1), nil)
	install(3, signedtest.CertificateRecord(other, theirs), theirs)
	o.Wait("the signed record", quick, has(r))
	o.Wait("not the other, and an alarm", quick, func(v *mediumtest.View) bool {
		return !v.Has(discovery.Key{Author: other}, discovery.Version{Incarnation: 1, Counter: 1}) && complains(v, discovery.ErrUnsigned)
	})

	before := own(s)
	authority.Change(3)
	eventually(t, "all under the new key", func() bool {
		keys := own(s)
		return len(keys) == 2 && keys[0] != before[0] && keys[1] != before[0] && keys[0] != before[1] && keys[1] != before[1]
	})
	o.Wait("the echo of the same", quick, has(mine))
	authority.Revoke(other)
	o.Wait("the revoked is gone", quick, func(v *mediumtest.View) bool { return !has(r)(v) && complains(v, signed.ErrCertificate) })
	o.Wait("still up, ours still there", 0, func(v *mediumtest.View) bool { return v.Up && v.Ups == 1 && has(mine)(v) })
}

// A node that nobody believes any more has lost the medium: it stops what the
// others start. With warn it is believed, and goes on.
func TestDisowned(t *testing.T) {
	for _, mode := range []signed.Mode{signed.Warn, signed.Require} {
		s := ospfapitest.New(t, self)
		authority := signedtest.New(self, 1)
		o := observe(t, s, func(o *Options) {
			o.Signatures, o.Ping = Signatures{Mode: mode, Authority: authority}, 20*time.Millisecond
		})
		o.Wait("up", quick, up)
		mine := nodeRecord(self, 1)
		o.Set(mine)
		o.Wait("the echo", quick, has(mine))
		authority.Revoke(self)
		if mode == signed.Warn {
			o.Wait("the alarm", quick, func(v *mediumtest.View) bool { return v.Up && complains(v, signed.ErrCertificate) })
			continue
		}
		o.Wait("down", quick, func(v *mediumtest.View) bool {
			return !v.Up && refused(discovery.Key{}, "no other node believes this one")(v)
		})
		authority.Pardon(self)
		o.Wait("up with a new certificate", quick, func(v *mediumtest.View) bool { return v.Up && v.Ups == 2 })
	}
}

func complains(v *mediumtest.View, want error) bool {
	for _, e := range v.Events {
		if r, ok := e.(discovery.Rejected); ok && errors.Is(r.Err, want) {
			return true
		}
	}
	return false
}

// A node that must sign and cannot would run services that nobody knows of.
func TestSignaturesNeedAKey(t *testing.T) {
	o := Options{Cluster: "lab", RouterID: self, Signatures: Signatures{Mode: signed.Warn, Authority: nothing{}}}
	if err := New(o).Run(t.Context(), func(discovery.Event) {}); err == nil || !strings.Contains(err.Error(), "no key") {
		t.Errorf("%v", err)
	}
}

type nothing struct{ signed.Authority }

func (nothing) Signer() *signed.Signer { return nil }
func (nothing) Version() uint64        { return 0 }

// Somebody else speaks in this node's name: that is taken out of the medium.
func TestForgedInOurName(t *testing.T) {
	s := ospfapitest.New(t, self)
	o := observe(t, s, func(o *Options) {
		o.Signatures, o.Audit = Signatures{Mode: signed.Require, Authority: signedtest.New(self, 1)}, 50*time.Millisecond
	})
	o.Wait("up", quick, up)
	mine := nodeRecord(self, 1)
	o.Set(mine)
	o.Wait("the echo", quick, has(mine))
	s.Install(keyOf(mine, 0x777777), 0, signedtest.Payload(t, nodeRecord(self, 9), nil))
	o.Wait("the alarm", quick, func(v *mediumtest.View) bool { return complains(v, discovery.ErrUnsigned) && has(mine)(v) })
	eventually(t, "the flush", func() bool { return len(own(s)) == 2 })
}

// The mode changes while records are flooded: nothing of ours vanishes, and what
// was used until then is used no more.
func TestModeChanges(t *testing.T) {
	s := ospfapitest.New(t, self)
	m := New(Options{Cluster: "lab", RouterID: self, Address: s.Addr(), Ping: 20 * time.Millisecond})
	o := mediumtest.Observe(t, ready{m}, 0)
	o.Wait("up", quick, up)
	mine, theirs := nodeRecord(self, 1), nodeRecord(other, 1)
	put(t, s, theirs, 1, 0)
	o.Set(mine)
	o.Wait("both", quick, func(v *mediumtest.View) bool { return has(mine)(v) && has(theirs)(v) })
	authority := signedtest.New(self, 1)
	if err := m.SetSignatures(Signatures{Mode: signed.Warn, Authority: nothing{}}); err == nil {
		t.Error("no key is needed")
	}
	set := func(mode signed.Mode) {
		if err := m.SetSignatures(Signatures{Mode: mode, Authority: authority}); err != nil {
			t.Fatal(err)
		}
	}
	set(signed.Warn)
	o.Wait("an alarm", quick, func(v *mediumtest.View) bool { return complains(v, discovery.ErrUnsigned) && has(theirs)(v) })
	eventually(t, "signed, and with a certificate", func() bool { return len(own(s)) == 2 })
	set(signed.Require)
	o.Wait("not the unsigned", quick, func(v *mediumtest.View) bool { return !has(theirs)(v) && has(mine)(v) })
	set(signed.Off)
	o.Wait("both again", quick, func(v *mediumtest.View) bool { return has(theirs)(v) && has(mine)(v) && v.Ups == 1 })
	eventually(t, "without a certificate", func() bool { return len(own(s)) == 1 })
}

// ready is a network whose first node has a medium already.
type ready struct{ m *Medium }

func (r ready) Medium(int) discovery.Medium { return r.m }
func (ready) Go(_ int, f func())            { go f() }
func (ready) Crash(int)                     {}
func (ready) Restore(int)                   {}

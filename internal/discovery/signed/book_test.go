package signed_test

import (
	"crypto/ed25519"
	"errors"
	"testing"

	"srr/internal/discovery"
	"srr/internal/discovery/signed"
	"srr/internal/discovery/signed/signedtest"
	"srr/internal/routerid"
)

func record(t testing.TB, author routerid.ID, counter uint64, k ed25519.PrivateKey) []byte {
	t.Helper()
	b, err := discovery.Encode("lab", discovery.Record{
		Author: author, Version: discovery.Version{Incarnation: 1, Counter: counter}, Node: &discovery.Node{Name: "n"},
	})
	if err != nil || k == nil {
		return b
	}
	return signedtest.Sign(b, k)
}

func TestBook(t *testing.T) {
	p := signedtest.New(1, 1)
	b := signed.NewBook(p)
	expect := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) || want != nil && !errors.Is(err, discovery.ErrNotTrusted) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	expect("our own", b.Judge(1, record(t, 1, 1, signedtest.Key(1))), nil)
	expect("before its certificate", b.Judge(2, record(t, 2, 1, signedtest.Key(2))), signed.ErrUnknownKey)
	expect("its certificate", b.Learn(2, signedtest.Certificate(2, signedtest.Key(2))), nil)
	expect("after it", b.Judge(2, record(t, 2, 1, signedtest.Key(2))), nil)
	expect("unsigned", b.Judge(2, record(t, 2, 1, nil)), discovery.ErrUnsigned)
	expect("another author's key", b.Judge(2, record(t, 2, 1, signedtest.Key(1))), signed.ErrUnknownKey)
	forged := record(t, 2, 1, signedtest.Key(2))
	forged[len(forged)-100] ^= 1
	expect("changed", b.Judge(2, forged), signed.ErrForged)
	expect("another author's certificate", b.Learn(3, signedtest.Certificate(2, signedtest.Key(3))), signed.ErrCertificate)
	expect("no certificate", b.Learn(3, []byte("x")), signed.ErrCertificate)
	expect("its second key", b.Learn(2, signedtest.Certificate(2, signedtest.Key(4))), nil)
	expect("by its second key", b.Judge(2, record(t, 2, 2, signedtest.Key(4))), nil)
	expect("by its first", b.Judge(2, record(t, 2, 2, signedtest.Key(2))), nil)
	if b.Stale() {
		t.Error("stale")
	}
	p.Revoke(2)
	if !b.Stale() {
		t.Error("not stale")
	}
	b.Renew()
	expect("revoked", b.Learn(2, signedtest.Certificate(2, signedtest.Key(2))), signed.ErrCertificate)
	expect("by a revoked key", b.Judge(2, record(t, 2, 3, signedtest.Key(2))), signed.ErrUnknownKey)
	expect("our own still", b.Judge(1, record(t, 1, 2, signedtest.Key(1))), nil)
}

// Old certificates that are played back do not fill the memory.
func TestBookIsBounded(t *testing.T) {
	b := signed.NewBook(signedtest.New(1, 1))
	for seed := range byte(200) {
		if err := b.Learn(2, signedtest.Certificate(2, signedtest.Key(seed))); err != nil {
			t.Fatal(err)
		}
	}
	good := 0
	for seed := range byte(200) {
		if b.Judge(2, record(t, 2, 1, signedtest.Key(seed))) == nil {
			good++
		}
	}
	if good != 32 {
		t.Errorf("%d keys count", good)
	}
}

// BenchmarkJudge3000 is what 3,000 records cost once each: a node of the largest
// cluster that joins.
func BenchmarkJudge3000(b *testing.B) {
	book := signed.NewBook(signedtest.New(1, 1))
	records := make([][]byte, 3000)
	for i := range records {
		records[i] = record(b, 1, uint64(i)+1, signedtest.Key(1))
	}
	for b.Loop() {
		for _, r := range records {
			if err := book.Judge(1, r); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkSign is what a node pays for each record that it floods.
func BenchmarkSign(b *testing.B) {
	plain, key := record(b, 1, 1, nil), signedtest.Key(1)
	for b.Loop() {
		_ = signedtest.Sign(plain, key)
	}
}

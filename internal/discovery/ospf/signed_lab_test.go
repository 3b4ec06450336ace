//go:build lab

package ospf_test

import (
	"errors"
	"testing"

	"srr/internal/discovery"
	"srr/internal/discovery/mediumtest"
	"srr/internal/discovery/ospf"
	"srr/internal/discovery/signed"
	"srr/internal/identity/identitytest"
	"srr/internal/service"
)

// signers is the network with certificates of a real CA for two nodes; the third
// is a router of the same area without any, or with those of another CA.
type signers struct {
	network
	signing map[int]ospf.Signatures
}

func (s signers) Medium(i int) discovery.Medium {
	o := options(s.t, i)
	o.Signatures = s.signing[i]
	return ospf.New(o)
}

// Over real FRR, the records of nodes are proved to each other, and an insider
// router without the CA's word counts for nothing, whatever it floods.
func TestSignedRecords(t *testing.T) {
	p, other := identitytest.New(t, "lab"), identitytest.New(t, "lab")
	n := signers{network: newNetwork(t), signing: map[int]ospf.Signatures{}}
	for i := range 2 {
		n.signing[i] = ospf.Signatures{Mode: signed.Require, Authority: p.Store(names[i], mediumtest.ID(i))}
	}
	a, b := mediumtest.Observe(t, n, 0), mediumtest.Observe(t, n, 1)
	for _, o := range []*mediumtest.Observer{a, b} {
		o.Wait("up", limit, func(v *mediumtest.View) bool { return v.Up && len(v.Links.Full) > 0 })
	}
	node := func(i int) discovery.Record {
		r := instance(i, 1, service.Scope{})
		r.Instance, r.Node = nil, &discovery.Node{Name: names[i]}
		return r
	}
	a.Set(node(0), instance(0, 2, service.Scope{}))
	b.Set(node(1))
	a.Wait("n1 is proved", limit, has(node(1)))
	b.Wait("n0 is proved", limit, func(v *mediumtest.View) bool { return has(node(0))(v) && has(instance(0, 2, service.Scope{}))(v) })

	alarm := func(want error) func(*mediumtest.View) bool {
		return func(v *mediumtest.View) bool {
			for _, e := range v.Events {
				if r, ok := e.(discovery.Rejected); ok && r.Author == mediumtest.ID(2) && errors.Is(r.Err, want) {
					return !has(node(2))(v)
				}
			}
			return false
		}
	}
	unsigned := mediumtest.Observe(t, n, 2)
	unsigned.Wait("up", limit, func(v *mediumtest.View) bool { return v.Up })
	unsigned.Set(node(2))
	a.Wait("the unsigned one counts for nothing", limit, alarm(discovery.ErrUnsigned))
	unsigned.Stop()

	n.signing[2] = ospf.Signatures{Mode: signed.Warn, Authority: other.Store(names[2], mediumtest.ID(2))}
	foreign := mediumtest.Observe(t, n, 2)
	foreign.Wait("up", limit, func(v *mediumtest.View) bool { return v.Up })
	foreign.Set(node(2))
	a.Wait("nor does one of another CA", limit, alarm(signed.ErrCertificate))
	foreign.Wait("which hears the others, but trusts nobody", limit, func(v *mediumtest.View) bool {
		return has(node(0))(v) && has(node(1))(v)
	})
}

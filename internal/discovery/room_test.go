package discovery

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"srr/internal/routerid"
	"srr/internal/service"
)

// TestRoom: whatever the configuration permits, fails, is intended and
// confirmed, every record fits. One that does not would never be flooded.
func TestRoom(t *testing.T) {
	name := strings.Repeat("n", 32)
	when := time.Unix(1790000000, 0).UTC()
	intent := Intent{
		Kind: IntentPrefer, Version: IntentVersion{1, true, 1, 1}, Target: 1, Until: when,
		Author: strings.Repeat("a", 32), Reason: strings.Repeat("r", 64),
	}
	head := Record{Author: 1, Version: Version{1, 1}, Nonce: 1, Boot: BootID{1}}
	inst, node := head, head
	inst.Instance = &Instance{
		Service: name, Group: name, Scope: service.Scope{Kind: service.ScopeLink, Link: strings.Repeat("l", 15)},
		State: service.FailedReleased, Failure: Failure{Code: 1, Exit: 1, Text: strings.Repeat("f", 120), Claim: 1, Count: 1},
		Claim: 1, Intent: intent, CheckedAt: when,
	}
	for range MaxDepends {
		inst.Instance.DependsOn = append(inst.Instance.DependsOn, name)
	}
	for k := range MaxAddresses {
		inst.Instance.Addresses = append(inst.Instance.Addresses, netip.AddrFrom16([16]byte{0x20, 1, byte(k)}))
	}
	for range MaxUnknown {
		inst.Instance.Unknown = append(inst.Instance.Unknown, 1)
	}
	for range MaxConfirmed {
		inst.Instance.Confirmed = append(inst.Instance.Confirmed, Confirmation{Service: name, Node: 1})
	}
	node.Node = &Node{
		Name: strings.Repeat("n", 64), Software: strings.Repeat("s", 32),
		Console: netip.AddrPortFrom(netip.AddrFrom16([16]byte{0x20, 1}), 7222),
	}
	for range MaxSuspects {
		node.Node.Suspects = append(node.Node.Suspects, routerid.ID(1))
	}
	for range MaxConfirmed {
		node.Node.Confirmed = append(node.Node.Confirmed, Confirmation{Service: name, Node: 1})
	}
	for range MaxIntents {
		node.Node.Intents = append(node.Node.Intents, UnitIntent{service.Unit{Name: name, Group: true}, intent})
	}
	for what, r := range map[string]Record{"instance": inst, "node": node} {
		b, err := Encode(cluster, r)
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		t.Logf("%s: %d bytes", what, len(b))
	}
}

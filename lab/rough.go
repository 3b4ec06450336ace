package lab

import "time"

// Rough is Two with bad wires in place of LAN B: n3 has one to each router, on
// which frames are late, lost, doubled, out of order and spoiled.
func Rough() Topology {
	t := Two()
	t.Name = "rough"
	wire := LAN{
		Delay: 2 * time.Millisecond, Jitter: 20 * time.Millisecond,
		Loss: 0.01, Duplicate: 0.05, Corrupt: 0.01,
	}
	nets := map[string]string{"r1": "10.71.2", "r2": "10.71.12"}
	var links []Link
	t.LANs = []LAN{{Name: "A"}, {Name: "A2"}, {Name: "C"}}
	for _, router := range []string{"r1", "r2"} {
		wire.Name = "B" + router
		t.LANs = append(t.LANs, wire)
		links = append(links, link("to-"+router, wire.Name, nets[router], 3, 10, 0))
	}
	for i := range t.Nodes {
		n := &t.Nodes[i]
		if n.Name == "n3" {
			n.Links = links
		}
		for j := range n.Links {
			if n.Links[j].LAN == "B" {
				n.Links[j] = link("lanb", "B"+n.Name, nets[n.Name], 250, n.Links[j].Cost, 0)
			}
		}
	}
	return t
}

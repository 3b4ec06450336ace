package spf

import (
	"fmt"
	"strings"
	"testing"
)

// TestDrawing: a router in two areas is one vertex, a network stands between its
// routers, and what one end claims alone joins nothing.
func TestDrawing(t *testing.T) {
	n := newNetwork(t)
	n.p2p(0, 1, 2, 10)
	n.p2p(0, 1, 2, 5) // a second link: the cheaper one counts
	n.p2p(1, 2, 3, 7)
	n.half(0, 3, 1, 9) // 1 knows nothing of it
	n.lan(0, 1, 4, 2)
	vertices, links := n.topology().Drawing()
	var got []string
	for _, v := range vertices {
		if v.Router != 0 {
			got = append(got, fmt.Sprintf("%s in %v", v.Router, v.Areas))
		} else {
			got = append(got, fmt.Sprintf("network in %v", v.Areas))
		}
	}
	for _, l := range links {
		got = append(got, fmt.Sprintf("%d-%d %d/%d", l.From, l.To, l.Cost, l.Back))
	}
	text := strings.Join(got, "; ")
	for _, want := range []string{"10.0.0.2 in [0.0.0.0 0.0.0.1]", "0-1 5/5", "1-2 7/7", "network in [0.0.0.0]"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing: %s", want, text)
		}
	}
	if strings.Contains(text, "0-2 ") {
		t.Errorf("what one end claims alone is drawn: %s", text)
	}
}

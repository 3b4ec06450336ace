package web

import (
	"strings"
	"testing"
	"time"

	"srr/internal/api"
)

// TestTimeLineOfAnotherNode: each node has a journal of its own, and this one asks for it;
// who does not answer is named, and the others are shown.
func TestTimeLineOfAnotherNode(t *testing.T) {
	n1, n2 := pair(t)
	c := n1.as("viewer")
	now := time.Now()
	n1.fake.Append(api.Event{Time: now.Add(-2 * time.Minute), Node: "n1", Service: "web", To: "active/stopped", Reason: "first on n1"})
	n2.fake.Append(api.Event{Time: now.Add(-time.Minute), Node: "who knows", Service: "web", To: "active/started", Reason: "then on n2", Detail: "operator"})
	n2.fake.Append(api.Event{Time: now.Add(-time.Minute), Node: "n2", Service: "dns", Reason: "also on n2"})
	for query, want := range map[string]struct{ has, hasNot []string }{
		"":                               {[]string{"What this node has done"}, []string{"on n2"}},
		"?node=n2":                       {[]string{"What n2 has done", "then on n2", "also on n2", `<small class="faint">n2</small>`}, []string{"first on n1", "who knows"}},
		"?node=10.0.0.2":                 {[]string{"then on n2"}, []string{"first on n1"}},
		"?node=n2&service=web":           {[]string{"then on n2"}, []string{"also on n2"}},
		"?node=n2&hours=1&cause=OPER":    {[]string{"then on n2"}, []string{"also on n2"}},
		"?node=n2&hours=0.001":           {[]string{"Nothing that is kept"}, []string{"on n2</"}},
		"?node=*":                        {[]string{"What all nodes have done", "first on n1", "then on n2", "n3: it cannot be reached now"}, nil},
		"?node=*&hours=1&service=nobody": {[]string{"Nothing that is kept"}, []string{"on n2"}},
	} {
		deadline := time.Now().Add(30 * time.Second)
		for {
			body, wrong := n1.get(c, "/events"+query).body, ""
			for _, w := range want.has {
				if !strings.Contains(body, w) {
					wrong = "no " + w
				}
			}
			for _, w := range want.hasNot {
				if strings.Contains(body, w) {
					wrong = w
				}
			}
			if wrong == "" {
				break
			}
			if time.Now().After(deadline) { // what happens gets into memory a moment later
				t.Errorf("%s: %s: %s", query, wrong, body)
				break
			}
		}
	}
	body := n1.get(c, "/events?node=*").body
	if strings.Index(body, "then on n2") > strings.Index(body, "first on n1") {
		t.Error("the newest does not come first")
	}
}

// TestLatelyIsOfItsNode: what happened to an instance on another node is not what this
// node did with the same service.
func TestLatelyIsOfItsNode(t *testing.T) {
	n1, n2 := pair(t)
	c := n1.as("viewer")
	n2.fake.Append(api.Event{Time: time.Now(), Node: "n2", Service: "web", Reason: "this was on n2"})
	if body := n1.get(c, "/services/web/10.0.0.2").body; strings.Contains(body, `id="lately"`) || !strings.Contains(body, `/events?service=web&amp;node=10.0.0.2`) {
		t.Errorf("not asked: %s", body)
	}
	if body := n1.get(c, "/services/web/10.0.0.2?outputs=now").body; !strings.Contains(body, "this was on n2") {
		t.Errorf("asked: %s", body)
	}
	if body := n1.get(c, "/services/web/10.0.0.1").body; !strings.Contains(body, `id="lately"`) || strings.Contains(body, "this was on n2") {
		t.Errorf("this node: %s", body)
	}
}

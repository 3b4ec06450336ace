package web

import (
	"net/http"
	"strings"
	"testing"

	"srr/internal/api"
	"srr/internal/api/apitest"
)

// TestAboutANode: what a node is made of, also of another one, in the user's name.
func TestAboutANode(t *testing.T) {
	n1, n2 := pair(t)
	n2.fake.MadeOf.Versions[0].Value = "1.0 of n2"
	for name, c := range map[string]*http.Client{"certificate": n1.as("viewer"), "session": n1.loggedIn("viewer")} {
		body := n1.get(c, "/nodes/n1/about").body
		for _, want := range []string{"srr://shop/node/n1", "has ended", ">holds<", "SPF throttle", "hello 100 ms", "Not read: bfdd", "<dd>1.0</dd>"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %q in %s", name, want, body)
			}
		}
		if body := n1.get(c, "/nodes/n2/about").body; !strings.Contains(body, "1.0 of n2") {
			t.Errorf("%s, another node: %s", name, body)
		}
		if got := n1.get(c, "/nodes/n3/about"); got.status != http.StatusOK || !strings.Contains(got.body, "no console that could be asked") {
			t.Errorf("%s, a node without a console: %d %s", name, got.status, got.body)
		}
	}
}

// TestOutputsOfAnotherNode are asked for there, and so is the primitive status.
func TestOutputsOfAnotherNode(t *testing.T) {
	n1, n2 := pair(t)
	n2.fake.Kept[1].Output = "printed on n2<script>"
	n2.fake.StatusIs.Output = "status of n2"
	n2.fake.Checked[0].Text = "checked on n2<script>"
	c := n1.as("viewer")
	if body := n1.get(c, "/services/dns/n2").body; strings.Contains(body, "printed on n2") || !strings.Contains(body, "Ask n2") || !strings.Contains(body, `data-view=`) {
		t.Errorf("before it is asked: %s", body)
	}
	if body := n1.get(c, "/services/dns/n2?outputs=now").body; !strings.Contains(body, "printed on n2&lt;script&gt;") || !strings.Contains(body, "checked on n2&lt;script&gt;") || strings.Contains(body, "status of n2") || strings.Contains(body, `data-view=`) {
		t.Errorf("asked: %s", body)
	}
	if body := n1.get(c, "/services/dns/n2?status=now").body; !strings.Contains(body, "status of n2") {
		t.Errorf("status: %s", body)
	}
	n2.fake.Kept = []api.Output{}
	if got := n1.get(c, "/services/dns/n2?outputs=now"); got.status != http.StatusOK || !strings.Contains(got.body, "No output of dns") {
		t.Errorf("nothing there: %d %s", got.status, got.body)
	}
	snap := apitest.Shop()
	snap.Nodes[1].Console = "127.0.0.1:1"
	n1.fake.SetSnapshot(snap)
	if got := n1.get(c, "/services/dns/n2?status=now"); got.status != http.StatusOK || !strings.Contains(got.body, "Ask n2") || !strings.Contains(got.body, "refused") {
		t.Errorf("nobody there: %d %s", got.status, got.body)
	}
	if body := n1.get(c, "/services/dns/n3").body; !strings.Contains(body, "cannot be asked from here") {
		t.Errorf("a node that is down: %s", body)
	}
}

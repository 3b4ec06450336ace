package identity

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

func urls(t testing.TB, all string) []*url.URL {
	var us []*url.URL
	for s := range strings.FieldsSeq(all) {
		u, err := url.Parse(s)
		if err != nil {
			t.Skip()
		}
		us = append(us, u)
	}
	return us
}

func TestHolders(t *testing.T) {
	for _, h := range []Holder{
		{Kind: KindNode, Name: "n1", RouterID: 0x0a000001},
		{Kind: KindRecords, Name: "n_1-x", RouterID: 1},
		{Kind: KindUser, Name: "a.b@example.org", Role: Viewer},
	} {
		us, err := h.URIs("main")
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(us)
		if got, err := HolderOf("main", append(us, urls(t, "https://example.org/node/n2")...)); err != nil || got != h {
			t.Errorf("%+v, %v, want %+v", got, err, h)
		}
	}
	for _, bad := range []string{
		"", "https://main/node/n1", "srr://main/node/n1", "srr://main/router/0.0.0.1", "srr://main/user/a",
		"srr://main/user/a srr://main/role/root", "srr://main/user/a srr://main/role/nobody", "srr://main/user/a srr://main/router/0.0.0.1",
		"srr://main/node/n1 srr://main/router/0.0.0.0", "srr://main/node/n1 srr://main/router/1", "srr://main/node/n1 srr://main/role/viewer",
		"srr://lab/node/n1 srr://lab/router/0.0.0.1", "srr://main/node/n1 srr://lab/router/0.0.0.1",
		"srr://main/node/n1 srr://main/router/0.0.0.1 srr://main/router/0.0.0.2", "srr://main/node/n1 srr://main/node/n2 srr://main/router/0.0.0.1",
		"srr://main/node/n1 srr://main/user/a srr://main/router/0.0.0.1", "srr://main/node/n1 srr://main/records/n1 srr://main/router/0.0.0.1",
		"srr://main/node/n1 srr://main/router/0.0.0.1 srr://main/more/x", "srr://main/node/n1/x srr://main/router/0.0.0.1",
		"srr://main/node/n%31 srr://main/router/0.0.0.1", "srr://main:1/node/n1 srr://main/router/0.0.0.1", "srr://x@main/node/n1 srr://main/router/0.0.0.1",
		"srr://main/node/n1?x srr://main/router/0.0.0.1", "srr://main/node/n1#x srr://main/router/0.0.0.1", "SRR:x srr://main/node/n1 srr://main/router/0.0.0.1",
		"srr://main/node/N1 srr://main/router/0.0.0.1", "srr://main/node/n1.x srr://main/router/0.0.0.1", "srr://MAIN/node/n1 srr://MAIN/router/0.0.0.1",
		"srr://main/user/<b> srr://main/role/viewer", "srr://main/node/" + strings.Repeat("a", 33) + " srr://main/router/0.0.0.1",
	} {
		if h, err := HolderOf("main", urls(t, bad)); err == nil || h != (Holder{}) {
			t.Errorf("%s is %+v", bad, h)
		}
	}
	for _, h := range []Holder{{Kind: KindNode, Name: "n1"}, {Kind: KindUser, Name: "a"}, {Kind: KindUser, Name: "A", Role: Viewer}, {Kind: KindNode, Name: "../x", RouterID: 1}} {
		if us, err := h.URIs("main"); err == nil {
			t.Errorf("%v", us)
		}
	}
}

// Whatever a CA signed: what is read is what would have been written.
func FuzzHolderOf(f *testing.F) {
	f.Add("srr://main/node/n1 srr://main/router/10.0.0.1")
	f.Add("srr://main/user/a.b@example.org srr://main/role/operator x:y")
	f.Add("srr://main/records/n1 SRR://main/router/0.0.0.1")
	f.Fuzz(func(t *testing.T, all string) {
		given := urls(t, all)
		h, err := HolderOf("main", given)
		if err != nil {
			return
		}
		want, err := h.URIs("main")
		if err != nil {
			t.Fatalf("%+v cannot be written: %v", h, err)
		}
		for _, u := range given {
			if strings.EqualFold(u.Scheme, scheme) && !slices.ContainsFunc(want, func(w *url.URL) bool { return w.String() == u.String() }) {
				t.Errorf("%s was taken for %+v", u, h)
			}
		}
	})
}

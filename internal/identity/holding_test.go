package identity_test

import (
	"slices"
	"testing"
	"time"

	"srr/internal/identity/identitytest"
)

// TestHoldings: what a node has, its own first, with who it is for and until when.
func TestHoldings(t *testing.T) {
	p := identitytest.New(t, "shop")
	all := p.Store("n1", 0x0a000001).Holdings()
	var files []string
	for _, h := range all {
		files = append(files, h.File)
		if h.Issuer == "" || h.Serial == "" || !h.Ends.After(time.Now()) || h.Begins.After(time.Now()) {
			t.Errorf("%+v", h)
		}
	}
	if want := []string{"node.crt", "records.crt", "ca.crt", "crl.pem"}; !slices.Equal(files, want) {
		t.Errorf("%v", files)
	}
	for _, want := range []string{"localhost", "127.0.0.1", "srr://shop/node/n1", "srr://shop/router/10.0.0.1"} {
		if !slices.Contains(all[0].Names, want) {
			t.Errorf("%s is not in %v", want, all[0].Names)
		}
	}
}

package api_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"srr/internal/api"
)

// TestPackedStream: each piece arrives while the stream goes on, in whatever order
// pieces that were packed apart are sent.
func TestPackedStream(t *testing.T) {
	var p api.Packer
	pieces := map[string][]byte{}
	for _, text := range []string{"<b>one</b> " + strings.Repeat("again ", 1000), "two\nlines"} {
		b, err := p.Event("page", text)
		if err != nil {
			t.Fatal(err)
		}
		pieces[text[:3]] = b
	}
	if n := len(pieces["<b>"]); n > 200 {
		t.Errorf("6,000 bytes that repeat themselves are packed into %d", n)
	}
	next := make(chan string)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		out := api.NewPackedStream(w)
		defer out.Close()
		for which := range next {
			if err := out.SendPacked(pieces[which]); err != nil {
				t.Error(err)
			}
		}
	}))
	defer srv.Close()
	defer close(next)
	resp, err := http.Get(srv.URL) // unpacks by itself
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for _, which := range []string{"two", "<b>", "two"} {
		next <- which
		var event []string
		for lines.Scan() && lines.Text() != "" {
			event = append(event, lines.Text())
		}
		want := `data: "<b>one</b> again`
		if which == "two" {
			want = `data: "two\nlines"`
		}
		if len(event) != 2 || event[0] != "event: page" || !strings.HasPrefix(event[1], want) {
			t.Errorf("%s arrives as %.80q", which, event)
		}
	}
}

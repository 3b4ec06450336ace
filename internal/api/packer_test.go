package api_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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

// deadlines is an answer that notes until when it may be written.
type deadlines struct {
	*httptest.ResponseRecorder
	until time.Time
}

// SetWriteDeadline implements what http.ResponseController looks for.
func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.until = t
	return nil
}

// TestSilentStreamHasNoDeadline: HTTP/2 ended streams ten seconds after their last
// message.
func TestSilentStreamHasNoDeadline(t *testing.T) {
	for name, stream := range map[string]func(http.ResponseWriter) *api.Stream{
		"packed": api.NewPackedStream,
		"plain": func(w http.ResponseWriter) *api.Stream {
			return api.NewStream(w, httptest.NewRequest(http.MethodGet, "/", nil))
		},
	} {
		d := &deadlines{httptest.NewRecorder(), time.Now()}
		out := stream(d)
		if !d.until.IsZero() {
			t.Errorf("%s: after its beginning the deadline is %s", name, d.until)
		}
		if err := out.SendEncoded("page", 1, []byte("{}")); err != nil || !d.until.IsZero() {
			t.Errorf("%s: after a message the deadline is %s, %v", name, d.until, err)
		}
		if err := out.SendPacked([]byte("x")); err != nil || !d.until.IsZero() {
			t.Errorf("%s: after a packed message the deadline is %s, %v", name, d.until, err)
		}
	}
}

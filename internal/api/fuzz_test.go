package api_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"srr/internal/api"
	"srr/internal/api/apitest"
)

// FuzzHandler: whatever a client asks and sends, the answer is JSON with a status
// that blames the right side.
func FuzzHandler(f *testing.F) {
	f.Add("POST", "/v1/commands", `{"verb":"move","service":"web","node":"n2"}`)
	f.Add("POST", "/v1/commands", `{"verb":"start"}{}`)
	f.Add("GET", "/v1/explain?unit=web", "")
	f.Add("GET", "/v1/lsdb?type=opaque-as&id=222.0.0.1&raw=1", "")
	f.Add("GET", "/v1/events?n=-1&since=2026-01-01T00:00:00Z", "")
	f.Add("GET", "/v1/outputs?service=%00", "")
	f.Add("PUT", "//v1/../v1/snapshot;x?%zz", "")
	f.Fuzz(func(t *testing.T, method, target, body string) {
		if strings.Contains(target, "follow") || strings.Contains(target, "watch") {
			return // ends when the client goes
		}
		r, err := http.NewRequestWithContext(t.Context(), method, "http://srrd", strings.NewReader(body))
		if err != nil {
			return
		}
		r.URL.Path, r.URL.RawQuery, _ = strings.Cut(target, "?")
		r.Header.Set("Content-Type", "application/json")
		fake := apitest.NewFake()
		w := httptest.NewRecorder()
		api.New(fake, fake, slog.New(slog.NewTextHandler(io.Discard, nil))).Handler().ServeHTTP(w, r)
		kind := w.Header().Get("Content-Type")
		switch {
		case w.Code >= 500 && w.Code != http.StatusServiceUnavailable:
			t.Errorf("%s %q %q: %d %s", method, target, body, w.Code, w.Body)
		case w.Code < 300 || w.Code >= 400:
			if !strings.Contains(kind, "json") && method != http.MethodHead {
				t.Errorf("%s %q: %d as %q", method, target, w.Code, kind)
			}
		}
	})
}

package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

// Webhook sends the message as JSON to a URL by POST, on a connection of its own.
// It follows no redirect: the message and the token are for this URL.
type Webhook struct {
	URL       string // http or https
	TokenFile string // of a bearer token; "": none
	CAFile    string // PEM, in place of the host's CAs; "": these
}

// Send posts the message. Any status but 2xx is an error.
func (h *Webhook) Send(ctx context.Context, m Message) (string, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return "", permanent(fmt.Errorf("encode the message: %w", err))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(text))
	if err != nil {
		return "", permanent(fmt.Errorf("post: %w", err))
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "srr-notify")
	if h.TokenFile != "" {
		token, err := readSecret(h.TokenFile)
		if err != nil {
			return "", err
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	roots, err := readRoots(h.CAFile)
	if err != nil {
		return "", err
	}
	transport := &http.Transport{
		Proxy: nil, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10,
		TLSHandshakeTimeout: 5 * time.Second, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		return "", fmt.Errorf("post to %s: %w", shown(h.URL), err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxSaid)) // what it says decides nothing
	said := clean(response.Status + " " + string(body))
	switch code := response.StatusCode; {
	case code >= 200 && code < 300:
		return said, nil
	case code >= 500, code == http.StatusRequestTimeout, code == http.StatusTooManyRequests:
		return "", fmt.Errorf("post to %s: %s", shown(h.URL), said)
	default:
		return "", permanent(fmt.Errorf("post to %s: %s", shown(h.URL), said))
	}
}

// shown is a URL without what may be a secret of its path and query.
func shown(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "an address that is no URL"
	}
	return u.Scheme + "://" + u.Host + "/…"
}

// readRoots returns nil, the CAs of the host, for no file.
func readRoots(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the CA: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("read the CA: there is no certificate in " + path)
	}
	return pool, nil
}

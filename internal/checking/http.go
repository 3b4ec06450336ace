package checking

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
)

const maxBody = 64 << 10 // bytes of a body that are searched

// HTTP is up when a GET is answered with a status in range and a body that
// matches.
type HTTP struct {
	URL  string // http or https; its host is where to connect
	Host string // header and, with https, server name; empty: the URL's

	// Insecure takes any certificate.
	Insecure bool
	Roots    *x509.CertPool // nil: those of the host

	Status []StatusRange  // empty: 200–399
	Body   *regexp.Regexp // must match in the first 64 KiB; nil: not read
	// Follow follows up to ten redirects, all of them at the same address.
	Follow bool
}

// StatusRange is a range of status codes, inclusive.
type StatusRange struct{ From, To int }

// Check asks once, on a connection of its own.
func (c *HTTP) Check(ctx context.Context) Result {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, nil)
	if err != nil {
		return Unknownf("could not check: %v", err)
	}
	req.Host = cmp.Or(c.Host, req.URL.Host)
	req.Header.Set("User-Agent", "srr-check")
	transport := c.transport(req.URL)
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport}
	if !c.Follow {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	resp, err := client.Do(req)
	if err != nil {
		return FromError(ctx, errors.Unwrap(err)) // without the method and URL
	}
	defer resp.Body.Close()
	return c.judge(ctx, resp)
}

func (c *HTTP) transport(u *url.URL) *http.Transport {
	t := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return Dial(ctx, network, target(u))
		},
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 64 << 10,
		TLSClientConfig:        &tls.Config{InsecureSkipVerify: c.Insecure, RootCAs: c.Roots},
	}
	if name, _, err := net.SplitHostPort(c.Host); err == nil {
		t.TLSClientConfig.ServerName = name
	} else {
		t.TLSClientConfig.ServerName = c.Host
	}
	return t
}

// target is where to connect for a URL.
func target(u *url.URL) string {
	port := "80"
	if u.Scheme == "https" {
		port = "443"
	}
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
}

func (c *HTTP) judge(ctx context.Context, resp *http.Response) Result {
	if !c.accepts(resp.StatusCode) {
		return Downf("status %s", resp.Status)
	}
	if c.Body == nil {
		return Upf("status %s", resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if c.Body.Match(body) {
		return Upf("status %s, body matches", resp.Status)
	}
	if err != nil {
		return FromError(ctx, err)
	}
	return Downf("status %s, body does not match %q", resp.Status, c.Body)
}

func (c *HTTP) accepts(status int) bool {
	if len(c.Status) == 0 {
		return status >= 200 && status <= 399
	}
	for _, r := range c.Status {
		if status >= r.From && status <= r.To {
			return true
		}
	}
	return false
}

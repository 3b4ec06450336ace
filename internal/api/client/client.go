// Package client talks to the API of a daemon, over its unix socket or its console.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"srr/internal/api"
)

// Client asks one daemon. It is safe for concurrent use.
type Client struct {
	socket string  // "": a console is asked
	base   url.URL // of all paths of the API
	http   *http.Client
}

// answerWait is how long a daemon may take to begin an answer.
const answerWait = 65 * time.Second

// New makes a client of the daemon behind a socket. It does not connect yet.
func New(socket string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		d := net.Dialer{Timeout: 5 * time.Second}
		return d.DialContext(ctx, "unix", socket)
	}
	base := url.URL{Scheme: "http", Host: "srrd", Path: "/" + api.Version}
	return &Client{socket: socket, base: base, http: &http.Client{Transport: &http.Transport{
		DialContext:           dial,
		ResponseHeaderTimeout: answerWait,
		MaxIdleConns:          2,
		DisableCompression:    true,
	}}}
}

// Close gives idle connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Snapshot asks for the cluster as the daemon sees it.
func (c *Client) Snapshot(ctx context.Context) (api.Snapshot, error) {
	return get[api.Snapshot](ctx, c, "snapshot", nil)
}

// Served asks for how long each service was served.
func (c *Client) Served(ctx context.Context) ([]api.Served, error) {
	return get[[]api.Served](ctx, c, "availability", nil)
}

// Explain asks why a unit is where it is.
func (c *Client) Explain(ctx context.Context, unit string) (api.Explain, error) {
	return get[api.Explain](ctx, c, "explain", url.Values{"unit": {unit}})
}

// LSDB asks for entries of the link-state database.
func (c *Client) LSDB(ctx context.Context, q api.LSDBQuery) ([]api.LSA, error) {
	v := values("type", q.Type, "area", q.Area, "id", q.ID, "advertiser", q.Advertiser)
	if q.Raw {
		v.Set("raw", "true")
	}
	return get[[]api.LSA](ctx, c, "lsdb", v)
}

// Doctor asks what the daemon finds around itself.
func (c *Client) Doctor(ctx context.Context) ([]api.Check, error) {
	return get[[]api.Check](ctx, c, "doctor", nil)
}

// Outputs asks for kept outputs of a service's primitives; "" is all primitives.
func (c *Client) Outputs(ctx context.Context, service, primitive string) ([]api.Output, error) {
	return get[[]api.Output](ctx, c, "outputs", values("service", service, "primitive", primitive))
}

// Status has the primitive `status` of a service called now.
func (c *Client) Status(ctx context.Context, service string) (api.Output, error) {
	return get[api.Output](ctx, c, "status", values("service", service))
}

// Do gives a command. A rule's answer is an error in which errors.As finds an
// *api.Refusal.
func (c *Client) Do(ctx context.Context, r api.Request) (api.Reply, error) {
	return post[api.Reply](ctx, c, "commands", r)
}

// post sends a value and reads the answer.
func post[T any](ctx context.Context, c *Client, path string, what any) (T, error) {
	var v T
	body, err := json.Marshal(what)
	if err != nil {
		return v, fmt.Errorf("encode the question: %w", err)
	}
	resp, err := c.send(ctx, http.MethodPost, path, nil, bytes.NewReader(body))
	if err != nil {
		return v, err
	}
	defer resp.Body.Close()
	return v, decode(resp.Body, &v)
}

func get[T any](ctx context.Context, c *Client, path string, q url.Values) (T, error) {
	var v T
	resp, err := c.send(ctx, http.MethodGet, path, q, nil)
	if err != nil {
		return v, err
	}
	defer resp.Body.Close()
	return v, decode(resp.Body, &v)
}

func decode(r io.Reader, v any) error {
	if err := json.NewDecoder(io.LimitReader(r, api.MaxLine)).Decode(v); err != nil {
		return fmt.Errorf("read the answer of the daemon: %w", err)
	}
	return nil
}

// send returns an answer of status 200, or the error that the daemon gave.
func (c *Client) send(ctx context.Context, method, path string, q url.Values, body io.Reader) (*http.Response, error) {
	u := c.base
	u.Path, u.RawQuery = u.Path+"/"+path, q.Encode()
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("ask the daemon: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set(commandHeader, "1")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, c.unreachable(cause(err))
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, answerError(resp)
}

// cause strips the made-up URL from an error.
func cause(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		return ue.Err
	}
	return err
}

func answerError(resp *http.Response) error {
	var body api.ErrorBody
	b, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err := json.Unmarshal(b, &body); err != nil || body.Error.Text == "" {
		return fmt.Errorf("the daemon answered %s: %s", resp.Status, strings.TrimSpace(string(b[:min(len(b), 200)])))
	}
	return &body.Error
}

// values builds a query of the pairs whose value is not empty.
func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v
}

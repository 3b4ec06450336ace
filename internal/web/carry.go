package web

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"srr/internal/api"
	"srr/internal/hearing"
	"srr/internal/identity"
)

// A request that another node has to answer is carried there by this one, over
// mutual TLS, with the certificate that the user has shown here. The other node
// judges that certificate itself, so that its own rules say what the user may do.
// It believes this node that it was shown: whoever has a node's key could use what
// certificates of users it has seen.
//
// Of a user who has logged in by a token there is nothing to be judged there: the
// other node takes this one's word for who it is, and for no more than an operator.

const (
	userHeader = "Srr-User" // certificates, base64 of DER, separated by commas
	// loginHeader is ROLE NAME VIA of a user who has shown none.
	loginHeader = "Srr-Login"
	fromHeader  = "Srr-From" // where the user came from
	// maxChain is how many certificates may be carried.
	maxChain = 4
	// carryTimeout is more than another node takes for a command.
	carryTimeout = 15 * time.Second
	maxReply     = 1 << 20
)

// chainOf is what the user has shown.
func chainOf(certs []*x509.Certificate) string {
	var out []string
	for _, c := range certs[:min(len(certs), maxChain)] {
		out = append(out, base64.StdEncoding.EncodeToString(c.Raw))
	}
	return strings.Join(out, ",")
}

// isCarried reports whether a request claims to be brought by a node.
func isCarried(r *http.Request) bool {
	return r.Header.Get(userHeader) != "" || r.Header.Get(loginHeader) != ""
}

// carried is the user whose request a node brings.
func (s *Server) carried(r *http.Request, node string) (identity.User, error) {
	if said := r.Header.Get(loginHeader); said != "" && r.Header.Get(userHeader) == "" && isAPI(r) {
		return vouchedFor(said, node)
	}
	parts := strings.Split(r.Header.Get(userHeader), ",")
	if !isAPI(r) || parts[0] == "" || len(parts) > maxChain {
		return identity.User{}, errors.New("node " + node + " is no user, and brings none")
	}
	var chain []*x509.Certificate
	for _, p := range parts {
		der, err := base64.StdEncoding.DecodeString(p)
		if err != nil {
			return identity.User{}, fmt.Errorf("read the user that node %s brings: %w", node, err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return identity.User{}, fmt.Errorf("read the user that node %s brings: %w", node, err)
		}
		chain = append(chain, c)
	}
	user, err := s.opt.Identity.User(tls.ConnectionState{HandshakeComplete: true, PeerCertificates: chain})
	if err != nil {
		return identity.User{}, fmt.Errorf("judge the user that node %s brings: %w", node, err)
	}
	user.Via = "node " + node + ", " + user.Via
	return user, nil
}

// vouchedFor is a user of whom only the node that brings them knows anything.
func vouchedFor(said, node string) (identity.User, error) {
	words := strings.SplitN(said, " ", 3)
	words = append(words, "", "")
	role, err := identity.ParseRole(words[0])
	if err == nil {
		err = identity.CheckUser(words[1], role)
	}
	if err != nil {
		return identity.User{}, fmt.Errorf("read the user that node %s brings: %w", node, err)
	}
	via := "node " + node + ", which says " + cut(api.Visible(words[2]), 128)
	return identity.User{Name: words[1], Role: min(role, identity.Operator), Via: via, Token: true}, nil
}

// client talks to another node, and to nobody else at its address.
func (s *Server) client(n *api.Node) http.RoundTripper {
	return hearing.On(&http.Transport{
		TLSClientConfig: s.opt.Identity.ClientTLS(n.Name), DisableKeepAlives: true, DisableCompression: true,
		TLSHandshakeTimeout: readHeaderTimeout, ResponseHeaderTimeout: answerTimeout, MaxResponseHeaderBytes: maxHeaderBytes,
	})
}

// mark says on whose behalf a request is.
func mark(out *http.Request, r *http.Request) {
	if u := visitOf(r).user; u.Token {
		out.Header.Set(loginHeader, u.Role.String()+" "+u.Name+" "+u.Via)
	} else {
		out.Header.Set(userHeader, chainOf(r.TLS.PeerCertificates))
	}
	out.Header.Set(fromHeader, r.RemoteAddr)
	out.Header.Set(apiHeader, "1")
}

// bearerOf tells apart in whose name requests are.
func bearerOf(r *http.Request) string {
	out := http.Request{Header: http.Header{}}
	mark(&out, r)
	return digest([]byte(out.Header.Get(userHeader) + " " + out.Header.Get(loginHeader)))
}

// carry gives a command to another node.
func (s *Server) carry(v *visit, n *api.Node, req api.Request) (api.Reply, error) {
	var reply api.Reply
	body, err := json.Marshal(req)
	if err != nil {
		return reply, fmt.Errorf("encode the command: %w", err)
	}
	ctx, cancel := context.WithTimeout(v.ctx, carryTimeout)
	defer cancel()
	to := url.URL{Scheme: "https", Host: n.Console, Path: "/v1/commands"}
	sent := false
	out, err := http.NewRequestWithContext(noting(ctx, &sent), http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return reply, fmt.Errorf("carry the command to %s: %w", n.Title(), err)
	}
	out.Header.Set("Content-Type", "application/json")
	mark(out, v.r)
	resp, err := s.client(n).RoundTrip(out)
	if err != nil {
		return reply, unanswered(n, sent, err)
	}
	defer resp.Body.Close()
	return reply, readReply(resp, n, &reply)
}

// fetch asks another node, in the name of the user. What it answers is for them alone:
// it judges whom it tells.
func fetch[T any](s *Server, v *visit, n *api.Node, path string, q url.Values) (T, error) {
	return fetchBy(s, v, n, path, q, func(resp *http.Response) (answer T, err error) {
		return answer, readReply(resp, n, &answer)
	})
}

// fetchBy reads the answer in its own way.
func fetchBy[T any](s *Server, v *visit, n *api.Node, path string, q url.Values, read func(*http.Response) (T, error)) (T, error) {
	var answer T
	if n.Console == "" {
		return answer, errors.New("it has no console that could be asked")
	}
	return ask(s, v, func(ctx context.Context) (T, error) {
		ctx, cancel := context.WithTimeout(ctx, carryTimeout)
		defer cancel()
		to := url.URL{Scheme: "https", Host: n.Console, Path: "/" + api.Version + "/" + path, RawQuery: q.Encode()}
		out, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
		if err != nil {
			return answer, fmt.Errorf("ask %s: %w", n.Title(), err)
		}
		mark(out, v.r)
		resp, err := s.client(n).RoundTrip(out)
		if err != nil {
			return answer, unanswered(n, false, err)
		}
		defer resp.Body.Close()
		return read(resp)
	})
}

func readReply(resp *http.Response, n *api.Node, reply any) error {
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", n.Title(), err)
	}
	if resp.StatusCode == http.StatusOK {
		return json.Unmarshal(text, reply)
	}
	var failed api.ErrorBody
	if json.Unmarshal(text, &failed) != nil || failed.Error.Text == "" {
		return fmt.Errorf("%s answered: %s", n.Title(), resp.Status)
	}
	return &failed.Error
}

// forward hands a request of the API to another node, and its answer back.
func (s *Server) forward(w http.ResponseWriter, r *http.Request) {
	v := visitOf(r)
	path := r.PathValue("path")
	n, err := v.snap.FindNode(r.PathValue("node"))
	needs := apiRoles[r.Method+" /"+api.Version+"/"+path]
	switch {
	case isCarried(r):
		err = errors.New("what was carried here is not carried on")
	case needs == identity.Nobody:
		err = fmt.Errorf("no path %q of the API: %w", cut(path, 64), api.ErrNotFound)
	case v.user.Role < needs:
		s.turnAway(w, r, v.user, &forbidden{v.user, needs})
		return
	case err == nil && n.Console == "":
		err = fmt.Errorf("%s has no console to which this could be carried: console.listen in its srr.yaml opens one: %w", n.Title(), api.ErrNotFound)
	}
	if err != nil {
		writeAPIError(w, http.StatusNotFound, api.Error{Kind: api.KindNotFound, Text: err.Error()})
		return
	}
	sent := false
	proxy := httputil.ReverseProxy{
		Transport: s.client(n), FlushInterval: -1,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL = &url.URL{Scheme: "https", Host: n.Console, Path: "/" + api.Version + "/" + path, RawQuery: p.In.URL.RawQuery}
			p.Out.Host = n.Console
			p.Out.Header = http.Header{}
			for _, h := range []string{"Accept", "Content-Type", "Last-Event-ID"} {
				if val := p.In.Header.Get(h); val != "" {
					p.Out.Header.Set(h, val)
				}
			}
			mark(p.Out, p.In)
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			none := unanswered(n, sent && r.Method == http.MethodPost, err)
			writeAPIError(w, http.StatusBadGateway, api.Error{Kind: api.KindUnreachable, Text: none.Error()})
		},
	}
	rc := http.NewResponseController(w)
	if r.Method == http.MethodGet { // which may be a stream
		_ = rc.SetReadDeadline(time.Time{})
		_ = rc.SetWriteDeadline(time.Time{})
	}
	proxy.ServeHTTP(&piecewise{w, rc}, r.WithContext(noting(r.Context(), &sent)))
}

// piecewise gives each piece of an answer its own time, and not the whole of it: what is
// carried may be a stream.
type piecewise struct {
	http.ResponseWriter
	rc *http.ResponseController
}

// pieceTimeout is how long somebody may take to read one.
const pieceTimeout = 10 * time.Second

func (p *piecewise) timed(write func() error) error {
	_ = p.rc.SetWriteDeadline(time.Now().Add(pieceTimeout))
	err := write()
	_ = p.rc.SetWriteDeadline(time.Time{}) // HTTP/2 would end a silent stream
	return err
}

// Write implements io.Writer.
func (p *piecewise) Write(b []byte) (n int, err error) {
	err = p.timed(func() error {
		n, err = p.ResponseWriter.Write(b)
		return err
	})
	return n, err
}

// FlushError is what http.ResponseController looks for.
func (p *piecewise) FlushError() error { return p.timed(p.rc.Flush) }

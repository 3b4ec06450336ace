package enrol

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"srr/internal/identity"
	"srr/internal/identity/ca"
)

// Path is where the handler is mounted. It needs no role: the token is one.
const Path = "/api/v1/enrol"

// maxBody bounds a request: two of about 250 bytes, in base64.
const maxBody = 16 << 10

// Handler answers POST Path where the CA is in the directory; elsewhere it says
// that it is not. The server must speak TLS by identity.Store.ServerTLS.
type Handler struct {
	Dir string // of the CA, for example /etc/srr/pki/ca
	Log *slog.Logger
	Now func() time.Time // nil: time.Now

	// one at a time: nobody enrols often, and the CA is locked anyway.
	mu sync.Mutex
}

// fault is what the other end is told.
type fault struct {
	code int
	text string
}

func (f *fault) Error() string { return f.text }

// errDenied says the same whatever was wrong: what a stranger learns is nothing.
var errDenied = &fault{http.StatusForbidden, ca.ErrToken.Error()}

// ServeHTTP enrols one node.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out, node, err := h.serve(w, r)
	f := &fault{}
	switch {
	case err == nil:
		h.Log.Warn("a node was enrolled", "node", node.Name, "from", r.RemoteAddr)
	case errors.As(err, &f):
		h.Log.Warn("an enrolment was refused", "from", r.RemoteAddr, "why", err)
	default:
		h.Log.Error("an enrolment failed", "from", r.RemoteAddr, "err", err)
	}
	reply(w, out, err)
}

// reply tells the other end what it gets, or why it gets nothing. What is wrong with
// the CA is no business of others.
func reply(w http.ResponseWriter, out any, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if err == nil {
		_ = json.NewEncoder(w).Encode(out) // the other end is gone, and a token spent
		return
	}
	f := &fault{}
	if !errors.As(err, &f) {
		f = &fault{http.StatusInternalServerError, "the CA cannot work; the log of srrd there says why"}
	}
	w.WriteHeader(f.code)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": f.text}) // the same
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) (*answer, ca.Node, error) {
	none := ca.Node{}
	if r.Method != http.MethodPost {
		return nil, none, &fault{http.StatusMethodNotAllowed, "want POST"}
	}
	binding, err := bindingOf(r.TLS)
	if err != nil {
		return nil, none, &fault{http.StatusBadRequest, err.Error()}
	}
	var q request
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&q); err != nil {
		return nil, none, &fault{http.StatusBadRequest, "the request cannot be read"}
	}
	if !h.mu.TryLock() {
		return nil, none, &fault{http.StatusServiceUnavailable, busy}
	}
	defer h.mu.Unlock()
	return h.enrol(&q, binding)
}

const busy = "another node is being enrolled"

func (h *Handler) enrol(q *request, binding []byte) (*answer, ca.Node, error) {
	now := time.Now()
	if h.Now != nil {
		now = h.Now()
	}
	c, err := ca.Open(h.Dir)
	if errors.Is(err, ca.ErrNone) {
		return nil, ca.Node{}, errElsewhere
	}
	if err != nil {
		return nil, ca.Node{}, err
	}
	defer c.Close()
	t, err := c.Token(q.ID, now)
	if errors.Is(err, ca.ErrToken) {
		return nil, ca.Node{}, errDenied
	}
	if err != nil {
		return nil, ca.Node{}, err
	}
	if !hmac.Equal(q.MAC, q.mac(t.Secret, binding)) {
		return nil, ca.Node{}, errDenied
	}
	keys, err := q.keys()
	if err != nil {
		return nil, t.Node, &fault{http.StatusBadRequest, err.Error()}
	}
	if err := c.Spend(t); err != nil {
		return nil, t.Node, err
	}
	out, err := issue(c, t.Node, keys, now)
	if err == nil {
		out.MAC = out.mac(t.Secret, binding)
	}
	return out, t.Node, err
}

// keys checks the requests: whoever sent them has the private keys. Their names
// do not matter.
func (q *request) keys() (ca.NodeKeys, error) {
	speak, err := publicOf(q.TLS)
	if err != nil {
		return ca.NodeKeys{}, err
	}
	records, err := publicOf(q.Records)
	if err != nil {
		return ca.NodeKeys{}, err
	}
	key, ok := records.(ed25519.PublicKey)
	if !ok {
		return ca.NodeKeys{}, errors.New("the key for records must be Ed25519")
	}
	return ca.NodeKeys{TLS: speak, Records: key}, nil
}

func publicOf(der []byte) (any, error) {
	c, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, errors.New("the request for a certificate cannot be read")
	}
	if err := c.CheckSignature(); err != nil {
		return nil, errors.New("the request for a certificate is not signed by its key")
	}
	return c.PublicKey, ca.CheckKey(c.PublicKey)
}

func issue(c *ca.CA, n ca.Node, keys ca.NodeKeys, now time.Time) (*answer, error) {
	certs, err := c.IssueNode(n, keys, ca.ValidNode, now)
	if err != nil {
		return nil, err
	}
	list, err := c.List(now)
	if err != nil {
		return nil, err
	}
	return &answer{
		CA: identity.EncodeCertificates(c.Certificate), TLS: identity.EncodeCertificates(certs.TLS),
		Records: identity.EncodeCertificates(certs.Records), List: list,
	}, nil
}

// NewToken makes a token at the CA for a node that enrols at server.
func NewToken(c *ca.CA, server string, n ca.Node, valid time.Duration, now time.Time) (Token, error) {
	if err := CheckServer(server); err != nil {
		return Token{}, err
	}
	t, err := c.NewToken(n, valid, now)
	if err != nil {
		return Token{}, err
	}
	return Token{Server: server, CA: c.Hash(), ID: t.ID, Secret: [32]byte(t.Secret)}, nil
}

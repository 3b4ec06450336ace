package web

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"srr/internal/api"
	"srr/internal/identity"
	"srr/internal/identity/login"
)

// Limits. Go has none of its own for most of them.
const (
	readHeaderTimeout = 5 * time.Second // of the handshake, too
	readTimeout       = 10 * time.Second
	answerTimeout     = 60 * time.Second // of one answer that is not a stream
	idleTimeout       = 60 * time.Second
	maxHeaderBytes    = 16 << 10
	maxBodyBytes      = 64 << 10
	maxStreams        = 64 // of one HTTP/2 connection
)

// Identity says who is at the other end of a connection.
type Identity interface {
	// ServerTLS is the configuration of a listener for these protocols (ALPN).
	ServerTLS(protocols ...string) *tls.Config
	// User is who the certificate of a connection belongs to. An error: nobody.
	User(tls.ConnectionState) (identity.User, error)
	// Node is which node of the cluster it belongs to, if it does.
	Node(tls.ConnectionState) (name string, ok bool)
	// ClientTLS is the configuration of a connection to a node: nobody else may
	// answer.
	ClientTLS(node string) *tls.Config
}

// Router runs commands on the routing daemons of this host.
type Router interface {
	// Show runs one command in enable mode; daemon is zebra, ospfd or bfdd.
	Show(ctx context.Context, daemon, command string) ([]byte, error)
	// Configure runs the lines in one configuration session and stops at the first
	// that is refused. No file changes.
	Configure(ctx context.Context, daemon string, lines ...string) error
}

// Options are what a console shows and serves.
type Options struct {
	API       *api.Server
	Backend   api.Backend
	Inspector api.Inspector
	Surveyor  Surveyor
	Identity  Identity
	// Enrol answers nodes that have a token and no certificate yet, at EnrolPath; nil:
	// they are not answered here.
	Enrol     http.Handler
	EnrolPath string
	// Lists shows other nodes what was revoked; nil: they are not shown it here.
	Lists http.HandlerFunc
	// Renew gives other nodes new certificates; nil: it is not done here.
	Renew http.Handler
	// Configurator changes the services of this node; nil: it is not allowed to.
	Configurator Configurator
	Router       Router // nil: there are no routing daemons to talk to
	Log          *slog.Logger
}

// Server is the console of one node.
type Server struct {
	opt       Options
	atlas     atlas
	log       *slog.Logger
	secret    [32]byte // of the tokens in forms; another one in each process
	pages     *http.ServeMux
	live      *live
	chronicle *chronicle
	statuses  statuses
	refusals  refusals
	desk      login.Desk    // of users without a certificate
	slots     chan struct{} // for what may be made at the same time
	watchers  chan struct{}
	questions chan struct{} // of the slow ones
}

// New makes a console, and lets the API make tokens for its login. Serve must run for
// live pages to go on.
func New(o Options) *Server {
	s := &Server{opt: o, log: o.Log, slots: make(chan struct{}, maxRenders), watchers: make(chan struct{}, maxWatching), questions: make(chan struct{}, maxQuestions)}
	_, _ = rand.Read(s.secret[:])
	s.live = newLive(s.mainPart)
	s.chronicle = newChronicle()
	s.pages = s.pageMux()
	o.API.Admit(granter{s})
	return s
}

// Changed tells that there is a new snapshot. It never blocks.
func (s *Server) Changed() { s.live.changed() }

// Listen opens the address. MPTCP stays off: rules about TCP in packet filters
// and sandboxes do not see it.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	lc.SetMultipathTCP(false)
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("open the console: %w", err)
	}
	return l, nil
}

// Serve answers on a listener until ctx ends, then closes it. It returns nil
// after ctx ended.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go s.live.run(ctx)
	go s.chronicle.follow(ctx, s.opt.Backend)
	srv := s.httpServer()
	return api.ServeUntil(ctx, srv, "the console", func() error { return srv.ServeTLS(newDoor(l), "", "") })
}

func (s *Server) httpServer() *http.Server {
	config := s.opt.Identity.ServerTLS("h2", "http/1.1").Clone()
	config.MinVersion = tls.VersionTLS13
	return &http.Server{
		Handler:           s.handler(),
		TLSConfig:         config,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		// Whoever knocks without a certificate would fill the log.
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

package web

import (
	"net/http"
	"strings"

	"srr/internal/api"
	"srr/internal/identity"
)

// Who may do what is in this file and nowhere else. A route that is not here
// does not exist.

// pageRoute is a page: its path, who may see it, and what makes it.
type pageRoute struct {
	pattern string
	role    identity.Role
	make    func(*Server, *visit) (page, error)
}

// pageRoutes are all pages.
var pageRoutes = []pageRoute{
	{"GET /{$}", identity.Viewer, (*Server).overview},
	{"GET /services", identity.Viewer, (*Server).services},
	{"GET /services/{service}/{node}", identity.Viewer, (*Server).instance},
	{"GET /nodes", identity.Viewer, (*Server).nodes},
	{"GET /nodes/{node}", identity.Viewer, (*Server).node},
	{"GET /nodes/{node}/about", identity.Viewer, (*Server).about},
	{"GET /map", identity.Viewer, (*Server).networkMap},
	{"GET /lsdb", identity.Viewer, (*Server).lsdb},
	{"GET /events", identity.Viewer, (*Server).timeLine},
	{"GET /past", identity.Viewer, (*Server).past},
	{"GET /availability", identity.Viewer, (*Server).availability},
	{"GET /configuration", identity.Viewer, (*Server).configuration},
	{"GET /configure", identity.Administrator, (*Server).configure},
	{"POST /configure", identity.Administrator, (*Server).configureAnswer},
	{"GET /information", identity.Viewer, (*Server).information},
	{"GET /routing", identity.Operator, (*Server).routing},
	{"POST /routing", identity.Operator, (*Server).routingAnswer},
	{"POST /routing/set", identity.Administrator, (*Server).routingSet},
	{"GET /what-if", identity.Operator, (*Server).future},
	{"POST /what-if", identity.Operator, (*Server).futureAnswer},
	{"GET /act", identity.Operator, (*Server).confirm},
	{"POST /act", identity.Operator, (*Server).act},
}

// apiRoles says who may use which path of the API.
var apiRoles = map[string]identity.Role{
	"GET /v1/snapshot":     identity.Viewer,
	"GET /v1/watch":        identity.Viewer,
	"GET /v1/events":       identity.Viewer,
	"GET /v1/past":         identity.Viewer,
	"GET /v1/availability": identity.Viewer,
	"GET /v1/about":        identity.Viewer,
	"GET /v1/checks":       identity.Viewer,
	"GET /v1/explain":      identity.Viewer,
	"GET /v1/lsdb":         identity.Viewer,
	"GET /v1/doctor":       identity.Viewer,
	"GET /v1/outputs":      identity.Viewer,
	"GET /v1/status":       identity.Viewer,
	"POST /v1/commands":    identity.Operator,
	"POST /v1/what-if":     identity.Operator, // each takes a processor for a while
	"GET /v1/survives":     identity.Operator,

	"GET /v1/logins":      identity.Administrator,
	"POST /v1/logins":     identity.Administrator,
	"POST /v1/end-logins": identity.Administrator,
}

// route is any path with who may use it.
type route struct {
	pattern string
	role    identity.Role
	handle  http.HandlerFunc
}

// routes are all paths that are served.
func (s *Server) routes() []route {
	rs := []route{
		{"GET /live", identity.Viewer, s.watching(s.serveLive)},
		{"GET /docs/{file}", identity.Viewer, s.document},
		{"GET /metrics", identity.Viewer, s.metrics},
		{"GET /static/{file}", identity.Viewer, s.static},
		{"POST /logout", identity.Viewer, s.logOut},
	}
	on := s.watching(s.forward)
	rs = append(rs, route{"GET /v1/on/{node}/{path...}", identity.Viewer, on}, route{"POST /v1/on/{node}/{path...}", identity.Operator, on})
	for _, p := range pageRoutes {
		rs = append(rs, route{p.pattern, p.role, s.servePage(p)})
	}
	for _, a := range s.opt.API.Routes() {
		handle := a.Handle
		if a.Pattern == "GET /v1/watch" || a.Pattern == "GET /v1/events" {
			handle = s.watching(handle)
		}
		if a.Pattern == "POST /v1/logins" {
			handle = byCertificate(handle)
		}
		rs = append(rs, route{a.Pattern, apiRoles[a.Pattern], handle})
	}
	return rs
}

// handler answers everything that comes in by the network.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.HandleFunc(r.pattern, s.guard(r.role, r.handle))
	}
	for _, r := range s.openRoutes() {
		mux.HandleFunc(r.pattern, open(r.handle))
	}
	mux.HandleFunc("/", s.guard(identity.Viewer, s.noSuchPath))
	return mux
}

// openRoutes are the paths that are there for who is nobody yet: people who log in,
// nodes that enrol, and nodes that ask each other.
func (s *Server) openRoutes() []route {
	rs := []route{
		{"GET /login", identity.Nobody, s.loginPage},
		{"POST /login", identity.Nobody, s.logIn},
		{"GET " + assetPath("srr.css"), identity.Nobody, serveAsset("srr.css")},
		{"GET " + assetPath("srr.svg"), identity.Nobody, serveAsset("srr.svg")},
	}
	if s.opt.Enrol != nil {
		rs = append(rs, route{"POST " + s.opt.EnrolPath, identity.Nobody, few(s.opt.Enrol.ServeHTTP)})
	}
	if s.opt.Lists != nil {
		rs = append(rs, route{"GET " + identity.ListPath, identity.Nobody, few(s.forNodes(s.opt.Lists))})
	}
	if s.opt.Renew != nil {
		rs = append(rs, route{"POST " + identity.RenewPath, identity.Nobody, few(s.forNodes(s.opt.Renew.ServeHTTP))})
	}
	return rs
}

// open lets everybody in: whoever asks there has no certificate yet, and their token
// says what they may. It gets little to read.
func open(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header())
		if foreign(r) {
			writeAPIError(w, http.StatusForbidden, api.Error{Kind: api.KindForbidden, Text: errForeign.Error()})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBodyBytes)
		next(w, r)
	}
}

// few is for what takes a while, so that not many strangers do it at once.
func few(next http.HandlerFunc) http.HandlerFunc {
	places := make(chan struct{}, maxQuestions)
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
		default:
			writeAPIError(w, http.StatusServiceUnavailable, api.Error{Kind: api.KindBusy, Text: "too many at once, try again"})
			return
		}
		next(w, r)
	}
}

// forNodes is for what nodes ask each other, and nobody else.
func (s *Server) forNodes(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, ok := s.opt.Identity.Node(*r.TLS); !ok {
			writeAPIError(w, http.StatusForbidden, api.Error{Kind: api.KindForbidden, Text: "this is for nodes of the cluster"})
			return
		}
		next(w, r)
	}
}

func (s *Server) noSuchPath(w http.ResponseWriter, r *http.Request) {
	if isAPI(r) {
		s.opt.API.NotFound(w, r)
		return
	}
	s.failPage(w, r, errNoPage)
}

// isAPI reports whether a program asks, and not a person.
func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/"+api.Version+"/") }

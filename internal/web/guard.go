package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"srr/internal/api"
	"srr/internal/identity"
)

// visit is one request of somebody who is known.
type visit struct {
	ctx  context.Context
	r    *http.Request
	user identity.User
	snap api.Snapshot
	// bearer is whose page this is, if it is watched and another node is asked for it.
	bearer string
}

type visitKey struct{}

// visitOf is what guard, or the live part, put into a request.
func visitOf(r *http.Request) *visit {
	v := *r.Context().Value(visitKey{}).(*visit)
	v.ctx, v.r = r.Context(), r
	return &v
}

// guard lets in who may do what a route is for. It is in front of every route.
func (s *Server) guard(role identity.Role, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header())
		user, err := s.admit(r, role)
		if err != nil {
			s.turnAway(w, r, user, err)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBodyBytes)
		ctx := api.WithCaller(r.Context(), api.Caller{Name: user.Name, From: originOf(r), Via: fmt.Sprintf("%s, %s", user.Role, user.Via)})
		v := &visit{user: user, snap: s.opt.Backend.Snapshot()}
		next(w, r.WithContext(context.WithValue(ctx, visitKey{}, v)))
	}
}

var (
	errStranger = errors.New("your browser has shown no certificate that this cluster knows, and no session")
	errForeign  = errors.New("the request comes from another site")
)

// admit says who asks, or why they may not.
func (s *Server) admit(r *http.Request, role identity.Role) (identity.User, error) {
	if r.TLS == nil {
		return identity.User{}, errStranger
	}
	user, err := s.userOf(r)
	switch {
	case err != nil:
		return identity.User{}, fmt.Errorf("%w: %w", errStranger, err)
	case foreign(r):
		return user, errForeign
	case role == identity.Nobody || user.Role < role:
		return user, &forbidden{user, role}
	}
	return user, nil
}

// userOf is who is at the other end, or whose request a node brings from there.
func (s *Server) userOf(r *http.Request) (identity.User, error) {
	if node, ok := s.opt.Identity.Node(*r.TLS); ok {
		return s.carried(r, node)
	}
	user, err := s.opt.Identity.User(*r.TLS)
	if c, none := r.Cookie(sessionCookie); err != nil && none == nil {
		return s.desk.User(time.Now(), c.Value)
	}
	return user, err
}

// originOf is where a request comes from, also if a node brings it.
func originOf(r *http.Request) string {
	if told := r.Header.Get(fromHeader); told != "" && isCarried(r) {
		return r.RemoteAddr + ", which says " + cut(api.Visible(told), 64)
	}
	return r.RemoteAddr
}

// forbidden is somebody who is known and may not.
type forbidden struct {
	user  identity.User
	needs identity.Role
}

func (f *forbidden) Error() string {
	return fmt.Sprintf("%s is %s, and this needs %s", f.user.Name, article(f.user.Role.String()), article(f.needs.String()))
}

// turnAway says why, and writes it down.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, user identity.User, err error) {
	if tell, untold := s.refusals.tell(time.Now()); tell {
		s.log.Warn("refused a request to the console", "from", r.RemoteAddr, "to", r.Method+" "+cut(r.URL.Path, 64), "why", cut(err.Error(), 300), "untold", untold)
	}
	status := http.StatusForbidden
	if errors.Is(err, errStranger) {
		status = http.StatusUnauthorized
		err = errStranger
	}
	switch {
	case isAPI(r):
		e := api.Error{Kind: api.KindForbidden, Text: err.Error()}
		if status == http.StatusUnauthorized {
			e.Text = "no certificate of a user whom this cluster knows was shown, and no session"
		}
		if f, ok := errors.AsType[*forbidden](err); ok {
			e.Needs = f.needs.String()
		}
		writeAPIError(w, status, e)
	case status == http.StatusUnauthorized:
		s.sendLogin(w, status, loginData{To: wayBack(r), Stranger: true})
	default:
		s.errorPage(w, r, user, status, err)
	}
}

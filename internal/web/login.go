package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"srr/internal/api"
	"srr/internal/identity/login"
)

// Who can show no certificate logs in by a token that somebody made for them
// (srrctl login new). Their browser then has a cookie instead, and what is refused
// because another site asks for it is refused for them, too (foreign.go).

// sessionCookie: browsers send one of this name over TLS alone, and take it from
// nobody but this host (RFC 6265bis, cookie name prefixes). They send it to all ports
// of the host, which cannot be helped.
const sessionCookie = "__Host-srr-session"

// maxLoginBytes is how long the form of somebody may be whom nobody knows.
const maxLoginBytes = 4 << 10

// loginData is the login page. It says nothing of the cluster.
type loginData struct {
	To       string // where they wanted to go
	Stranger bool   // they wanted to go there and may not
	Out      bool   // they have just logged out
	Refused  string
	Style    string
}

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.sendLogin(w, http.StatusOK, loginData{To: local(q.Get("to")), Out: q.Get("out") != ""})
}

func (s *Server) sendLogin(w http.ResponseWriter, status int, d loginData) {
	d.Style = assetPath("srr.css")
	s.sendTemplate(w, status, "login", d)
}

// logIn takes a token and begins a session. One that the browser had ends.
func (s *Server) logIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxLoginBytes)
	if err := r.ParseForm(); err != nil {
		s.sendLogin(w, http.StatusBadRequest, loginData{Refused: "the form cannot be read"})
		return
	}
	now, to := time.Now(), local(r.PostForm.Get("to"))
	secret, pass, err := s.desk.Redeem(now, originOfAddress(r.RemoteAddr), r.RemoteAddr, r.PostForm.Get("token"))
	if err != nil {
		s.refuseLogin(w, r, to, err)
		return
	}
	if old, err := r.Cookie(sessionCookie); err == nil {
		s.desk.End(old.Value)
	}
	user := pass.User()
	ctx := api.WithCaller(r.Context(), api.Caller{Name: user.Name, From: r.RemoteAddr, Via: user.Role.String() + ", " + user.Via})
	s.opt.API.Written(ctx, api.Deed{What: "log in", Result: "accepted: until " + pass.Expires.UTC().Format(time.RFC3339)})
	setSession(w, secret, int(pass.Lasts/time.Second))
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (s *Server) refuseLogin(w http.ResponseWriter, r *http.Request, to string, err error) {
	if tell, untold := s.refusals.tell(time.Now()); tell {
		s.log.Warn("refused a login to the console", "from", r.RemoteAddr, "why", err, "untold", untold)
	}
	status := http.StatusForbidden
	if errors.Is(err, login.ErrTooOften) {
		status = http.StatusTooManyRequests
	}
	s.sendLogin(w, status, loginData{To: to, Refused: err.Error()})
}

// logOut ends the session of a browser.
func (s *Server) logOut(w http.ResponseWriter, r *http.Request) {
	v := visitOf(r)
	if err := s.readForm(v); err != nil {
		s.failPage(w, r, err)
		return
	}
	if c, err := r.Cookie(sessionCookie); err == nil {
		s.desk.End(c.Value)
	}
	s.opt.API.Written(v.ctx, api.Deed{What: "log out", Result: "accepted: the session has ended"})
	setSession(w, "", -1)
	http.Redirect(w, r, "/login?out=1", http.StatusSeeOther)
}

func setSession(w http.ResponseWriter, secret string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: secret, Path: "/", MaxAge: maxAge,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

// wayBack is where somebody wanted to go.
func wayBack(r *http.Request) string {
	if r.Method != http.MethodGet {
		return "/"
	}
	return local(r.URL.RequestURI())
}

// local is a path of this console, whatever the text is.
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || len(to) > maxView || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") ||
		strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") || u.Path == "/login" || u.Path == "/logout" {
		return "/"
	}
	return to
}

// byCertificate refuses who has logged in by a token: they could make tokens for
// themselves for ever.
func byCertificate(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if visitOf(r).user.Token {
			writeAPIError(w, http.StatusForbidden, api.Error{Kind: api.KindForbidden, Text: "who has logged in by a token makes none: it takes a certificate, or root on the node"})
			return
		}
		next(w, r)
	}
}

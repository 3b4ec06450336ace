package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"

	"srr/internal/identity"
)

// A browser shows the user's certificate to us whoever made it ask: a page of
// another site, too. So what another site made it ask is not answered.
//
//   - Browsers say where a request comes from (Sec-Fetch-Site, W3C Fetch
//     Metadata; older ones Origin). What is changed by POST is refused to all but
//     this console itself and programs that are no browsers.
//   - A GET of another site may only be a person that follows a link.
//   - Forms carry a token that no other site can know, and the API a header
//     that none can send without being asked first.

// apiHeader must be in each request to the API that changes something.
const apiHeader = "Srr-Request"

var crossOrigin = http.NewCrossOriginProtection()

// foreign reports whether another site made a browser send this.
func foreign(r *http.Request) bool {
	if crossOrigin.Check(r) != nil {
		return true
	}
	if isAPI(r) && r.Method != http.MethodGet && r.Header.Get(apiHeader) == "" {
		return true
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return false
	}
	followed := r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
	return !followed || isAPI(r)
}

// token is what a form of this user must carry.
func (s *Server) token(u identity.User) string {
	m := hmac.New(sha256.New, s.secret[:])
	m.Write([]byte(u.Name + "\x00" + u.Via))
	return hex.EncodeToString(m.Sum(nil))
}

var errToken = errors.New("the form is older than this run of srrd, or not of this console")

// readForm reads a form of ours.
func (s *Server) readForm(v *visit) error {
	if err := v.r.ParseForm(); err != nil {
		return invalid("read the form: " + err.Error())
	}
	if !hmac.Equal([]byte(v.r.PostForm.Get("token")), []byte(s.token(v.user))) {
		return errToken
	}
	return nil
}

// setHeaders tells browsers what pages of the console may do: nearly nothing.
// There is no Strict-Transport-Security: it would bind all ports of the host's
// name, and other programs may speak plain HTTP there.
func setHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
}

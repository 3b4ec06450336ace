//go:build browser

package web

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"srr/internal/identity"
	"srr/internal/identity/login"
)

// TestLoginInABrowser that has no certificate: by keyboard, from the page on which the
// token is typed to the page that was asked for, and out again. The browser keeps the
// cookie from scripts.
func TestLoginInABrowser(t *testing.T) {
	s := newStageOf(t, shopNow(), newAuthority(t))
	token, _, err := s.server.desk.Issue(time.Now(), login.Grant{Name: "olga", Role: identity.Operator, By: "root", Valid: time.Minute, Lasts: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	look := func(name string) {
		for _, width := range []int64{1360, 390} {
			s.Run(chromedp.EmulateViewport(width, 844))
			if s.Is("document.documentElement.scrollWidth > innerWidth") {
				t.Errorf("%s is wider than %d", name, width)
			}
		}
		for _, bad := range do(s, chromedp.Evaluate[[]string](accessible)) {
			t.Errorf("%s: %s", name, bad)
		}
		s.Picture(name)
		s.quiet(name)
	}
	s.Run(chromedp.Navigate(s.url+"/login?to=/nodes"), chromedp.WaitVisible("form"))
	look("login-phone")
	s.Run(chromedp.KeyEvent(token+"\r"), chromedp.WaitVisible("footer"))
	if !s.Is(`location.pathname === "/nodes" && document.cookie === "" && document.body.textContent.includes("olga")`) {
		t.Errorf("%s", do(s, chromedp.Text("body")))
	}
	s.Wait(`document.getElementById("live").dataset.state === "on"`)
	s.Run(chromedp.Click(".menu summary"), chromedp.WaitVisible(`form[action="/logout"]`))
	look("menu-phone")
	s.Run(chromedp.Click(`form[action="/logout"] button`), chromedp.WaitVisible(`form[action="/login"]`))
	look("logged-out-phone")
}

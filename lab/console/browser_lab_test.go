//go:build lab && browser

package console

import (
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"srr/internal/api"
	"srr/internal/identity"
	"srr/internal/web/browsertest"
	"srr/lab"
)

// screenshots is where pictures are left for people to look at.
const screenshots = "../../build/screenshots"

// browse opens a tab of a real browser, whose requests a proxy brings into the lab with
// the certificate of a user, or without one: browsers choose it by asking a person.
func (f *fixture) browse(host string, role identity.Role) *browsertest.Tab {
	to, err := url.Parse(f.console(host))
	f.must(err)
	proxy := httptest.NewTLSServer(&httputil.ReverseProxy{
		Transport: f.as("anna", role).Transport, FlushInterval: -1,
		Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(to); p.Out.Host = p.In.Host },
	})
	f.Cleanup(proxy.Close)
	b := browsertest.Open(f, proxy.URL, screenshots)
	go func() {
		for m := range b.Heard {
			if m.IsException() || m.Type == "error" && !strings.Contains(m.Text, "ERR_") {
				f.Errorf("the browser says %s", m)
			}
		}
	}()
	return b
}

// TestBrowserOnARealCluster moves a group with the mouse and watches a failover.
func TestBrowserOnARealCluster(t *testing.T) {
	f := newFixture(t)
	f.lookAround()
	b := f.browse("n2", identity.Operator)
	b.Goto("/")
	b.Wait(`document.getElementById("live").dataset.state === "on"`)
	b.Picture("lab-overview")
	b.Goto("/services/web/n1") // n1 is asked, in anna's name, and says what runs there
	b.Wait(`document.querySelector("#status pre")?.textContent.includes("` + lab.ServiceAddr(0).String() + `")`)
	b.Picture("lab-status-elsewhere")
	b.Goto("/services")
	b.Run(
		chromedp.Click(`section.unit a[href*="verb=move"][href*="shop"]`), chromedp.WaitVisible(`form[action="/act"]`),
		chromedp.Click(`input[name=node][value="10.0.0.2"]`), chromedp.Click(`form[action="/act"] button`), chromedp.WaitVisible(".done"),
	)
	f.must(f.k.WaitOn(f.ctx, "web", "n2"))
	b.Goto("/map?from=10.0.0.251&to=" + lab.ServiceAddr(0).String())
	b.Wait(`document.getElementById("way").textContent.includes("→ n2")`)
	b.Picture("lab-map")
	b.Goto("/lsdb")
	// What this node has replaced goes from its database a minute later.
	b.Wait(`document.body.textContent.includes("being flushed")`)
	b.Picture("lab-lsdb")
	b.Goto("/services/web/n2")
	b.Picture("lab-instance")
	b.Goto("/")
	b.Wait(`document.getElementById("live").dataset.state === "on"`)
	b.Run(chromedp.Evaluate[chromedp.Void](`window.row = () => document.querySelector('#service-web [data-l="runs on"] .chip.ok')?.textContent;
		new MutationObserver(() => { if (!window.shown && row()?.includes("n1")) window.shown = Date.now(); })
			.observe(document.getElementById("main"), { subtree: true, childList: true, characterData: true, attributes: true }); undefined`))
	for try := 1; ; try++ { // one of a few: the machine does other things, too
		f.must(f.k.Move(f.ctx, "shop", "n1"))
		known := f.knows("n2", "web", "n1")
		b.Wait(`window.shown > 0`)
		shown := browsertest.Do(b, chromedp.Evaluate[float64](`window.shown`))
		took := time.UnixMilli(int64(shown)).Sub(known)
		t.Logf("the browser showed it %s after n2 knew it", took)
		if took < time.Second {
			break
		}
		if try == 3 {
			t.Fatal("never within a second")
		}
		f.must(f.k.Move(f.ctx, "shop", "n2"))
		f.must(f.k.WaitOn(f.ctx, "web", "n2"))
		b.Wait(`row()?.includes("n2")`)
		b.Run(chromedp.Evaluate[chromedp.Void](`window.shown = 0; undefined`))
	}
	f.must(f.l.PowerOff("n1"))
	b.Wait(`!document.querySelector('#service-web [data-l="runs on"]').textContent.includes("n1") && document.querySelector('#service-web .chip.ok') !== null`)
	b.Picture("lab-after-power-off")
	b.Goto("/events")
	b.Picture("lab-timeline")
}

// lookAround logs in without a certificate on n2, by keyboard, and looks at what n2 has
// to ask other nodes for.
func (f *fixture) lookAround() {
	token, err := f.k.Client("n2").NewLogin(f.ctx, api.LoginRequest{Name: "olga", Role: "viewer", ValidSeconds: 60, SessionSeconds: 600})
	f.must(err)
	b := f.browse("n2", identity.Nobody)
	b.Run(chromedp.Navigate(b.URL+"/login?to=/past"), chromedp.WaitVisible("form"), chromedp.KeyEvent(token.Token+"\r"), chromedp.WaitVisible("footer"))
	b.Wait(`location.pathname === "/past" && document.body.textContent.includes("olga") && document.body.textContent.includes("3 of 3 nodes")`)
	b.Picture("lab-past")
	for path, want := range map[string]string{"/availability": "that were seen", "/nodes/n1/about": "silence is noticed after", "/services/web/n1?outputs=now": "active/started", "/services/web/n1": "called again while somebody looks"} {
		b.Goto(path)
		b.Wait(`document.body.textContent.includes("` + want + `")`)
	}
	b.Picture("lab-outputs")
	b.Run(chromedp.Navigate("about:blank")) // a page that is watched would ask on, and be refused
	_, err = f.k.Client("n2").EndLogins(f.ctx, api.LoginEnd{Name: "olga"})
	f.must(err)
}

//go:build browser

package web

import (
	"crypto/tls"
	_ "embed"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"srr/internal/api"
	"srr/internal/api/apitest"
	"srr/internal/identity"
	"srr/internal/web/browsertest"
)

// screenshots is where pictures of the pages are left for people to look at.
const screenshots = "../../build/screenshots"

// anybody takes every connection for an administrator: what the tests of this file
// are about is what a browser does with the pages. Who may see them is tested with
// real certificates beside it.
type anybody struct{ *authority }

func (a anybody) ServerTLS(...string) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{a.own}}
}

func (anybody) User(tls.ConnectionState) (identity.User, error) {
	return identity.User{Name: "anna", Role: identity.Administrator, Via: "certificate 4f2a"}, nil
}

// stage is a console and a browser in front of it.
type stage struct {
	*browsertest.Tab
	url    string
	fake   *apitest.Fake
	server *Server
	router *fakeRouter
	marks  int
}

func newStage(t *testing.T, snap api.Snapshot) *stage {
	t.Helper()
	return newStageOf(t, snap, anybody{newAuthority(t)})
}

func newStageOf(t *testing.T, snap api.Snapshot, who Identity) *stage {
	t.Helper()
	s := &stage{fake: apitest.NewFake(), router: &fakeRouter{}}
	s.fake.SetSnapshot(snap)
	log := slog.New(slog.DiscardHandler)
	a := api.New(s.fake, s.fake, log)
	a.Simulate(s.fake)
	a.Measure(s.fake)
	a.Describe(s.fake)
	s.server = New(Options{
		API: a, Backend: s.fake, Inspector: s.fake, Surveyor: fakeSurvey{}, Configurator: newFakeFiles(), Identity: who, Router: s.router, Log: log,
	})
	s.url = serve(t, s.server)
	s.Tab = browsertest.Open(t, s.url, screenshots)
	return s
}

// quiet demands that the browser has nothing to complain about. What it says of
// its own accord comes before a mark that is made here.
func (s *stage) quiet(where string) {
	s.Helper()
	s.marks++
	mark := "mark " + strconv.Itoa(s.marks)
	do(s, chromedp.Evaluate[chromedp.Void](`console.debug("`+mark+`")`))
	for {
		select {
		case m, ok := <-s.Heard:
			if !ok {
				s.Fatal("the browser has ended")
			}
			if m.Text == mark {
				return
			}
			s.Errorf("%s: the browser says %s", where, m)
		case <-time.After(30 * time.Second):
			s.Fatal("the console of the browser is silent")
		}
	}
}

// do carries out one action in the tab.
func do[T any](s *stage, a chromedp.Action[T]) T {
	s.Helper()
	return browsertest.Do(s.Tab, a)
}

var views = []struct{ name, path string }{
	{"overview", "/"},
	{"services", "/services"},
	{"instance", "/services/dns/n1"},
	{"nodes", "/nodes"},
	{"node", "/nodes/n1?doctor=now"},
	{"about", "/nodes/n1/about"},
	{"map", "/map?from=10.0.0.252&to=192.0.2.80"},
	{"lsdb", "/lsdb?raw=true"},
	{"timeline", "/events"},
	{"past", "/past"},
	{"availability", "/availability"},
	{"configuration", "/configuration"},
	{"routing", "/routing"},
	{"information", "/information"},
	{"what-if", "/what-if"},
	{"configure", "/configure?service=dns"},
	{"confirm", "/act?verb=move&unit=group/shop"},
}

// accessible looks for what some people cannot use.
//
//go:embed testdata/accessible.js
var accessible string

// TestEveryPageLoads without a complaint of the browser (errors, policy, missing
// files) or of the checker for accessibility, at desk width, in the dark, and on a
// phone, where nothing is wider than the screen.
func TestEveryPageLoads(t *testing.T) {
	s := newStage(t, shopNow())
	looks := []struct {
		name   string
		width  int64
		mobile bool
		scheme string
	}{
		{"light", 1360, false, "light"}, {"dark", 1360, false, "dark"}, {"phone", 390, true, "light"},
	}
	for _, look := range looks {
		s.Run(chromedp.EmulateViewport(look.width, 844))
		dark := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}}}
		if _, err := chromedp.Call(s.Ctx, emulation.SetEmulatedMedia, dark); err != nil {
			t.Fatal(err)
		}
		for _, v := range views {
			s.Goto(v.path)
			if s.Is("document.documentElement.scrollWidth > innerWidth") {
				t.Errorf("%s is wider than %d", v.path, look.width)
			}
			for _, bad := range do(s, chromedp.Evaluate[[]string](accessible)) {
				t.Errorf("%s, %s: %s", v.path, look.name, bad)
			}
			s.Picture(v.name + "-" + look.name)
			s.quiet(v.path)
		}
	}
}

// TestHostileTextsStayText: nothing that a service, node, LSA or router says
// becomes markup, and none of it runs.
func TestHostileTextsStayText(t *testing.T) {
	const evil = `"><img src=x onerror=document.title='owned'><script>document.title='owned'</script>'-->{{.}}</textarea></title>` + apitest.Hostile
	snap := shopNow()
	for i := range snap.Services {
		svc := &snap.Services[i]
		svc.Agent, svc.DependsOn = evil, []string{evil}
		svc.Addresses = []string{evil}
		for k := range svc.Instances {
			inst := &svc.Instances[k]
			inst.Node, inst.Reason, inst.Detail, inst.Flags = evil, evil, evil, []string{evil}
			inst.Failure = &api.Failure{Code: evil, Text: evil, Count: 1}
			inst.Check = &api.LastCheck{At: snap.At, Text: evil}
			inst.Pending = &api.Pending{Action: evil}
			inst.HoldReason = evil
		}
	}
	for i := range snap.Nodes {
		snap.Nodes[i].Name, snap.Nodes[i].Software, snap.Nodes[i].Flags = evil, evil, []string{evil}
		snap.Nodes[i].Console = `evil.example/"onclick=alert(1)`
	}
	snap.Services = append(snap.Services, api.Service{Name: evil, Kind: evil, Group: evil, Instances: []api.Instance{{RouterID: apitest.N1, Node: evil, State: evil}}})
	snap.Units = append(snap.Units, api.Unit{Name: evil, Group: true, Members: []string{evil}, Intent: &api.Intent{Kind: api.IntentStopped, Author: evil, Reason: evil}})
	s := newStage(t, snap)
	s.fake.Append(api.Event{Time: time.Now(), Node: evil, Service: evil, From: evil, To: evil, Reason: evil, Detail: evil})
	for i := range s.fake.LSAs {
		s.fake.LSAs[i].Decoded, s.fake.LSAs[i].ID, s.fake.LSAs[i].DecodeFailure = []string{evil}, evil, evil
	}
	for i := range s.fake.Kept {
		s.fake.Kept[i].Output, s.fake.Kept[i].Text = evil, evil
	}
	s.fake.Sums[0].Service, s.fake.Checked[0].Text = evil, evil
	cert := &s.fake.MadeOf.Certificates[0]
	cert.Subject, cert.Issuer, cert.Names, cert.Warning, cert.File = evil, evil, []string{evil}, evil, evil
	s.fake.MadeOf.Timers[0].Value, s.fake.MadeOf.Unread = evil, []string{evil}
	s.fake.Answer.Verdict, s.fake.Answer.Changes = evil, []string{evil}
	for _, path := range []string{"/", "/services", "/services/dns/10.0.0.1", "/services/dns/10.0.0.1?status=now", "/nodes", "/nodes/10.0.0.1", "/nodes/10.0.0.1/about", "/map", "/lsdb", "/events", "/past", "/availability", "/configuration", "/information", "/act?verb=move&unit=group/shop"} {
		s.Goto(path)
		title, text := do(s, chromedp.Title()), do(s, chromedp.Text("body"))
		scripts := do(s, chromedp.Evaluate[int](`document.querySelectorAll("script,img[onerror],[onclick]").length`))
		if title == "owned" || scripts != 1 {
			t.Errorf("%s: %d scripts, title %q", path, scripts, title)
		}
		if path != "/information" && !strings.Contains(text, "<script>document.title='owned'</script>") {
			t.Errorf("%s does not show the text as it is", path)
		}
		s.quiet(path)
	}
}

// TestVerbFromTheKeyboard: from the list to the answer without a mouse.
func TestVerbFromTheKeyboard(t *testing.T) {
	s := newStage(t, shopNow())
	s.Goto("/services")
	s.Run(
		chromedp.Focus(`a[href*="verb=move"][href*="shop"]`), chromedp.KeyEvent("\r"), chromedp.WaitVisible(`form[action="/act"]`),
		chromedp.Click(`button[name=preview]`), chromedp.WaitVisible(".foresight"),
	)
	s.Picture("foreseen-light")
	s.Run(
		chromedp.Focus(`input[name=reason]`), chromedp.KeyEvent("new kernel\r"), chromedp.WaitVisible(".done"),
	)
	cmds := s.fake.Commands()
	if len(cmds) != 1 || cmds[0].Verb != api.Move || cmds[0].Reason != "new kernel" {
		t.Errorf("commands: %+v", cmds)
	}
	s.Picture("accepted-light")
	s.Goto("/routing?daemon=ospfd&command=show+ip+ospf+neighbor")
	s.Run(
		chromedp.Click("main form button"), chromedp.WaitVisible("pre.answer"),
		chromedp.Focus(`#set input[name=line]`), chromedp.KeyEvent("router-id 10.0.0.1\r"), chromedp.WaitVisible(`#set [role=status]`),
	)
	if got := s.router.commands(); len(got) != 2 || got[0] != "ospfd: show ip ospf neighbor" || got[1] != "ospfd: router-id 10.0.0.1" {
		t.Errorf("the router saw %q", got)
	}
	s.quiet("verbs")
}

// TestEveryVerb works from its page, by keyboard, and not with what it does not take.
func TestEveryVerb(t *testing.T) {
	s := newStage(t, shopNow())
	about := map[string][]api.Verb{
		"&unit=group/shop":      {api.Start, api.Move, api.Unmove, api.Stop, api.Run},
		"&service=web&at=n1":    {api.Activate, api.Deactivate, api.Enable, api.Disable, api.Restart, api.Reload, api.CheckNow, api.Clear},
		"&service=mail&node=n2": {api.ConfirmStopped},
		"&at=n1":                {api.Drain, api.Undrain, api.Maintenance, api.ReloadConfig, api.Detach, api.Shutdown},
	}
	enter := chromedp.Focus(`form[action="/act"] button[type=submit]:not(.plain)`)
	done := 0
	for query, verbs := range about {
		for _, verb := range verbs {
			s.Goto("/act?verb=" + string(verb) + query)
			if verb == api.ConfirmStopped { // asks once more
				s.Run(enter, chromedp.KeyEvent("\r"), chromedp.WaitVisible(`input[name=confirmed]`), chromedp.Focus(`input[name=confirmed]`), chromedp.KeyEvent(" "))
			}
			s.Run(enter, chromedp.KeyEvent("\r"), chromedp.WaitVisible(".done"))
			done++
			if cmds := s.fake.Commands(); len(cmds) != done || cmds[done-1].Verb != verb {
				t.Fatalf("%s: %+v", verb, cmds)
			}
		}
	}
	if done != len(verbTexts) {
		t.Errorf("%d verbs of %d were tried", done, len(verbTexts))
	}
	s.Goto("/act?verb=move&unit=group/shop")
	s.Run(chromedp.Focus(`input[name=hours]`), chromedp.KeyEvent("0\r"))
	if !s.Is(`document.querySelector("input[name=hours]").matches(":invalid")`) || len(s.fake.Commands()) != done {
		t.Error("a move for no hours was taken")
	}
	s.quiet("every verb")
}

// TestStepsThroughThePast: from an event of the time line to the cluster at that moment,
// and on to the next one, by links alone.
func TestStepsThroughThePast(t *testing.T) {
	s := newStage(t, shopNow())
	s.Goto("/events?service=dns")
	s.Run(
		chromedp.Click(`.events a.moment`), chromedp.WaitVisible(`h1 time[datetime="2026-11-23T11:53:00Z"]`),
		chromedp.Click(`a[rel=prev]`), chromedp.WaitVisible(`h1 time[datetime="2026-11-23T11:52:00Z"]`),
		chromedp.Click(`a[rel=next]`), chromedp.WaitVisible(`h1 time[datetime="2026-11-23T11:53:00Z"]`),
	)
	s.quiet("the past")
}

// TestPageFollowsTheCluster within a second, keeps what the user has opened and
// typed, says so when the node is gone, and goes on when it is back.
func TestPageFollowsTheCluster(t *testing.T) {
	s := newStage(t, shopNow())
	s.Goto("/")
	s.Wait(`document.getElementById("live").dataset.state === "on"`)
	s.Run(chromedp.Evaluate[chromedp.Void](`document.querySelector(".menu").open = true; document.querySelector("#service-web a").focus(); window.kept = document.getElementById("service-web"); 0`))
	shows := func(snap api.Snapshot, node string) time.Duration {
		began := time.Now()
		s.fake.SetSnapshot(snap)
		s.server.Changed()
		s.Wait(`document.querySelector('#service-web [data-l="runs on"]').textContent.includes("` + node + `")`)
		return time.Since(began)
	}
	for try := 1; ; try++ { // one of a few: the machine does other things, too
		snap := shopNow()
		web := &snap.Services[4]
		web.Instances[0].State, web.Instances[0].Hold = "active/stopped", api.Released
		web.Instances[1].State, web.Instances[1].Hold = "active/started", api.Held
		took := shows(snap, "n2")
		t.Logf("shown after %s", took)
		if took < time.Second {
			break
		}
		if try == 5 {
			t.Fatal("never within a second")
		}
		shows(shopNow(), "n1")
	}
	open, focus := s.Is(`document.querySelector(".menu").open`), s.Is(`document.activeElement.closest("#service-web") !== null`)
	same := s.Is(`window.kept === document.getElementById("service-web")`)
	if !open || !focus || !same {
		t.Errorf("the page lost what the user had: menu open %v, focus %v, the same row %v", open, focus, same)
	}
	s.quiet("live")
}

// TestHiddenPageIsNotWatched: who does not look costs nothing, and sees at once what
// happened meanwhile.
func TestHiddenPageIsNotWatched(t *testing.T) {
	s := newStage(t, shopNow())
	s.Goto("/")
	s.Wait(`document.getElementById("live").dataset.state === "on"`)
	hide := func(hidden bool) chromedp.Action[chromedp.Void] {
		return chromedp.Evaluate[chromedp.Void](`Object.defineProperty(document, "hidden", {value: ` + strconv.FormatBool(hidden) + `, configurable: true}); document.dispatchEvent(new Event("visibilitychange")); 0`)
	}
	do(s, hide(true))
	for deadline := time.Now().Add(30 * time.Second); len(s.server.watchers) > 0; {
		if time.Now().After(deadline) {
			t.Fatal("it is watched by nobody who looks")
		}
		s.Wait(`true`)
	}
	snap := shopNow()
	snap.Services[4].Instances[0].Check.Text = "while nobody looked"
	s.fake.SetSnapshot(snap)
	s.server.Changed()
	do(s, hide(false))
	s.Wait(`document.querySelector("#service-web").textContent.includes("while nobody looked")`)
	s.quiet("hidden")
}

// TestCrowd: 32 nodes and 500 services are painted within a second.
func TestCrowd(t *testing.T) {
	s := newStage(t, crowd(32, 500))
	for _, path := range []string{"/", "/services"} {
		var all []float64
		for range 9 { // others use the machine, too
			s.Goto(path)
			s.Wait(`performance.getEntriesByName("first-contentful-paint").length > 0`)
			all = append(all, do(s, chromedp.Evaluate[float64](`performance.getEntriesByName("first-contentful-paint")[0].startTime`)))
		}
		slices.Sort(all)
		median, most := all[len(all)/2], all[len(all)-1]
		t.Logf("%s: first paint of %d after %.0f ms in the median, %.0f at most", path, len(all), median, most)
		if median > 1000 {
			t.Errorf("%s: first paint after %.0f ms", path, median)
		}
	}
	s.Goto("/")
	s.Keep("crowd-light", do(s, chromedp.CaptureScreenshot())) // the whole is too long for a picture
	s.quiet("crowd")
}

// TestAnswersAreAccessible: what forms answer, what is wrong, and pages as they look in
// other cases.
func TestAnswersAreAccessible(t *testing.T) {
	s := newStage(t, shopNow())
	look := func(name string) {
		t.Helper()
		if s.Is("document.documentElement.scrollWidth > innerWidth") {
			t.Errorf("%s is wider than the screen", name)
		}
		for _, bad := range do(s, chromedp.Evaluate[[]string](accessible)) {
			t.Errorf("%s: %s", name, bad)
		}
		s.Picture(name + "-light")
	}
	for name, path := range map[string]string{
		"configure-new": "/configure", "configure-delete": "/configure?service=dns&delete=true", "timeline-all": "/events?node=*",
		"instance-elsewhere": "/services/web/n2", "instance-status": "/services/dns/n1?status=now", "node-elsewhere": "/nodes/n2",
		"confirm-node": "/act?verb=drain", "past-then": "/past?at=2026-11-23T11:53:00Z", "lsdb-none": "/lsdb?type=summary", "map-ways": "/map?from=10.0.0.252",
	} {
		s.Goto(path)
		look(name)
		s.quiet(name)
	}
	s.Goto("/configure?service=dns")
	s.Run(
		chromedp.Focus(`textarea`), chromedp.KeyEvent("# by hand\r"),
		chromedp.Click(`form.configure button:not([name])`), chromedp.WaitVisible(`pre.diff`),
	)
	look("configure-differences")
	s.Run(chromedp.Focus(`textarea`), chromedp.KeyEvent("# once more\r"), chromedp.Click(`form.configure button[name=save]`), chromedp.WaitVisible(`form.configure [role=alert]`))
	look("configure-anew")
	s.Run(chromedp.Click(`form.configure button[name=save]`), chromedp.WaitVisible(`.done`))
	look("configured")
	s.Goto("/what-if")
	s.Run(chromedp.Focus(`input[name=line]`), chromedp.KeyEvent("power-off n1\r"), chromedp.WaitVisible(".foresight"))
	look("foreseen-line")
	s.Goto("/what-if")
	s.Run(chromedp.Click(`button[name=survives]`), chromedp.WaitVisible("main section table"))
	look("survives")
	s.quiet("answers")
	s.Goto("/no/such/page") // of which the browser says that it is none
	look("failure")
}

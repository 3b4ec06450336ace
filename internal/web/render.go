package web

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"runtime"
	"time"

	"srr/internal/api"
	"srr/internal/identity"
	"srr/internal/version"
)

//go:embed templates/*.html
var templateFiles embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"part": beginPart, "endpart": endPart, "id": partID,
	"when": when, "clock": clock, "seconds": secondsText, "segment": url.PathEscape, "article": article,
	"stateClass": stateClass, "plural": plural, "titled": titled, "healthClass": healthClass, "eventClass": eventClass,
	"iso": iso, "took": took, "timeOfDay": timeOfDay, "icon": func() string { return assetPath("srr.svg") },
	"instancePath": instancePath, "unitID": unitID, "add": func(a, b int) int { return a + b },
	"moreAt": func(p place) int { return 34 + 15*len(p.Services) }, "editable": func(rows []configurationRow, edit bool) editableRows { return editableRows{rows, edit} }, "foreseeable": func(v api.Verb) bool { return v != api.ReloadConfig }, "lsaTypes": func() []string { return lsaTypes },
}).ParseFS(templateFiles, "templates/*.html"))

// maxRenders is how many pages are made at once. Others wait in line: people can,
// and the node's own loop must not.
var maxRenders = max(1, runtime.GOMAXPROCS(0)/2)

// page is one page of the console.
type page struct {
	Title string
	Name  string // of the template of its main part
	Data  any
	Live  pace
	Help  string // where the information page explains it
}

// frame is what is around the main part of every page.
type frame struct {
	page
	Cluster, Node string
	RouterID      string
	User          identity.User
	Nav           []navItem
	Nodes         []nodeLink
	Main          template.HTML
	Hash, View    string // for the script that keeps the page live; View "": it is not
	At            time.Time
	Took          time.Duration
	Version       string
	Style, Script string    // where they are
	LogOut        string    // token of the form that ends the session; "": there is none
	Ends          time.Time // when the user's certificate ends, if that is soon
}

type navItem struct {
	Title, Path string
	Here        bool
}

// nodeLink leads to the same page as another node shows it.
type nodeLink struct {
	Title, URL string // URL "": it has no console
	Here       bool
	State      string
}

// mainResult is the main part of a page.
type mainResult struct {
	main []byte
	pace pace
}

// servePage makes a page and sends it.
func (s *Server) servePage(p pageRoute) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		v := visitOf(r)
		pg, main, err := s.makePage(p, v)
		if err != nil {
			s.failPage(w, r, err)
			return
		}
		s.sendPage(w, v, http.StatusOK, pg, main, began)
	}
}

func (s *Server) makePage(p pageRoute, v *visit) (page, []byte, error) {
	pg, err := p.make(s, v)
	if err != nil {
		return page{}, nil, err
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-v.ctx.Done():
		return page{}, nil, v.ctx.Err()
	}
	main, err := renderMain(pg, &v.snap)
	return pg, main, err
}

// renderMain makes the main part. What cannot be printed, wherever it came from,
// is visible in it. The state of the whole cluster is on every page.
func renderMain(pg page, snap *api.Snapshot) ([]byte, error) {
	var b polite
	if pg.Name != "overview" && pg.Name != "failure" {
		if err := templates.ExecuteTemplate(&b, "banner", bannerOf(snap)); err != nil {
			return nil, fmt.Errorf("make the page: %w", err)
		}
	}
	if err := templates.ExecuteTemplate(&b, pg.Name, pg.Data); err != nil {
		return nil, fmt.Errorf("make the page: %w", err)
	}
	return []byte(api.VisibleLines(b.String())), nil
}

// polite is a buffer whose writer lets others go first now and then. A large page takes
// tens of milliseconds, and the runtime would let the node's own loop wait for ten of
// them each time.
type polite struct {
	bytes.Buffer
	rested int // how much was written then
}

// restAfter is how many bytes are written in a stretch: half a millisecond's work.
const restAfter = 8 << 10

// Write implements io.Writer.
func (p *polite) Write(b []byte) (int, error) {
	if p.Len()-p.rested > restAfter {
		p.rested = p.Len()
		runtime.Gosched()
	}
	return p.Buffer.Write(b)
}

func (s *Server) sendPage(w http.ResponseWriter, v *visit, status int, pg page, main []byte, began time.Time) {
	f := frame{
		page: pg, Cluster: v.snap.Cluster, Node: v.snap.Node, RouterID: v.snap.RouterID.String(), User: v.user,
		Nav: navigation(v), Nodes: nodeLinks(v), Main: template.HTML(main), Hash: digest(main),
		At: time.Now(), Version: version.Version(), Style: assetPath("srr.css"), Script: assetPath("srr.js"),
	}
	if pg.Live != still {
		f.View = v.r.URL.RequestURI()
	}
	if v.user.Token {
		f.LogOut = s.token(v.user)
	}
	if t := v.r.TLS; !v.user.Token && t != nil && len(t.PeerCertificates) > 0 && identity.EndsSoon(t.PeerCertificates[0], f.At) {
		f.Ends = t.PeerCertificates[0].NotAfter
	}
	f.Took = time.Since(began)
	f.Title, f.Cluster, f.Node, f.User.Name = api.Visible(f.Title), api.Visible(f.Cluster), api.Visible(f.Node), api.Visible(f.User.Name)
	s.sendTemplate(w, status, "layout", f)
}

// sendTemplate sends a whole document, or that it could not be made.
func (s *Server) sendTemplate(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		s.log.Error("make a page", "err", err)
		http.Error(w, "the page could not be made; see the log of srrd", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a browser that has gone has its reasons
}

type mainKey struct{}

// pageMux finds pages for those who watch them. What it answers goes nowhere
// but into the mainResult of the request's context.
func (s *Server) pageMux() *http.ServeMux {
	mux := http.NewServeMux()
	for _, p := range pageRoutes {
		mux.HandleFunc(p.pattern, func(_ http.ResponseWriter, r *http.Request) {
			v := visitOf(r)
			out := r.Context().Value(mainKey{}).(*mainResult)
			if v.user.Role < p.role {
				return
			}
			if pg, main, err := s.makePage(p, v); err == nil {
				out.main, out.pace = main, pg.Live
			}
		})
	}
	return mux
}

// mainPart makes the main part of a page that is watched.
func (s *Server) mainPart(ctx context.Context, k liveKey) (mainResult, error) {
	var out mainResult
	v := &visit{user: identity.User{Role: k.role}, bearer: k.bearer, snap: s.opt.Backend.Snapshot()}
	ctx = context.WithValue(context.WithValue(ctx, visitKey{}, v), mainKey{}, &out)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, k.view, nil)
	if err != nil {
		return out, fmt.Errorf("read the path of a page: %w", err)
	}
	if r.URL.Host != "" {
		return out, errNoPage
	}
	s.pages.ServeHTTP(discardAnswer{}, r)
	if out.main == nil {
		return out, errNoPage
	}
	return out, nil
}

// discardAnswer is where the mux says that there is no such page.
type discardAnswer struct{}

func (discardAnswer) Header() http.Header         { return http.Header{} }
func (discardAnswer) Write(b []byte) (int, error) { return len(b), nil }
func (discardAnswer) WriteHeader(int)             {}

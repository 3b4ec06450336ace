package web

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"srr/internal/api"
)

// Configurator changes the services of this node. A text is the file of one
// service: what stands in conf.d/NAME.yaml.
type Configurator interface {
	// Text is the file of a service. ErrNotFound: it has none of its own.
	Text(ctx context.Context, service string) (string, error)
	// Check says what the text would change, or with "" the deletion, and what of
	// it is not possible now. A *api.Refusal lists the mistakes in it.
	Check(ctx context.Context, service, text string) (Draft, error)
	// Versions are earlier texts of a service, newest first.
	Versions(ctx context.Context, service string) ([]Version, error)
	// Save makes the text, or with "" the deletion, durable and takes it over. A
	// *api.Refusal says why not; nothing was changed then.
	Save(ctx context.Context, service, text string) (api.Reply, error)
}

// Draft is what a new text would change.
type Draft struct {
	Live    []string // at once
	Blocked []string // not while the service is active
}

// Version is an earlier text of a service: what stood there until it was replaced.
type Version struct {
	At   time.Time
	Text string
}

// ID names a version of a service.
func (v Version) ID() string { return strconv.FormatInt(v.At.UnixMilli(), 10) }

// configureData is the page on which a service is defined, changed and deleted.
type configureData struct {
	Service  string
	New      bool
	Delete   bool
	Text     string
	Problems []string
	Checked  bool
	Draft    Draft
	Lines    []diffLine
	Shown    string // digest of what Lines lead from and to
	Anew     bool   // it is not what the user has seen, and wanted to be saved
	Token    string
	Versions []Version
	Chosen   string // of them
	Reply    *api.Reply
	Path     string // of the page of its instance here
	Undo     string // path of the page that takes what was saved back
}

var errNoEdit = &api.Refusal{
	Rule: "edit", Text: "services are not changed through the console of this node",
	Advice: "write edit: true in the section console of srr.yaml and restart srrd; whoever is an administrator can then have any program run there as root",
}

// configure shows the file of a service, or a first one.
func (s *Server) configure(v *visit) (page, error) {
	if s.opt.Configurator == nil {
		return page{}, errNoEdit
	}
	d := configureData{Service: v.r.URL.Query().Get("service"), Delete: v.r.URL.Query().Get("delete") != "", Token: s.token(v.user)}
	text, err := s.textOf(v, d.Service)
	if err != nil {
		return page{}, err
	}
	if err := s.earlier(v, &d); err != nil {
		return page{}, err
	}
	switch {
	case text == "" && d.known(v) && len(d.Versions) == 0:
		return page{}, &api.Refusal{
			Rule: "elsewhere", Text: "the service " + d.Service + " stands in the main file, or in a file with others",
			Advice: "edit that file on the node, then: srrctl reload-config",
		}
	case text == "":
		d.New, text = true, firstText
	}
	d.Text = cmp.Or(d.Text, text)
	if d.Delete {
		if err := s.checkDraft(v, &d, ""); err != nil {
			return page{}, err
		}
	}
	return d.page(), nil
}

// earlier adds the versions, and takes the text of one if it was chosen: it is then
// checked and saved like any other.
func (s *Server) earlier(v *visit, d *configureData) (err error) {
	if d.Service == "" || d.Delete {
		return nil
	}
	if d.Versions, err = s.opt.Configurator.Versions(v.ctx, d.Service); err != nil {
		return err
	}
	d.Chosen = v.r.URL.Query().Get("version")
	for _, e := range d.Versions {
		if e.ID() == d.Chosen {
			d.Text = e.Text
		}
	}
	return nil
}

// textOf is the file of a service; "": there is none.
func (s *Server) textOf(v *visit, service string) (string, error) {
	if service == "" {
		return "", nil
	}
	text, err := s.opt.Configurator.Text(v.ctx, service)
	if errors.Is(err, api.ErrNotFound) {
		return "", nil
	}
	return text, err
}

func (d *configureData) known(v *visit) bool {
	svc, err := v.snap.FindService(d.Service)
	return err == nil && svc.Local
}

const firstText = `services:
  NAME:
    addresses: [192.0.2.1]
    unit: NAME.service
    check: {tcp: 80}
`

// configureAnswer checks a text, and saves it when it was checked and is to be saved.
func (s *Server) configureAnswer(v *visit) (page, error) {
	if s.opt.Configurator == nil {
		return page{}, errNoEdit
	}
	if err := s.readForm(v); err != nil {
		return page{}, err
	}
	form := v.r.PostForm
	d := configureData{
		Service: form.Get("service"), New: form.Get("new") != "", Delete: form.Get("delete") != "",
		Text: strings.ReplaceAll(form.Get("text"), "\r\n", "\n"), Token: s.token(v.user),
	}
	next := d.Text
	if d.Delete {
		next = ""
	} else if strings.TrimSpace(next) == "" {
		return page{}, invalid("the text is empty; to delete a service, use the button for that")
	}
	if err := s.checkDraft(v, &d, next); err != nil {
		return page{}, err
	}
	if form.Get("save") == "" || len(d.Problems)+len(d.Draft.Blocked) > 0 {
		return d.page(), nil
	}
	if form.Get("shown") != d.Shown {
		d.Anew = true
		return d.page(), nil
	}
	reply, err := s.opt.Configurator.Save(v.ctx, d.Service, next)
	s.opt.API.Written(v.ctx, api.Deed{What: d.what(), Service: cut(d.Service, 64), Result: result(&reply, err)})
	if err != nil {
		return page{}, err
	}
	d.Reply, d.Path = &reply, "/services/"+d.Service+"/"+v.snap.RouterID.String()
	d.Undo, err = s.undo(v, d.Service, d.New)
	return d.page(), err
}

// undo leads to what stood there before: a deletion, if that was nothing.
func (s *Server) undo(v *visit, service string, wasNew bool) (path string, err error) {
	q := url.Values{"service": {service}}
	if wasNew {
		q.Set("delete", "true")
		return "/configure?" + q.Encode(), nil
	}
	all, err := s.opt.Configurator.Versions(v.ctx, service)
	if err != nil || len(all) == 0 {
		return "", err
	}
	q.Set("version", all[0].ID())
	return "/configure?" + q.Encode(), nil
}

func (d *configureData) what() string {
	verb := "configure "
	if d.Delete {
		verb = "delete "
	}
	return verb + cut(d.Service, 64)
}

func result(reply *api.Reply, err error) string {
	if err != nil {
		return "refused: " + cut(err.Error(), 300)
	}
	return cut("accepted: "+strings.Join(append([]string{reply.Text}, reply.Warnings...), "; "), 600)
}

// checkDraft asks what the text would do. Mistakes in it are no error of the page.
func (s *Server) checkDraft(v *visit, d *configureData, next string) error {
	draft, err := ask(s, v, func(ctx context.Context) (Draft, error) { return s.opt.Configurator.Check(ctx, d.Service, next) })
	var refusal *api.Refusal
	switch {
	case errors.As(err, &refusal):
		d.Problems = append([]string{}, refusal.List...)
		if len(d.Problems) == 0 {
			d.Problems = []string{refusal.Text}
		}
		return nil
	case err != nil:
		return err
	}
	d.Checked, d.Draft = true, draft
	old, err := s.textOf(v, d.Service)
	d.Lines, d.Shown = diffLines(old, next), digest([]byte(old+"\x00"+next))
	return err
}

func (d configureData) page() page {
	title := "Change " + d.Service
	switch {
	case d.Delete:
		title = "Delete " + d.Service
	case d.New:
		title = "New service"
	}
	return page{Title: title, Name: "configure", Data: d, Help: "configure"}
}

package config

import (
	"context"
	"fmt"
	"hash/crc32"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Notify is one way to tell people what happened: exactly one of Command, Webhook
// and Mail is set.
type Notify struct {
	On      []string // of failure, failover, degraded, return; empty: all
	Command []string // the program, absolute, and its arguments
	Webhook *Webhook
	Mail    *Mail
}

// Webhook is a URL that messages are posted to.
type Webhook struct {
	URL       string // http or https, with a host
	TokenFile string // "": none
	CAFile    string // "": the CAs of the host
}

// Mail is how messages are mailed.
type Mail struct {
	Server       string // HOST:PORT
	TLS          string // starttls, tls or none
	CAFile       string // "": the CAs of the host
	From         string // an address without a name, in ASCII
	To           []string
	User         string // "": no authentication
	PasswordFile string
}

// String is the sink in a few words, without anything that could be a secret.
func (n *Notify) String() string {
	switch {
	case n.Webhook != nil:
		u, _ := url.Parse(n.Webhook.URL) // it passed
		return "webhook " + u.Scheme + "://" + u.Host
	case n.Mail != nil:
		return "mail to " + strings.Join(n.Mail.To, ", ") + " by " + n.Mail.Server
	}
	return "command " + strings.Join(n.Command, " ")
}

const (
	maxSinks      = 16
	maxRecipients = 50
)

// NotifySection is one entry of notify: one of command, webhook and mail.
type NotifySection struct {
	// What is told: a critical problem (`failure`), a unit that runs on another node and was not moved there (`failover`), what is served is less safe than it should be (`degraded`), the end of a problem (`return`). Default: all.
	On []string `yaml:"on" oneof:"failure|failover|degraded|return"`
	// Program with its arguments. It gets the message as JSON on standard input, and in short in SRR_* variables; 10 s, then it is killed.
	Command []string `yaml:"command"`
	// URL that the message is posted to, as JSON.
	Webhook WebhookValue `yaml:"webhook"`
	// Mail server and recipients.
	Mail *MailSection `yaml:"mail"`
}

// WebhookValue is a URL, or a mapping.
type WebhookValue struct {
	// Where to post. Redirects are not followed.
	URL string `yaml:"url" need:"required"`
	// File with a token in its first line, for `Authorization: Bearer`. It must belong to root, and others must not read it.
	TokenFile string `yaml:"token-file" is:"path"`
	// File with the CA of the server (PEM). Default: those of the host.
	CAFile string `yaml:"ca-file" is:"path"`
}

func (w *WebhookValue) decodeYAML(d *decoder, n ast.Node) {
	if _, ok := stringOf(n); ok {
		d.scalar(n, &w.URL)
		return
	}
	type plain WebhookValue
	d.mapping(n, (*plain)(w), `write a URL, or {url: "https://…", token-file: /etc/srr/token}`)
}

// MailSection is the section mail of an entry of notify.
type MailSection struct {
	// `HOST:PORT` of the mail server. Its certificate must name the host.
	Server string `yaml:"server" need:"required"`
	// Whether TLS begins with STARTTLS or at once, or not at all. Without it no password is sent.
	TLS string `yaml:"tls" oneof:"starttls|tls|none"`
	// File with the CA of the server (PEM). Default: those of the host.
	CAFile string `yaml:"ca-file" is:"path"`
	// Address of the sender.
	From string `yaml:"from" need:"required"`
	// Addresses of the recipients.
	To []string `yaml:"to" need:"required"`
	// To log in with. Default: without.
	User string `yaml:"user"`
	// File with the password in its first line. It must belong to root, and others must not read it.
	PasswordFile string `yaml:"password-file" is:"path"`
}

func (m *MailSection) setDefaults() { m.TLS = "starttls" }

// notify checks and translates the section notify.
func (v *validator) notify() []Notify {
	if n := len(v.file.Notify); n > maxSinks {
		v.failAt(v.where(&v.file.Notify), "", "%d ways to notify, at most %d", n, maxSinks)
	}
	var out []Notify
	for _, s := range v.file.Notify {
		v.judge(s, func() { out = append(out, v.sink(s)) })
	}
	return out
}

func (v *validator) sink(s *NotifySection) Notify {
	n := Notify{On: s.On}
	switch kinds := s.kinds(); {
	case len(kinds) == 0:
		v.failAt(v.where(s), "one of command, webhook and mail", "the entry does not say how to notify")
	case len(kinds) > 1:
		v.failAt(v.where(s), "write two entries", "an entry has one way to notify, not both %s and %s", kinds[0], kinds[1])
	case s.Command != nil:
		v.program(&s.Command, s.Command)
		n.Command = s.Command
	case s.Mail != nil:
		n.Mail = v.mail(s.Mail)
	default:
		n.Webhook = v.webhook(&s.Webhook)
	}
	return n
}

func (s *NotifySection) kinds() (kinds []string) {
	for _, k := range []struct {
		name  string
		there bool
	}{{"command", s.Command != nil}, {"webhook", s.Webhook != WebhookValue{}}, {"mail", s.Mail != nil}} {
		if k.there {
			kinds = append(kinds, k.name)
		}
	}
	return kinds
}

func (v *validator) webhook(w *WebhookValue) *Webhook {
	at := v.where(&w.URL, w)
	u, err := url.Parse(w.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		v.failAt(at, "such as https://hooks.example.org/srr", "%q is no http or https URL", clip(w.URL))
	case u.User != nil:
		v.failAt(at, "write a token-file", "a password in a URL can be read by everybody who sees the configuration")
	case w.TokenFile != "" && u.Scheme == "http":
		v.failAt(v.where(&w.TokenFile), "write https", "over http everybody on the way reads the token")
	}
	return &Webhook{URL: w.URL, TokenFile: w.TokenFile, CAFile: w.CAFile}
}

func (v *validator) mail(m *MailSection) *Mail {
	if host, port, err := net.SplitHostPort(m.Server); m.Server != "" && (err != nil || !validHost(host) || !validPort(port)) {
		v.failAt(v.where(&m.Server, m), "such as mail.example.org:587", "%q is no HOST:PORT", clip(m.Server))
	}
	if m.From != "" {
		v.mailbox(m.From, &m.From, m)
	}
	for i := range m.To {
		v.mailbox(m.To[i], &m.To[i], &m.To)
	}
	if n := len(m.To); n > maxRecipients || n == 0 && v.has(&m.To) && !v.partial[&m.To] {
		v.failAt(v.where(&m.To, m), "", "%d recipients, want 1 to %d", n, maxRecipients)
	}
	switch {
	case (m.User == "") != (m.PasswordFile == ""):
		v.failAt(v.where(&m.User, &m.PasswordFile, m), "", "user and password-file belong together")
	case m.User != "" && m.TLS == "none":
		v.failAt(v.where(&m.TLS, m), "write starttls or tls, or remove user and password-file", "without TLS everybody on the way reads the password")
	}
	return &Mail{
		Server: m.Server, TLS: m.TLS, CAFile: m.CAFile, From: m.From, To: m.To,
		User: m.User, PasswordFile: m.PasswordFile,
	}
}

// mailbox wants what can be put into a header and an SMTP command as it is.
func (v *validator) mailbox(text string, fields ...any) {
	a, err := mail.ParseAddress(text)
	ascii := !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
	if err != nil || a.Name != "" || a.Address != text || !ascii || len(text) > 254 {
		v.failAt(v.where(fields...), "such as ops@example.org", "%q is no address of a mailbox", clip(text))
	}
}

func validHost(host string) bool {
	return host != "" && len(host) <= 253 && !strings.ContainsFunc(host, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:", r)
	})
}

func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

// notifyQuestions are about programs and secrets.
func (l *loading) notifyQuestions(f *File, prober Prober) (out []question) {
	secret := func(at Position, path string) {
		out = append(out, question{at, func(context.Context) error { return prober.CheckSecret(path) }})
	}
	for _, s := range f.Notify {
		if l.broken[s] {
			continue
		}
		if s.Command != nil {
			out = append(out, question{l.where(&s.Command, s), func(ctx context.Context) error {
				return prober.CheckAgent(ctx, AgentSpec{Kind: AgentRun, Args: s.Command})
			}})
		}
		if s.Webhook.TokenFile != "" {
			secret(l.where(&s.Webhook.TokenFile, s), s.Webhook.TokenFile)
		}
		if s.Mail != nil && s.Mail.PasswordFile != "" {
			secret(l.where(&s.Mail.PasswordFile, s), s.Mail.PasswordFile)
		}
	}
	return out
}

// notifyWords are the sinks in the words of a difference. Of a URL, which may be a
// secret, no more is shown than that it is another one.
func notifyWords(sinks []Notify) string {
	words := make([]string, len(sinks))
	for i := range sinks {
		n := &sinks[i]
		words[i] = n.String()
		switch {
		case n.Webhook != nil:
			words[i] += fmt.Sprintf(" (%08x) %s %s", crc32.ChecksumIEEE([]byte(n.Webhook.URL)), n.Webhook.TokenFile, n.Webhook.CAFile)
		case n.Mail != nil:
			words[i] += fmt.Sprintf(" from %s %s %s %s %s", n.Mail.From, n.Mail.TLS, n.Mail.User, n.Mail.PasswordFile, n.Mail.CAFile)
		}
		words[i] = strings.Join(append(strings.Fields(words[i]), n.On...), " ")
	}
	return strings.Join(words, "; ")
}

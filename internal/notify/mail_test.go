package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// letter is a mail as the server got it.
type letter struct {
	from string
	to   []string
	user string
	tls  bool
	text []byte
}

// postOffice is a real SMTP server on loopback.
type postOffice struct {
	addr, ca string
	refuse   error // of recipients at refused.example
	busy     error // of everybody's DATA

	mu      sync.Mutex
	letters []letter
}

type session struct {
	office *postOffice
	conn   *smtp.Conn
	letter letter
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.letter.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasSuffix(to, "@refused.example") {
		return s.office.refuse
	}
	s.letter.to = append(s.letter.to, to)
	return nil
}

func (s *session) Data(r io.Reader) (err error) {
	if s.office.busy != nil {
		return s.office.busy
	}
	if s.letter.text, err = io.ReadAll(r); err != nil {
		return err
	}
	_, s.letter.tls = s.conn.TLSConnectionState()
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	s.office.letters = append(s.office.letters, s.letter)
	return nil
}

func (s *session) Reset()                   { s.letter = letter{user: s.letter.user} }
func (s *session) Logout() error            { return nil }
func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "srr" || password != "geheim" {
			return smtp.ErrAuthFailed
		}
		s.letter.user = user
		return nil
	}), nil
}

// open starts a server; mode is what a sink has to say of TLS.
func open(t *testing.T, mode string) *postOffice {
	t.Helper()
	o := &postOffice{refuse: &smtp.SMTPError{Code: 550, Message: "no such user"}}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{office: o, conn: c}, nil
	}))
	server.ErrorLog = log.New(io.Discard, "", 0) // clients that hang up are the test
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config, ca := certificate(t)
	o.addr, o.ca = l.Addr().String(), ca
	switch mode {
	case TLSFirst:
		l = tls.NewListener(l, config)
	case TLSStart:
		server.TLSConfig = config
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(l)
	}()
	t.Cleanup(func() {
		server.Close()
		l.Close() // the server does not know it yet, if that was quick
		<-ended
	})
	return o
}

// certificate is one for 127.0.0.1, and the file of its CA.
func certificate(t *testing.T) (*tls.Config, string) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	return &tls.Config{Certificates: s.TLS.Certificates}, file(t, "ca.crt", string(ca), 0o644)
}

func file(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func (o *postOffice) sink(mode string) *Mail {
	return &Mail{Server: o.addr, TLS: mode, CAFile: o.ca, From: "srr@shop.example", To: []string{"ops@shop.example"}, Hello: "n1"}
}

func (o *postOffice) only(t *testing.T) letter {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.letters) != 1 {
		t.Fatalf("%d letters have arrived", len(o.letters))
	}
	return o.letters[0]
}

func message(notices ...Notice) Message {
	at := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	if len(notices) == 0 {
		notices = []Notice{{Event: Failure, Subject: "web", At: at, Text: "runs nowhere", Advice: "srrctl explain web"}}
	}
	return Message{Version: 1, Cluster: "shop", Node: "n1", ID: "10.0.0.1", At: at, Notices: notices}
}

func TestMailArrives(t *testing.T) {
	for _, mode := range []string{TLSNone, TLSStart, TLSFirst} {
		t.Run(mode, func(t *testing.T) {
			o := open(t, mode)
			x := o.sink(mode)
			if mode != TLSNone {
				x.User, x.PasswordFile = "srr", file(t, "password", "geheim\n", 0o600)
			}
			x.To = append(x.To, "boss@shop.example", "nobody@refused.example")
			said, err := x.Send(t.Context(), message())
			if err != nil || !strings.Contains(said, "accepted for ops@shop.example, boss@shop.example") || !strings.Contains(said, "no such user") {
				t.Fatalf("%q, %v", said, err)
			}
			l := o.only(t)
			if l.from != x.From || fmt.Sprint(l.to) != "[ops@shop.example boss@shop.example]" || l.user != x.User || l.tls != (mode != TLSNone) {
				t.Errorf("the server got %+v", l)
			}
			m, err := mail.ReadMessage(bytes.NewReader(l.text))
			if err != nil {
				t.Fatal(err)
			}
			if s := m.Header.Get("Subject"); s != "[shop] failure: web: runs nowhere" {
				t.Errorf("subject %q", s)
			}
			if at, err := m.Header.Date(); err != nil || !at.Equal(message().At) {
				t.Errorf("date %v, %v", at, err)
			}
			if to, err := m.Header.AddressList("To"); err != nil || len(to) != 3 {
				t.Errorf("to %v, %v", to, err)
			}
			if id := m.Header.Get("Message-ID"); !strings.HasSuffix(id, "@shop.example>") || len(id) < 30 {
				t.Errorf("message ID %q", id)
			}
		})
	}
}

// TestHostileTextsStayTextInMail: nothing that a service or node says becomes a
// header, ends the mail, or is anything but ASCII on the wire.
func TestHostileTextsStayTextInMail(t *testing.T) {
	o := open(t, TLSNone)
	evil := cleaned(Notice{
		Event: Failure, Subject: "wéb\r\nBcc: all@shop.example",
		Text: "x\r\n.\r\nMAIL FROM:<a@b>\r\n" + strings.Repeat("ü", 5000) + "\x00\x1b[2J\u202e",
	})
	if _, err := o.sink(TLSNone).Send(t.Context(), message(evil, Notice{Event: Return, Subject: ".", Text: "."})); err != nil {
		t.Fatal(err)
	}
	l := o.only(t)
	for i, c := range l.text {
		if c > 126 || c < ' ' && c != '\r' && c != '\n' {
			t.Fatalf("byte %d is %#x", i, c)
		}
	}
	for line := range bytes.Lines(l.text) {
		if len(line) > 86 { // an encoded word has 75 characters, "Subject: " nine
			t.Errorf("a line of %d bytes: %q", len(line), line)
		}
	}
	m, err := mail.ReadMessage(bytes.NewReader(l.text))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Header) != 9 || m.Header.Get("Bcc") != "" {
		t.Errorf("headers %v", m.Header)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || !strings.HasPrefix(subject, "[shop] failure: wéb  Bcc: all@shop.example: x  .  MAIL FROM") {
		t.Errorf("subject %q, %v", subject, err)
	}
}

func TestMailIsRefused(t *testing.T) {
	secret := file(t, "password", "geheim", 0o600)
	wrong := file(t, "wrong", "falsch", 0o600)
	seen := file(t, "seen", "geheim", 0o644)
	for name, c := range map[string]struct {
		server, mode string
		change       func(*Mail, *postOffice)
		want         string
		permanent    bool
	}{
		"all recipients":   {TLSNone, TLSNone, func(x *Mail, _ *postOffice) { x.To = []string{"a@refused.example"} }, "no such user", true},
		"later":            {TLSNone, TLSNone, func(_ *Mail, o *postOffice) { o.busy = &smtp.SMTPError{Code: 451, Message: "busy"} }, "busy", false},
		"password":         {TLSStart, TLSStart, func(x *Mail, _ *postOffice) { x.User, x.PasswordFile = "srr", wrong }, "log in as srr", true},
		"password is seen": {TLSStart, TLSStart, func(x *Mail, _ *postOffice) { x.User, x.PasswordFile = "srr", seen }, "chmod 600", false},
		"no STARTTLS":      {TLSNone, TLSStart, func(x *Mail, _ *postOffice) { x.User, x.PasswordFile = "srr", secret }, "does not offer STARTTLS", false},
		"foreign CA":       {TLSStart, TLSStart, func(x *Mail, _ *postOffice) { x.CAFile = "" }, "certificate", false},
		"foreign CA, TLS":  {TLSFirst, TLSFirst, func(x *Mail, _ *postOffice) { x.CAFile = "" }, "certificate", false},
		"no server":        {TLSNone, TLSNone, func(x *Mail, _ *postOffice) { x.Server = "127.0.0.1:1" }, "refused", false},
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t, c.server)
			x := o.sink(c.mode)
			c.change(x, o)
			_, err := x.Send(t.Context(), message())
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "geheim") {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if errors.As(err, new(permanentError)) != c.permanent {
				t.Errorf("permanent is not %t: %v", c.permanent, err)
			}
			if len(o.letters) > 0 {
				t.Error("the mail arrived all the same")
			}
		})
	}
}

// TestHangingMailServer: one that greets nobody costs no more than was given.
func TestHangingMailServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // the kernel accepts, and nobody answers
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, mode := range []string{TLSNone, TLSStart, TLSFirst} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		_, err := (&Mail{Server: l.Addr().String(), TLS: mode, Hello: "n1"}).Send(ctx, message())
		cancel()
		if err == nil {
			t.Errorf("%s: a server that says nothing took the mail", mode)
		}
	}
}

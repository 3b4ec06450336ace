package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
)

// How a mail server is spoken to.
const (
	TLSStart = "starttls" // STARTTLS is demanded
	TLSFirst = "tls"      // TLS from the first byte
	TLSNone  = "none"     // in the clear; no password is sent then
)

// Mail sends each message as one mail.
type Mail struct {
	Server       string // HOST:PORT; the host is whom the certificate must name
	TLS          string
	CAFile       string // PEM, in place of the host's CAs; "": these
	From         string // an address without a name
	To           []string
	User         string // "": no authentication
	PasswordFile string
	Hello        string // by which name this host says hello
}

// Send hands the mail to the server. Recipients that it refuses are no error while
// it takes another one.
func (x *Mail) Send(ctx context.Context, m Message) (string, error) {
	host, _, err := net.SplitHostPort(x.Server)
	if err != nil {
		return "", permanent(fmt.Errorf("send mail: %w", err))
	}
	client, end, err := x.connect(ctx, host)
	if err != nil {
		return "", fmt.Errorf("send mail by %s: %w", x.Server, err)
	}
	defer end()
	said, err := x.send(client, host, m)
	if ctx.Err() != nil {
		err = ctx.Err() // the connection was closed because of that
	}
	if err != nil {
		return "", asPermanent(fmt.Errorf("send mail by %s: %w", x.Server, err))
	}
	return said, nil
}

// connect greets the server. The connection is closed when ctx ends, whatever the
// server does.
func (x *Mail) connect(ctx context.Context, host string) (*smtp.Client, func(), error) {
	roots, err := readRoots(x.CAFile)
	if err != nil {
		return nil, nil, err
	}
	config := &tls.Config{ServerName: host, RootCAs: roots, MinVersion: tls.VersionTLS12}
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", x.Server)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	end := func() {
		stop()
		raw.Close()
	}
	conn := raw
	if x.TLS == TLSFirst {
		conn = tls.Client(raw, config)
	}
	client, err := smtp.NewClient(conn, host)
	if err == nil {
		err = client.Hello(x.Hello)
	}
	if err == nil && x.TLS == TLSStart {
		if ok, _ := client.Extension("STARTTLS"); !ok {
			err = errors.New("the server does not offer STARTTLS")
		} else {
			err = client.StartTLS(config)
		}
	}
	if err != nil {
		end()
		return nil, nil, err
	}
	return client, end, nil
}

func (x *Mail) send(client *smtp.Client, host string, m Message) (string, error) {
	if x.User != "" {
		password, err := readSecret(x.PasswordFile)
		if err != nil {
			return "", err
		}
		if err := client.Auth(smtp.PlainAuth("", x.User, password, host)); err != nil {
			return "", fmt.Errorf("log in as %s: %w", x.User, err)
		}
	}
	if err := client.Mail(x.From); err != nil {
		return "", fmt.Errorf("from %s: %w", x.From, err)
	}
	taken, refused := x.recipients(client)
	if len(taken) == 0 {
		return "", refused
	}
	body, err := client.Data()
	if err != nil {
		return "", err
	}
	if _, err := body.Write(x.compose(m)); err != nil {
		return "", err
	}
	if err := body.Close(); err != nil {
		return "", err
	}
	_ = client.Quit() // it has the mail
	said := "accepted for " + strings.Join(taken, ", ")
	if refused != nil {
		said += "; " + clean(refused.Error())
	}
	return said, nil
}

// recipients returns who was accepted, and why others were not.
func (x *Mail) recipients(client *smtp.Client) (taken []string, refused error) {
	for _, to := range x.To {
		if err := client.Rcpt(to); err != nil {
			refused = errors.Join(refused, fmt.Errorf("to %s: %w", to, err))
			continue
		}
		taken = append(taken, to)
	}
	return taken, refused
}

// asPermanent marks errors that the server calls so (RFC 5321, section 4.2.1).
func asPermanent(err error) error {
	var reply *textproto.Error
	if errors.As(err, &reply) && reply.Code >= 500 {
		return permanent(err)
	}
	return err
}

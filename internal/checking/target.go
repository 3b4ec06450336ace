package checking

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"srr/internal/service"
)

const maxText = 200

// Upf says that the service is up.
func Upf(format string, args ...any) Result {
	return Result{Health: service.Up, Text: oneLine(fmt.Sprintf(format, args...))}
}

// Downf says that it is down.
func Downf(format string, args ...any) Result {
	return Result{Health: service.Down, Text: oneLine(fmt.Sprintf(format, args...))}
}

// Unknownf says that the check could not be carried out.
func Unknownf(format string, args ...any) Result {
	return Result{Health: service.Unknown, Text: oneLine(fmt.Sprintf(format, args...))}
}

// cannot are the errors that speak of this host, not of the service.
var cannot = []error{
	syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EAGAIN,
	syscall.EADDRNOTAVAIL, syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT,
	syscall.EPERM, syscall.EACCES, syscall.ENETUNREACH, syscall.ENETDOWN,
}

// FromError judges a network operation that failed. No answer in time is Down:
// a service that nobody can use is not up. A check that was cancelled, or that
// this host could not carry out, is Unknown.
func FromError(ctx context.Context, err error) Result {
	var timeout net.Error
	var name *net.DNSError
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return Unknownf("cancelled")
	case ctx.Err() != nil:
		return Downf("no answer in time: %v", err)
	case errors.As(err, &name):
		return Unknownf("could not check: %v", err)
	}
	for _, c := range cannot { // before Timeout: EAGAIN claims to be one
		if errors.Is(err, c) {
			return Unknownf("could not check: %v", err)
		}
	}
	if errors.As(err, &timeout) && timeout.Timeout() {
		return Downf("no answer in time: %v", err)
	}
	return Downf("%v", err)
}

// Dial connects to HOST:PORT, without keep-alive probes. A name is looked up
// each time; a check should name an address.
func Dial(ctx context.Context, network, to string) (net.Conn, error) {
	d := net.Dialer{KeepAlive: -1}
	return d.DialContext(ctx, network, to)
}

// oneLine makes hostile bytes fit for Result.Text.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	if s = strings.TrimSpace(s); len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}

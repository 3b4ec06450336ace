// Package dnscheck is the check of a name server.
package dnscheck

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/miekg/dns"

	"srr/internal/checking"
)

// Check is up when a name server answers a question without an error, and with
// the expected data.
type Check struct {
	Server string // HOST:PORT
	Name   string // in full; the final dot may be missing
	Type   string // "A", "SOA", …; empty: A
	// Expect is data that must all be among the answers, as in a zone file:
	// "192.0.2.1", "10 mail.example.org."; empty: at least one answer.
	Expect []string
}

// Check asks by UDP, and again by TCP if the answer was truncated.
func (c *Check) Check(ctx context.Context) checking.Result {
	kind := dns.TypeA
	if c.Type != "" {
		var ok bool
		if kind, ok = dns.StringToType[strings.ToUpper(c.Type)]; !ok {
			return checking.Unknownf("could not check: no DNS type %q", c.Type)
		}
	}
	question := new(dns.Msg)
	question.SetQuestion(dns.Fqdn(c.Name), kind)
	question.SetEdns0(1232, false)
	answer, err := c.ask(ctx, "udp", question)
	if err == nil && answer.Truncated {
		answer, err = c.ask(ctx, "tcp", question)
	}
	if err != nil {
		return checking.FromError(ctx, err)
	}
	return c.judge(answer)
}

func (c *Check) ask(ctx context.Context, network string, question *dns.Msg) (*dns.Msg, error) {
	conn, err := checking.Dial(ctx, network, c.Server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	client := dns.Client{Net: network, Timeout: time.Hour} // ctx is the time-out
	for {
		answer, _, err := client.ExchangeWithConnContext(ctx, question, &dns.Conn{Conn: conn, UDPSize: 1232})
		// A reply to another question may be a late one, or forged.
		if errors.Is(err, dns.ErrId) && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("ask %s by %s: %w", c.Server, network, err)
		}
		return answer, nil
	}
}

func (c *Check) judge(answer *dns.Msg) checking.Result {
	if answer.Rcode != dns.RcodeSuccess {
		return checking.Downf("answer %s", dns.RcodeToString[answer.Rcode])
	}
	found := make(map[string]bool)
	var all []string
	for _, rr := range answer.Answer {
		data := strings.TrimPrefix(rr.String(), rr.Header().String())
		found[strings.ToLower(data)] = true
		all = append(all, data)
	}
	if len(all) == 0 {
		return checking.Downf("answer without data")
	}
	for _, want := range c.Expect {
		if !found[strings.ToLower(want)] {
			return checking.Downf("no %s among the answers %s", want, strings.Join(all, ", "))
		}
	}
	return checking.Upf("answer %s", strings.Join(all, ", "))
}

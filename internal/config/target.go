package config

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// placeholder stands for an address of the service.
const placeholder = "{address}"

// icmpPort says that a target has no port.
const icmpPort = -1

// targets replaces {address} in text, ADDRESS or ADDRESS:PORT, and reads it.
// The port is the one to take if there is none in the text; 0: there must be
// one.
func (v *validator) targets(s *ServiceSection, field any, text string, port int) []netip.AddrPort {
	if text == "" {
		return nil // reported already
	}
	var out []netip.AddrPort
	for _, t := range v.substitute(s, field, text) {
		target, ok := readTarget(t, port)
		if !ok {
			hint := map[int]string{
				0: "write ADDRESS:PORT, such as {address}:80", icmpPort: "write an IP address",
			}[port]
			v.failAt(v.where(field, s), cmp.Or(hint, "write an IP address, with a port if it is not "+strconv.Itoa(port)),
				"nothing can be checked at %q", clip(t))
			return nil
		}
		out = append(out, target)
	}
	return out
}

// substitute returns text once for each address, if it has a placeholder.
func (v *validator) substitute(s *ServiceSection, field any, text string) []string {
	if !strings.Contains(text, placeholder) {
		return []string{text}
	}
	if len(s.Addresses) == 0 && !v.partial[&s.Addresses] {
		v.failAt(v.where(field, s), "write an address", "there is no %s: the service has none", placeholder)
	}
	var out []string
	for _, a := range s.Addresses {
		address := a.String()
		if a.Is6() && text != placeholder {
			text = strings.ReplaceAll(text, "["+placeholder+"]", placeholder)
			address = "[" + address + "]"
		}
		out = append(out, strings.ReplaceAll(text, placeholder, address))
	}
	return out
}

func readTarget(text string, port int) (netip.AddrPort, bool) {
	if a, err := netip.ParseAddr(text); err == nil && port != 0 {
		return netip.AddrPortFrom(a, uint16(max(port, 0))), true
	}
	t, err := netip.ParseAddrPort(text)
	return t, err == nil && t.Port() != 0 && port != icmpPort
}

// http translates an HTTP check.
func (v *validator) http(s *ServiceSection, c *CheckSpec) {
	h := &s.Check.HTTP
	low, high, ok := statusRange(string(h.Status))
	if !ok {
		v.failAt(v.where(&h.Status, h), "such as 200 or 200-299", "%q is no status", clip(string(h.Status)))
	}
	if _, err := regexp.Compile(h.Body); err != nil {
		v.failAt(v.where(&h.Body, h), "", "%s", err)
	}
	c.HTTP = HTTPSpec{SkipVerify: h.Insecure, Follow: h.Follow, Host: h.Host, StatusMin: low, StatusMax: high, Body: h.Body}
	if h.URL == "" {
		return // reported already
	}
	for _, text := range v.substitute(s, h, h.URL) {
		u, err := url.Parse(text)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil {
			v.failAt(v.where(&h.URL, h), "write a URL such as http://{address}/", "nothing can be checked at %q", clip(text))
			return
		}
		c.HTTP.TLS, c.HTTP.Path = u.Scheme == "https", u.RequestURI()
		c.Targets = append(c.Targets, v.urlTargets(s, u, &c.HTTP)...)
	}
}

// urlTargets returns where to connect: the address in the URL, or with a name
// in it the addresses of the service.
func (v *validator) urlTargets(s *ServiceSection, u *url.URL, out *HTTPSpec) []netip.AddrPort {
	field := &s.Check.HTTP
	port, err := strconv.Atoi(cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme]))
	if err != nil || port < 1 || port > 65535 {
		v.failAt(v.where(&field.URL, field), "the port is a number from 1 to 65535", "nothing can be checked at %q", clip(u.String()))
		return nil
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		return []netip.AddrPort{netip.AddrPortFrom(a, uint16(port))}
	}
	out.Host = cmp.Or(out.Host, u.Host)
	return v.targets(s, field, fmt.Sprintf("%s:%d", placeholder, port), 0)
}

// statusRange reads 200 or 200-299.
func statusRange(text string) (low, high int, ok bool) {
	from, to, both := strings.Cut(text, "-")
	if !both {
		to = from
	}
	low, err1 := strconv.Atoi(from)
	high, err2 := strconv.Atoi(to)
	return low, high, err1 == nil && err2 == nil && 100 <= low && low <= high && high <= 599
}

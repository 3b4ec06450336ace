package identity

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Rule lets the holder of one certificate in. There are no patterns: users are
// a closed group, and a CA that issues more certificates lets nobody else in.
type Rule struct {
	Field string // email, dns, uri: a subject alternative name; subject: the whole name, as in RFC 2253
	Value string
	Role  Role
}

var fields = []string{"email", "dns", "uri", "subject"}

// ParseRule reads FIELD:VALUE, for example email:alice@example.org or
// subject:CN=alice,O=Example.
func ParseRule(match string, role Role) (Rule, error) {
	field, value, ok := strings.Cut(match, ":")
	switch {
	case !ok || !slices.Contains(fields, field) || value == "":
		return Rule{}, fmt.Errorf("%.100q: want email:, dns:, uri: or subject: and the value, such as email:alice@example.org", match)
	case field == "uri" && strings.HasPrefix(strings.ToLower(value), scheme+":"):
		return Rule{}, errors.New("names under srr:// are given by the cluster's CA alone: srrctl ca issue user")
	case role == Nobody || role > Administrator:
		return Rule{}, fmt.Errorf("%s is no role that can be given", role)
	}
	return Rule{field, value, role}, nil
}

// matches compares exactly, but for host and domain names, which know no case.
func (r Rule) matches(c *x509.Certificate) bool {
	fold := func(s string) bool { return strings.EqualFold(s, r.Value) }
	switch r.Field {
	case "email":
		return slices.ContainsFunc(c.EmailAddresses, fold)
	case "dns":
		return slices.ContainsFunc(c.DNSNames, fold)
	case "uri":
		for _, u := range c.URIs {
			if u.String() == r.Value {
				return true
			}
		}
	case "subject":
		return c.Subject.String() == r.Value
	}
	return false
}

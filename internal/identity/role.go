// Package identity says who somebody is and what they may do: users, by a
// client certificate or a token, and nodes, by certificates of the cluster's CA.
package identity

import "fmt"

// Role is what a user may do. Each includes the ones before it.
type Role uint8

// Nobody is the zero value and may do nothing.
const (
	Nobody        Role = iota
	Viewer             // sees everything but secrets
	Operator           // and works with services and nodes: every verb of srrctl
	Administrator      // and changes configuration, certificates and routing daemons
)

var roleNames = [...]string{Nobody: "nobody", Viewer: "viewer", Operator: "operator", Administrator: "administrator"}

func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return fmt.Sprintf("role %d", uint8(r))
}

// ParseRole reads a role that may be given to somebody.
func ParseRole(s string) (Role, error) {
	for r := Viewer; int(r) < len(roleNames); r++ {
		if roleNames[r] == s {
			return r, nil
		}
	}
	return Nobody, fmt.Errorf("%q is no role: viewer, operator or administrator", s)
}

// User is somebody whose identity was verified.
type User struct {
	Name string // from the certificate or the token, as logs and the audit trail show it
	Role Role
	Via  string // how: "certificate SERIAL", "session ID, token by NAME", or "node NAME" in front of those for a request carried here
	// Token: by a session that began with a one-time token, not by a certificate.
	Token bool
}

package identity

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"srr/internal/routerid"
)

// Kind is what a certificate of the cluster's CA is for.
type Kind string

// The kinds. A node has two certificates: browsers know no Ed25519, and what
// signs records must never open a connection.
const (
	KindNode    Kind = "node"    // TLS of a node, as server and as client
	KindRecords Kind = "records" // the key that signs what a node floods
	KindUser    Kind = "user"    // a person's client certificate
)

// Holder is who a certificate of the cluster's CA names. It stands in the
// certificate as URIs (subject alternative names) whose host is the cluster:
//
//	srr://CLUSTER/node/NAME      srr://CLUSTER/router/10.0.0.1
//	srr://CLUSTER/records/NAME   srr://CLUSTER/router/10.0.0.1
//	srr://CLUSTER/user/NAME      srr://CLUSTER/role/operator
//
// Nothing else of a certificate says who it is: a common name is for people.
type Holder struct {
	Kind     Kind
	Name     string
	RouterID routerid.ID // of nodes and records
	Role     Role        // of users
}

const (
	scheme     = "srr"
	pathRouter = "router"
	pathRole   = "role"
)

var (
	nodeName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)
	userName = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,63}$`)
)

// ClusterURI is what the CA of a cluster carries itself.
func ClusterURI(cluster string) *url.URL { return uri(cluster, "ca", cluster) }

// URIs returns how h is written into a certificate.
func (h Holder) URIs(cluster string) ([]*url.URL, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	if !nodeName.MatchString(cluster) {
		return nil, fmt.Errorf("%.40q is no name of a cluster: want %s", cluster, nodeName)
	}
	second := uri(cluster, pathRouter, h.RouterID.String())
	if h.Kind == KindUser {
		second = uri(cluster, pathRole, h.Role.String())
	}
	return []*url.URL{uri(cluster, string(h.Kind), h.Name), second}, nil
}

func uri(cluster, key, value string) *url.URL {
	return &url.URL{Scheme: scheme, Host: cluster, Path: "/" + key + "/" + value}
}

// CheckUser refuses what is no name of a user, or no role that can be given.
func CheckUser(name string, role Role) error {
	return Holder{Kind: KindUser, Name: name, Role: role}.check()
}

func (h Holder) check() error {
	name := nodeName
	if h.Kind == KindUser {
		name = userName
	}
	switch {
	case !name.MatchString(h.Name):
		return fmt.Errorf("%.80q is no name of a %s: want %s", h.Name, h.Kind, name)
	case h.Kind == KindUser && (h.Role == Nobody || h.Role > Administrator):
		return errors.New("a user needs a role: viewer, operator or administrator")
	case h.Kind != KindUser && h.RouterID == 0:
		return errors.New("a node needs a router ID")
	}
	return nil
}

// errNotNamed: a certificate that says nothing of SRR.
var errNotNamed = errors.New("it names nobody of the cluster")

// HolderOf reads what URIs wrote. Anything doubled, missing, of another cluster
// or unknown under our scheme is an error: half an identity is none.
func HolderOf(cluster string, uris []*url.URL) (Holder, error) {
	said := map[string]string{}
	for _, u := range uris {
		if !strings.EqualFold(u.Scheme, scheme) {
			continue
		}
		key, value, err := split(cluster, u)
		if err != nil {
			return Holder{}, err
		}
		if _, twice := said[key]; twice {
			return Holder{}, fmt.Errorf("it names two of %s", key)
		}
		said[key] = value
	}
	if len(said) == 0 {
		return Holder{}, errNotNamed
	}
	return assemble(said)
}

// split takes srr://CLUSTER/KEY/VALUE apart.
func split(cluster string, u *url.URL) (key, value string, err error) {
	key, value, ok := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	plain := uri(cluster, key, value)
	switch {
	case u.Host != cluster:
		return "", "", fmt.Errorf("it is of cluster %.40q, not of %q", u.Host, cluster)
	case !ok || u.String() != plain.String():
		return "", "", fmt.Errorf("%.100q is not like srr://CLUSTER/node/NAME", u)
	}
	return key, value, nil
}

func assemble(said map[string]string) (h Holder, err error) {
	for _, k := range []Kind{KindNode, KindRecords, KindUser} {
		if name, ok := said[string(k)]; ok {
			if h.Kind != "" {
				return Holder{}, fmt.Errorf("it is of a %s and of a %s", h.Kind, k)
			}
			h.Kind, h.Name = k, name
		}
	}
	second := pathRouter
	if h.Kind == KindUser {
		second = pathRole
		h.Role, err = ParseRole(said[pathRole])
	} else {
		h.RouterID, err = routerid.Parse(said[pathRouter])
	}
	if _, ok := said[second]; err != nil || !ok || len(said) != 2 {
		return Holder{}, fmt.Errorf("it must name one node, records or user, and its %s, and nothing else", second)
	}
	if err := h.check(); err != nil {
		return Holder{}, err
	}
	return h, nil
}

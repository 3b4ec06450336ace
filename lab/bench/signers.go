package bench

import (
	"fmt"
	"path/filepath"
	"time"

	"srr/internal/identity/ca"
	"srr/internal/routerid"
	"srr/lab"
)

// certify makes a CA and the certificates of hosts, as srrctl ca does, and returns
// where those of each host are.
func certify(l *lab.Lab, hosts ...string) (dir func(host string) string, err error) {
	dir = func(host string) string { return l.Path(host, "pki") }
	c, err := ca.Create(l.Path(hosts[0], "ca"), "lab", time.Now())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	for _, host := range hosts {
		if err := certifyOne(c, l, host, dir(host)); err != nil {
			return nil, fmt.Errorf("certify %s into %s: %w", host, filepath.Base(dir(host)), err)
		}
	}
	return dir, nil
}

func certifyOne(c *ca.CA, l *lab.Lab, host, dir string) error {
	n, err := l.Topology().Node(host)
	if err != nil {
		return err
	}
	id, err := routerid.Parse(n.RouterID.String())
	if err != nil {
		return err
	}
	keys, err := ca.NewPrivateKeys()
	if err != nil {
		return err
	}
	now := time.Now()
	certs, err := c.IssueNode(ca.Node{Name: host, RouterID: id}, keys.Public(), ca.ValidNode, now)
	if err != nil {
		return err
	}
	list, err := c.List(now)
	if err != nil {
		return err
	}
	return ca.WriteNode(dir, c.Certificate, list, certs, &keys)
}

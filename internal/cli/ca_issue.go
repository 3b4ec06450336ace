package cli

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"srr/internal/durable"
	"srr/internal/identity"
	"srr/internal/identity/ca"
	"srr/internal/routerid"
)

func (a *app) caIssue() *cobra.Command {
	c := &cobra.Command{
		Use: "issue node|user NAME", Short: "Issue certificates for a node or a user",
		Long: `Issues certificates. For a node that can reach this one, srrctl token and srrctl
join are better: its keys never leave it then.`,
		Example: `  srrctl ca issue node n1 --router-id 10.0.0.1 --here
  srrctl ca issue user alice --role operator`,
		Args: args("node|user", "NAME"),
		RunE: func(_ *cobra.Command, given []string) error {
			return a.usage(fmt.Errorf("issue what? node or user, not %q", given[0]))
		},
	}
	c.AddCommand(a.issueNode(), a.issueUser())
	for _, sub := range c.Commands() {
		sub.DisableFlagsInUseLine = true
	}
	return c
}

// nodeFlags say what a node's certificates will say.
type nodeFlags struct {
	id  string
	dns []string
	ips []string
}

func (f *nodeFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.id, "router-id", "", "router `ID` of its ospfd")
	c.Flags().StringArrayVar(&f.dns, "dns", nil, "host `NAME` that browsers call it by; may be repeated")
	c.Flags().StringArrayVar(&f.ips, "ip", nil, "`ADDRESS` that browsers call it by; may be repeated")
}

func (f *nodeFlags) node(name string) (ca.Node, error) {
	n := ca.Node{Name: name, DNS: f.dns}
	if f.id == "" {
		return n, errors.New("needs --router-id: that of its ospfd, such as 10.0.0.1")
	}
	var err error
	if n.RouterID, err = routerid.Parse(f.id); err != nil {
		return n, err
	}
	for _, s := range f.ips {
		ip, err := netip.ParseAddr(s)
		if err != nil || ip.Zone() != "" {
			return n, fmt.Errorf("--ip %.80q: want an address", s)
		}
		n.IPs = append(n.IPs, ip)
	}
	return n, nil
}

func (a *app) issueNode() *cobra.Command {
	var f nodeFlags
	out, here := "", false
	c := &cobra.Command{
		Use: "node NAME --router-id ID", Short: "Issue the certificates of a node",
		Long: `Makes the keys of a node and certifies them: node.crt for TLS and records.crt for
what it floods, good for two years. They are written with crl.pem and ca.crt into
a directory of that name, or where srrd of this host looks (--here). Carry the
directory to the node's /etc/srr/pki as secretly as a password.`,
		Example: `  srrctl ca issue node n1 --router-id 10.0.0.1 --dns n1.example.org --ip 192.0.2.1 --here
  srrctl ca issue node n2 --router-id 10.0.0.2 --out /root/n2`,
		Args: args("NAME"),
		RunE: func(_ *cobra.Command, given []string) error {
			n, err := f.node(given[0])
			if err != nil {
				return a.usage(fmt.Errorf("issue node %w", err))
			}
			dir := a.nodeDir(out, here, given[0])
			if err := vacant(dir); err != nil {
				return err
			}
			return a.withCA(func(c *ca.CA) error {
				keys, err := ca.NewPrivateKeys()
				if err != nil {
					return err
				}
				certs, err := c.IssueNode(n, keys.Public(), ca.ValidNode, a.Now())
				if err != nil {
					return err
				}
				return a.deliver(c, dir, certs, &keys)
			})
		},
	}
	f.add(c)
	c.Flags().StringVar(&out, "out", "", "`DIRECTORY` to write into (default ./NAME)")
	c.Flags().BoolVar(&here, "here", false, "write where srrd of this host looks")
	c.MarkFlagsMutuallyExclusive("out", "here")
	return c
}

func (a *app) nodeDir(out string, here bool, name string) string {
	switch {
	case here:
		return a.pki
	case out != "":
		return out
	}
	return name
}

// vacant refuses to replace keys: records that an old one signed are flooded
// still, and others may know it.
func vacant(dir string) error {
	for _, f := range []string{identity.FileNodeKey, identity.FileRecordsKey} {
		if _, err := os.Lstat(filepath.Join(dir, f)); err == nil {
			return fmt.Errorf("%s: there are keys already; srrctl ca renew node/NAME certifies them anew, or move them away", dir)
		}
	}
	return nil
}

// deliver writes the directory of a node and says what it is.
func (a *app) deliver(c *ca.CA, dir string, certs ca.NodeCertificates, keys *ca.PrivateKeys) error {
	list, err := c.List(a.Now())
	if err != nil {
		return err
	}
	if err := ca.WriteNode(dir, c.Certificate, list, certs, keys); err != nil {
		return err
	}
	a.print.line(text("wrote the certificates of node " + certs.TLS.Subject.CommonName + " to " + dir + ", good until " + a.day(certs.TLS)))
	if dir != a.pki {
		a.print.line(text("Carry it to " + identity.DefaultDir + " of that node; srrd there reads it within ten seconds."))
	}
	return nil
}

func (a *app) day(c *x509.Certificate) string { return c.NotAfter.In(a.Zone).Format(time.DateOnly) }

func (a *app) caRenew() *cobra.Command {
	out, here := "", false
	c := &cobra.Command{
		Use: "renew node/NAME", Short: "Certify the keys of a node anew",
		Long: `Issues new certificates for the keys that a node has, with the same names, and
writes them without keys: into a directory of the node's name, or where srrd of
this host looks (--here). srrd takes them over without a restart. A user gets a
new certificate by srrctl ca issue user.`,
		Example: "  srrctl ca renew node/n2 && scp n2/* n2:/etc/srr/pki/",
		Args:    args("node/NAME"),
		RunE: func(_ *cobra.Command, given []string) error {
			name, ok := ofKind(given[0], "node")
			if !ok {
				return a.usage(fmt.Errorf("renew node/NAME, not %q; a user gets a new one: srrctl ca issue user NAME", given[0]))
			}
			return a.withCA(func(c *ca.CA) error {
				certs, err := c.RenewNode(name, ca.ValidNode, a.Now())
				if err != nil {
					return err
				}
				return a.deliver(c, a.nodeDir(out, here, name), certs, nil)
			})
		},
	}
	c.Flags().StringVar(&out, "out", "", "`DIRECTORY` to write into (default ./NAME)")
	c.Flags().BoolVar(&here, "here", false, "write where srrd of this host looks")
	c.MarkFlagsMutuallyExclusive("out", "here")
	return c
}

func (a *app) issueUser() *cobra.Command {
	role, p12, pem := "", "", ""
	c := &cobra.Command{
		Use: "user NAME --role ROLE [--p12 FILE | --pem FILE]", Short: "Issue the certificate of a user",
		Long: `Makes a key for a user and certifies it for a year with a role:

  viewer         sees everything but secrets
  operator       and works with services and nodes: every verb of srrctl
  administrator  and changes configuration, certificates and routing daemons

It is written for browsers (PKCS #12, by default NAME.p12) with a password that
is printed once, or with --pem as certificate and key without one, for srrctl
--server and curl.`,
		Example: `  srrctl ca issue user alice --role operator
  srrctl ca issue user monitoring --role viewer --pem monitoring.pem`,
		Args: args("NAME"),
		RunE: func(_ *cobra.Command, given []string) error {
			if role == "" {
				return a.usage(errors.New("issue user needs --role viewer, operator or administrator"))
			}
			r, err := identity.ParseRole(role)
			if err != nil {
				return a.usage(err)
			}
			file := p12
			if file == "" && pem == "" {
				file = given[0] + ".p12"
			}
			return a.withCA(func(c *ca.CA) error { return a.writeUser(c, given[0], r, file, pem) })
		},
	}
	c.Flags().StringVar(&role, "role", "", "`ROLE`: viewer, operator or administrator")
	c.Flags().StringVar(&p12, "p12", "", "`FILE` for browsers (default NAME.p12)")
	c.Flags().StringVar(&pem, "pem", "", "`FILE` of certificate and key in PEM instead, without a password")
	c.MarkFlagsMutuallyExclusive("p12", "pem")
	_ = c.RegisterFlagCompletionFunc("role", cobra.FixedCompletions([]string{"viewer", "operator", "administrator"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (a *app) writeUser(c *ca.CA, name string, role identity.Role, p12, pem string) error {
	key, err := ca.NewKey()
	if err != nil {
		return err
	}
	cert, err := c.IssueUser(name, role, key.Public(), ca.ValidUser, a.Now())
	if err != nil {
		return err
	}
	if pem != "" {
		secret, err := identity.EncodeKey(key)
		if err != nil {
			return err
		}
		if err := writeSecret(pem, append(identity.EncodeCertificates(cert), secret...)); err != nil {
			return err
		}
		a.print.line(text("wrote " + pem + " for " + role.String() + " " + name + ", good until " + a.day(cert)))
		return nil
	}
	b, password, err := ca.PKCS12(key, cert, c.Certificate)
	if err != nil {
		return err
	}
	if err := writeSecret(p12, b); err != nil {
		return err
	}
	a.print.line(text("wrote " + p12 + " for " + role.String() + " " + name + ", good until " + a.day(cert)))
	a.print.line(text("password: " + password))
	a.print.line(text("It is not kept anywhere. Give it to the user by another way than the file."))
	return nil
}

// writeSecret writes a file for its owner alone.
func writeSecret(path string, b []byte) error {
	dir, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer dir.Close()
	if err := durable.WriteFile(dir, filepath.Base(path), b, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

package cli

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"srr/internal/durable"
	"srr/internal/identity"
	"srr/internal/identity/ca"
)

const caLong = `The certificate authority of the cluster: it vouches for nodes, for the keys
that sign their records, and for users. It is a directory on one host, for
root only; srrd does not need it, but to enrol nodes. Keep a copy: without it no
node can be added, and nothing can be revoked.

These commands work on files and need no daemon.`

// authority is srrctl ca.
func (a *app) authority() *cobra.Command {
	c := &cobra.Command{
		Use: "ca COMMAND", Short: "Certificates of nodes and users", Long: caLong,
		Example: `  srrctl ca init --cluster shop
  srrctl ca issue node n1 --router-id 10.0.0.1 --here
  srrctl token n2 --router-id 10.0.0.2 --server n1.example.org:8443
  srrctl ca issue user alice --role operator
  srrctl ca list
  srrctl ca revoke user/alice`,
		Args: args("COMMAND"),
		RunE: func(cmd *cobra.Command, given []string) error {
			return a.usage(fmt.Errorf("no command %q: there are init, issue, renew, revoke, list and crl", given[0]))
		},
	}
	c.PersistentFlags().StringVar(&a.pki, "dir", identity.DefaultDir, "`DIRECTORY` of certificates and keys; the CA is in ca below it")
	c.AddCommand(a.caInit(), a.caIssue(), a.caRenew(), a.caRevoke(), a.caList(), a.caCRL())
	for _, sub := range c.Commands() {
		sub.DisableFlagsInUseLine = true
	}
	return offline(c)
}

func (a *app) caDir() string { return filepath.Join(a.pki, identity.DirCA) }

// withCA opens the CA for one command. Without cleanup, whoever waits would wait
// until srrctl ends.
func (a *app) withCA(f func(*ca.CA) error) error {
	c, err := ca.Open(a.caDir())
	if err != nil {
		return err
	}
	defer c.Close()
	return f(c)
}

func (a *app) caInit() *cobra.Command {
	cluster := ""
	c := &cobra.Command{
		Use: "init --cluster NAME", Short: "Make the CA of a cluster",
		Long: `Makes the CA of a cluster in ca below the directory, once. Its key is ECDSA P-256
and good for 20 years. Everything that it issues is written down there.`,
		Example: "  srrctl ca init --cluster shop",
		Args:    args(),
		RunE: func(*cobra.Command, []string) error {
			if cluster == "" {
				return a.usage(fmt.Errorf("init needs --cluster: the name in srr.yaml"))
			}
			if of, _, err := identity.Here(a.pki); err != nil || of != "" {
				return cmp.Or(err, fmt.Errorf("%s: this host belongs to cluster %s, which has a CA; another one goes into another --dir", a.pki, of))
			}
			c, err := ca.Create(a.caDir(), cluster, a.Now())
			if err != nil {
				return err
			}
			defer c.Close()
			if err := a.publish(c); err != nil {
				return err
			}
			a.print.line(text("made the CA of cluster " + cluster + " in " + a.caDir()))
			a.print.line(text("Keep a copy of that directory where nobody else reads it."))
			a.print.heading("Next:")
			a.print.line(text("  srrctl ca issue node NAME --router-id ID --here     for this host"))
			a.print.line(text("  srrctl token NAME --router-id ID --server HOST:PORT for each other one"))
			a.print.line(text("  srrd init                                           in a new cluster: it writes signatures: require"))
			a.print.line(text("  In a cluster that runs: medium: {signatures: warn} on all nodes, and when no alarm"))
			a.print.line(text("  signature is left, require."))
			return nil
		},
	}
	c.Flags().StringVar(&cluster, "cluster", "", "`NAME` of the cluster, as in srr.yaml")
	return c
}

// publish writes what this host tells others of the CA: its certificate and the
// list of what was revoked.
func (a *app) publish(c *ca.CA) error {
	list, err := c.List(a.Now())
	if err != nil {
		return err
	}
	dir, err := os.OpenRoot(a.pki)
	if err != nil {
		return err
	}
	defer dir.Close()
	if _, err := dir.Lstat(identity.FileCA); err != nil { // one with several CAs is kept
		if err := durable.WriteFile(dir, identity.FileCA, identity.EncodeCertificates(c.Certificate), 0o644); err != nil {
			return fmt.Errorf("write %s: %w", identity.FileCA, err)
		}
	}
	if err := durable.WriteFile(dir, identity.FileLists, list, 0o644); err != nil {
		return fmt.Errorf("write %s: %w", identity.FileLists, err)
	}
	return nil
}

func (a *app) caRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke SERIAL|node/NAME|user/NAME", Short: "Take certificates back",
		Long: `Takes one certificate back by its serial number, or all of a node or user, and
writes the list of what was revoked (crl.pem). srrd asks the consoles of other
nodes for a newer one every minute; where there is none, copy the file. Requests of
somebody who was revoked are refused from then on, also over an open connection.

A node whose key for records was revoked is as good as absent for the others: they start
what it runs. It stops that itself, but not before it has the list: shut srrd down
there first, if that node still obeys.`,
		Example: `  srrctl ca revoke user/alice
  srrctl ca revoke 4f1c0a9d33b2e871`,
		Args: args("SERIAL|node/NAME|user/NAME"),
		RunE: func(_ *cobra.Command, given []string) error {
			return a.withCA(func(c *ca.CA) error {
				done, err := c.Revoke(given[0], a.Now())
				if err != nil {
					return err
				}
				if err := a.publish(c); err != nil {
					return err
				}
				for _, e := range done {
					a.print.line(text("revoked " + e.Serial + ", " + string(e.Kind) + " " + e.Name))
				}
				if len(done) == 0 {
					a.print.line(text("it was revoked before"))
				}
				a.print.line(text("wrote " + filepath.Join(a.pki, identity.FileLists)))
				return nil
			})
		},
	}
}

func (a *app) caCRL() *cobra.Command {
	return &cobra.Command{
		Use: "crl", Short: "Sign the list of what was revoked anew",
		Long: `Signs the list of what was revoked anew, writes it to crl.pem, and prints it. Each
list is good for a year; revoke makes a new one, too.`,
		Example: "  srrctl ca crl | ssh n2 'cat > /etc/srr/pki/crl.pem.new && mv /etc/srr/pki/crl.pem.new /etc/srr/pki/crl.pem'",
		Args:    args(),
		RunE: func(*cobra.Command, []string) error {
			return a.withCA(func(c *ca.CA) error {
				if err := a.publish(c); err != nil {
					return err
				}
				list, err := os.ReadFile(filepath.Join(a.pki, identity.FileLists))
				if err != nil {
					return err
				}
				_, err = a.Out.Write(list)
				return err
			})
		},
	}
}

// issued is one certificate as -o json prints it.
type issued struct {
	Serial   string    `json:"serial"`
	Kind     string    `json:"kind"`
	Name     string    `json:"name"`
	Role     string    `json:"role,omitempty"`
	RouterID string    `json:"router_id,omitempty"`
	NotAfter time.Time `json:"not_after"`
	State    string    `json:"state"`
}

func (a *app) caList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Every certificate that was issued",
		Long: `Lists what the CA issued, the newest last, with its state: good, soon (it ends
within 30 days), ended or revoked.`,
		Example: `  srrctl ca list
  srrctl ca list -o json | jq -r '.[] | select(.state == "soon") | .name'`,
		Args: args(),
		RunE: func(*cobra.Command, []string) error {
			return a.withCA(func(c *ca.CA) error {
				var all []issued
				for _, e := range c.Issued() {
					i := issued{Serial: e.Serial, Kind: string(e.Kind), Name: e.Name, Role: e.Role, NotAfter: e.NotAfter, State: stateOf(&e, a.Now())}
					if e.RouterID != 0 {
						i.RouterID = e.RouterID.String()
					}
					all = append(all, i)
				}
				if a.format == formatJSON {
					return writeJSON(a.Out, slices.Concat([]issued{}, all), "  ")
				}
				rows := [][]cell{head("SERIAL", "OF", "NAME", "ROLE OR ROUTER ID", "UNTIL", "STATE")}
				for _, i := range all {
					rows = append(rows, []cell{
						text(i.Serial), text(i.Kind), text(i.Name), text(cmp.Or(i.Role, i.RouterID)),
						text(i.NotAfter.In(a.Zone).Format(time.DateOnly)), in(issuedStyle[i.State], i.State),
					})
				}
				a.print.table(rows...)
				return nil
			})
		},
	}
}

var issuedStyle = map[string]style{"good": green, "soon": yellow, "ended": red, "revoked": red}

func stateOf(e *ca.Entry, now time.Time) string {
	switch {
	case !e.Revoked.IsZero():
		return "revoked"
	case !now.Before(e.NotAfter):
		return "ended"
	case !now.Before(e.NotAfter.Add(-30 * 24 * time.Hour)):
		return "soon"
	}
	return "good"
}

// ofKind takes KIND/NAME apart.
func ofKind(s, kind string) (name string, ok bool) { return strings.CutPrefix(s, kind+"/") }

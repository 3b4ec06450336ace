package cli

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"srr/internal/identity"
	"srr/internal/identity/ca"
	"srr/internal/identity/enrol"
)

func (a *app) token() *cobra.Command {
	var f nodeFlags
	server, valid := "", ""
	c := &cobra.Command{
		Use: "token NAME --router-id ID --server HOST:PORT", Short: "Make a token that enrols a node, once",
		Long: `Makes a token with which one node enrols itself by srrctl join, once. Run it where
the CA is; srrd must run there with a console (console.listen), because it answers
the node. Name, router ID and host names of the certificates are said here.

Whoever has the token is that node: give it to nobody else. It pins the CA, so
that the node takes no other server.`,
		Example: `  srrctl token n2 --router-id 10.0.0.2 --dns n2.example.org --server n1.example.org:8443`,
		Args:    args("NAME"),
		RunE: func(_ *cobra.Command, given []string) error {
			n, err := f.node(given[0])
			if err != nil {
				return a.usage(fmt.Errorf("token %w", err))
			}
			if err := enrol.CheckServer(server); err != nil {
				return a.usage(fmt.Errorf("token needs --server: the console of this host, such as n1.example.org:8443: %w", err))
			}
			span, err := parseSpan(valid)
			if err != nil || span <= 0 || span > 7*24*time.Hour {
				return a.usage(fmt.Errorf("--valid %s: want up to 7d", valid))
			}
			return a.withCA(func(c *ca.CA) error {
				t, err := enrol.NewToken(c, server, n, span, a.Now())
				if err != nil {
					return err
				}
				if a.format == formatJSON {
					return writeJSON(a.Out, map[string]string{"token": t.String(), "node": n.Name}, "  ")
				}
				a.print.line(text("On " + n.Name + ", within " + short(span) + ":"))
				a.print.line(text("  srrctl join " + t.String()))
				return nil
			})
		},
	}
	f.add(c)
	c.Flags().StringVar(&server, "server", "", "`HOST:PORT` of the console of this host, as the node reaches it")
	c.Flags().StringVar(&valid, "valid", "1h", "how `LONG` it may be used")
	c.Flags().StringVar(&a.pki, "dir", identity.DefaultDir, "`DIRECTORY` of certificates and keys; the CA is in ca below it")
	return offline(c)
}

func (a *app) join() *cobra.Command {
	c := &cobra.Command{
		Use: "join TOKEN", Short: "Enrol this node with a token",
		Long: `Makes the keys of this node, has them certified by the node that the token names,
and writes them where srrd looks. The keys do not leave this host. srrd need not
run; if it does, it reads the certificates within ten seconds.`,
		Example: "  srrctl join srr-join-1.Qm9...",
		Args:    args("TOKEN"),
		RunE: func(cmd *cobra.Command, given []string) error {
			t, err := enrol.ParseToken(given[0])
			if err != nil {
				return a.usage(err)
			}
			if err := vacant(a.pki); err != nil {
				return err
			}
			e, err := enrol.Join(cmd.Context(), t)
			if err != nil {
				return err
			}
			if err := ca.WriteNode(a.pki, e.CA, e.List, e.Certificates, &e.Keys); err != nil {
				return fmt.Errorf("the token is spent and its certificates are lost; make a new one: %w", err)
			}
			a.print.line(text(fmt.Sprintf("this is node %s (%s) of cluster %s now, until %s", e.Holder.Name, e.Holder.RouterID, e.Cluster, a.day(e.Certificates.TLS))))
			a.print.line(text("wrote " + filepath.Join(a.pki, "*")))
			a.print.heading("Next:")
			a.print.line(text("  srrd init                 unless there is a srr.yaml; name, router ID and cluster must be these"))
			return nil
		},
	}
	c.Flags().StringVar(&a.pki, "dir", identity.DefaultDir, "`DIRECTORY` of certificates and keys")
	return offline(c)
}

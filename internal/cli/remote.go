package cli

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"srr/internal/api/client"
	"srr/internal/identity"
	"srr/internal/identity/enrol"
)

// remote says which console is asked instead of the daemon of this host, and as whom.
type remote struct {
	server, ca, crl, cert, key string
	on                         string // the node to which it carries requests
}

func (r *remote) add(f *pflag.FlagSet) {
	f.StringVar(&r.server, "server", "", "ask the console at `HOST:PORT` of a node, not the daemon of this host (default $SRR_SERVER)")
	f.StringVar(&r.ca, "ca", "", "`FILE` of the cluster's CA (default $SRR_CA or ~/.config/srr/ca.crt)")
	f.StringVar(&r.crl, "crl", "", "`FILE` of what its CA revoked (default $SRR_CRL, or crl.pem beside the file of the CA)")
	f.StringVar(&r.cert, "cert", "", "`FILE` of your certificate (default $SRR_CERT or ~/.config/srr/user.crt)")
	f.StringVar(&r.key, "key", "", "`FILE` of its key (default $SRR_KEY, ~/.config/srr/user.key, or the file of the certificate)")
	f.StringVar(&r.on, "on", "", "let the console carry the command to this `NODE`")
}

// asksNobody marks commands that need no daemon: they work on files of this host.
const asksNobody = "asks-nobody"

// offline marks a command and those below it.
func offline(c *cobra.Command) *cobra.Command {
	c.Annotations = map[string]string{asksNobody: "yes"}
	return c
}

func isOffline(c *cobra.Command) bool {
	for ; c != nil; c = c.Parent() {
		// Words are completed by whoever parses the line that is completed.
		if c.Annotations[asksNobody] != "" || c.Name() == cobra.ShellCompRequestCmd {
			return true
		}
	}
	return false
}

// reach makes the client for a command that asks somebody.
func (a *app) reach(cmd *cobra.Command) (err error) {
	if !isOffline(cmd) {
		a.client, err = a.connect()
		return err
	}
	if a.remote.server != "" || a.remote.on != "" {
		return a.usage(fmt.Errorf("%s asks no node, it works on files of the host where it runs: run it there, without --server and --on", cmd.CommandPath()))
	}
	return nil
}

// connect makes a client of the daemon, or of the console that was named.
func (a *app) connect() (*client.Client, error) {
	r := a.remote
	if a.socket != "" && r.server != "" {
		return nil, a.usage(errors.New("--socket and --server: which one is to be asked?"))
	}
	if r.server = a.server(); r.server == "" {
		if r.on != "" {
			return nil, a.usage(errors.New("--on needs --server: a console carries commands to other nodes, the socket of the daemon does not"))
		}
		return client.New(a.socketPath()), nil
	}
	return a.connectRemote(r)
}

// server is the console that is asked; "": the daemon of this host is.
func (a *app) server() string {
	if a.remote.server == "" && a.socket == "" {
		return a.Getenv("SRR_SERVER")
	}
	return a.remote.server
}

// aNode is what may be in the path of a request.
var aNode = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func (a *app) connectRemote(r remote) (*client.Client, error) {
	address := strings.TrimSuffix(strings.TrimPrefix(r.server, "https://"), "/")
	if err := enrol.CheckServer(address); err != nil {
		return nil, a.usage(fmt.Errorf("%w: want https://HOST:PORT, such as https://n1.example.org:8443", err))
	}
	if r.on != "" && !aNode.MatchString(r.on) {
		return nil, a.usage(fmt.Errorf("--on %.80q: want the name or the router ID of a node", r.on))
	}
	if err := a.findFiles(&r); err != nil {
		return nil, err
	}
	switch {
	case r.ca == "":
		return nil, a.usage(errors.New("--server needs --ca FILE, $SRR_CA or ~/.config/srr/ca.crt: ca.crt of the cluster, from /etc/srr/pki of a node"))
	case r.cert == "":
		return nil, a.usage(errors.New("--server needs --cert FILE, $SRR_CERT or ~/.config/srr/user.crt: who are you? On the host of the CA, srrctl ca issue user NAME --role ROLE --pem FILE makes a certificate"))
	}
	cas, err := identity.ReadAuthorities(r.ca)
	if err != nil {
		return nil, fmt.Errorf("read the CA: %w", err)
	}
	user, err := identity.ReadUser(r.cert, r.key, a.Now())
	if err != nil {
		return nil, err
	}
	if c := user.Leaf; identity.EndsSoon(c, a.Now()) {
		a.complain("your certificate ends at %s; on the host of the CA, srrctl ca issue user makes another one", c.NotAfter.In(a.Zone).Format(time.DateTime))
	}
	host, _, _ := net.SplitHostPort(address) // it was checked
	lists, err := r.lists()
	if err != nil {
		return nil, err
	}
	config, err := identity.UserTLS(cas, lists, user, host)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.ca, err)
	}
	return client.Remote(address, r.on, config), nil
}

// lists are what the user knows to be revoked; nothing, where there is no file.
func (r *remote) lists() ([]*x509.RevocationList, error) {
	if r.crl == "" {
		return nil, nil
	}
	lists, err := identity.ReadLists(r.crl)
	if err != nil {
		return nil, fmt.Errorf("read what was revoked: %w", err)
	}
	return lists, nil
}

// findFiles fills in what no flag says: from the environment, or else from the user's
// own directory. A certificate without a key beside it has the key in its own file.
func (a *app) findFiles(r *remote) error {
	r.ca = cmp.Or(r.ca, a.Getenv("SRR_CA"), a.ownFile("ca.crt"))
	r.crl = cmp.Or(r.crl, a.Getenv("SRR_CRL"), beside(r.ca, identity.FileLists))
	switch env := a.Getenv("SRR_CERT"); {
	case r.cert != "":
	case env != "":
		r.cert, r.key = env, cmp.Or(r.key, a.Getenv("SRR_KEY"))
	default:
		r.cert, r.key = a.ownFile("user.crt"), cmp.Or(r.key, a.Getenv("SRR_KEY"), a.ownFile("user.key"))
	}
	r.key = cmp.Or(r.key, r.cert)
	for _, f := range []*string{&r.ca, &r.crl, &r.cert, &r.key} {
		if *f == "" {
			continue
		}
		var err error
		if *f, err = filepath.Abs(*f); err != nil {
			return err
		}
	}
	return nil
}

// beside is a file in the directory of another, if it is there.
func beside(path, name string) string {
	other := filepath.Join(filepath.Dir(path), name)
	if _, err := os.Stat(other); path == "" || err != nil {
		return ""
	}
	return other
}

// ownFile is a file in the user's own directory for srrctl, if it is there.
func (a *app) ownFile(name string) string {
	dir := a.Getenv("XDG_CONFIG_HOME")
	if home := a.Getenv("HOME"); dir == "" && home != "" {
		dir = filepath.Join(home, ".config")
	}
	path := filepath.Join(dir, "srr", name)
	if _, err := os.Stat(path); dir == "" || err != nil {
		return ""
	}
	return path
}

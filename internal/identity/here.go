package identity

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// Here reads in a directory of certificates of which cluster they are, and which
// node this host is by them. All is empty where there is nothing.
func Here(dir string) (cluster string, node Holder, err error) {
	cas, err := readAuthorities(filepath.Join(dir, FileCA))
	if errors.Is(err, fs.ErrNotExist) {
		return "", Holder{}, nil
	}
	if err != nil {
		return "", Holder{}, fmt.Errorf("read certificates: %w", err)
	}
	for _, u := range cas[0].URIs {
		if u.Scheme == scheme {
			cluster = u.Host
		}
	}
	certs, err := ReadCertificates(filepath.Join(dir, FileRecords))
	if errors.Is(err, fs.ErrNotExist) || cluster == "" {
		return cluster, Holder{}, nil
	}
	if err != nil {
		return cluster, Holder{}, fmt.Errorf("read certificates: %w", err)
	}
	node, err = HolderOf(cluster, certs[0].URIs)
	return cluster, node, err
}

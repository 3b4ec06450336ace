package api

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"srr/internal/durable"
)

// DefaultSocket is where the daemon listens unless it is told otherwise.
const DefaultSocket = "/run/srr/srrd.sock"

// maxSocketPath is what fits in sockaddr_un (unix(7)), without its NUL.
const maxSocketPath = 107

// ErrInUse is what Listen wraps when another daemon serves the path.
var ErrInUse = errors.New("another srrd uses this socket")

// Listen makes the socket for its owner only: the directory with mode 0700,
// the socket with 0600. A directory that is there already must belong to the
// caller and be closed to everybody else, because a socket in an open
// directory could be replaced by a stranger's. A lock file beside the socket
// tells a daemon that lives from a socket that a dead one left.
func Listen(path string) (net.Listener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("listen on %s: the path is %d bytes long, a socket's path may have %d", path, len(path), maxSocketPath)
	}
	if err := ownDirectory(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	lock, err := durable.Lock(path+".lock", ErrInUse)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	l, err := bind(path)
	if err != nil {
		lock.Close()
		return nil, err
	}
	return &lockedListener{Listener: l, lock: lock}, nil
}

func bind(path string) (net.Listener, error) {
	switch info, err := os.Lstat(path); {
	case err == nil && info.Mode().Type() != fs.ModeSocket:
		return nil, fmt.Errorf("listen on %s: something that is not a socket is in the way", path)
	case err == nil:
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("listen on %s: %w", path, err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	return l, nil
}

// ownDirectory makes dir for this user alone, or makes sure that it is so.
func ownDirectory(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err == nil {
		return nil
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory", dir)
	case !ok || int(st.Uid) != os.Geteuid():
		return fmt.Errorf("the directory %s belongs to somebody else", dir)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("the directory %s is open to others (mode %04o): chmod 700 %s", dir, info.Mode().Perm(), dir)
	}
	return nil
}

// lockedListener gives the lock back with the socket.
type lockedListener struct {
	net.Listener
	lock *os.File
}

func (l *lockedListener) Close() error {
	return errors.Join(l.Listener.Close(), l.lock.Close())
}

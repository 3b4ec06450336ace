package notify

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"srr/internal/agent/trust"
)

const maxSecret = 4 << 10 // bytes

// CheckSecret returns nil if a secret can be read from the file at an absolute
// path, and nobody but root can read or change it.
func CheckSecret(path string) error {
	_, err := readSecret(path)
	return err
}

// readSecret returns the first line. It is read each time, so that a password can
// be changed without a reload.
func readSecret(path string) (string, error) {
	if err := trust.File(path); err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the secret: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("read the secret: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("read the secret: %s can be read by others than root (chmod 600 %s)", path, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", fmt.Errorf("read the secret %s: %w", path, err)
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 || len(text) > maxSecret {
		return "", fmt.Errorf("read the secret: the first line of %s must hold it, in at most %d bytes", path, maxSecret)
	}
	for _, b := range line {
		if b < ' ' || b == 0x7f {
			return "", fmt.Errorf("read the secret: the first line of %s holds a control character", path)
		}
	}
	return string(line), nil
}

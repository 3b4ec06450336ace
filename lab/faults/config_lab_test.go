//go:build lab

package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// configure changes srr.yaml on a host. It is not loaded yet. In what is new,
// \n begins a line of the same service.
func (r *run) configure(_ context.Context, args []string, _ string) error {
	from, to, _ := strings.Cut(strings.Join(args[1:], " "), "=")
	to = strings.ReplaceAll(to, `\n`, "\n    ")
	return r.edit(args[0], func(text string) (string, error) {
		if !strings.Contains(text, from) {
			return "", fmt.Errorf("the configuration has no %q", from)
		}
		return strings.Replace(text, from, to, 1), nil
	})
}

// halve leaves the first half of srr.yaml, as an editor or a full disk does.
func (r *run) halve(_ context.Context, args []string, _ string) error {
	return r.edit(args[0], func(text string) (string, error) { return text[:len(text)/2], nil })
}

// edit keeps the text of before the first change.
func (r *run) edit(host string, change func(text string) (string, error)) error {
	path := r.b.l.Path(host, "srr.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	changed, err := change(string(text))
	if err != nil {
		return err
	}
	if _, err := os.Stat(path + ".before"); errors.Is(err, os.ErrNotExist) {
		if err := os.WriteFile(path+".before", text, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(path, []byte(changed), 0o600)
}

func (r *run) restore(_ context.Context, args []string, _ string) error {
	path := r.b.l.Path(args[0], "srr.yaml")
	return os.Rename(path+".before", path)
}

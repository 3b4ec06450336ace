package daemon

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"srr/internal/durable"
	"srr/internal/web"
)

// maxVersions is how many earlier texts of a service are kept.
const maxVersions = 20

// keepVersion keeps a text of a service that is about to be replaced, in
// paths.state/configured/NAME/TIME.yaml, and removes the oldest ones.
func keepVersion(state, name, text string, now time.Time) error {
	dir := filepath.Join(state, "configured", name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep the text of %s: %w", name, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("keep the text of %s: %w", name, err)
	}
	defer root.Close()
	if err := durable.WriteFile(root, strconv.FormatInt(now.UnixMilli(), 10)+".yaml", []byte(text), 0o600); err != nil {
		return fmt.Errorf("keep the text of %s: %w", name, err)
	}
	files, err := versionFiles(root)
	for ; len(files) > maxVersions; files = files[:len(files)-1] {
		err = errors.Join(err, root.Remove(files[len(files)-1]))
	}
	return err
}

// versions are the texts that were kept, newest first.
func versions(state, name string) (out []web.Version, err error) {
	root, err := os.OpenRoot(filepath.Join(state, "configured", name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the earlier texts of %s: %w", name, err)
	}
	defer root.Close()
	files, err := versionFiles(root)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		text, err := root.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("read the earlier texts of %s: %w", name, err)
		}
		ms, _ := strconv.ParseInt(strings.TrimSuffix(f, ".yaml"), 10, 64) // versionFiles has looked
		out = append(out, web.Version{At: time.UnixMilli(ms), Text: string(text)})
	}
	return out, nil
}

// versionFiles are the names of the files, newest first.
func versionFiles(root *os.Root) ([]string, error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("list the earlier texts: %w", err)
	}
	var out []string
	for _, e := range entries {
		stem, ok := strings.CutSuffix(e.Name(), ".yaml")
		if _, err := strconv.ParseInt(stem, 10, 64); ok && err == nil {
			out = append(out, e.Name())
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(b, a)) })
	return out, nil
}

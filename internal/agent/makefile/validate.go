package makefile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"srr/internal/agent"
	"srr/internal/agent/trust"
	"srr/internal/service"
)

const (
	nobody       = 65534
	validateTime = 5 * time.Second
	maxMakefile  = 1 << 20
	maxDatabase  = 8 << 20
	// goal is a target of our own without a recipe: make reads everything and
	// makes nothing, and fails only if it could not read.
	goal = "srr-validate"
)

// Validate returns an error unless every primitive is a target of the Makefile
// and nobody but root can change it or what it includes. An empty target is
// one. Make reads the file as user nobody: to read a Makefile can mean to run
// what is written in it, and check-config must be harmless.
func Validate(ctx context.Context, path string) error {
	if err := trust.File(path); err != nil {
		return err
	}
	db, err := database(ctx, path)
	if err != nil {
		return fmt.Errorf("read targets of %s: %w", path, err)
	}
	for _, include := range includes(db) {
		if ownCopy.MatchString(include) {
			continue // standard input
		}
		if !filepath.IsAbs(include) {
			include = filepath.Join(filepath.Dir(path), include)
		}
		if err := trust.File(include); err != nil {
			return fmt.Errorf("%s: include: %w", path, err)
		}
	}
	return judge(path, targets(db))
}

// judge compares the targets found with those that must be there.
func judge(path string, found map[string]target) error {
	var missing, files []string
	for p := range service.NumPrimitives {
		name := p.String()
		t, ok := found[name]
		switch _, err := os.Lstat(filepath.Join(filepath.Dir(path), name)); {
		case !ok && !matchAnything(found):
			missing = append(missing, name)
		case err == nil && !t.phony:
			files = append(files, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s has no target %s; for what has nothing to do, add the line %q",
			path, strings.Join(missing, ", "), strings.Join(missing, " ")+":")
	}
	if len(files) > 0 {
		return fmt.Errorf("%s: make would never run %s, files of that name are beside it; add the line %q",
			path, strings.Join(files, ", "), ".PHONY: "+strings.Join(files, " "))
	}
	return nil
}

func matchAnything(found map[string]target) bool {
	_, one := found["%"]
	return one
}

// target is what make knows of one.
type target struct{ phony bool }

var targetLine = regexp.MustCompile(`^([^\s#:=][^:=]*)::?(\s.*)?$`)

// targets reads the list of targets from make's database (make -p). A name
// below the comment "Not a target" is only a prerequisite or a suffix.
func targets(db []byte) map[string]target {
	found := make(map[string]target)
	var last string
	var isFile bool
	for _, line := range strings.Split(string(db), "\n") {
		switch {
		case line == "# Not a target:":
			isFile = true
		case strings.HasPrefix(line, "#  Phony target") && last != "":
			found[last] = target{phony: true}
		case line == "":
			last, isFile = "", false
		default:
			if m := targetLine.FindStringSubmatch(line); m != nil && !isFile && last == "" {
				last = strings.TrimSpace(m[1])
				found[last] = target{}
			}
		}
	}
	return found
}

// includes reads the names of all Makefiles from the database.
func includes(db []byte) []string {
	for _, line := range strings.Split(string(db), "\n") {
		if list, ok := strings.CutPrefix(line, "MAKEFILE_LIST := "); ok {
			return strings.Fields(list)
		}
	}
	return nil
}

// database runs `make -pnq` as nobody, with an empty environment, in its own
// session. The Makefile comes on standard input: it need not be readable by
// nobody, though what it includes must.
func database(ctx context.Context, path string) ([]byte, error) {
	text, err := readLimited(path)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, validateTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, makeProgram, "-r", "-pnq", "--eval", goal+":", "-f", "-", "--", goal)
	cmd.Dir = enterable(filepath.Dir(path))
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	cmd.Stdin = bytes.NewReader(text)
	out, errs := &limited{max: maxDatabase}, &limited{max: 4096}
	cmd.Stdout, cmd.Stderr = out, errs
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, &agent.Unexamined{Why: "no answer from make in time"}
	case errors.As(err, &exit) && exit.ExitCode() == 1: // -q: something is to be done
	case errors.As(err, &exit) && exit.Exited():
		if file := unreadable(errs.String(), filepath.Dir(path)); file != "" {
			return nil, fmt.Errorf("make reads it as user nobody, who cannot read %s (chmod o+r %s, and o+x the directories on the way)", file, file)
		}
		return nil, fmt.Errorf("%w: %s", err, cause(errs.String(), path))
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no %s", makeProgram)
	case err != nil: // killed, or not even begun: no memory, too many processes
		return nil, &agent.Unexamined{Why: err.Error()}
	}
	return out.Bytes(), nil
}

var ownCopy = regexp.MustCompile(`/tmp/Gm\w+`)

// cause finds the line that says why make gave up, in terms of the real file.
func cause(stderr, path string) string {
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	why := lines[0]
	for _, line := range lines {
		if strings.Contains(line, "***") {
			why = line
		}
	}
	return ownCopy.ReplaceAllLiteralString(why, path)
}

var noRule = regexp.MustCompile(`No rule to make target '([^']+)'`)

// unreadable is the file that make took for missing although it is there.
func unreadable(stderr, dir string) string {
	m := noRule.FindStringSubmatch(stderr)
	if m == nil || os.Geteuid() != 0 { // then make is run as who we are
		return ""
	}
	file := m[1]
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	if _, err := os.Stat(file); err != nil {
		return ""
	}
	return file
}

func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxMakefile+1))
	if err == nil && len(b) > maxMakefile {
		err = fmt.Errorf("longer than %d bytes", maxMakefile)
	}
	return b, err
}

// enterable returns dir if nobody may enter it, else a directory where relative
// includes are not found, which make then reports.
func enterable(dir string) string {
	for d := dir; ; d = filepath.Dir(d) {
		info, err := os.Stat(d)
		if err != nil || info.Mode().Perm()&0o001 == 0 && os.Geteuid() == 0 {
			return "/"
		}
		if d == "/" {
			return dir
		}
	}
}

// limited keeps the first max bytes.
type limited struct {
	bytes.Buffer
	max int
}

func (l *limited) Write(p []byte) (int, error) {
	_, _ = l.Buffer.Write(p[:min(len(p), l.max-l.Len())])
	return len(p), nil
}

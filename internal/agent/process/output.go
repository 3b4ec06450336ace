package process

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"srr/internal/agent"
	"srr/internal/service"
)

const (
	keepOutput = 64 << 10 // bytes of each stream that are kept
	maxOutput  = 4 << 20  // bytes that a stream may grow to before it is cut
)

// Outputs returns what the last call of each primitive printed. Outputs are in
// files, not pipes: a daemon that `start` leaves behind may go on writing when
// srrd has died, and what it wrote is still there when srrd is back.
func (s *Service) Outputs() []agent.Output {
	var all []agent.Output
	for p := range service.NumPrimitives {
		out, info := tail(s.outPath(p, "out"))
		err, _ := tail(s.outPath(p, "err"))
		if info != nil {
			all = append(all, agent.Output{Primitive: p, Stdout: out, Stderr: err, At: info.ModTime()})
		}
	}
	return all
}

// Print keeps text as the output of a primitive that runs no process.
func (s *Service) Print(p service.Primitive, text string) {
	_ = os.WriteFile(s.outPath(p, "out"), []byte(text), 0o600)
}

func (s *Service) outPath(p service.Primitive, stream string) string {
	return filepath.Join(s.dir, p.String()+"."+stream)
}

// streams are the two output files of a call.
type streams struct {
	out, err *os.File
	cutting  *sync.Mutex // two who cut at once would leave nothing
}

func (s *Service) openStreams(p service.Primitive) (streams, error) {
	out, err := openStream(s.outPath(p, "out"))
	if err != nil {
		return streams{}, err
	}
	errs, err := openStream(s.outPath(p, "err"))
	if err != nil {
		out.Close()
		return streams{}, err
	}
	return streams{out: out, err: errs, cutting: new(sync.Mutex)}, nil
}

// openStream appends, so that a cut file begins at 0 again for every writer.
func openStream(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC|os.O_APPEND|unix.O_NOFOLLOW, 0o600)
}

func (f streams) Close() { _, _ = f.out.Close(), f.err.Close() }

// trim cuts the streams back if they have grown beyond limit.
func (f streams) trim(limit int64) {
	f.cutting.Lock()
	defer f.cutting.Unlock()
	for _, file := range []*os.File{f.out, f.err} {
		info, err := file.Stat()
		if err != nil || info.Size() <= limit {
			continue
		}
		keep := readTail(file, info.Size())
		if file.Truncate(0) == nil {
			_, _ = file.Write(keep)
		}
	}
}

// trimAll cuts what leftover daemons write on and on.
func (s *Service) trimAll() {
	for _, p := range []service.Primitive{service.Start, service.Restart, service.Reload} {
		out, err := os.OpenFile(s.outPath(p, "out"), os.O_RDWR|os.O_APPEND, 0)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		errs, err2 := os.OpenFile(s.outPath(p, "err"), os.O_RDWR|os.O_APPEND, 0)
		if err == nil && err2 == nil {
			streams{out: out, err: errs, cutting: new(sync.Mutex)}.trim(maxOutput)
		}
		_, _ = out.Close(), errs.Close()
	}
}

func tail(path string) ([]byte, os.FileInfo) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil
	}
	return readTail(f, info.Size()), info
}

func readTail(f *os.File, size int64) []byte {
	from := max(0, size-keepOutput)
	b, _ := io.ReadAll(io.NewSectionReader(f, from, min(size, keepOutput)))
	return b
}

// lastLine returns the last line of stderr that is not noise.
func (f streams) lastLine(noise func(string) bool) string {
	info, err := f.err.Stat()
	if err != nil {
		return ""
	}
	lines := strings.Split(string(readTail(f.err, info.Size())), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		line := oneLine(lines[i])
		if line != "" && (noise == nil || !noise(line)) {
			return line
		}
	}
	return ""
}

// guard cuts the streams while a call runs, until done is closed.
func (f streams) guard(done <-chan struct{}) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			f.trim(maxOutput)
		case <-done:
			return
		}
	}
}

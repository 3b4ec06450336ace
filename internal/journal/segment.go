package journal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The Log's files are named events-SEQUENCE.jsonl after the lowest sequence
// that they may hold, twenty digits, so that their names sort by age.
const (
	segmentPrefix = "events-"
	segmentSuffix = ".jsonl"
)

// maxLine is more than an event's line ever has: six texts, all escaped.
const maxLine = 64 << 10

type segment struct {
	path  string
	first uint64
}

func segmentPath(dir string, first uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%s%020d%s", segmentPrefix, first, segmentSuffix))
}

// segments lists the Log's files, oldest first.
func segments(dir string) ([]segment, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []segment
	for _, e := range entries {
		digits, isSegment := strings.CutPrefix(e.Name(), segmentPrefix)
		digits, complete := strings.CutSuffix(digits, segmentSuffix)
		first, err := strconv.ParseUint(digits, 10, 64)
		if isSegment && complete && err == nil && e.Type().IsRegular() {
			list = append(list, segment{filepath.Join(dir, e.Name()), first})
		}
	}
	slices.SortFunc(list, func(a, b segment) int { return strings.Compare(a.path, b.path) })
	return list, nil
}

// readSegment calls each for the events of a file in order, until it returns
// false. Lines that cannot be read are counted and skipped; so are those whose
// sequence does not grow, which a damaged or foreign file may hold. A file
// that was rotated away meanwhile is empty.
func readSegment(path string, after uint64, each func(Event) bool) (damaged int, more bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, true, nil
	}
	if err != nil {
		return 0, true, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, maxLine)
	for {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, io.EOF) { // a last line without its end is being written, or torn
			return damaged, true, nil
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			damaged++
			if err = skipLine(r); err == nil {
				continue
			}
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return damaged, true, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue // ends a torn line
		}
		e, ok := parseEvent(line)
		if !ok {
			damaged++
			continue
		}
		if e.Sequence <= after {
			continue
		}
		after = e.Sequence
		if !each(e) {
			return damaged, false, nil
		}
	}
}

func skipLine(r *bufio.Reader) error {
	for {
		_, err := r.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"strconv"
)

// The file of the Store: one line per batch,
//
//	CRC SP {"n":N,"set":{KEY:VALUE,…,KEY:null}} LF
//
// CRC is the CRC-32C of what stands between SP and LF, eight hex digits. N
// counts the lines of the file from 1, so that a missing line is noticed. null
// deletes a key. The line is the unit of atomicity: it counts with its LF and
// its right CRC, or not at all.

// maxFile is more than a state ever needs; a larger file is not ours.
const maxFile = 256 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type batchLine struct {
	N   uint64                     `json:"n"`
	Set map[string]json.RawMessage `json:"set"`
}

func encodeLine(n uint64, set map[string]json.RawMessage) []byte {
	body, err := json.Marshal(batchLine{n, set})
	if err != nil {
		panic("journal: encode a batch: " + err.Error()) // Put has checked the values
	}
	line := make([]byte, 0, len(body)+10)
	line = fmt.Appendf(line, "%08x ", crc32.Checksum(body, castagnoli))
	line = append(line, body...)
	return append(line, '\n')
}

var errLine = errors.New("damaged line")

// decodeLine reads a line without its LF.
func decodeLine(line []byte) (batchLine, error) {
	var b batchLine
	if len(line) < 10 || line[8] != ' ' {
		return b, errLine
	}
	sum, err := strconv.ParseUint(string(line[:8]), 16, 32)
	if err != nil || uint32(sum) != crc32.Checksum(line[9:], castagnoli) {
		return b, errLine
	}
	if err := json.Unmarshal(line[9:], &b); err != nil {
		return b, errLine
	}
	return b, nil
}

// foundState is what the file held.
type foundState struct {
	State
	size  int64
	lines uint64
}

func readState(path string) (foundState, error) {
	f := foundState{State: State{Values: map[string]json.RawMessage{}}}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	if info.Size() > maxFile {
		return f, fmt.Errorf("%s has %d bytes, more than any state", path, info.Size())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return f, err
	}
	f.size = int64(len(b))
	f.replay(b)
	return f, nil
}

// replay applies the lines of b in order. Lines are written and synced one at
// a time, so that a crash can spoil only the last one: that is torn, whatever
// it looks like (file systems may leave zeros in its middle). Any other line
// that cannot be read, or is missing, is damage.
func (f *foundState) replay(b []byte) {
	for len(b) > 0 {
		line, rest, complete := bytes.Cut(b, []byte{'\n'})
		b = rest
		batch, err := decodeLine(line)
		f.lines++
		switch {
		case (err != nil || !complete) && len(b) == 0:
			f.Torn = true
			return
		case err != nil:
			f.Damaged++
			continue
		case batch.N != f.lines:
			f.Damaged++
			f.lines = batch.N
		}
		f.apply(batch.Set)
	}
}

func (f *foundState) apply(set map[string]json.RawMessage) {
	for k, v := range set {
		if v == nil || string(v) == "null" {
			delete(f.Values, k)
		} else {
			f.Values[k] = v
		}
	}
}

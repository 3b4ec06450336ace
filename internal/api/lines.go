package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
)

// MaxLine bounds one answer, or one message of a stream, in bytes. A snapshot of 100 nodes
// and 1,000 services on each is below 64 MB.
const MaxLine = 128 << 20

// Lines yields the messages of a Stream of lines of JSON, until it ends. An error is the
// last thing that it yields: the *Error that the other side has sent, or what is wrong with
// the answer of whom. Alive is called for each line, also for those that only show that the
// other side lives.
func Lines[T any](r io.Reader, whom string, alive func()) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 0, 64<<10), MaxLine)
		for lines.Scan() {
			alive()
			if len(lines.Bytes()) == 0 {
				continue
			}
			v, err := decodeLine[T](lines.Bytes(), whom)
			if !yield(v, err) || err != nil {
				return
			}
		}
		if err := lines.Err(); err != nil {
			var none T
			yield(none, fmt.Errorf("read the answer of %s: %w", whom, err))
		}
	}
}

// decodeLine takes a message. One that was cut off is no JSON.
func decodeLine[T any](line []byte, whom string) (v T, err error) {
	var failed ErrorBody
	if bytes.HasPrefix(line, []byte(`{"error":{`)) && json.Unmarshal(line, &failed) == nil {
		return v, &failed.Error
	}
	if err = json.Unmarshal(line, &v); err != nil {
		err = fmt.Errorf("read the answer of %s: %w", whom, err)
	}
	return v, err
}

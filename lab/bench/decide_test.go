package bench

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestRecord(t *testing.T) {
	f, err := Open(filepath.Join(t.TempDir(), "bench.json"))
	if err != nil {
		t.Fatal(err)
	}
	const printed = "goos: linux\nBenchmarkNodeLoss-2   1   12000000 ns/op\nBenchmarkNodeLoss-2   1   10000000 ns/op\nPASS\n"
	e, err := f.Record(strings.NewReader(printed))
	if err != nil || e.N != 2 || e.MinMS != 10 || e.MedianMS != 11 || e.MaxMS != 12 || len(f.Entries) != 1 {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := f.Record(strings.NewReader("FAIL\n")); err == nil {
		t.Error("nothing was recorded")
	}
}

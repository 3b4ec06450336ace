package bench

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWriteNumbers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "README.md")
	const document = "# Before\n" + numbersBegin + "| old |\n" + numbersEnd + "After\n"
	if err := os.WriteFile(path, []byte(document), 0o644); err != nil {
		t.Fatal(err)
	}
	f := &File{}
	if err := f.WriteNumbers(path); err == nil {
		t.Error("an empty table was written")
	}
	f.Entries = []Entry{
		{Case: "keepalived-power-off", Timers: "advert 1 s", N: 3, MedianMS: 3129},
		{Case: "power-off", Timers: "bfd20", N: 20, MinMS: 54, MedianMS: 64.2, P95MS: 70, MaxMS: 72},
		{Case: "power-off" + httpSuffix, Timers: "bfd20", N: 20, MedianMS: 77},
		{Case: "power-off", Timers: "hello", N: 20, MedianMS: 998},
	}
	for range 2 { // the second time changes nothing
		if err := f.WriteNumbers(path); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	order := []int{
		strings.Index(got, "# Before"), strings.Index(got, "| hello | 20 |"),
		strings.Index(got, "| bfd20 | 20 | 54 | **64.2** | 70 | 72 |"), strings.Index(got, "keepalived"), strings.Index(got, "After"),
	}
	if !slices.IsSorted(order) || order[0] < 0 || strings.Contains(got, "old") || strings.Contains(got, "77") {
		t.Errorf("%v\n%s", order, got)
	}
	if err := os.WriteFile(path, []byte("nothing"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := f.WriteNumbers(path); err == nil {
		t.Error("a document without markers was changed")
	}
}

// TestEveryCaseIsDescribed: what is measured is in the README.
func TestEveryCaseIsDescribed(t *testing.T) {
	for _, c := range cases {
		n := 0
		for _, d := range described {
			if d.name == c.name {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s is described %d times", c.name, n)
		}
	}
}

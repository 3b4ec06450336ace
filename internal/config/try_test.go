package config

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// TestTry: a text stands for the file of its name in conf.d, or for the main file;
// nothing is written, and no other file can be meant.
func TestTry(t *testing.T) {
	inDir(t, commented)
	if _, err := SaveService("srr.yaml", "dns", dns("10.1.0.53"), nil); err != nil {
		t.Fatal(err)
	}
	main := []byte(head + "services:\n  web: {addresses: [10.1.0.9]}\n")
	for name, c := range map[string]struct {
		file string
		text []byte
		want string // the addresses of web and dns
	}{
		"of conf.d":          {"dns.yaml", dns("10.1.0.99"), "10.1.0.1 10.1.0.99"},
		"the main file":      {"srr.yaml", main, "10.1.0.9 10.1.0.53"},
		"of another name":    {"new.yaml", main, "10.1.0.9 10.1.0.53"},
		"of no name":         {"", main, "10.1.0.9 10.1.0.53"},
		"outside of conf.d":  {"../conf.d/dns.yaml", main, "10.1.0.9 10.1.0.53"},
		"conf.d itself":      {"..", main, "10.1.0.9 10.1.0.53"},
		"somewhere, /etc":    {"/etc/passwd", main, "10.1.0.9 10.1.0.53"},
		"a file that hides":  {".dns.yaml", main, "10.1.0.9 10.1.0.53"},
		"one without an end": {"dns", main, "10.1.0.9 10.1.0.53"},
	} {
		got, err := Try("srr.yaml", c.file, c.text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s := got.Service("web").Addresses[0].String() + " " + got.Service("dns").Addresses[0].String(); s != c.want {
			t.Errorf("%s: %s, want %s", name, s, c.want)
		}
	}
	if b, _ := os.ReadFile("srr.yaml"); string(b) != commented {
		t.Error("the main file was written")
	}
	var problems Problems
	if _, err := Try("srr.yaml", "srr.yaml", []byte("cluster: {")); !errors.As(err, &problems) || !strings.Contains(err.Error(), "srr.yaml") {
		t.Errorf("a text with a mistake: %v", err)
	}
}

package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const commented = head + "# mine: keep this line\nservices:\n  web: {addresses: [10.1.0.1]}   # and this\n"

func dns(address string) []byte {
	return []byte("services:\n  dns: {addresses: [" + address + "]} # a word\n")
}

func TestSaveAndDelete(t *testing.T) {
	inDir(t, commented)
	for _, address := range []string{"10.1.0.53", "10.1.0.54"} {
		c, err := SaveService("srr.yaml", "dns", dns(address), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Service("dns").Addresses[0].String(); got != address {
			t.Errorf("saved %s, got %s", address, got)
		}
		if got, _ := os.ReadFile("conf.d/dns.yaml"); string(got) != string(dns(address)) {
			t.Errorf("the file holds %q", got)
		}
		if mustLoad(t).Service("dns").Digest != c.Service("dns").Digest {
			t.Error("the configuration read again is another one")
		}
	}
	if _, err := DeleteService("srr.yaml", "dns", nil); err != nil {
		t.Fatal(err)
	}
	if mustLoad(t).Service("dns") != nil {
		t.Error("deleted and still there")
	}
	if got, _ := os.ReadFile("srr.yaml"); string(got) != commented {
		t.Errorf("the main file was changed: %s", got)
	}
	if left, _ := os.ReadDir("conf.d"); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestSaveFollowsModeOfMainFile(t *testing.T) {
	inDir(t, commented)
	for main, want := range map[os.FileMode]os.FileMode{0o600: 0o600, 0o644: 0o644, 0o755: 0o644} {
		if err := os.Chmod("srr.yaml", main); err != nil {
			t.Fatal(err)
		}
		if _, err := SaveService("srr.yaml", "dns", dns("10.1.0.53"), nil); err != nil {
			t.Fatal(err)
		}
		if st, _ := os.Stat("conf.d/dns.yaml"); st.Mode().Perm() != want {
			t.Errorf("main file %o: written with %o, want %o", main, st.Mode().Perm(), want)
		}
	}
}

func TestSaveRefuses(t *testing.T) {
	good := string(dns("10.1.0.53"))
	for name, c := range map[string]struct {
		service, text, want string
		prepare             func(t *testing.T)
	}{
		"path as name":     {service: "../dns", text: good, want: "no valid name"},
		"not YAML":         {service: "dns", text: "services: [", want: "not YAML"},
		"invalid":          {service: "dns", text: string(dns("127.0.0.1")), want: "unicast"},
		"taken address":    {service: "dns", text: string(dns("10.1.0.1")), want: "address of service"},
		"other service":    {service: "other", text: good, want: "does not define it"},
		"one more service": {service: "dns", text: good + "  x: {addresses: [10.1.0.9]}\n", want: "defines x, too"},
		"main file's":      {service: "web", text: "services: {web: {addresses: [10.1.0.1]}}", want: "defined already"},
		"main section":     {service: "dns", text: "cluster: x\n" + good, want: "main file"},
		"nothing":          {service: "dns", text: "", want: "does not define it"},
		"symlink": {service: "dns", text: good, want: "no regular file", prepare: func(t *testing.T) {
			write(t, "conf.d/empty", "")
			link(t, "empty", "conf.d/dns.yaml")
		}},
		"symlink as conf.d": {service: "dns", text: good, want: "no directory", prepare: func(t *testing.T) {
			link(t, t.TempDir(), "conf.d")
		}},
		"open conf.d": {service: "dns", text: good, want: "writable by others", prepare: func(t *testing.T) {
			write(t, "conf.d/x", "")
			if err := os.Chmod("conf.d", 0o777); err != nil {
				t.Fatal(err)
			}
		}},
		"file of two services": {service: "dns", text: good, want: "by hand", prepare: func(t *testing.T) {
			write(t, "conf.d/dns.yaml", good+"  x: {addresses: [10.1.0.9]}\n")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inDir(t, commented)
			if c.prepare != nil {
				c.prepare(t)
			}
			before := tree(t)
			_, err := SaveService("srr.yaml", c.service, []byte(c.text), nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if after := tree(t); after != before {
				t.Errorf("files before:\n%safter:\n%s", before, after)
			}
		})
	}
}

func TestDeleteRefuses(t *testing.T) {
	inDir(t, head+"groups: {shop: {}}\nservices:\n  web: {group: shop, addresses: [10.1.0.1], depends-on: [data]}\n")
	write(t, "conf.d/data.yaml", "services:\n  data: {group: shop, unit: data.mount}\n")
	_, err := DeleteService("srr.yaml", "data", nil)
	if _, ok := errors.AsType[Problems](err); !ok || !strings.Contains(err.Error(), `"data" is not defined`) {
		t.Errorf("a service that another depends on: %v", err)
	}
	if _, err := DeleteService("srr.yaml", "web", nil); err == nil || !strings.Contains(err.Error(), "another file") {
		t.Errorf("a service of the main file: %v", err)
	}
}

// TestReadRefusesWhatOthersMayPutThere: who can put files into conf.d, or replace
// what is on the way there, says what runs as root.
func TestReadRefusesWhatOthersMayPutThere(t *testing.T) {
	const open, sticky = 0o777, 0o777 | os.ModeSticky
	for name, c := range map[string]struct {
		dir  string
		mode os.FileMode
		want []string
	}{
		"nothing":              {"conf.d", 0o755, nil},
		"conf.d":               {"conf.d", open, []string{"conf.d: ", "is writable by others than root (chmod go-w "}},
		"conf.d, by the group": {"conf.d", 0o775, []string{"conf.d: ", "chmod go-w "}},
		"conf.d, sticky":       {"conf.d", sticky, []string{"conf.d: ", "chmod go-w "}},
		"its directory":        {".", open, []string{"srr.yaml: ", "chmod go-w "}},
		"one above":            {"..", open, []string{"srr.yaml: ", "chmod go-w "}},
		"one above, sticky":    {"..", sticky, nil}, // as /tmp: nobody removes what belongs to root
		"that of a link":       {"../elsewhere", open, []string{"conf.d/b.yaml: ", "/elsewhere is writable"}},
	} {
		t.Run(name, func(t *testing.T) {
			inDir(t, commented)
			write(t, "etc/srr.yaml", commented)
			write(t, "etc/conf.d/a.yaml", "services: {}\n")
			write(t, "elsewhere/b.yaml", "services: {}\n")
			link(t, "../../elsewhere/b.yaml", "etc/conf.d/b.yaml")
			t.Chdir("etc")
			if err := os.Chmod(c.dir, c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := Load("srr.yaml", nil)
			if (err == nil) != (c.want == nil) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			for _, want := range c.want {
				if err != nil && !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
			}
		})
	}
}

// TestDanglingLinks: srrd init is no way out of them.
func TestDanglingLinks(t *testing.T) {
	for _, name := range []string{"conf.d/gone.yaml", "conf.d"} {
		inDir(t, commented)
		if name != "conf.d" {
			write(t, "conf.d/a.yaml", "services: {}\n")
		}
		link(t, "/nonexistent", name)
		if _, err := Load("srr.yaml", nil); err == nil || !strings.Contains(err.Error(), "is a link that leads nowhere") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadRefusesWhatOthersMayWrite(t *testing.T) {
	inDir(t, commented)
	write(t, "conf.d/a.yaml", "services: {}\n")
	for _, name := range []string{"srr.yaml", "conf.d/a.yaml"} {
		if err := os.Chmod(name, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Load("srr.yaml", nil); err == nil || !strings.Contains(err.Error(), "written by others; chmod go-w "+name) {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.Chmod(name, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	mustLoad(t)
}

func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

// tree prints all files below the current directory with their contents.
func tree(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(".", func(path string, e os.DirEntry, err error) error {
		b.WriteString(path + "\n")
		if err == nil && e.Type().IsRegular() {
			text, _ := os.ReadFile(path)
			b.Write(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

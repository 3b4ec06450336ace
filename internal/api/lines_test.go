package api_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"srr/internal/api"
)

func TestLines(t *testing.T) {
	broken := errors.New("connection reset")
	long := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct {
		text  string
		end   error
		want  string
		err   string
		lines int
	}{
		"all":            {"{\"reason\":\"a\"}\n\n{\"reason\":\"b\"}\n", io.EOF, "a b", "", 3},
		"nothing":        {"", io.EOF, "", "", 0},
		"a long one":     {`{"reason":"` + long + "\"}\n", io.EOF, long, "", 1},
		"it failed":      {"{\"reason\":\"a\"}\n{\"error\":{\"kind\":\"failed\",\"text\":\"no disk\"}}\n{\"reason\":\"b\"}\n", io.EOF, "a", "no disk", 2},
		"cut off":        {"{\"reason\":\"a\"}\n{\"reas", io.EOF, "a", "read the answer of n2: unexpected end of JSON input", 2},
		"the connection": {"{\"reason\":\"a\"}\n", broken, "a", "read the answer of n2: connection reset", 1},
		"something else": {"<html>\n", io.EOF, "", "read the answer of n2: invalid character '<' looking for beginning of value", 1},
	} {
		var got []string
		var failed error
		alive := 0
		for e, err := range api.Lines[api.Event](io.MultiReader(strings.NewReader(c.text), iotest.ErrReader(c.end)), "n2", func() { alive++ }) {
			if failed = err; err == nil {
				got = append(got, e.Reason)
			}
		}
		if text := errorText(failed); strings.Join(got, " ") != c.want || text != c.err || alive != c.lines {
			t.Errorf("%s: %.40q, %d lines, error %q", name, got, alive, text)
		}
		var said *api.Error
		if errors.As(failed, &said) != (name == "it failed") || c.end == broken && !errors.Is(failed, broken) {
			t.Errorf("%s: error %#v", name, failed)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

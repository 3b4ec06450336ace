package process

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"srr/internal/service"
)

const (
	maxText    = 200              // bytes of Result.Text
	maxResult  = 4096             // bytes of the result file that are read
	minRecall  = time.Millisecond // a recall of 0 would spin
	maxRecall  = time.Hour
	exitRecall = 75 // EX_TEMPFAIL of sysexits.h
)

// readResult reads the file that a primitive wrote. ok is false if there is
// none. What cannot be understood is a failure: it must not pass for success.
func readResult(path string) (res service.Result, ok bool) {
	// A primitive could have put a FIFO or a link there.
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, os.ErrNotExist) {
		return res, false
	}
	if err != nil {
		return failure(1, "read result: "+err.Error()), true
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return failure(1, "read result: not a file"), true
	}
	b, err := io.ReadAll(io.LimitReader(f, maxResult))
	if err != nil {
		return failure(1, "read result: "+err.Error()), true
	}
	if strings.TrimSpace(string(b)) == "" {
		return res, false
	}
	return parseResult(string(b)), true
}

// parseResult understands the first line: "ok", "failed CODE TEXT" (1–255) and
// "recall SECONDS" (a decimal number, at most an hour).
func parseResult(s string) service.Result {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "ok":
		return service.Result{Outcome: service.OK, Text: oneLine(rest)}
	case "failed":
		code, text, _ := strings.Cut(rest, " ")
		n, err := strconv.Atoi(code)
		if err != nil || n < 1 || n > 255 {
			return failure(1, rest)
		}
		return failure(n, text)
	case "recall":
		seconds, err := strconv.ParseFloat(rest, 64)
		if err != nil || !(seconds >= 0) {
			return failure(1, fmt.Sprintf("bad result %q", line))
		}
		return recall(time.Duration(min(seconds, maxRecall.Seconds()) * float64(time.Second)))
	}
	return failure(1, fmt.Sprintf("bad result %q", line))
}

func recall(after time.Duration) service.Result {
	return service.Result{Outcome: service.NotFinished, Recall: max(after, minRecall)}
}

func failure(code int, text string) service.Result {
	return service.Result{Outcome: service.Failure, Code: code, Text: oneLine(text)}
}

func cannotRun(text string) service.Result {
	return service.Result{Outcome: service.CannotRun, Text: oneLine(text)}
}

// CannotRun is the result of a call that was not even tried.
func CannotRun(err error) service.Result { return cannotRun(err.Error()) }

// Failure is the result of a call that failed, with a code from 1 to 255.
func Failure(code int, text string) service.Result { return failure(code, text) }

// TimedOut is the result of a call that was killed.
func TimedOut(text string) service.Result {
	return service.Result{Outcome: service.TimedOut, Text: oneLine(text)}
}

// fromExit judges a primitive that wrote no result. Text is the last line of
// its stderr.
func fromExit(state *os.ProcessState, recall75 bool, text string) service.Result {
	code := state.ExitCode()
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		code = 128 + int(status.Signal())
	}
	switch {
	case code == 0:
		return service.Result{Outcome: service.OK}
	case code == exitRecall && recall75:
		return recall(time.Second)
	case text == "":
		text = state.String()
	}
	return failure(min(max(code, 1), 255), text)
}

// oneLine makes hostile bytes fit for a terminal, a log and Result.Text.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	s = strings.TrimSpace(s)
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}

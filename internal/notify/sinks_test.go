package notify

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWebhook(t *testing.T) {
	config, ca := certificate(t)
	got := make(chan string, 10)
	status := http.StatusNoContent
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got <- r.Method + " " + r.URL.Path + " " + r.Header.Get("Content-Type") + " " + r.Header.Get("Authorization") + "\n" + string(text)
		w.Header().Set("Location", "/other")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.Repeat("no\r\n", 1<<20))
	}))
	server.TLS, server.Config.ErrorLog = config, log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	hook := &Webhook{URL: server.URL + "/srr?key=hidden", CAFile: ca, TokenFile: file(t, "token", "abc\n", 0o600)}

	if _, err := hook.Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	head, text, _ := strings.Cut(<-got, "\n")
	if head != "POST /srr application/json Bearer abc" {
		t.Errorf("the server got %q", head)
	}
	var m Message
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(message(), m); diff != "" {
		t.Error(diff)
	}
	for code, forever := range map[int]bool{301: true, 400: true, 403: true, 408: false, 429: false, 500: false, 503: false} {
		status = code
		_, err := hook.Send(t.Context(), message())
		<-got
		if err == nil || errors.As(err, new(permanentError)) != forever || len(err.Error()) > 500 || strings.Contains(err.Error(), "hidden") {
			t.Errorf("status %d: %v", code, err)
		}
	}
	if len(got) > 0 {
		t.Error("a redirect was followed")
	}
	hook.CAFile = ""
	if _, err := hook.Send(t.Context(), message()); err == nil {
		t.Error("a server that nobody vouches for was told")
	}
	hook.TokenFile = file(t, "token", "abc", 0o640)
	if _, err := hook.Send(t.Context(), message()); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a token that others can read: %v", err)
	}
}

// script is a program that root alone can change.
func script(t *testing.T, text string) (path, dir string) {
	dir = t.TempDir()
	path = filepath.Join(dir, "tell")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path, dir
}

func TestCommand(t *testing.T) {
	path, dir := script(t, `cat >"$1/in"; env >"$1/env"; echo "$2"; echo told`)
	evil := cleaned(Notice{Event: Failure, Subject: "web", Text: "$(touch /tmp/x) `id` '\";\n|&"})
	said, err := (&Command{Argv: []string{path, dir, "$(id)"}}).Send(t.Context(), message(evil))
	if err != nil || said != "exit status 0 $(id) told" {
		t.Fatalf("%q, %v", said, err)
	}
	in, _ := os.ReadFile(dir + "/in")
	var m Message
	if err := json.Unmarshal(in, &m); err != nil || m.Notices[0].Text != evil.Text {
		t.Errorf("on standard input: %v, %s", err, in)
	}
	env, _ := os.ReadFile(dir + "/env")
	for _, want := range []string{
		"SRR_EVENT=failure\n", "SRR_CLUSTER=shop\n", "SRR_NODE=n1\n", "SRR_ROUTER_ID=10.0.0.1\n", "SRR_NOTICES=1\n",
		"SRR_SUMMARY=failure: web: __touch /tmp/x_ _id_ ___ __\n",
	} {
		if !strings.Contains(string(env), want) {
			t.Errorf("the environment has no %q:\n%s", want, env)
		}
	}
}

func TestCommandFails(t *testing.T) {
	path, _ := script(t, "echo not today >&2; exit 3")
	_, err := (&Command{Argv: []string{path}}).Send(t.Context(), message())
	if err == nil || !strings.Contains(err.Error(), "exit status 3: not today") {
		t.Errorf("got %v", err)
	}
	if err := os.Chmod(path, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := (&Command{Argv: []string{path}}).Send(t.Context(), message()); err == nil || !strings.Contains(err.Error(), "chmod go-w") {
		t.Errorf("a program that others can change: %v", err)
	}
}

// TestCommandIsKilled with all that it has begun: a child that held the FIFO open
// has ended when reading it comes to an end.
func TestCommandIsKilled(t *testing.T) {
	path, dir := script(t, `mkfifo "$1/p"; sleep 600 >"$1/p" & exec sleep 600`)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := (&Command{Argv: []string{path, dir}}).Send(ctx, message())
		ended <- err
	}()
	var fifo *os.File
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		f, err := os.Open(dir + "/p") // returns when the child has opened it
		if err == nil {
			fifo = f
			break
		}
		if time.Now().After(until) {
			t.Fatal(err)
		}
	}
	defer fifo.Close()
	cancel()
	if err := <-ended; err == nil {
		t.Error("what was killed has succeeded")
	}
	if _, err := io.ReadAll(fifo); err != nil { // hangs while the child lives
		t.Error(err)
	}
}

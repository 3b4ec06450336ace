//go:build browser

// Package browsertest drives a tab of Debian's Chromium in tests of the console.
package browsertest

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const (
	// actionTime is how long one action may take, and waitTime how long a condition
	// may need to become true.
	actionTime = 60 * time.Second
	waitTime   = 60 * time.Second
)

// Tab is a browser of its own, without anything that was kept before. What is not as
// it should be ends the test.
type Tab struct {
	testing.TB
	Heard chan chromedp.ConsoleMessage // what the browser says of the pages
	Ctx   context.Context
	URL   string // of the console

	pictures string // directory
}

// Open starts a browser in front of a console, and leaves pictures in a directory. It
// ends with the test.
func Open(t testing.TB, url, pictures string) *Tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.Flag("ignore-certificate-errors", true), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1360, 900))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	tab := &Tab{TB: t, Heard: make(chan chromedp.ConsoleMessage, 4096), Ctx: ctx, URL: url, pictures: pictures}
	messages := chromedp.Console(ctx)
	go func() {
		defer close(tab.Heard)
		for m, err := range messages {
			if err != nil {
				return
			}
			tab.Heard <- m
		}
	}()
	return tab
}

// Do carries out one action.
func Do[T any](tab *Tab, a chromedp.Action[T]) T {
	tab.Helper()
	ctx, cancel := context.WithTimeout(tab.Ctx, actionTime)
	defer cancel()
	out, err := chromedp.Run(ctx, a)
	if err != nil {
		tab.Fatalf("%v, on the page: %s", err, tab.text())
	}
	return out
}

// Run carries out actions in turn.
func (tab *Tab) Run(actions ...chromedp.Action[chromedp.Void]) {
	tab.Helper()
	for _, a := range actions {
		Do(tab, a)
	}
}

// Goto opens a page of the console, which ends with a footer.
func (tab *Tab) Goto(path string) {
	tab.Helper()
	tab.Run(chromedp.Navigate(tab.URL+path), chromedp.WaitVisible("footer"))
}

// Wait waits until a condition in JavaScript is true.
func (tab *Tab) Wait(condition string) {
	tab.Helper()
	ctx, cancel := context.WithTimeout(tab.Ctx, waitTime)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](condition, chromedp.WithPollingInterval(5*time.Millisecond))); err != nil {
		if png, err := chromedp.Run(tab.Ctx, chromedp.FullScreenshot(100)); err == nil {
			tab.Keep("failed", png)
		}
		tab.Fatalf("wait for %s: %v\n%s", condition, err, tab.text())
	}
}

// Is evaluates a condition in JavaScript.
func (tab *Tab) Is(condition string) bool {
	tab.Helper()
	return Do(tab, chromedp.Evaluate[bool](condition))
}

// Picture leaves a picture of the whole page.
func (tab *Tab) Picture(name string) {
	tab.Helper()
	tab.Keep(name, Do(tab, chromedp.FullScreenshot(100)))
}

// Keep leaves a picture.
func (tab *Tab) Keep(name string, png []byte) {
	tab.Helper()
	if err := os.MkdirAll(tab.pictures, 0o755); err != nil {
		tab.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tab.pictures, name+".png"), png, 0o644); err != nil {
		tab.Fatal(err)
	}
}

// text is the page, for a test that has failed.
func (tab *Tab) text() string {
	ctx, cancel := context.WithTimeout(tab.Ctx, time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Text("main"))
	return text
}

//go:build lab

package checking

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"srr/internal/service"
)

// TestMain turns a copy of the test into the server, so that its time is not
// counted.
func TestMain(m *testing.M) {
	if os.Getenv("SHC_SERVE") == "" {
		os.Exit(m.Run())
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	go func() {
		io.Copy(io.Discard, os.Stdin) // ends with the test
		os.Exit(0)
	}()
	for {
		if c, err := l.Accept(); err == nil {
			c.Close()
		}
	}
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestCost measures 1,000 TCP checks every 10 s for 20 s.
func TestCost(t *testing.T) {
	server := exec.Command(os.Args[0])
	server.Env = append(os.Environ(), "SHC_SERVE=1")
	stdin, _ := server.StdinPipe()
	stdout, _ := server.StdoutPipe()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer server.Wait()
	defer stdin.Close()
	var addr string
	if _, err := fmt.Fscan(stdout, &addr); err != nil {
		t.Fatal(err)
	}
	var done, bad atomic.Int64
	s := NewScheduler(1, func(r Report) {
		done.Add(1)
		if r.Health != service.Up {
			bad.Add(1)
		}
	})
	defer s.Close()
	configs := map[string]Config{}
	for i := range 1000 {
		configs[fmt.Sprintf("svc-%d", i)] = Config{Check: &TCP{Target: addr}, Interval: 10 * time.Second, Timeout: 5 * time.Second}
	}
	s.Set(configs)
	for deadline := time.Now().Add(10 * time.Second); done.Load() < 1000 && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	before, at, first := cpu(), time.Now(), done.Load()
	<-time.After(20 * time.Second)
	share := float64(cpu()-before) / float64(time.Since(at)) * 100
	t.Logf("%d checks, %d not up: %.2f %% of a core, %d goroutines at rest", done.Load()-first, bad.Load(), share, runtime.NumGoroutine())
	if share > 3 || bad.Load() > 0 {
		t.Errorf("1,000 TCP checks cost %.2f %% of a core, %d were not up", share, bad.Load())
	}
}

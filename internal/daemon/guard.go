package daemon

import (
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// guardAfter ends a daemon whose loop hangs or that is frozen: less than the
// lifetime of addresses, so that a restart renews them in time.
const guardAfter = 3 * time.Second

// guard is a timer of the kernel that kills this process unless it is armed
// again in time. It also fires while the process is stopped (timer_create(2),
// CLOCK_BOOTTIME, SIGKILL).
type guard struct{ id int32 }

// sigevent is struct sigevent of the kernel ABI, 64 bytes, with SIGEV_SIGNAL.
type sigevent struct {
	value  uintptr
	signo  int32
	notify int32
	_      [48]byte
}

func newGuard() (*guard, error) {
	g := &guard{}
	ev := sigevent{signo: int32(unix.SIGKILL)}
	_, _, errno := unix.Syscall(unix.SYS_TIMER_CREATE, unix.CLOCK_BOOTTIME, uintptr(unsafe.Pointer(&ev)), uintptr(unsafe.Pointer(&g.id)))
	if errno != 0 {
		return nil, fmt.Errorf("create the timer that ends a frozen daemon: %w", errno)
	}
	g.arm()
	return g, nil
}

// arm grants the process another guardAfter.
func (g *guard) arm() { g.set(guardAfter) }

// disarm lets the process live on without its loop, for a clean end.
func (g *guard) disarm() { g.set(0) }

func (g *guard) set(d time.Duration) {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(d.Nanoseconds())}
	unix.Syscall6(unix.SYS_TIMER_SETTIME, uintptr(g.id), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
}

// bootTime reads CLOCK_BOOTTIME: time since boot, counting suspend.
func bootTime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		panic("daemon: CLOCK_BOOTTIME: " + err.Error())
	}
	return time.Duration(ts.Nano())
}

// bootID reads the identity of this boot of the kernel.
func bootID() (id [16]byte, err error) {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return id, fmt.Errorf("read the boot ID: %w", err)
	}
	n := 0
	for _, c := range b {
		v, ok := hexValue(c)
		if !ok {
			continue
		}
		if n < 32 {
			id[n/2] = id[n/2]<<4 | v
		}
		n++
	}
	if n != 32 {
		return id, fmt.Errorf("read the boot ID: %q is none", b)
	}
	return id, nil
}

func hexValue(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}

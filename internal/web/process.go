package web

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

var startedAt = time.Now()

// processMetrics are about srrd itself, under the names that everybody uses.
func processMetrics(e *exposition) {
	e.one("process_start_time_seconds", "gauge", "When the process began.", seconds(startedAt))
	e.one("go_goroutines", "gauge", "Goroutines of the process.", float64(runtime.NumGoroutine()))
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	e.one("go_memstats_heap_inuse_bytes", "gauge", "Memory of the heap that is in use.", float64(m.HeapInuse))
	e.one("go_memstats_sys_bytes", "gauge", "Memory that the process has from the system.", float64(m.Sys))
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) == nil {
		cpu := time.Duration(u.Utime.Nano() + u.Stime.Nano())
		e.one("process_cpu_seconds_total", "counter", "Processor time of the process.", cpu.Seconds())
	}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		e.one("process_open_fds", "gauge", "Files that the process has open.", float64(len(files)))
	}
}

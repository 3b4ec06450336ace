// Command srrd is the daemon of Service Routing Redundancy.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"srr/internal/cli/manual"
	"srr/internal/config"
	"srr/internal/daemon"
	"srr/internal/version"
)

// garbage: the collector runs when the heap has grown by so many percent. srrd
// lives from few megabytes; a failover of many services has better use for the
// processor than to keep it so.
const garbage = 400

func main() { os.Exit(execute()) }

// exitConfig: the configuration cannot be used (sysexits(3), EX_CONFIG: trying again is
// no use).
const exitConfig = 78

// execute returns the exit code: 0 ok, 1 failed, 10 shut down by an operator
// (the unit file does not start it again, nor after exitConfig).
func execute() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	err := command().ExecuteContext(ctx)
	var bad *daemon.ConfigError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, daemon.ErrShutdown):
		return 10
	}
	last := daemon.NewLines(os.Stderr, func(io.Writer, int) {})
	fmt.Fprintln(last, "srrd:", err)
	_ = last.Close(time.Second) // there is nobody left to tell
	if errors.As(err, &bad) {
		return exitConfig
	}
	return 1
}

func command() *cobra.Command {
	var path string
	var json, debug bool
	root := &cobra.Command{
		Use:   "srrd",
		Short: "Services that fail over by routing",
		Long: `srrd makes servers in different subnets one virtual cluster server: it floods the
state of its services through OSPF, decides from everybody's state what runs here,
and lets the routing protocol bring packets to whoever runs a service.

It runs in the foreground, under systemd. SIGTERM hands its services over to other
nodes and ends it; to leave them running, use "srrctl detach". SIGHUP reads the
configuration again, like "srrctl reload-config".`,
		Version:       version.Version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		// Without Args cobra judges a mistyped command, with what was meant perhaps.
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cobra.NoArgs(cmd, args); err != nil { // those behind --
				return err
			}
			log, end := logger(json, debug)
			defer end()
			return run(cmd.Context(), path, log)
		},
	}
	root.PersistentFlags().StringVarP(&path, "config", "c", config.DefaultPath, "configuration file; conf.d beside it is read, too")
	root.Flags().BoolVar(&json, "log-json", false, "write the log as JSON lines")
	root.Flags().BoolVar(&debug, "debug", false, "log more")
	root.AddCommand(checkConfig(&path), initialise(&path), cleanUp(), notifyTest(&path), simulate())
	root.CompletionOptions.HiddenDefaultCmd = true
	manual.StrictHelp(root)
	return root
}

// logger writes to standard error, and never waits for who reads that. end
// waits a little, for the last lines.
func logger(json, debug bool) (log *slog.Logger, end func()) {
	o := &slog.HandlerOptions{Level: slog.LevelInfo}
	if debug {
		o.Level = slog.LevelDebug
	}
	to := func(w io.Writer) *slog.Logger {
		if json {
			return slog.New(slog.NewJSONHandler(w, o))
		}
		return slog.New(slog.NewTextHandler(w, o))
	}
	lines := daemon.NewLines(os.Stderr, func(w io.Writer, lost int) {
		to(w).Warn("lines of the log were lost", "why", fmt.Sprintf("nobody read them: %d", lost))
	})
	return to(lines), func() { _ = lines.Close(time.Second) } // there is nobody left to tell
}

func run(ctx context.Context, path string, log *slog.Logger) error {
	debug.SetGCPercent(garbage)
	d, err := daemon.New(ctx, daemon.Options{Config: path, Software: version.Version(), Log: log})
	if err != nil {
		return err
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	go func() {
		for range hup {
			if err := d.Reload(ctx); err != nil {
				log.Error("the configuration was not reloaded", "err", err)
			}
		}
	}()
	return d.Run(ctx)
}

func checkConfig(path *string) *cobra.Command {
	return &cobra.Command{
		Use:   "check-config [FILE]",
		Short: "Read a configuration, and say everything that is wrong with it",
		Long: `check-config reads a configuration and says everything that is wrong with it, each
with file, line and a hint, and with this host's certificates. If ospfd runs on
this host, it also says what of its areas and timers does not go with it.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := *path
			if len(args) > 0 {
				file = args[0]
			}
			if err := config.Check(file, daemon.Prober{}, cmd.OutOrStdout()); err != nil {
				return err
			}
			return errors.Join(daemon.CheckIdentity(file), daemon.CheckRouter(cmd.Context(), file))
		},
	}
}

func cleanUp() *cobra.Command {
	return &cobra.Command{
		Use:   "cleanup",
		Short: "Remove what a daemon that died left in the routing table",
		Long: `cleanup removes the local routes of addresses that are no longer announced. What a
crashed daemon still announces is left for its successor, which takes it over, or
for the kernel, which removes it when its lifetime of five seconds is over. It needs
no configuration. The unit file calls it after srrd has ended; where that was for a
mistake in the configuration (EXIT_STATUS is 78), so that no srrd follows, it waits
for the end of that lifetime.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return daemon.CleanUp(os.Getenv("EXIT_STATUS") == strconv.Itoa(exitConfig)) // systemd.exec(5)
		},
	}
}

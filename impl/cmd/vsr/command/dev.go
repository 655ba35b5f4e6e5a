// SPDX-License-Identifier: Apache-2.0

// vsr dev: a whole cluster in one command, to try out and to break.

package command

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"viewstamp/impl/journal"
	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// devFlags are the flags of vsr dev.
type devFlags struct {
	dir          string
	replicas     int
	port         int
	respPort     int
	restartAfter time.Duration
	trace        bool
	journalSize  size
	stateMax     size
}

func newDev(std *streams) *cobra.Command {
	f := devFlags{journalSize: 4 << 20, stateMax: 16 << 20}
	c := &cobra.Command{
		Use:   "dev",
		Short: "Run a whole cluster on this machine, to try out",
		Long: "dev starts three replicas, as three processes, and says how to reach them with " +
			"redis-cli.\nKill one with kill -9 and watch: the others go on, and the killed one " +
			"is started again.\nWithout --dir, the data is in a temporary directory and is " +
			"removed at the end.",
		Example: "  vsr dev\n  redis-cli -p 6379 set greeting hello\n" +
			"  redis-cli -p 6380 get greeting",
		RunE: func(c *cobra.Command, _ []string) error {
			ctx := c.Context()
			if ctx == nil {
				ctx = context.Background()
			}
			return f.run(ctx, std)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.dir, "dir", "", "directory for data files and logs, kept (default: a "+
		"temporary one)")
	flags.IntVar(&f.replicas, "replicas", 3, "number of replicas")
	flags.IntVar(&f.port, "port", 7000, "first port for the replicas; others if it is taken")
	flags.IntVar(&f.respPort, "resp-port", 6379,
		"first port for Redis clients; others if it is taken")
	flags.DurationVar(&f.restartAfter, "restart-after", 2*time.Second,
		"pause before a replica that has died is started again")
	flags.BoolVar(&f.trace, "trace", false, "write traces into the directory traces of --dir")
	flags.Var(&f.journalSize, "journal-size", "as of vsr format, for new data files")
	flags.Var(&f.stateMax, "state-max", "as of vsr format, for new data files")
	return c
}

func (f *devFlags) validate() error {
	switch {
	case f.replicas < 2 || f.replicas > 99:
		return usage("--replicas is %d, expected 2 to 99", f.replicas)
	case f.port < 1 || f.port > 65535 || f.respPort < 1 || f.respPort > 65535:
		return usage("--port and --resp-port must be from 1 to 65535")
	case f.restartAfter < 0:
		return usage("--restart-after is negative")
	case f.trace && f.dir == "":
		return usage("--trace needs --dir, or the traces would be gone at the end")
	}
	return nil
}

func (f *devFlags) run(ctx context.Context, std *streams) (err error) {
	if err := f.validate(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	where := f.dir
	if f.dir == "" {
		if f.dir, err = os.MkdirTemp("", "vsr-dev-"); err != nil {
			return fmt.Errorf("dev: %w", err)
		}
		dir := f.dir
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		where = f.dir + ", which is removed at the end"
	} else if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return fmt.Errorf("dev: %w", err)
	}
	if err := f.format(); err != nil {
		return err
	}
	d := &dev{flags: f, std: std, events: make(chan func())}
	if err := d.findPorts(); err != nil {
		return err
	}
	d.printf("%d replicas, data in %s", f.replicas, where)
	return d.run(ctx)
}

// dataFile is the path of a replica's data file.
func (f *devFlags) dataFile(replica int) string {
	return filepath.Join(f.dir, fmt.Sprintf("replica-%d.vsr", replica))
}

// format makes the data files, unless there are some already: then all must be there.
func (f *devFlags) format() error {
	var missing []string
	for i := range f.replicas {
		path := f.dataFile(i)
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			missing = append(missing, path)
		} else if err != nil {
			return fmt.Errorf("dev: %w", err)
		} else if err := f.check(i, path); err != nil {
			return err
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if len(missing) < f.replicas {
		return usage("of %d data files in %s, these are missing: %s. A replica must not come "+
			"back with an empty file: choose another directory for a new cluster",
			f.replicas, f.dir, strings.Join(missing, ", "))
	}
	var cluster [16]byte
	_, _ = rand.Read(cluster[:]) // never fails
	for i := range f.replicas {
		err := formatFile("dev", f.dataFile(i), journal.Config{
			PrepareBytes: int64(f.journalSize), StateMax: int64(f.stateMax),
			Identity: journal.Identity{Cluster: cluster, Replica: vsr.ReplicaNumber(i),
				Replicas: f.replicas}})
		if err != nil {
			return err
		}
	}
	return nil
}

// check reads whose data file it is.
func (f *devFlags) check(replica int, path string) error {
	disk, err := storage.OpenFile(path, storage.FileConfig{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("dev: %w", err)
	}
	id, err := journal.ReadIdentity(disk)
	if err = errors.Join(err, disk.Close()); err != nil {
		return fmt.Errorf("dev: %s: %w", path, err)
	}
	if int(id.Replica) != replica || id.Replicas != f.replicas {
		return usage("%s belongs to %v, expected replica %d of %d: choose another --dir or "+
			"--replicas", path, id, replica, f.replicas)
	}
	return nil
}

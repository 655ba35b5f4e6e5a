// SPDX-License-Identifier: Apache-2.0

// vsr grow: more room in a data file.

package command

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"viewstamp/impl/journal"
	"viewstamp/impl/storage"
)

// growth is what the flags say.
type growth struct {
	path                  string
	journalSize, stateMax size
	// reached is called after each part of the work; tests end it there.
	reached func(what string) error
}

func newGrow(std *streams) *cobra.Command {
	f := growth{reached: func(string) error { return nil }}
	c := &cobra.Command{
		Use:   "grow",
		Short: "Make the data file of a stopped replica larger",
		Long: "grow gives a data file more room, for a larger state or a longer journal. The replica " +
			"must not\nrun. The new file is made beside the old one, as FILE.grow, and takes its name " +
			"when all of it\nis on the disk; so there must be room for both. However grow ends, " +
			"FILE is a good data file:\nthe old one or the new one. A FILE.grow that was left behind " +
			"by a crash is removed by the\nnext grow.\n\nThe writes of a cluster are limited by the " +
			"smallest of its files. So stop, grow and start the\nreplicas one after the other; with " +
			"the last of them the limit rises by itself. Files are made\nsmaller by nothing.",
		Example: "  vsr grow --data-file r0.vsr --state-max 256MiB",
		RunE: func(*cobra.Command, []string) error {
			if f.path == "" {
				return usage("--data-file is missing")
			}
			if f.journalSize == 0 && f.stateMax == 0 {
				return usage("give --state-max, --journal-size or both")
			}
			config, err := f.run()
			if err != nil {
				return fmt.Errorf("grow %s: %w", f.path, err)
			}
			_, err = fmt.Fprintf(std.out, "%s: has room for %s of journal and states of %s\n", f.path,
				rounded(uint64(config.PrepareBytes)), rounded(uint64(config.StateMax)))
			return err
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.path, "data-file", "", "the file to make larger")
	flags.Var(&f.journalSize, "journal-size", "as of vsr format (default: as it is)")
	flags.Var(&f.stateMax, "state-max", "as of vsr format (default: as it is)")
	return c
}

// run makes the larger file and returns its sizes.
func (f *growth) run() (journal.Config, error) {
	config := journal.Config{PrepareBytes: int64(f.journalSize), StateMax: int64(f.stateMax)}
	// It is opened as a replica would open it, so that none runs and no other grow either.
	old, err := storage.OpenFile(f.path, storage.FileConfig{})
	if err != nil {
		return config, fmt.Errorf("%w: %w", errStorage, err)
	}
	err = f.replace(old, &config)
	return config, errors.Join(err, old.Close())
}

// replace puts a larger file in the place of the old one, and fills in the sizes.
func (f *growth) replace(old *storage.File, config *journal.Config) error {
	beside := f.path + ".grow"
	if err := os.Remove(beside); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("what an earlier grow has left: %w", err)
	}
	if err := f.reached("begin"); err != nil {
		return err
	}
	larger, err := storage.CreateFile(beside, storage.FileConfig{})
	if err != nil {
		return fmt.Errorf("%w: %w", errStorage, err)
	}
	if err = f.reached("create"); err == nil {
		err = journal.Grow(old, larger, *config)
	}
	if err == nil {
		var report journal.Report
		report, err = journal.Inspect(larger)
		config.PrepareBytes, config.StateMax = report.PrepareBytes, report.StateMax
	}
	if err = errors.Join(err, larger.Close()); err != nil {
		return f.giveUp(beside, err)
	}
	if err := f.reached("copy"); err != nil {
		return err
	}
	if err := storage.Replace(beside, f.path); err != nil {
		return f.giveUp(beside, fmt.Errorf("%w: %w", errStorage, err))
	}
	return f.reached("replace")
}

// errEnded stands for the end of the process, in tests.
var errEnded = errors.New("the process ends here")

// giveUp removes the new file, which nobody needs.
func (f *growth) giveUp(beside string, err error) error {
	if errors.Is(err, errEnded) {
		return err
	}
	if removal := os.Remove(beside); !errors.Is(removal, os.ErrNotExist) {
		err = errors.Join(err, removal)
	}
	return fmt.Errorf("%w: %w; the file is as it was", errStorage, err)
}

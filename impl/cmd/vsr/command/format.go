// SPDX-License-Identifier: Apache-2.0

// vsr format: the data file of a new replica.

package command

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"viewstamp/impl/journal"
	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

func newFormat(std *streams) *cobra.Command {
	var path, cluster string
	var replica, replicas int
	journalSize, stateMax := size(journal.DefaultPrepareBytes), size(journal.DefaultStateMax)
	c := &cobra.Command{
		Use:   "format",
		Short: "Make the data file of a new replica",
		Long: "format makes the data file of one replica of a new cluster. It never touches a " +
			"file that exists.\nThe sizes are fixed with it, and the whole file is written now, so " +
			"that it cannot run out\nof room later. All replicas of a cluster should have the " +
			"same.\n\nA replica that has ever run must not get a new file under its " +
			"old number: it would deny\nwhat it has acknowledged, and acknowledged writes could " +
			"be lost. If its file is gone, there\nis vsr recover.",
		Example: "  vsr format --data-file r0.vsr --cluster books --replica 0 --replicas 3",
		RunE: func(*cobra.Command, []string) error {
			if path == "" {
				return usage("--data-file is missing")
			}
			id, err := clusterID(cluster)
			if err != nil {
				return err
			}
			if replicas < 2 || replicas > 255 || replica < 0 || replica >= replicas {
				return usage("replica %d of %d: expected 2 to 255 replicas, counted from 0",
					replica, replicas)
			}
			config := journal.Config{PrepareBytes: int64(journalSize), StateMax: int64(stateMax),
				Identity: journal.Identity{Cluster: id, Replica: vsr.ReplicaNumber(replica),
					Replicas: replicas}}
			if err := formatFile("format", path, config); err != nil {
				return err
			}
			_, err = fmt.Fprintf(std.out, "%s: empty data file of %v\n", path, config.Identity)
			return err
		},
	}
	flags := c.Flags()
	flags.StringVar(&path, "data-file", "", "where to make the file")
	flags.StringVar(&cluster, "cluster", "",
		"name or id (32 hexadecimal digits) of the cluster, the same for all of its replicas")
	flags.IntVar(&replica, "replica", -1, "number of this replica, counted from 0")
	flags.IntVar(&replicas, "replicas", 3, "number of replicas of the cluster")
	flags.Var(&journalSize, "journal-size", "room for the log above the latest checkpoint")
	flags.Var(&stateMax, "state-max",
		"size of the largest state, client-table (8MiB at most) included: writes that need more are "+
			"refused; the file has room for two checkpoints of it")
	return c
}

// formatFile makes a data file, as a whole or not at all. what is the command that asks for it.
func formatFile(what, path string, config journal.Config) error {
	disk, err := storage.CreateFile(path, storage.FileConfig{})
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s: %w: choose another file; if this replica exists already, "+
			"just start it", what, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	err = journal.Format(disk, config)
	err = errors.Join(err, disk.Close())
	if err != nil {
		return errors.Join(fmt.Errorf("%s %s: %w", what, path, err), os.Remove(path))
	}
	return nil
}

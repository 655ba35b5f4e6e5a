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
	extent := size(journal.DefaultExtentSize)
	c := &cobra.Command{
		Use:   "format",
		Short: "Make the data file of a new replica",
		Long: "format makes the data file of one replica of a new cluster. It never touches a " +
			"file that exists.\n\nA replica that has ever run must not get a new file under its " +
			"old number: it would deny\nwhat it has acknowledged, and acknowledged writes could " +
			"be lost.",
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
			identity := journal.Identity{Cluster: id, Replica: vsr.ReplicaNumber(replica),
				Replicas: replicas}
			if err := formatFile(path, identity, int64(extent)); err != nil {
				return err
			}
			_, err = fmt.Fprintf(std.out, "%s: empty data file of %v\n", path, identity)
			return err
		},
	}
	flags := c.Flags()
	flags.StringVar(&path, "data-file", "", "where to make the file")
	flags.StringVar(&cluster, "cluster", "",
		"name or id (32 hexadecimal digits) of the cluster, the same for all of its replicas")
	flags.IntVar(&replica, "replica", -1, "number of this replica, counted from 0")
	flags.IntVar(&replicas, "replicas", 3, "number of replicas of the cluster")
	flags.Var(&extent, "journal-size", "room that is written in advance; the file grows if needed")
	return c
}

// formatFile makes a data file, as a whole or not at all.
func formatFile(path string, identity journal.Identity, extent int64) error {
	disk, err := storage.CreateFile(path, storage.FileConfig{})
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("format: %w: choose another file; if this replica exists already, "+
			"just start it", err)
	}
	if err != nil {
		return fmt.Errorf("format: %w", err)
	}
	err = journal.Format(disk, journal.Config{Identity: identity, ExtentSize: extent})
	err = errors.Join(err, disk.Close())
	if err != nil {
		return errors.Join(fmt.Errorf("format %s: %w", path, err), os.Remove(path))
	}
	return nil
}

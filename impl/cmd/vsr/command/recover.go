// SPDX-License-Identifier: Apache-2.0

// vsr recover: a new data file for a replica whose old one is gone.

package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"viewstamp/impl/client"
	"viewstamp/impl/journal"
	"viewstamp/impl/service/kv"
	"viewstamp/impl/transport"
	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

// recovery is what the flags say.
type recovery struct {
	path, addresses       string
	replica               int
	timeout               time.Duration
	insecure              bool
	journalSize, stateMax size
}

func newRecover(std *streams) *cobra.Command {
	f := recovery{journalSize: size(journal.DefaultPrepareBytes),
		stateMax: size(journal.DefaultStateMax)}
	c := &cobra.Command{
		Use:   "recover",
		Short: "Make a new data file for a replica that has lost its old one",
		Long: "recover is for a replica whose data file is gone, or so damaged that it does not " +
			"start. The\nother replicas must run, enough of them to commit without this one. " +
			"recover has them commit\nan operation that changes nothing, and makes a data file " +
			"that knows the view in which they\ndid. A replica with this file asks for a new view, " +
			"and takes no part in anything else until\nit has the log of that view: what it once " +
			"acknowledged is in there.\n\nThe replica must not run meanwhile, nor ever again with " +
			"its old data file. If that file still\nexists, move it away and keep it until all is " +
			"well. A cluster of two cannot commit without one\nof them, so there is no way back " +
			"from a lost file there.",
		Example: "  vsr recover --data-file r0.vsr --replica 0 \\\n" +
			"    --addresses 127.0.0.1:7000,127.0.0.1:7001,127.0.0.1:7002",
		RunE: func(c *cobra.Command, _ []string) error {
			ctx := c.Context()
			if ctx == nil {
				ctx = context.Background()
			}
			return f.run(ctx, std)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.path, "data-file", "", "where to make the file")
	flags.StringVar(&f.addresses, "addresses", "",
		"HOST:PORT of all replicas, by their numbers, with commas between them")
	flags.IntVar(&f.replica, "replica", -1, "number of the replica that has lost its file")
	flags.BoolVar(&f.insecure, "insecure", false,
		"allow addresses that are not on the loopback interface")
	flags.DurationVar(&f.timeout, "timeout", 30*time.Second, "how long to wait for the others")
	flags.Var(&f.journalSize, "journal-size", "as of vsr format, and as the others have it")
	flags.Var(&f.stateMax, "state-max", "as of vsr format, and as the others have it")
	return c
}

// check says what is wrong with the flags, and returns the addresses.
func (f *recovery) check() ([]string, error) {
	if f.path == "" {
		return nil, usage("--data-file is missing")
	}
	list := strings.Split(f.addresses, ",")
	if len(list) < 3 {
		return nil, usage("%d addresses: with fewer than 3 replicas nothing can be committed without "+
			"one of them, so what it had acknowledged may be lost with its file", len(list))
	}
	if f.replica < 0 || f.replica >= len(list) {
		return nil, usage("replica %d of %d: replicas count from 0", f.replica, len(list))
	}
	for _, address := range list {
		if err := transport.CheckAddress(address, f.insecure); err != nil {
			return nil, usage("%w", err)
		}
	}
	if _, err := os.Lstat(f.path); !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("recover: %s: %w: %w: if it is the data file of this replica, start "+
			"the replica; only if it does not start, move the file away", f.path, errStorage,
			os.ErrExist)
	}
	return list, nil
}

func (f *recovery) run(ctx context.Context, std *streams) error {
	addresses, err := f.check()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	cluster, err := f.others(addresses)
	if err != nil {
		return err
	}
	result, err := commitNothing(ctx, client.Config{Cluster: cluster, Addresses: addresses,
		Insecure: f.insecure})
	if err != nil {
		return fmt.Errorf("recover: %w: the others did not commit an operation within %v: %w",
			errNetwork, f.timeout, err)
	}
	config := journal.Config{PrepareBytes: int64(f.journalSize), StateMax: int64(f.stateMax),
		Identity: journal.Identity{Cluster: cluster, Replica: vsr.ReplicaNumber(f.replica),
			Replicas: len(addresses)},
		Recovered: &journal.Recovered{ViewNumber: result.ViewNumber, OpNumber: result.OpNumber}}
	if err := formatFile("recover", f.path, config); err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s: data file of %v, to go on after view %d and op-number %d; "+
		"start it with vsr start\n", f.path, config.Identity, result.ViewNumber, result.OpNumber)
	return err
}

// others sees that the replica does not run and that enough others do, and says which cluster it
// is.
func (f *recovery) others(addresses []string) (wire.ClusterID, error) {
	rows := askAll(addresses, min(f.timeout, time.Second))
	if err := checkRows(rows); err != nil {
		return wire.ClusterID{}, err
	}
	if rows[f.replica].PID != 0 {
		return wire.ClusterID{}, usage("replica %d runs, with process-id %d: it has a data file",
			f.replica, rows[f.replica].PID)
	}
	running, text := 0, ""
	for _, r := range rows {
		if r.Error == "" {
			running++
			text = r.Cluster
		}
	}
	if quorum := (vsr.Config{Replicas: len(addresses)}).Quorum(); running < quorum {
		return wire.ClusterID{}, fmt.Errorf("recover: %w: %d of the other replicas answer, %d are "+
			"needed: start them first", errNetwork, running, quorum)
	}
	return wire.ParseClusterID(text)
}

// commitNothing has the cluster commit an operation that changes nothing: a read.
func commitNothing(ctx context.Context, config client.Config) (client.Result, error) {
	operation, err := kv.EncodeOperation(kv.Operation{Requests: []kv.Request{
		{Command: kv.Get, Arguments: [][]byte{[]byte("recover")}}}})
	if err != nil {
		return client.Result{}, err
	}
	c, err := client.New(config)
	if err != nil {
		return client.Result{}, err
	}
	defer c.Close()
	return c.Do(ctx, operation)
}

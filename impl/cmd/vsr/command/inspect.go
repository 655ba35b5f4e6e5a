// SPDX-License-Identifier: Apache-2.0

// vsr inspect: what is in a data file.

package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"viewstamp/impl/journal"
	"viewstamp/impl/storage"
)

// errData marks a data file in which something is damaged.
var errData = errors.New("data file is damaged")

func newInspect(std *streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "inspect FILE",
		Short: "Show what is in a data file, and what of it is damaged",
		Long: "inspect reads the superblock, the journal and the checkpoint of a data file, checks " +
			"every\nchecksum, and says what a replica would find if it was started with it. It " +
			"changes nothing.\nThe file of a running replica may look torn at its end.\n\nThe exit " +
			"code is 0 if nothing is lost, 65 if something is (a replica that is not alone starts\n" +
			"all the same and gets it from the others, unless the report says DAMAGED), 74 if it " +
			"cannot\nbe read or is no data file.",
		Example: "  vsr inspect r0.vsr\n  vsr inspect --json r0.vsr",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, arguments []string) error {
			return inspect(std.out, arguments[0], asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one line of JSON")
	return c
}

// inspect prints the report about one file.
func inspect(w io.Writer, path string, asJSON bool) error {
	disk, err := storage.OpenFile(path, storage.FileConfig{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("inspect: %w: %w", errStorage, err)
	}
	report, err := journal.Inspect(disk)
	if err = errors.Join(err, disk.Close()); err != nil {
		return fmt.Errorf("inspect %s: %w: %w", path, errStorage, err)
	}
	if asJSON {
		err = json.NewEncoder(w).Encode(rowOf(&report))
	} else {
		_, err = fmt.Fprint(w, report.String())
	}
	if err == nil && !report.Good() {
		err = fmt.Errorf("inspect %s: %w", path, errData)
	}
	return err
}

// inspected is the report for machines.
type inspected struct {
	Cluster      string   `json:"cluster"`
	Replica      int      `json:"replica"`
	Replicas     int      `json:"replicas"`
	Format       string   `json:"format"`
	Version      int      `json:"version"`
	Size         int64    `json:"size"`
	Slots        int64    `json:"slots"`
	PrepareBytes int64    `json:"prepareBytes"`
	StateMax     int64    `json:"stateMax"`
	Superblocks  []string `json:"superblocks"`
	Healthy      bool     `json:"superblocksHealthy"`
	Sequence     uint64   `json:"sequence"`
	Opens        uint64   `json:"opens"`
	Clean        bool     `json:"clean"`
	View         uint64   `json:"view"`
	LastView     uint64   `json:"lastNormalView"`
	Op           uint64   `json:"op"`

	Checkpoint       uint64             `json:"checkpoint"`
	CheckpointBytes  int64              `json:"checkpointBytes"`
	CheckpointDamage string             `json:"checkpointDamage,omitempty"`
	Groups           []inspectedGroup   `json:"groups"`
	Lost             []inspectedEntries `json:"lost"`
	HeadUnknown      bool               `json:"headUnknown"`
	// Damage is why a replica would not start.
	Damage string `json:"damage,omitempty"`
}

type inspectedGroup struct {
	Number   uint64 `json:"number"`
	Offset   int64  `json:"offset"`
	Bytes    int64  `json:"bytes"`
	Verdict  string `json:"verdict"`
	Row      int    `json:"row"` // of the recovery table
	Writes   uint32 `json:"writes"`
	Keep     uint64 `json:"keep"`
	Op       uint64 `json:"op"`
	View     uint64 `json:"view"`
	LastView uint64 `json:"lastNormalView"`
}

type inspectedEntries struct {
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
}

func rowOf(r *journal.Report) *inspected {
	d := &r.Durable
	row := &inspected{
		Cluster: fmt.Sprintf("%x", r.Identity.Cluster), Replica: int(r.Identity.Replica),
		Replicas: r.Identity.Replicas, Format: fmt.Sprintf("%x", r.FormatID),
		Version: journal.Version, Size: r.Size, Slots: r.Slots, PrepareBytes: r.PrepareBytes,
		StateMax: r.StateMax, Superblocks: r.Superblocks, Healthy: r.Healthy,
		Sequence: r.Sequence, Opens: r.Open, Clean: r.Clean, View: uint64(d.ViewNumber),
		LastView:   uint64(d.LastNormalView),
		Op:         uint64(d.Checkpoint.Name.OpNumber) + uint64(len(d.Log)),
		Checkpoint: uint64(r.Checkpoint.OpNumber), CheckpointBytes: r.StateBytes,
		Groups: []inspectedGroup{}, Lost: []inspectedEntries{}, HeadUnknown: d.HeadUnknown,
	}
	if r.CheckpointDamage != nil {
		row.CheckpointDamage = r.CheckpointDamage.Error()
	}
	if r.Damage != nil {
		row.Damage = r.Damage.Error()
	}
	for _, g := range r.Groups {
		row.Groups = append(row.Groups, inspectedGroup{Number: g.Number, Offset: g.Offset,
			Bytes: g.Bytes, Verdict: g.Verdict, Row: g.Row, Writes: g.Writes,
			Keep: uint64(g.Keep), Op: uint64(g.OpNumber), View: uint64(g.ViewNumber),
			LastView: uint64(g.LastView)})
	}
	for _, l := range d.Lost {
		row.Lost = append(row.Lost, inspectedEntries{uint64(l.First), uint64(l.Last)})
	}
	return row
}

// SPDX-License-Identifier: Apache-2.0

package mutants

import "strings"

// The catalogue of faults: what to plant, and which layers must see it. Each fault is one that was
// made somewhere, or nearly. It was written before most of the code was; so some of its rows do not
// apply, and say why.

// Layer is a kind of check.
type Layer byte

// The layers.
const (
	ModelLayer    Layer = 'M' // The model, searched exhaustively.
	PropertyLayer Layer = 'P' // Random runs with properties.
	DiskLayer     Layer = 'T' // The recovery table, and all images that crashes and faults leave.
	SimLayer      Layer = 'S' // The simulator's own judges.
	ConformLayer  Layer = 'C' // Each step of the simulated replicas is one of the spec.
	HistoryLayer  Layer = 'L' // What the clients saw is linearizable.
	FuzzLayer     Layer = 'F' // Bytes from outside.
	RealLayer     Layer = 'R' // Real files, sockets, processes and threads.
	MetaLayer     Layer = 'X' // The checkers themselves, on recorded data.
)

// Trial is one mutant that one layer is asked about.
type Trial struct {
	Layer Layer
	// In and Name are those of the mutant.
	In, Name string
	// Test and Package say which test judges an implementation, if not that of the mutant.
	Test, Package string
}

// Key names the trial among the records.
func (t Trial) Key() string {
	return strings.Join([]string{string(t.Layer), t.In, t.Name}, " ")
}

// Row is one fault of the catalogue.
type Row struct {
	Number int
	// Fault is what the catalogue calls it, In where it wants it planted: s for the spec, i for
	// the implementation.
	Fault, In string
	// Must are the letters of the layers that must catch it, Should of those that may.
	Must, Should string
	Trials       []Trial
	// Missed says why a layer of Must does not see what it is asked about: a finding. Not says why
	// one has no trial; Note is anything else about the row. A row
	// without trials does not apply at all, and Note says why.
	Missed, Not map[Layer]string
	Note        string
}

// Tried says whether the row has a trial at that layer.
func (r Row) Tried(l Layer) bool {
	for _, t := range r.Trials {
		if t.Layer == l {
			return true
		}
	}
	return false
}

// Rows is the whole catalogue, by number.
func Rows() []Row {
	var all []Row
	for _, part := range [][]Row{orderRows(), protocolRows(), nackRows(), journalRows(),
		superblockRows(), syncRows(), serviceRows(), livenessRows(), edgeRows()} {
		all = append(all, part...)
	}
	return all
}

// byModel, byDisk, … are trials of mutants at their layer.
func byModel(name string) Trial   { return Trial{Layer: ModelLayer, In: "spec", Name: name} }
func byDisk(name string) Trial    { return Trial{Layer: DiskLayer, In: "impl", Name: name} }
func bySim(name string) Trial     { return Trial{Layer: SimLayer, In: "impl", Name: name} }
func bySteps(name string) Trial   { return Trial{Layer: ConformLayer, In: "impl", Name: name} }
func byHistory(name string) Trial { return Trial{Layer: HistoryLayer, In: "impl", Name: name} }
func byReal(name string) Trial    { return Trial{Layer: RealLayer, In: "impl", Name: name} }
func byFuzz(name string) Trial    { return Trial{Layer: FuzzLayer, In: "impl", Name: name} }
func byMeta(name string) Trial    { return Trial{Layer: MetaLayer, In: "checker", Name: name} }

// byRandom is a trial by the random runs of the core.
func byRandom(name string) Trial {
	return Trial{Layer: PropertyLayer, In: "impl", Name: name, Package: "impl/vsr",
		Test: "TestRandomRuns|TestSeededRuns"}
}

// byProperty is a trial by the property that the mutant names.
func byProperty(name string) Trial {
	return Trial{Layer: PropertyLayer, In: "impl", Name: name}
}

// trials is a list.
func trials(list ...Trial) []Trial { return list }

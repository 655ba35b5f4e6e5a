// SPDX-License-Identifier: Apache-2.0

package tlc

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
)

// The names in the TLA+ text are those of the spec, and each configuration is the system that it
// stands for.

func vsrModule(t *testing.T) Module {
	m, err := ReadModule(filepath.Join(tla, "VSR.tla"))
	require.NoError(t, err)
	return m
}

func TestActionsAreTheSteps(t *testing.T) {
	var steps []string
	for _, step := range spec.ViewstampedReplication().Steps {
		steps = append(steps, step.Name)
	}
	actions := vsrModule(t).Actions()
	// The next-state relation has the steps of the clients first.
	require.ElementsMatch(t, steps, actions)
	replicas := func(name string) bool { return name == "SendRequest" || name == "OnReply" }
	require.Equal(t, slices.DeleteFunc(steps, replicas), slices.DeleteFunc(actions, replicas))
}

// The steps are defined in the order of the table, under the same sections.
func TestStepsAreDefinedInTheOrderOfTheTable(t *testing.T) {
	m := vsrModule(t)
	var steps, defined []string
	for _, step := range spec.ViewstampedReplication().Steps {
		steps = append(steps, step.Name)
	}
	for _, name := range m.Definitions {
		if slices.Contains(steps, name) {
			defined = append(defined, name)
		}
	}
	require.Equal(t, steps, defined)
	for name, section := range map[string]string{"OnPrepare": "§4.1 Normal operation",
		"OnStartView": "§4.2 View changes", "JoinView": "§5.2 State transfer, corrected"} {
		require.Equal(t, section, m.Section[name])
	}
}

func TestInvariantsAreTheProperties(t *testing.T) {
	var properties []string
	for _, p := range spec.Properties() {
		properties = append(properties, p.Name)
	}
	stated := vsrModule(t).Under("Properties")
	require.Equal(t, "Holds", stated[0]) // What the others are made of.
	require.Equal(t, properties, stated[1:])
}

// Reconfiguration stands alone: its module has all steps of the table and all invariants.
func TestReconfigurationIsThatOfTheSpec(t *testing.T) {
	m, err := ReadModule(filepath.Join(tla, "VSRReconfiguration.tla"))
	require.NoError(t, err)
	var steps, defined, properties []string
	for _, step := range stepsOf(reconfigurationModule) {
		steps = append(steps, step.Name)
	}
	for _, name := range m.Definitions {
		if slices.Contains(steps, name) {
			defined = append(defined, name)
		}
	}
	require.Equal(t, steps, defined)
	for _, p := range spec.EpochProperties() {
		properties = append(properties, p.Name)
	}
	stated := m.Under("Properties")
	require.Equal(t, []string{"Holds", "Before", "SameView", "Now"}, stated[:4])
	require.Equal(t, properties, stated[4:])
}

// messages has one of each kind that the protocol receives.
func messages(t *testing.T) []spec.Message {
	all := []spec.Message{spec.Request{}, spec.Prepare{}, spec.PrepareOK{}, spec.Reply{},
		spec.Commit{}, spec.StartViewChange{}, spec.DoViewChange{}, spec.StartView{},
		spec.GetState{}, spec.NewState{}}
	kinds := map[spec.Kind]bool{}
	for _, step := range spec.ViewstampedReplication().Steps {
		for _, kind := range step.On {
			kinds[kind] = true
		}
	}
	require.Len(t, all, len(kinds), "the list of the messages is not complete")
	for _, m := range all {
		require.True(t, kinds[m.Kind()])
	}
	return all
}

// The Go structs have more fields than the TLA+ text: those that only other protocols use, such as
// recovery without a disk. They are zero in this one, or the number of states would differ.
func TestMessagesHaveTheFieldsOfTheSpec(t *testing.T) {
	written := vsrModule(t).Messages()
	var want []string
	for _, m := range messages(t) {
		name := reflect.TypeOf(m).Name()
		want = append(want, name)
		require.NotEmpty(t, written[name])
		require.Equal(t, written[name], fieldsOf(m, written[name]), name)
	}
	require.ElementsMatch(t, want, slices.Collect(maps.Keys(written)))
	require.Equal(t, []string{"from", "viewNumber", "opNumber"}, written["PrepareOK"])
	require.Equal(t, []string{"clientID", "requestNumber"}, written["Request"])
}

func TestVariablesAreTheFieldsOfTheProcesses(t *testing.T) {
	variables := vsrModule(t).Variables
	require.GreaterOrEqual(t, len(variables), 8)
	require.Equal(t, "sent", variables[len(variables)-1])
	fields := append(fieldsOf(spec.Replica{}, variables), fieldsOf(spec.Client{}, variables)...)
	require.Equal(t, variables, append(fields, "sent"))
}

// fieldsOf are those fields of a struct of the spec that are among the names, in the order of the
// struct, as TLA+ names them: ClientID is clientID.
func fieldsOf(v any, names []string) []string {
	var found []string
	for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
		name := string(unicode.ToLower(rune(f.Name[0]))) + f.Name[1:]
		if slices.Contains(names, name) {
			found = append(found, name)
		}
	}
	return found
}

// variantNames are all definitions that can take the place of another.
func variantNames(t *testing.T) []string {
	var names []string
	files := []string{"VSRVariants"}
	for _, part := range Parts() {
		files = append(files, part.Text, part.Module)
	}
	for _, file := range files {
		m, err := ReadModule(filepath.Join(tla, file+".tla"))
		require.NoError(t, err)
		names = append(names, m.Definitions...)
	}
	return names
}

func TestConfigurationsAreTheSystems(t *testing.T) {
	variants := variantNames(t)
	for _, twin := range Twins() {
		t.Run(twin.Name, func(t *testing.T) {
			c, err := ReadConfiguration(filepath.Join(tla, twin.Cfg))
			require.NoError(t, err)
			require.Empty(t, misfits(twin, c, variants))
		})
	}
}

// misfits lists in what a configuration is not the system of the twin.
func misfits(twin Twin, c Configuration, variants []string) []string {
	var found []string
	b := twin.System.Bounds
	clients := b.Clients
	if clients == 0 {
		clients = b.Requests
	}
	var members []string
	for i := range clients {
		members = append(members, fmt.Sprint(i))
	}
	want := map[string]string{
		"N":              fmt.Sprint(b.Replicas),
		"Clients":        "{" + strings.Join(members, ", ") + "}",
		"Crowd":          strings.ToUpper(fmt.Sprint(b.Clients == 0)),
		"MaxRequests":    fmt.Sprint(b.Requests),
		"MaxViewChanges": fmt.Sprint(b.ViewChanges),
		"MaxRestarts":    fmt.Sprint(b.Restarts),
	}
	if b.CommitQuorum > 0 {
		want["CommitOthers"] = fmt.Sprint(b.CommitQuorum - 1)
		want["ChangeOthers"] = fmt.Sprint(b.ChangeQuorum - 1)
	}
	switch twin.Module {
	case readsModule, quorumReadsModule:
		want["MaxReads"] = fmt.Sprint(b.Reads)
	case witnessModule:
		want["Witnesses"] = fmt.Sprint(b.Witnesses)
	case batchingModule:
		want["Window"] = windowOf(twin)
	case storageModule, lostDiskModule:
		want["MaxDamages"] = fmt.Sprint(b.Damages)
	case clientsModule:
		want["MaxClientCrashes"] = fmt.Sprint(b.ClientCrashes)
	case reconfigurationModule, epochRecoveryModule:
		want["MaxLaterViewChanges"] = fmt.Sprint(b.LaterViewChanges)
		if plan := planOf(b.Plan); c.Replaced["Plan"] != plan {
			found = append(found, fmt.Sprintf("plan: want %s, got %s", plan, c.Replaced["Plan"]))
		}
	}
	if !maps.Equal(want, c.Constants) {
		found = append(found, fmt.Sprintf("constants: want %v, got %v", want, c.Constants))
	}
	for _, step := range stepsOf(twin.Module) {
		has := slices.ContainsFunc(twin.System.Protocol.Steps, func(s spec.Step) bool {
			return s.Name == step.Name && (s.Name != "OnReply" || b.Clients > 0)
		})
		if has == (c.Replaced[step.Name] == "Never") {
			found = append(found, "step "+step.Name+" is on in one of them only")
		}
	}
	wrong := 0
	for name, by := range c.Replaced {
		if by != "Never" && name != "Plan" {
			if !slices.Contains(noFaults(), by) { // They are no faults.
				wrong++
			}
			if !slices.Contains(variants, by) {
				found = append(found, name+" is replaced by "+by+", which is no variant")
			}
		}
	}
	if wrong != faultsOf(twin) {
		found = append(found, fmt.Sprintf("%d steps are wrong", wrong))
	}
	return append(found, misfitInvariants(twin, c)...)
}

// faultsOf is how many definitions a configuration replaces by wrong ones.
func faultsOf(twin Twin) int {
	switch twin.Name {
	case "DisklessRecovery", "ClientAddsTwo":
		return 0 // What is wrong is the protocol of the paper.
	case "WitnessLeads", "TailOutgrowsPipeline":
		return 0 // It lacks what is right.
	case "CommitBehindReconfiguration", "RecoverWithoutNoOp", "TableOnPrepare",
		"CheckpointWithoutTable", "RemovedEntriesRise":
		return 2 // Two steps go wrong together.
	}
	return min(1, len(twin.Breaks))
}

// noFaults are definitions that take the place of others and are right: they belong to a part of
// the protocol, or to a claim that holds.
func noFaults() []string {
	return []string{"CrashKeepView", "ReadAnywhereAfter", "CopiesAsFarAsKnown", "DVCTrueOfSuffix",
		"LoseDropped", "EnterAndTell", "EntryOfIncarnation", "NewNameOf", "ComeBackAsAnother",
		"EntryWithPrediction", "PredictedReplies", "PromiseKeptUp", "FormatNext",
		"AnyOfNextView", "PrimaryOfActive", "DVCTrueAfter", "EntryOfBatch", "LastOfBatches",
		"RepliesToBatch", "HoldsInBatch", "ExactlyOncePlace", "RestartWithCommitNumber"}
}

// planOf is the name of a plan in TLA+: 0→123 1? is Plan_0_123_1.
func planOf(p spec.Plan) string {
	words := strings.FieldsFunc(string(p), func(r rune) bool { return r < '0' || r > '9' })
	return "Plan_" + strings.Join(words, "_")
}

// Each step of a module has its definition, in the module or in one that it extends.
func TestStepsOfEachModuleAreDefined(t *testing.T) {
	for _, part := range Parts() {
		files := []string{"VSR", part.Text}
		switch part.Module {
		case crashVectorModule:
			files = append(files, "VSRRecovery")
		case epochRecoveryModule:
			files = append(files, "VSRReconfiguration")
		}
		var defined []string
		for _, file := range files {
			m, err := ReadModule(filepath.Join(tla, file+".tla"))
			require.NoError(t, err)
			defined = append(defined, m.Definitions...)
		}
		for _, step := range part.Protocol().Steps {
			require.Contains(t, defined, step.Name, part.Text)
		}
	}
}

// misfitInvariants lists in what the invariants are not those of the twin.
func misfitInvariants(twin Twin, c Configuration) []string {
	invariants := slices.Clone(twin.Properties)
	if len(invariants) == 0 {
		for _, p := range twin.System.Invariants() {
			invariants = append(invariants, p.Name)
		}
	}
	got := slices.DeleteFunc(slices.Clone(c.Invariants), func(name string) bool {
		return name == "TypeOK" || name == "CountLevels"
	})
	if !slices.Equal(invariants, got) {
		return []string{fmt.Sprintf("invariants: want %v, got %v", invariants, got)}
	}
	// The levels are counted first: when an invariant breaks, the ones after it are not asked.
	if c.Invariants[0] != "CountLevels" {
		return []string{"the levels are not counted, or after an invariant"}
	}
	return nil
}

// Each kind of misfit is seen.
func TestMisfitsAreSeen(t *testing.T) {
	variants := variantNames(t)
	twin, ok := Find("StartViewTwice")
	require.True(t, ok)
	path := filepath.Join(tla, twin.Cfg)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, change := range [][3]string{
		{"MaxRequests = 1", "MaxRequests = 2", "constants"},
		{"N = 3", "N = 4", "constants"},
		{"    Restart <- Never\n", "", "step Restart"},
		{"OnCommit <- Never", "OnRequest <- Never", "step OnRequest"},
		{"<- StartViewTwice", "<- StartViewThrice", "StartViewThrice, which is no variant"},
		{"    OnStartView <- StartViewTwice\n", "", "0 steps are wrong"},
		{"QuorumCopies\n", "Agreement\n", "invariants"},
		{"    CountLevels\n", "", "the levels are not counted"},
	} {
		wrong := filepath.Join(t.TempDir(), "wrong.cfg")
		// The heading of the file names the invariant too.
		head, body, ok := strings.Cut(string(text), "SPECIFICATION")
		require.True(t, ok)
		changed := strings.Replace(body, change[0], change[1], 1)
		require.NotEqual(t, body, changed, change[0])
		require.NoError(t, os.WriteFile(wrong, []byte(head+"SPECIFICATION"+changed), 0o600))
		c, err := ReadConfiguration(wrong)
		require.NoError(t, err)
		require.Contains(t, strings.Join(misfits(twin, c, variants), "; "), change[2])
	}
}

// windowOf is the bound on the pipeline of a twin: as many operations as the protocol lets a
// primary propose without an answer.
func windowOf(twin Twin) string {
	for _, p := range twin.System.Always {
		if p.Name == "PipelineBound" && p.Replica != nil {
			n := 0
			for r := (spec.Replica{}); p.Replica(spec.Configuration{N: 3}, r); n++ {
				r.Log = r.Log.Append(spec.Entry{})
			}
			return fmt.Sprint(n - 1)
		}
	}
	return "1"
}

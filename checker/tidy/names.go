// SPDX-License-Identifier: Apache-2.0

package tidy

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// One thing has one name: steps, messages, reasons, statuses and the fields of
// the state are called the same in the spec and in the implementation. Case may
// differ, since Go hides by it.

const (
	specDir = "spec"
	implDir = "impl/vsr"
)

// implOnly lists what only the implementation has, with the reason.
var implOnly = map[string]string{
	"step RestartDamaged":        disks,
	"step OnOneMoreDoViewChange": disks,
	"step OnTwoMoreDoViewChange": disks,
	"step RestartSilent": "a replica that knows nothing of its log, and does not vote until it " +
		"has one again: in the spec it votes, see RestartDamaged",
	"field DoViewChange Lost": "tells of names without entries: in the spec who can be reached is " +
		"the choice of the environment",
	"step Start":             "a new replica: the first state of the spec",
	"handler getEntries":     "fetches a part of a log that a message named; no part of the protocol",
	"handler entries":        "answers that",
	"field GetEntries":       "names a part of a log; in the spec one entry",
	"field Entries":          "carries that part",
	"field Prepare":          "names the log below the entry, so op-number and request are in there",
	"field Reply":            "carries the result; in the spec the op-number is the result",
	"handler getCheckpoint":  "fetches a state where the log is gone; to the spec a log is whole",
	"handler checkpointPart": "answers that",
	"message GetCheckpoint":  "fetches a state where the log is gone; to the spec a log is whole",
	"message CheckpointPart": "answers that",
	"message Refused":        "tells a client that its request is not taken: in the spec it is lost",
	"field Request":          "carries Since, for clients that the client-table has evicted",
}

// specOnly lists what only the spec has, with the reason.
var specOnly = map[string]string{
	"step SendRequest":                  "a step of the clients: impl/client",
	"step OnReply":                      "a step of the clients: impl/client",
	"reason Outstanding":                "of the clients",
	"reason NotOutstanding":             "of the clients",
	"message ReadHead":                  options,
	"message Checkpointed":              options,
	"reason EmptyBatch":                 options,
	"reason NotChosen":                  options,
	"reason IsWitness":                  options,
	"reason NotWitness":                 options,
	"reason EntriesDropped":             options,
	"reason NotExecuted":                options,
	"field DoViewChange After":          options,
	"field Request Prediction":          options,
	"field Request Rest":                options,
	"field Replica Batch":               options,
	"field Replica Chosen":              options,
	"field Replica Collected":           options,
	"message Recovery":                  diskless,
	"message RecoveryResponse":          diskless,
	"field StartViewChange CrashVector": diskless,
	"field DoViewChange CrashVector":    diskless,
	"field Replica CrashVector":         diskless,
	"field Replica Nonce":               diskless,
	"reason IsRecovering":               diskless,
	"reason NotRecovering":              diskless,
	"reason NoPrimaryOfLatestView":      diskless,
	"reason NotCrashConsistent":         diskless,
	"reason NonceMismatch":              diskless,
	"status Recovering":                 diskless,
	"message Read":                      reads,
	"message ReadReply":                 reads,
	"message GiveLease":                 reads,
	"message LeaseOver":                 reads,
	"field Replica Lease":               reads,
	"field Replica Given":               reads,
	"reason NoValidLease":               reads,
	"reason InheritedNotCommitted":      reads,
	"reason LeaseGiven":                 reads,
	"reason LeaseKnown":                 reads,
	"field Replica Epoch":               epochs,
	"status Transitioning":              epochs,
	"status ShutDown":                   epochs,
	"reason IsShutDown":                 epochs,
	"reason IsTransitioning":            epochs,
	"reason NewerEpoch":                 epochs,
	"reason NotMember":                  epochs,
	"reason NotTransitioning":           epochs,
	"reason OlderEpoch":                 epochs,
	"reason Reconfiguring":              epochs,
	"reason TooSmall":                   epochs,
	"message OfEpoch":                   epochs,
	"message Reconfiguration":           epochs,
	"message StartEpoch":                epochs,
	"message EpochStarted":              epochs,
	"message CheckEpoch":                epochs,
	"message NewEpoch":                  epochs,
	"message ClientRecovery":            clients,
	"message ClientNumber":              clients,
	"reason NoClient":                   clients,
	"field Replica Damage":              "its fields are in the events one by one",
	"reason EntryLost":                  disks,
	"reason EntryAtHand":                disks,
	"reason NoneLost":                   disks,
	"reason HeadKnown":                  disks,
	"message CheckpointOffer":           checkpoints,
	"field Replica Checkpoint":          checkpoints,
	"field Replica Dropped":             checkpoints,
	"reason InCheckpoint":               checkpoints,
	"reason InLog":                      checkpoints,
	"message NoOp":                      disks,
	"field Replica Formatted":           disks,
	"reason NotAdopted":                 disks,
	"field Replica Noted":               "for claims about other client-tables only",
}

// diskless is why the implementation does not have what belongs to §4.3.
const diskless = "recovery without a disk is in the model only: replicas here have disks"

// options is why it does not have what belongs to §4.4, §5.3, §6.1 and §6.2.
const options = "an optimisation in the model only"

// epochs is why it does not have what belongs to §7.
const epochs = "reconfiguration is in the model only"

// reads is why it does not have what belongs to §6.3.1, clients what belongs to §4.5.
const (
	reads = "reads by leases are in the model only: here a read goes through the log"
	// Checkpoints are installed below an adopted log there, in one step.
	checkpoints = "a log that an implementation adopts comes with its checkpoint"
	disks       = "what a damaged disk adds is in a protocol of its own there"
	clients     = "client recovery is in the model only: here a client that comes back is another one"
)

// Names finds what is called differently.
func Names(t *Tree) []Complaint {
	n := names{t: t, spec: t.in(specDir), impl: t.in(implDir)}
	if len(n.spec) == 0 || len(n.impl) == 0 {
		return []Complaint{{specDir, 0, "there is no spec, or no " + implDir + ", to compare"}}
	}
	n.steps()
	n.messages()
	n.constants("Ignored", "reason")
	n.constants("Status", "status")
	n.state()
	return n.all
}

// names is the comparison.
type names struct {
	t          *Tree
	spec, impl []*Source
	all        []Complaint
}

// wrong adds a complaint.
func (n *names) wrong(dir, format string, args ...any) {
	n.all = append(n.all, Complaint{File: dir, Says: fmt.Sprintf(format, args...)})
}

// compare complains about what is in one set only.
func (n *names) compare(what string, spec, impl []string) {
	for _, name := range spec {
		if specOnly[what+" "+name] == "" && !slices.Contains(impl, name) {
			n.wrong(implDir, "the %s %s of the spec is missing", what, name)
		}
	}
	for _, name := range impl {
		if implOnly[what+" "+name] == "" && !slices.Contains(spec, name) {
			n.wrong(implDir, "the %s %s is not in the spec", what, name)
		}
	}
}

// steps compares the table of the spec, the names in events, and the methods.
func (n *names) steps() {
	var table []string
	for _, s := range n.spec {
		ast.Inspect(s.Syntax, func(node ast.Node) bool {
			if kv, ok := node.(*ast.KeyValueExpr); ok && isIdent(kv.Key, "Name") {
				if name, ok := literal(kv.Value); ok && s.Path == specDir+"/protocol.go" {
					table = append(table, name)
				}
			}
			return true
		})
	}
	var events, methods []string
	for _, s := range n.impl {
		ast.Inspect(s.Syntax, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.CallExpr:
				if name, ok := eventName(node); ok && !slices.Contains(events, name) {
					events = append(events, name)
				}
			case *ast.FuncDecl:
				if node.Recv != nil {
					methods = append(methods, node.Name.Name)
				}
			}
			return true
		})
	}
	table = slices.DeleteFunc(table, func(s string) bool { return specOnly["step "+s] != "" })
	n.compare("step", table, events)
	for _, name := range table {
		if !slices.Contains(methods, lower(name)) {
			n.wrong(implDir, "the step %s has no method %s", name, lower(name))
		}
	}
	for _, name := range methods {
		if rest, ok := strings.CutPrefix(name, "on"); ok && isUpper(rest) &&
			!slices.Contains(table, "O"+name[1:]) && implOnly["handler "+lower(rest)] == "" {
			n.wrong(implDir, "the method %s is no step of the spec", name)
		}
	}
}

// eventName is the step that a call r.step("X", …) and the like puts into an
// event.
func eventName(call *ast.CallExpr) (string, bool) {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains([]string{"step", "stepOfQuorum", "ignore"}, f.Sel.Name) ||
		len(call.Args) == 0 {
		return "", false
	}
	return literal(call.Args[0])
}

// messages compares the message types and their fields.
func (n *names) messages() {
	spec, impl := messageTypes(n.spec), messageTypes(n.impl)
	n.compare("message", slices.Sorted(maps.Keys(spec)), slices.Sorted(maps.Keys(impl)))
	for _, name := range slices.Sorted(maps.Keys(spec)) {
		if implOnly["field "+name] == "" && impl[name] != nil {
			n.fields(name, spec[name], impl[name])
		}
	}
}

// fields complains about fields that only one of two structs has.
func (n *names) fields(what string, spec, impl []string) {
	for _, f := range spec {
		if specOnly["field "+what+" "+f] == "" && !slices.Contains(impl, f) {
			n.wrong(implDir, "%s has no field %s, as in the spec", what, f)
		}
	}
	for _, f := range impl {
		if implOnly["field "+what+" "+f] == "" && !slices.Contains(spec, f) {
			n.wrong(implDir, "the field %s of %s is not in the spec", f, what)
		}
	}
}

// messageTypes are the structs that have a method Kind, with their fields.
func messageTypes(sources []*Source) map[string][]string {
	all := make(map[string][]string)
	for _, s := range sources {
		for _, d := range s.Syntax.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != "Kind" {
				continue
			}
			if id, ok := base(f.Recv.List[0].Type).(*ast.Ident); ok {
				all[id.Name] = structFields(sources, id.Name)
			}
		}
	}
	return all
}

// structFields lists the fields of a struct.
func structFields(sources []*Source, name string) []string {
	var all []string
	for _, s := range sources {
		ast.Inspect(s.Syntax, func(node ast.Node) bool {
			spec, ok := node.(*ast.TypeSpec)
			if !ok || spec.Name.Name != name {
				return true
			}
			if st, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range st.Fields.List {
					for _, id := range f.Names {
						all = append(all, id.Name)
					}
				}
			}
			return false
		})
	}
	return all
}

// constants compares the constants of a type: each of the spec is in the
// implementation, with the same value. The implementation may have more
// reasons, which the spec has no word for.
func (n *names) constants(typ, what string) {
	spec, impl := constantsOf(n.spec, typ), constantsOf(n.impl, typ)
	for _, name := range slices.Sorted(maps.Keys(spec)) {
		if specOnly[what+" "+name] != "" {
			continue
		}
		value, ok := impl[name]
		if !ok {
			n.wrong(implDir, "the %s %s of the spec is missing", what, name)
		} else if value != spec[name] {
			n.wrong(implDir, "the %s %s is %q, in the spec %q", what, name, value, spec[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(impl)) {
		if _, ok := spec[name]; ok {
			continue
		}
		if typ == "Status" {
			n.wrong(implDir, "the %s %s is not in the spec", what, name)
		}
		for _, other := range slices.Sorted(maps.Keys(spec)) {
			if spec[other] == impl[name] && impl[name] != "" {
				n.wrong(implDir, "the %s %s has the value of %s in the spec", what, name, other)
			}
		}
	}
}

// constantsOf are the constants of a type with their texts. A constant without
// a type has that of the one before it, as Go has it in a list with iota.
func constantsOf(sources []*Source, typ string) map[string]string {
	all := make(map[string]string)
	for _, s := range sources {
		for _, d := range s.Syntax.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok || decl.Tok != token.CONST {
				continue
			}
			current := ""
			for _, spec := range decl.Specs {
				value := spec.(*ast.ValueSpec)
				if value.Type != nil || len(value.Values) > 0 {
					current = ""
					if id, ok := value.Type.(*ast.Ident); ok {
						current = id.Name
					}
				}
				if current != typ {
					continue
				}
				text := ""
				if len(value.Values) > 0 {
					text, _ = literal(value.Values[0])
				}
				all[value.Names[0].Name] = text
			}
		}
	}
	return all
}

// state compares the fields of a replica with those of the events, and of the
// core itself.
func (n *names) state() {
	spec := structFields(n.spec, "Replica")
	spec = slices.DeleteFunc(spec, func(f string) bool {
		return f == "ReplicaNumber" || specOnly["field Replica "+f] != ""
	})
	damage := slices.DeleteFunc(structFields(n.spec, "Damage"), func(f string) bool {
		return specOnly["field Damage "+f] != ""
	})
	n.fields("State", slices.Concat(spec, damage), structFields(n.impl, "State"))
	core := structFields(n.impl, "Replica")
	for _, f := range spec {
		if !slices.Contains(core, lower(f)) {
			n.wrong(implDir, "Replica has no field %s, as in the spec", lower(f))
		}
	}
}

// literal is the value of a string literal.
func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// isIdent says whether an expression is this name.
func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// lower makes the first letter small.
func lower(name string) string {
	if name == "" {
		return name
	}
	return strings.ToLower(name[:1]) + name[1:]
}

// isUpper says whether a name begins with a capital.
func isUpper(name string) bool { return name != "" && name[0] >= 'A' && name[0] <= 'Z' }

// SPDX-License-Identifier: Apache-2.0

package sim

// What a run tells: the history of the clients, the last states, counts, and
// failures.

import (
	"fmt"
	"strings"
	"time"

	"viewstamp/impl/vsr"
)

// Outcome says how an operation ended.
type Outcome uint8

const (
	// Unknown: the client gave up, or the run ended first.
	Unknown Outcome = iota
	// OK: the client has the reply.
	OK
)

// Operation is one request of a client, from the invocation to the outcome.
type Operation struct {
	// Client counts the clients of the run, those that took the place of
	// crashed ones included. Request is the request-number.
	Client  int
	Request vsr.RequestNumber
	// Invoke and Return are positions in the order of all invocations and
	// outcomes of the run, from 1. Return is 0 if the run ended first.
	Invoke, Return int64
	// InvokeTime and ReturnTime are virtual time.
	InvokeTime, ReturnTime time.Duration
	// F is the operation as package histories names it, on Key, with Value and
	// Old as far as it has them.
	F, Key     string
	Value, Old string
	Outcome    Outcome
	// Input and Output are what the service took and answered.
	Input, Output []byte
	// Result is what the service answered; HasResult is false for nothing.
	// Failed means an error reply, with the text in Result.
	Result    string
	HasResult bool
	Failed    bool
	// OpNumber and View come with the reply. An operation of unknown outcome has
	// the OpNumber with which it was executed, if it was; 0 if not.
	OpNumber vsr.OpNumber
	View     vsr.ViewNumber
}

// Final is a replica at the end of the run.
type Final struct {
	Replica vsr.ReplicaNumber
	State   vsr.State
	// Snapshot is the SHA-256 of the service's state after the op-number
	// State.CommitNumber.
	Snapshot [32]byte
}

// Counts says what happened in a run, or in many.
type Counts struct {
	// Steps counts everything that happened, ticks included.
	Steps uint64 `json:"steps"`
	// VirtualTime is how long the run took in its own time.
	VirtualTime time.Duration `json:"virtualTime"`
	// Invoked, Answered and Abandoned count requests of clients; Resent those
	// sent again.
	Invoked   uint64 `json:"invoked"`
	Answered  uint64 `json:"answered"`
	Abandoned uint64 `json:"abandoned"`
	Resent    uint64 `json:"resent"`
	// Executed counts the operations that the group has executed, each once.
	Executed uint64 `json:"executed"`
	// ViewsStarted counts how often a primary has started a view after view 0.
	ViewsStarted uint64 `json:"viewsStarted"`
	// Messages counts those sent, Delivered those that arrived.
	Messages uint64 `json:"messages"`
	// Promises counts the logs that PREPAREOKs have acknowledged.
	Promises  uint64 `json:"promises"`
	Delivered uint64 `json:"delivered"`
	// Lost, Duplicated, Reordered and Replayed count what the network did,
	// Blocked what was lost in partitions, Corrupted what had a wrong bit.
	Lost       uint64 `json:"lost"`
	Duplicated uint64 `json:"duplicated"`
	Reordered  uint64 `json:"reordered"`
	Replayed   uint64 `json:"replayed"`
	Blocked    uint64 `json:"blocked"`
	Corrupted  uint64 `json:"corrupted"`
	// Fetches counts GETENTRIES: logs that a message had left out.
	Fetches uint64 `json:"fetches"`
	// OnWire counts the messages that went through package wire.
	OnWire uint64 `json:"onWire"`
	// Partitions by shape.
	Isolations uint64 `json:"isolations"`
	Halves     uint64 `json:"halves"`
	OneWays    uint64 `json:"oneWays"`
	BrokenLink uint64 `json:"brokenLinks"`
	Bridges    uint64 `json:"bridges"`
	Rings      uint64 `json:"rings"`
	Flappings  uint64 `json:"flappings"`
	Swizzles   uint64 `json:"swizzles"`
	// Flaps counts how often a flapping partition began or ended.
	Flaps uint64 `json:"flaps"`
	// Crashes counts replicas that stopped. PowerLosses are those that lost
	// unflushed sectors, Torn how many such sectors there were. PowerCuts are
	// those of the whole group.
	Crashes     uint64 `json:"crashes"`
	PowerLosses uint64 `json:"powerLosses"`
	Torn        uint64 `json:"torn"`
	PowerCuts   uint64 `json:"powerCuts"`
	// CrashesInFlush and CrashesInSend hit a replica between a write and its
	// flush, and while it was sending.
	CrashesInFlush uint64 `json:"crashesInFlush"`
	CrashesInSend  uint64 `json:"crashesInSend"`
	Restarts       uint64 `json:"restarts"`
	Pauses         uint64 `json:"pauses"`
	DiskErrors     uint64 `json:"diskErrors"`
	SlowDisks      uint64 `json:"slowDisks"`
	ClockJumps     uint64 `json:"clockJumps"`
	ClientCrashes  uint64 `json:"clientCrashes"`
	Flushes        uint64 `json:"flushes"`
	// Busy and Evicted count the requests that were refused.
	Busy    uint64 `json:"busy"`
	Evicted uint64 `json:"evicted"`
	// Pings counts questions for the time of another replica, Agreed the ticks at which
	// a quorum of clocks agreed at a replica.
	Pings  uint64 `json:"pings"`
	Agreed uint64 `json:"agreed"`
	// Damages counts disks that were damaged, RotsRunning those whose replica was
	// running. Scrubs counts how often a whole disk was read again, FoundByScrub how
	// often that found damage.
	Damages      uint64 `json:"damages"`
	RotsRunning  uint64 `json:"rotsRunning"`
	Scrubs       uint64 `json:"scrubs"`
	FoundByScrub uint64 `json:"foundByScrub"`
	// Rotten counts the starts from a disk that had lost a part of the log.
	Rotten uint64 `json:"rotten"`
	// Checkpoints counts those that replicas made, Installed those that one got
	// from another, FromCheckpoint the starts from one.
	Checkpoints    uint64 `json:"checkpoints"`
	Installed      uint64 `json:"installed"`
	FromCheckpoint uint64 `json:"fromCheckpoint"`
	// Little counts the steps that were taken while a journal was more than half full.
	Little uint64 `json:"little"`
	// Frozen counts replicas that were left out of the first part of the
	// liveness phase.
	Frozen uint64 `json:"frozen"`
	// LiveTicks is how many ticks the longest part of the liveness phase took;
	// in a sum the longest.
	LiveTicks uint64 `json:"liveTicks"`
}

// Result is a run that ended.
type Result struct {
	// Replicas and Clients say how large it was; Faults what it was told to do.
	Replicas, Clients int
	Faults            Faults
	// Schedule is the faults with a time of their own that happened.
	Schedule   []Fault
	Operations []Operation
	Finals     []Final
	Counts     Counts
	// Ignored counts the messages that did nothing at the replicas, by reason.
	Ignored map[vsr.Ignored]uint64
	// Digest covers everything that happened, in order.
	Digest uint64
}

// Reason says which kind of failure a run ended with.
type Reason string

// The reasons.
const (
	// Panicked: the core, the journal or the service panicked.
	Panicked Reason = "panic"
	// Diverged: two replicas executed different operations, or have different
	// states.
	Diverged Reason = "replicas diverge"
	// Lied: a client was told another result than the group has.
	Lied Reason = "wrong reply"
	// DiskFailed: a journal could not be opened, written or flushed.
	DiskFailed Reason = "journal failed"
	// Broken: a replica denies what it has said, or goes back behind it.
	Broken Reason = "promise broken"
	// Unrecoverable: more disks were damaged than a group can live with, and it has
	// stopped, as it should. It is no defect.
	Unrecoverable Reason = "unrecoverable (proved)"
	// WrongTime: the time of an entry is below that of the one before it, or the time of
	// the group is further from the truth than its clocks allow.
	WrongTime Reason = "wrong time"
	// NotLive: the liveness phase did not end.
	NotLive Reason = "not live"
	// BadBytes: a message did not survive its encoding.
	BadBytes Reason = "wire failed"
)

// Failure is the error of a run that showed a defect.
type Failure struct {
	Reason Reason
	Detail string
	// Time is when, in virtual time.
	Time time.Duration
	// Config is the run.
	Config Config
}

// Error says what happened and how to see it again.
func (f *Failure) Error() string {
	text := fmt.Sprintf("sim: seed %d: %s after %v: %s", f.Config.Seed, f.Reason, f.Time, f.Detail)
	if f.Config.Service != nil {
		return text // No command knows that service.
	}
	return text + "\nto see it again: " + f.Config.Command()
}

// Command is the command line that runs this configuration.
func (c Config) Command() string {
	var b strings.Builder
	fmt.Fprintf(&b, "go run ./checker/cmd/vsrcheck sim -seed %d -seeds 1", c.Seed)
	for _, option := range []struct {
		name  string
		value int
	}{{"replicas", c.Replicas}, {"clients", c.Clients}, {"requests", c.Requests}} {
		if option.value != 0 {
			fmt.Fprintf(&b, " -%s %d", option.name, option.value)
		}
	}
	return b.String()
}

// Add makes the counts those of both: sums, and the longest liveness phase.
func (c *Counts) Add(other Counts) {
	longest := max(c.LiveTicks, other.LiveTicks)
	mine, theirs := c.all(), other.all()
	for i := range mine {
		*mine[i].Value += *theirs[i].Value
	}
	c.LiveTicks = longest
	c.VirtualTime += other.VirtualTime
}

// Count is one of the Counts, by its name.
type Count struct {
	Name  string
	Value *uint64
}

// all lists the counts.
func (c *Counts) all() []Count {
	return []Count{
		{"steps", &c.Steps}, {"invoked", &c.Invoked}, {"answered", &c.Answered},
		{"abandoned", &c.Abandoned}, {"resent", &c.Resent}, {"executed", &c.Executed},
		{"views started", &c.ViewsStarted}, {"messages", &c.Messages}, {"promises", &c.Promises},
		{"delivered", &c.Delivered}, {"lost", &c.Lost}, {"duplicated", &c.Duplicated},
		{"reordered", &c.Reordered}, {"replayed", &c.Replayed}, {"blocked", &c.Blocked},
		{"fetches", &c.Fetches}, {"on the wire", &c.OnWire}, {"isolations", &c.Isolations},
		{"halves", &c.Halves}, {"one-way partitions", &c.OneWays},
		{"broken links", &c.BrokenLink}, {"bridges", &c.Bridges}, {"rings", &c.Rings},
		{"flapping partitions", &c.Flappings}, {"flaps", &c.Flaps},
		{"swizzles", &c.Swizzles}, {"pings", &c.Pings},
		{"ticks with a quorum of clocks", &c.Agreed},
		{"disks damaged while they run", &c.RotsRunning}, {"scrubs", &c.Scrubs},
		{"found by a scrub", &c.FoundByScrub}, {"corrupted", &c.Corrupted}, {"damaged disks", &c.Damages},
		{"crashes", &c.Crashes},
		{"power losses", &c.PowerLosses}, {"torn sectors", &c.Torn},
		{"power cuts", &c.PowerCuts}, {"crashes in a flush", &c.CrashesInFlush},
		{"crashes in a send", &c.CrashesInSend}, {"restarts", &c.Restarts},
		{"pauses", &c.Pauses}, {"disk errors", &c.DiskErrors},
		{"slow disks", &c.SlowDisks}, {"clock jumps", &c.ClockJumps},
		{"client crashes", &c.ClientCrashes}, {"flushes", &c.Flushes},
		{"busy", &c.Busy}, {"evicted", &c.Evicted},
		{"rotten disks", &c.Rotten}, {"checkpoints", &c.Checkpoints}, {"installed", &c.Installed},
		{"starts from a checkpoint", &c.FromCheckpoint},
		{"steps with little room", &c.Little}, {"frozen", &c.Frozen},
		{"live ticks", &c.LiveTicks},
	}
}

// List is the counts with their names, in a fixed order.
func (c Counts) List() []Count { return c.all() }

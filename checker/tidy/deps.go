// SPDX-License-Identifier: Apache-2.0

package tidy

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// Who may import whom. The arrows are those of the map of the house in the
// README.

// layer is a part of the module with the parts of it that it may import. A part
// is a folder with all below it, unless a longer one in the list is nearer.
type layer struct {
	dir string
	may []string
	why string
}

// layers is the whole module: a folder that is in none of them is a complaint.
var layers = []layer{
	{"spec", nil, "the model is read alone; it is compared with impl, not built from it"},
	{"spec/claims", []string{"spec"}, "a claim is a variant of the protocol"},
	{"impl", []string{"impl"}, "the implementation stands without its checkers"},
	{"impl/vsr", nil, "the core knows nothing of what drives it"},
	{"histories", nil, "a format that others can use by itself"},
	{"checker/mc", []string{"checker/mc"}, "the engine knows no protocol"},
	{"checker/diagram", nil, "a diagram knows no protocol"},
	{"checker/linear", []string{"checker/linear", "histories"},
		"a history is judged by what clients saw, by nothing else"},
	{"checker", []string{"checker", "spec", "impl", "histories"}, "the checkers see everything"},
}

// testLayers is what tests may import besides.
var testLayers = map[string][]string{
	"spec":       {"spec"},
	"checker/mc": {"checker/model", "spec"}, // The engine is measured on the model of the protocol.
}

// library is a module from outside with the only places for it.
type library struct {
	path    string
	places  []string // Folders; "test" stands for all tests.
	purpose string
}

// libraries lists the modules from outside: one job, one library.
var libraries = []library{
	{"github.com/anishathalye/porcupine", []string{"checker/linear", "impl/sim/vsrtest"},
		"linearizability"},
	{"github.com/tidwall/redcon", []string{"impl/resp"}, "the Redis protocol"},
	{"github.com/redis/go-redis/v9", []string{"checker/cluster", "test"}, "a real Redis client"},
	{"github.com/spf13/cobra", []string{"checker/cli", "impl/cmd/vsr/command"}, "command lines"},
	{"github.com/spf13/pflag", []string{"checker/cli", "impl/cmd/vsr/command"}, "their flags"},
	{"olympos.io/encoding/edn", []string{"histories"}, "the histories of Jepsen"},
	{"golang.org/x/sys", []string{"impl/storage"}, "direct and durable writes"},
	{"golang.org/x/term", []string{"checker/report"}, "is there a terminal?"},
	{"github.com/stretchr/testify", []string{"test", "impl/storage/storagetest"}, "assertions"},
	{"pgregory.net/rapid", []string{"test", "impl/storage/storagetest"}, "properties"},
	{"go.uber.org/goleak", []string{"test"}, "goroutines that stay behind"},
	{"github.com/cockroachdb/datadriven", []string{"test"}, "scripted scenarios"},
}

// ban is an import that a folder must not have outside of its tests.
type ban struct {
	imports []string
	dirs    []string
	why     string
}

// bans lists them. A pure package yields the same for the same input: nothing
// else may reach it.
var bans = []ban{
	{[]string{"os", "os/exec", "net", "net/http", "log", "log/slog", "syscall", "crypto/rand"},
		append([]string{"impl/wire", "checker/mc/textbook"}, pure...), "no input and output in it"},
	{[]string{"sync", "sync/atomic", "context", "runtime", "unsafe"}, pure, "one goroutine in it"},
	{[]string{"math/rand", "math/rand/v2"}, []string{"spec", "impl/vsr", "impl/service", "impl/wire"},
		"no chance in it"},
	{[]string{"time"}, []string{"spec", "impl/vsr", "impl/service", "impl/wire", "impl/journal"},
		"no clock in it: time is an input"},
	{[]string{"math/rand"}, []string{"spec", "impl", "checker", "histories"},
		"math/rand/v2 is its successor"},
}

// pure lists the packages that are functions of their inputs.
var pure = []string{"spec", "impl/vsr", "impl/sim", "impl/service", "checker/diagram"}

// Deps finds imports against the rules, and main packages outside of cmd
// folders.
func Deps(t *Tree) []Complaint {
	var all []Complaint
	for _, s := range t.Sources {
		isMain := s.Syntax.Name.Name == "main"
		if inCmd := strings.Contains("/"+s.Dir+"/", "/cmd/"); isMain && !inCmd {
			all = append(all, t.at(s, s.Syntax.Name.Pos(), "a main package belongs under a folder cmd"))
		}
		for _, spec := range s.Syntax.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				continue // The parser accepts string literals only.
			}
			if says := forbidden(s, name); says != "" {
				all = append(all, t.at(s, spec.Pos(), "imports %s: %s", name, says))
			}
		}
	}
	return all
}

// forbidden says why a source must not have an import; empty if it may.
func forbidden(s *Source, name string) string {
	switch first, _, _ := strings.Cut(name, "/"); {
	case name == Module || strings.HasPrefix(name, Module+"/"):
		return forbiddenInside(s, strings.TrimPrefix(strings.TrimPrefix(name, Module), "/"))
	case strings.Contains(first, "."):
		return forbiddenLibrary(s, name)
	}
	for _, b := range bans {
		if !s.Test && slices.Contains(b.imports, name) &&
			slices.ContainsFunc(b.dirs, func(dir string) bool { return within(s.Dir, dir) }) {
			return b.why
		}
	}
	return ""
}

// forbiddenInside is about a package of the module.
func forbiddenInside(s *Source, dir string) string {
	own, ok := layerOf(s.Dir)
	if !ok {
		return "the folder " + s.Dir + " is in no layer of checker/tidy/deps.go"
	}
	may := own.may
	if s.Test {
		may = append(append(slices.Clone(may), testLayers[own.dir]...), s.Dir)
		if within(s.Dir, "impl") || s.Dir == "spec" {
			may = append(may, own.dir, s.Dir) // A test outside of its package imports that package.
		}
	}
	target, ok := layerOf(dir)
	if !ok {
		return "it is in no layer of checker/tidy/deps.go"
	}
	for _, m := range may {
		if target.dir == m || within(dir, m) {
			return ""
		}
	}
	if s.Test && within(s.Dir, "impl") && within(dir, "impl") {
		return ""
	}
	return own.dir + " may not: " + own.why
}

// layerOf is the nearest layer of a folder.
func layerOf(dir string) (layer, bool) {
	for dir != "." && dir != "" {
		for _, l := range layers {
			if l.dir == dir {
				return l, true
			}
		}
		dir = path.Dir(dir)
	}
	return layer{}, false
}

// forbiddenLibrary is about a module from outside.
func forbiddenLibrary(s *Source, name string) string {
	for _, l := range libraries {
		if name != l.path && !strings.HasPrefix(name, l.path+"/") {
			continue
		}
		for _, place := range l.places {
			if within(s.Dir, place) || place == "test" && s.Test {
				return ""
			}
		}
		if s.Test { // A test may use what its package uses, and so may the test of a neighbour.
			return ""
		}
		return "it is for " + l.purpose + ", in " + strings.Join(l.places, ", ") + " only"
	}
	return "a library that checker/tidy/deps.go does not know: say there what it is for"
}

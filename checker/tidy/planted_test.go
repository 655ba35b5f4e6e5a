// SPDX-License-Identifier: Apache-2.0

package tidy

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// Each rule on a small tree with a planted fault, and on the same tree without
// it: a rule that finds nothing in the repository must be known to find
// something.

// head begins every file of the small trees.
const head = licence + "\n\n// Package p is for a test.\npackage p\n"

// tree makes a small tree: a path and what is in the file, in turn.
func tree(t *testing.T, files ...string) *Tree {
	t.Helper()
	system := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		system[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	loaded, err := Load(system)
	require.NoError(t, err)
	return loaded
}

// planted is a file with a fault that the rule must name.
type planted struct {
	name, path, content, says string
}

// mustFind runs a rule on each.
func mustFind(t *testing.T, rule func(*Tree) []Complaint, faults []planted) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			complaints := rule(tree(t, f.path, f.content))
			if f.says == "" {
				require.Empty(t, complaints)
				return
			}
			require.Len(t, complaints, 1)
			require.Contains(t, complaints[0].String(), f.says)
			require.True(t, strings.HasPrefix(complaints[0].String(), f.path+":"), complaints[0])
		})
	}
}

// importing is a file with one import.
func importing(name string) string { return head + fmt.Sprintf("\nimport _ %q\n", name) }

func TestDepsAreSeenToFail(t *testing.T) {
	mustFind(t, Deps, []planted{
		{"the spec imports impl", "spec/a.go", importing("viewstamp/impl/vsr"), "spec may not"},
		{"and in a test", "spec/a_test.go", importing("viewstamp/checker/mc"), "spec may not"},
		{"impl imports the spec", "impl/vsr/a.go", importing("viewstamp/spec"), "impl/vsr may not"},
		{"and in a test", "impl/sim/a_test.go", importing("viewstamp/spec"), "impl may not"},
		{"impl imports a checker", "impl/server/a.go", importing("viewstamp/checker/conform"),
			"impl may not"},
		{"the core imports its driver", "impl/vsr/a.go", importing("viewstamp/impl/server"),
			"impl/vsr may not"},
		{"the engine imports the spec", "checker/mc/a.go", importing("viewstamp/spec"),
			"the engine knows no protocol"},
		{"the witness imports the core", "checker/linear/a.go", importing("viewstamp/impl/vsr"),
			"checker/linear may not"},
		{"a folder that nobody knows", "new/a.go", importing("viewstamp/spec"), "in no layer"},
		{"the spec reads files", "spec/a.go", importing("os"), "no input and output"},
		{"the core reads the clock", "impl/vsr/a.go", importing("time"), "time is an input"},
		{"the service takes chance", "impl/service/kv/a.go", importing("math/rand/v2"), "no chance"},
		{"the simulator locks", "impl/sim/a.go", importing("sync"), "one goroutine"},
		{"the old generator", "checker/mc/a_test.go", importing("math/rand"), ""},
		{"the old generator", "checker/mc/a.go", importing("math/rand"), "successor"},
		{"a library elsewhere", "impl/server/a.go", importing("github.com/tidwall/redcon"),
			"in impl/resp only"},
		{"assertions outside of tests", "impl/vsr/a.go",
			importing("github.com/stretchr/testify/require"), "it is for assertions"},
		{"a library that nobody knows", "impl/resp/a.go", importing("example.org/redis"),
			"does not know"},
		{"a main package elsewhere", "checker/a.go", strings.Replace(head, "package p",
			"package main", 1), "under a folder cmd"},
		{"a main package", "checker/cmd/a/a.go", strings.Replace(head, "package p",
			"package main", 1), ""},
		{"the claims import the spec", "spec/claims/a.go", importing("viewstamp/spec"), ""},
		{"the checkers see all", "checker/conform/a.go", importing("viewstamp/impl/vsr"), ""},
	})
}

func TestLengthIsSeenToFail(t *testing.T) {
	long := head + "\nfunc f() {\n" + strings.Repeat("\tf()\n", 45) + "}\n"
	mustFind(t, Length, []planted{
		{"a long file", "impl/a.go", head + strings.Repeat("\n", 600), "604 lines"},
		{"a long line", "impl/a.go", head + "// " + strings.Repeat("′", 98), "101 columns"},
		{"not too long", "impl/a.go", head + "// " + strings.Repeat("′", 97), ""},
		{"a long step", "spec/a.go", long, "f has 47 lines, at most 40"},
		{"not too long elsewhere", "impl/a.go", long, ""},
		{"too long anywhere", "impl/a.go", strings.Replace(long, "\tf()\n",
			strings.Repeat("\tf()\n", 30), 1), "f has 76 lines, at most 70"},
	})
}

func TestTodoIsSeenToFail(t *testing.T) {
	mustFind(t, Todo, []planted{
		{"without an issue", "impl/a.go", head + "// TODO: later\n", "names no issue"},
		{"with an issue", "impl/a.go", head + "// TODO(#12): later\n", ""},
		{"with a name", "impl/a.go", head + "// TODO(bob): later\n", "names no issue"},
		{"never", "README.md", "FIX" + "ME\n", "never committed"},
		{"never in a test", "spec/a_test.go", head + "// X" + "XX\n", "never committed"},
		{"somebody's machine", "README.md", "cd " + "/home" + "/bob/viewstamp\n", "path of some machine"},
		{"test data is free", "spec/testdata/a.md", "FIX" + "ME\n", ""},
	})
}

func TestPureIsSeenToFail(t *testing.T) {
	in := func(body string) string { return head + "\nfunc f(m map[int]int) {\n" + body + "\n}\n" }
	mustFind(t, Pure, []planted{
		{"a goroutine", "spec/a.go", in("go f(m)"), "a goroutine"},
		{"a channel", "impl/vsr/a.go", in("var c chan int; _ = c"), "a channel"},
		{"a select", "impl/sim/a.go", in("select {}"), "a select"},
		{"a range over a map", "spec/a.go", in("for k := range m { println(k) }"), "range over a map"},
		{"with a reason", "spec/a.go", in("\t// In any order: it prints.\n\tfor range m {\n\t}"), ""},
		{"a range over a field", "impl/vsr/a.go", head + "\ntype t struct{ votes map[int]int }\n\n" +
			"func f(x t) {\n\tfor range x.votes {\n\t}\n}\n", "range over a map"},
		{"a range over a named map", "impl/vsr/a.go", head + "\ntype t map[int]int\n\n" +
			"func f(x t) {\n\tfor range x {\n\t}\n}\n", "range over a map"},
		{"keys that are sorted", "spec/a.go", in("\tvar s []int\n\tfor k := range m {\n" +
			"\t\ts = append(s, k)\n\t}\n\tslices.Sort(s)"), ""},
		{"keys that are not", "spec/a.go", in("\tvar s []int\n\tfor k := range m {\n" +
			"\t\ts = append(s, k)\n\t}\n\t_ = s"), "range over a map"},
		{"a copy", "spec/a.go", in("\tc := make(map[int]int)\n\tfor k, v := range m {\n" +
			"\t\tc[k] = v\n\t}"), ""},
		{"the clock", "impl/sim/a.go", in("_ = time.Now()"), "time.Now"},
		{"a duration", "impl/sim/a.go", in("_ = time.Second"), ""},
		{"the generator of the process", "impl/sim/a.go", in("_ = rand.IntN(3)"), "rand.IntN"},
		{"a generator of its own", "impl/sim/a.go", in("_ = rand.New(nil)"), ""},
		{"a variable", "spec/a.go", head + "\nvar count int\n", "the variable count"},
		{"a table", "impl/vsr/a.go", head + "\nvar names = [...]string{\"a\"}\n", ""},
		{"a table that changes", "impl/vsr/a.go", head + "\nvar names = []string{\"a\"}\n\n" +
			"func f() { names[0] = \"b\" }\n", "the variable names"},
		{"an assertion", "impl/vsr/a.go", head + "\nvar _ error = nil\n", ""},
		{"other packages may", "impl/server/a.go", in("go f(m)"), ""},
		{"tests may", "spec/a_test.go", in("go f(m)"), ""},
	})
}

func TestDocsAreSeenToFail(t *testing.T) {
	mustFind(t, Docs, []planted{
		{"a function", "impl/a.go", head + "\nfunc F() {}\n", "F has no comment"},
		{"a method", "impl/a.go", head + "\n// T is.\ntype T int\n\nfunc (t *T) F() {}\n", "F has no"},
		{"a method of a hidden type", "impl/a.go", head + "\ntype t int\n\nfunc (t) F() {}\n", ""},
		{"a well-known method", "impl/a.go", head + "\n// T is.\ntype T int\n\n" +
			"func (T) String() string { return \"\" }\n", ""},
		{"methods that share a comment", "impl/a.go", head + "\n// T is.\ntype T int\n\n" +
			"// U is.\ntype U int\n\n// F of each.\nfunc (T) F() {}\nfunc (U) F() {}\n", ""},
		{"a type", "impl/a.go", head + "\ntype T int\n", "T has no comment"},
		{"a type in a list", "impl/a.go", head + "\n// Types.\ntype (\n\tT int\n)\n", "T has no"},
		{"a constant", "impl/a.go", head + "\nconst C = 1\n", "C has no comment"},
		{"constants with one", "impl/a.go", head + "\n// Some.\nconst (\n\tC = 1\n\tD = 2\n)\n", ""},
		{"a variable", "impl/a.go", head + "\nvar V = 1\n", "V has no comment"},
	})
	complaints := Docs(tree(t, "impl/a.go", licence+"\n\npackage p\n\nfunc f() {}\n"))
	require.Len(t, complaints, 2)
	require.Contains(t, complaints[0].String(), "says what the file is for")
	require.Equal(t, "impl: no file has a package comment", complaints[1].String())
	complaints = Docs(tree(t, "impl/a.go", "// Package p is.\npackage p\n"))
	require.Len(t, complaints, 1)
	require.Contains(t, complaints[0].String(), "SPDX")
}

func TestCommandsAreSeenToFail(t *testing.T) {
	for command, says := range map[string]string{
		"go run ./checker/cmd/vsrcheck":                        "",
		"go run ./checker/cmd/vsrcheck model -list":            "",
		"go run ./checker/cmd/vsrcheck model -json -workers=2": "",
		"go run ./checker/cmd/vsrcheck model -seeds 3":         "has no flag -seeds",
		"go run ./checker/cmd/vsrcheck modle":                  "no sub-command modle",
		"go run ./checker/cmd/vsrchek":                         "no package ./checker/cmd/vsrchek",
		"go run ./checker/cmd/vsrcheck NAME":                   "",
		"go test ./...":                                        "",
		"go test ./spec/... -race -count=1":                    "",
		"go test ./nowhere":                                    "no package ./nowhere",
		"go test ./spec -run TestThis":                         "",
		"go test ./spec -run '^TestThat$'":                     "finds nothing",
		"go test ./spec -seed 7":                               "",
		"go test ./spec -sede 7":                               "no flag -sede",
		"go test ./spec -rapid.checks=9":                       "",
		"go test ./spec -bench . -run xxx":                     "",
		"go test ./spec -fuzz FuzzThat":                        "finds nothing",
	} {
		small := tree(t,
			"README.md", "Type `"+command+"` and wait.\n",
			"checker/cmd/vsrcheck/main.go", strings.Replace(head, "package p", "package main", 1),
			"checker/cli/cli.go", head+"\nfunc root() {\n\t_ = cobra.Command{Use: \"vsrcheck\"}\n"+
				"\tflags.BoolVar(&j, \"json\", false, \"\")\n\tflags.IntVar(&w, \"workers\", 0, \"\")\n}\n"+
				"\nfunc model() {\n\t_ = cobra.Command{Use: \"model [NAME...]\"}\n"+
				"\tflags.BoolVar(&l, \"list\", false, \"list them\")\n}\n",
			"spec/a_test.go", head+"\nvar seed = flag.Int(\"seed\", 0, \"\")\n\n"+
				"func TestThis() {}\n\nfunc BenchmarkThis() {}\n")
		complaints := Commands(small)
		if says == "" {
			require.Empty(t, complaints, command)
			continue
		}
		require.Len(t, complaints, 1, command)
		require.Contains(t, complaints[0].String(), says)
		require.True(t, strings.HasPrefix(complaints[0].String(), "README.md:1: "))
	}
}

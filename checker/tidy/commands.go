// SPDX-License-Identifier: Apache-2.0

package tidy

import (
	"fmt"
	"go/ast"
	"regexp"
	"slices"
	"strings"
)

// The commands that the documentation tells people to type: their packages,
// sub-commands, flags and tests must exist. What they print is the business of
// other tests.

// mains says where the sub-commands of a main package are declared.
var mains = map[string]string{
	"checker/cmd/vsrcheck": "checker/cli",
	"impl/cmd/vsr":         "impl/cmd/vsr/command",
}

// typed finds a command in a line of documentation: up to the end, a backtick,
// a comment or what joins it to the next one.
var typed = regexp.MustCompile("\\bgo (run|test) ([^`#|;&]*)")

// testFlags are those of go test itself.
var testFlags = []string{"bench", "benchmem", "benchtime", "count", "cover", "cpu", "fuzz",
	"fuzztime", "race", "run", "short", "timeout", "v"}

// Commands finds commands in texts and in comments of packages that cannot
// work.
func Commands(t *Tree) []Complaint {
	var all []Complaint
	check := func(file string, i int, line string) {
		for _, found := range typed.FindAllStringSubmatch(line, -1) {
			for _, says := range t.command(found[1], strings.Fields(found[2])) {
				all = append(all, Complaint{file, i + 1, says})
			}
		}
	}
	for _, text := range t.Texts {
		for i, line := range text.Lines {
			check(text.Path, i, line)
		}
	}
	for _, s := range t.Sources {
		for i, line := range s.Lines {
			if _, comment, ok := strings.Cut(line, "// "); ok && !within(s.Dir, "checker/tidy") {
				check(s.Path, i, comment)
			}
		}
	}
	return all
}

// command says what is wrong with one command.
func (t *Tree) command(verb string, words []string) []string {
	packages, rest := packagesOf(words)
	var all []string
	for _, p := range packages {
		if !t.exists(p) {
			return []string{fmt.Sprintf("go %s: there is no package ./%s", verb, p)}
		}
	}
	switch {
	case len(packages) == 0:
		return nil // A file or a package from elsewhere, or a sentence about the command.
	case verb == "test":
		return t.testCommand(packages, rest)
	case mains[packages[0]] != "":
		all = t.subCommand(mains[packages[0]], rest)
	}
	return all
}

// packagesOf takes the packages of the module out of the words: those that
// begin with ./
func packagesOf(words []string) (packages, rest []string) {
	for _, w := range words {
		if dir, ok := strings.CutPrefix(strings.Trim(w, "'\",:)"), "./"); ok {
			packages = append(packages, strings.Trim(dir, "/"))
			continue
		}
		rest = append(rest, strings.Trim(w, ".,:)\""))
	}
	return packages, rest
}

// exists says whether a folder has Go files; "x/..." asks for x or anything
// below it.
func (t *Tree) exists(p string) bool {
	parent, all := strings.CutSuffix(p, "...")
	parent = strings.Trim(parent, "/")
	return slices.ContainsFunc(t.dirs(), func(dir string) bool {
		return dir == parent || all && (parent == "" || within(dir, parent))
	})
}

// testCommand checks flags, and that -run, -bench and -fuzz find something.
func (t *Tree) testCommand(packages, words []string) []string {
	var all []string
	benchmarks := slices.ContainsFunc(words, func(w string) bool {
		return strings.HasPrefix(w, "-bench")
	})
	for i, w := range words {
		name, value, inline := strings.Cut(strings.TrimLeft(w, "-"), "=")
		if !strings.HasPrefix(w, "-") || strings.HasPrefix(name, "rapid.") {
			continue
		}
		if !slices.Contains(testFlags, name) && !t.declaresFlag(packages, name) {
			all = append(all, fmt.Sprintf("go test has no flag -%s, nor has the package", name))
		}
		if !inline && i+1 < len(words) {
			value = words[i+1]
		}
		kind := map[string]string{"run": "", "bench": "Benchmark", "fuzz": "Fuzz"}
		if benchmarks { // -run is then meant to find nothing.
			delete(kind, "run")
		}
		if prefix, ok := kind[name]; ok && !t.anyTest(packages, prefix, value) {
			all = append(all, fmt.Sprintf("-%s %s finds nothing in %v", name, value, packages))
		}
	}
	return all
}

// anyTest says whether a pattern finds a test in the packages.
func (t *Tree) anyTest(packages []string, prefix, pattern string) bool {
	first, _, _ := strings.Cut(strings.Trim(pattern, "'\""), "/")
	re, err := regexp.Compile(first)
	if err != nil {
		return false
	}
	for _, s := range t.testsOf(packages) {
		for _, d := range s.Syntax.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && strings.HasPrefix(f.Name.Name, prefix) && re.MatchString(f.Name.Name) {
				return true
			}
		}
	}
	return false
}

// testsOf lists the test files of packages.
func (t *Tree) testsOf(packages []string) []*Source {
	var all []*Source
	for _, s := range t.Sources {
		for _, p := range packages {
			parent, below := strings.CutSuffix(p, "...")
			parent = strings.Trim(parent, "/")
			if s.Test && (s.Dir == parent || below && (parent == "" || within(s.Dir, parent))) {
				all = append(all, s)
			}
		}
	}
	return all
}

// declaresFlag says whether a test of the packages declares a flag.
func (t *Tree) declaresFlag(packages []string, name string) bool {
	if name == "rewrite" && t.scripted(packages) {
		return true
	}
	for _, s := range t.testsOf(packages) {
		for _, f := range flagsIn(s.Syntax) {
			if f == name {
				return true
			}
		}
	}
	return false
}

// scripted says whether tests of the packages run scripts of datadriven, which
// has a flag of its own.
func (t *Tree) scripted(packages []string) bool {
	return slices.ContainsFunc(t.testsOf(packages), func(s *Source) bool {
		return slices.ContainsFunc(s.Syntax.Imports, func(i *ast.ImportSpec) bool {
			return strings.HasSuffix(i.Path.Value, `/datadriven"`)
		})
	})
}

// subCommand checks the name of a sub-command and its flags against the sources
// that declare them.
func (t *Tree) subCommand(dir string, words []string) []string {
	commands, shared := t.declared(dir)
	if len(words) == 0 || strings.ToUpper(words[0]) == words[0] {
		return nil // The command by itself, or a placeholder.
	}
	flags := shared
	if name := words[0]; !strings.HasPrefix(name, "-") {
		own, ok := commands[name]
		if !ok {
			return []string{fmt.Sprintf("%s has no sub-command %s", dir, name)}
		}
		flags = append(slices.Clone(shared), own...)
	}
	var all []string
	for _, w := range words {
		name, _, _ := strings.Cut(strings.TrimLeft(w, "-"), "=")
		if strings.HasPrefix(w, "-") && name != "" && !slices.Contains(flags, name) && name != "h" {
			all = append(all, fmt.Sprintf("%s: %s has no flag -%s", dir, words[0], name))
		}
	}
	return all
}

// declared reads the sub-commands with their flags, and the flags that all
// share: those of the root, and those that a function without a command of its
// own declares.
func (t *Tree) declared(dir string) (commands map[string][]string, shared []string) {
	commands = make(map[string][]string)
	for _, s := range t.in(dir) {
		for _, d := range s.Syntax.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			name := ""
			ast.Inspect(f, func(n ast.Node) bool {
				if kv, ok := n.(*ast.KeyValueExpr); ok && isIdent(kv.Key, "Use") {
					use, _ := literal(kv.Value)
					name, _, _ = strings.Cut(use, " ")
				}
				return true
			})
			if flags := flagsIn(f); name == "" || isRoot(name) {
				shared = append(shared, flags...)
			} else {
				commands[name] = append(commands[name], flags...)
			}
		}
	}
	return commands, shared
}

// isRoot says whether a command is the program itself.
func isRoot(name string) bool {
	for program := range mains {
		if strings.HasSuffix(program, "/"+name) {
			return true
		}
	}
	return false
}

// flagCall finds the methods of flag and pflag that declare a flag.
var flagCall = regexp.MustCompile(
	`^(Bool|Duration|Int|Int64|String|Uint|Uint64|Float64)?(Slice|Array)?(Var)?P?$`)

// flagsIn lists the flags that are declared within a node.
func flagsIn(n ast.Node) []string {
	var all []string
	ast.Inspect(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		f, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || f.Sel.Name == "" || !flagCall.MatchString(f.Sel.Name) {
			return true
		}
		for _, a := range call.Args[:min(2, len(call.Args))] {
			if name, ok := literal(a); ok {
				all = append(all, name)
				break
			}
		}
		return true
	})
	return all
}

// SPDX-License-Identifier: Apache-2.0

package tidy

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// The rules on this repository.

// repository is the tree that these tests are part of.
func repository(t *testing.T) *Tree {
	tree, err := Load(os.DirFS("../.."))
	require.NoError(t, err)
	require.NotEmpty(t, tree.in("spec"), "this is not the repository")
	return tree
}

// none fails with all complaints at once.
func none(t *testing.T, complaints []Complaint) {
	t.Helper()
	for _, c := range complaints {
		t.Errorf("%v", c)
	}
}

func TestDeps(t *testing.T)       { none(t, Deps(repository(t))) }
func TestLength(t *testing.T)     { none(t, Length(repository(t))) }
func TestTodo(t *testing.T)       { none(t, Todo(repository(t))) }
func TestNames(t *testing.T)      { none(t, Names(repository(t))) }
func TestPure(t *testing.T)       { none(t, Pure(repository(t))) }
func TestDocs(t *testing.T)       { none(t, Docs(repository(t))) }
func TestCommands(t *testing.T)   { none(t, Commands(repository(t))) }
func TestDivergence(t *testing.T) { none(t, Divergence(repository(t))) }

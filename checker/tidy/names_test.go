// SPDX-License-Identifier: Apache-2.0

package tidy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The rule of one name for one thing, on a spec and a core of one step.

// smallSpec has one step, one message, two reasons, two statuses and three
// fields.
const smallSpec = licence + `

// Package spec is for a test.
package spec

var table = []Step{{Name: "OnCommit", Do: nil}}

type Ignored string

const (
	Accepted  Ignored = ""
	OlderView Ignored = "older-view"
)

type Status uint8

const (
	Normal Status = iota
	ViewChange
)

type Replica struct {
	ReplicaNumber int
	Status        Status
	ViewNumber    int
}

type Commit struct{ From, ViewNumber int }

func (Commit) Kind() int { return 1 }
`

// smallCore is the core that belongs to it.
const smallCore = licence + `

// Package vsr is for a test.
package vsr

type Ignored string

const (
	Accepted  Ignored = ""
	OlderView Ignored = "older-view"
	Malformed Ignored = "malformed"
)

type Status uint8

const (
	Normal Status = iota
	ViewChange
)

type State struct {
	Status     Status
	ViewNumber int
}

type Replica struct {
	cfg        int
	status     Status
	viewNumber int
}

type Commit struct{ From, ViewNumber int }

func (*Commit) Kind() int { return 1 }

func (r *Replica) onCommit(m *Commit) {
	if m.ViewNumber < r.viewNumber {
		r.ignore("OnCommit", OlderView, m)
		return
	}
	r.step("OnCommit", m)
}
`

func TestNamesAreSeenToFail(t *testing.T) {
	complaints := func(oldSpec, newSpec, oldCore, newCore string) []string {
		require.Contains(t, smallSpec, oldSpec)
		require.Contains(t, smallCore, oldCore)
		var all []string
		for _, c := range Names(tree(t,
			"spec/protocol.go", strings.ReplaceAll(smallSpec, oldSpec, newSpec),
			"impl/vsr/vsr.go", strings.ReplaceAll(smallCore, oldCore, newCore))) {
			all = append(all, c.Says)
		}
		return all
	}
	require.Empty(t, complaints("", "", "", ""))
	for _, change := range []struct {
		name, old, new string // In the core.
		says           []string
	}{
		{"another name in the event", `r.step("OnCommit"`, `r.step("HandleCommit"`,
			[]string{"the step HandleCommit is not in the spec"}},
		{"another method", "onCommit(", "handleCommit(", []string{
			"the step OnCommit has no method onCommit"}},
		{"a step more", "func (r *Replica) onCommit", "func (r *Replica) onPing() {}\n\n" +
			"func (r *Replica) onCommit", []string{"the method onPing is no step of the spec"}},
		{"another reason", `"older-view"`, `"old-view"`, []string{
			`the reason OlderView is "old-view", in the spec "older-view"`}},
		{"a reason twice", `"malformed"`, `"older-view"`, []string{
			"the reason Malformed has the value of OlderView in the spec"}},
		{"no reason", "OlderView", "Older", []string{
			"the reason OlderView of the spec is missing",
			"the reason Older has the value of OlderView in the spec"}},
		{"another status", "ViewChange\n", "Recovering\n", []string{
			"the status ViewChange of the spec is missing",
			"the status Recovering is not in the spec"}},
		{"another field of the state", "ViewNumber int\n}\n\ntype Replica", "View int\n}\n\n" +
			"type Replica", []string{"State has no field ViewNumber, as in the spec",
			"the field View of State is not in the spec"}},
		{"another field of the core", "viewNumber int", "view int", []string{
			"Replica has no field viewNumber, as in the spec"}},
		{"another field of a message", "From, ViewNumber int", "From, View int", []string{
			"Commit has no field ViewNumber, as in the spec",
			"the field View of Commit is not in the spec"}},
		{"another message", "*Commit) Kind", "*Replica) Kind", []string{
			"the message Commit of the spec is missing", "the message Replica is not in the spec"}},
	} {
		t.Run(change.name, func(t *testing.T) {
			require.Equal(t, change.says, complaints("", "", change.old, change.new))
		})
	}
	require.Equal(t, []string{"the step OnCommits of the spec is missing",
		"the step OnCommit is not in the spec", "the step OnCommits has no method onCommits",
		"the method onCommit is no step of the spec"},
		complaints(`"OnCommit"`, `"OnCommits"`, "", ""))
	require.Len(t, Names(tree(t, "spec/protocol.go", smallSpec)), 1, "no core to compare with")
}

// SPDX-License-Identifier: Apache-2.0

package spec

import "strings"

// Crash vectors: which crashes of which replicas a message knows of.

// CrashVector maps each replica to the nonce of its latest known recovery. The zero CrashVector
// knows of no crash. It is immutable, and == compares it.
type CrashVector struct {
	nonces string // One byte for each replica; zeros at the end are left out.
}

// Of is the latest known nonce of replica i.
func (v CrashVector) Of(i ReplicaNumber) Nonce {
	if int(i) >= len(v.nonces) {
		return 0
	}
	return Nonce(v.nonces[i])
}

// With is the vector with another nonce for replica i. It panics above 255, which no model reaches.
func (v CrashVector) With(i ReplicaNumber, x Nonce) CrashVector {
	if x < 0 || x > 255 {
		panic("spec: a crash vector holds nonces from 0 to 255")
	}
	nonces := make([]byte, max(len(v.nonces), int(i)+1))
	copy(nonces, v.nonces)
	nonces[i] = byte(x)
	return CrashVector{strings.TrimRight(string(nonces), "\x00")}
}

// Max knows of all crashes that either of the two knows of.
func (v CrashVector) Max(other CrashVector) CrashVector {
	for i := range ReplicaNumber(len(other.nonces)) {
		if x := other.Of(i); x > v.Of(i) {
			v = v.With(i, x)
		}
	}
	return v
}

// CrashConsistent is a step with a quorum that refuses one in which a message was sent before a
// crash of its sender that another message, or the replica itself, knows of.
func CrashConsistent(do Do) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		after, sent, why := do(c, p, in, choice)
		if why != Accepted {
			return p, nil, why
		}
		r := p.(Replica)
		known := r.CrashVector
		for _, m := range in {
			known = known.Max(crashVectorOf(m))
		}
		outdated := r.CrashVector.Of(r.ReplicaNumber) < known.Of(r.ReplicaNumber)
		for _, m := range in {
			from, _ := Sender(m)
			outdated = outdated || crashVectorOf(m).Of(from) < known.Of(from)
		}
		if outdated {
			return p, nil, NotCrashConsistent
		}
		return after, sent, Accepted
	}
}

// crashVectorOf is what the sender knew of crashes; nothing if such messages do not tell.
func crashVectorOf(m Message) CrashVector {
	switch m := m.(type) {
	case StartViewChange:
		return m.CrashVector
	case DoViewChange:
		return m.CrashVector
	case RecoveryResponse:
		return m.CrashVector
	}
	return CrashVector{}
}

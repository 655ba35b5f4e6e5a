// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-204: reads that any replica answers, when it has executed as much as a quorum has in its logs.

// quorumReads is the claim, and what each part of it is for.
func quorumReads() []Claim {
	const source = "Charapko, Ailijiani and Demirbas 2019"
	quiet := core(spec.QuorumReads()).Without("Restart")
	system := func(name string, p spec.Protocol, reads, views int) spec.System {
		s := bounded(name, p, 1, views, 0)
		s.Bounds.Reads = reads
		s.Always = []spec.Property{spec.ReadsSeeWrites()}
		return s
	}
	holds := system("quorum reads", quiet, 2, 1)
	holds.Sometimes = []spec.Property{spec.ReadInLaterView(),
		spec.ReadAtBackup(holds.Configuration())}
	once := system("quorum reads, one read, one view", quiet, 1, 0)
	lacks := func(id, name, statement, mutant, fix string, steps int, p spec.Protocol) Claim {
		return Claim{
			ID: id, Name: name, Source: "a weaker form of " + source, Statement: statement,
			Picture: "How a quorum read misses a write: " + name,
			Claimed: system(name, p, 1, 0), Properties: []string{"ReadsSeeWrites"},
			Refuted: "ReadsSeeWrites", Steps: steps, Fix: fix, Fixed: once, States: 66,
			Mutant: mutant,
		}
	}
	return []Claim{{
		ID: "C-204", Name: "quorum-reads", Source: source,
		Statement: "A replica that has heard the op-numbers of N − Qr + 1 replicas, itself included " +
			"and in whatever status they are, and has executed as much, may answer a read.",
		Claimed: holds, States: 19_890,
	},
		lacks("C-204a", "quorum-reads-of-one", "One op-number, of any other replica, is enough.",
			"QuorumReadOfOne", "N − Qr + 1: then one of them has each committed operation.",
			7, readsOfOne(quiet)),
		lacks("C-204b", "quorum-reads-at-once", "Having asked, the replica need not wait until it "+
			"has executed what it has heard of.", "QuorumReadAtOnce",
			"Wait: what the others have may be committed, and answered.",
			8, quiet.Replace("OnReadHead", spec.ByQuorum(AnswerAtOnce))),
		lacks("C-204c", "quorum-reads-of-commits", "The others may tell their commit-numbers "+
			"instead of their op-numbers.", "QuorumReadOfCommits",
			"Op-numbers: only the primary knows at once what is committed.",
			8, quiet.Replace("OnRead", spec.ByReplica(SendCommitNumber))),
	}
}

// readsOfOne is the protocol in which a replica that reads hears one other replica only.
func readsOfOne(p spec.Protocol) spec.Protocol {
	p = p.ReplaceQuorum("OnReadHead", func(spec.Configuration) int { return 1 }, nil)
	for i := range p.Steps {
		if p.Steps[i].Name == "OnReadHead" {
			p.Steps[i].Own = false
		}
	}
	return p
}

// AnswerAtOnce is OnReadHead that does not wait.
func AnswerAtOnce(_ spec.Configuration, r spec.Replica, heads []spec.ReadHead) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	return spec.AnswerRead(r, spec.Read{ClientID: heads[0].ClientID, After: heads[0].After})
}

// SendCommitNumber answers a read with the commit-number in the place of the op-number.
func SendCommitNumber(c spec.Configuration, r spec.Replica, m spec.Read) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	_, sent, why := spec.SendReadHead(c, r, m)
	head := sent[0].(spec.ReadHead)
	head.OpNumber = r.CommitNumber
	return r, []spec.Message{head}, why
}

// SPDX-License-Identifier: Apache-2.0

// Package trace writes the steps of replicas to files and reads them back: the evidence that a run
// of the implementation is a run of the spec.
//
// # The format
//
// A trace is JSON Lines. The first line says what it is:
//
//	{"format":"vsr-trace/1","replicas":3,"replica":1,"origin":"vsr start"}
//
// replica is left out if the file holds the events of several replicas, in the order in which they
// happened; origin and seed are for people. Each further line is one [vsr.Event]:
//
//	{"replica":1,"sequence":7,"step":"OnPrepare",
//	 "received":[{"kind":"PREPARE","from":0,"view":0,"parent":"2:9f…","commit":1,
//	   "entry":{"view":0,"client":"00…","request":3,"time":1700,"operation":"text:a",
//	     "checksum":"c4…"}}],
//	 "sent":[{"kind":"PREPAREOK","from":1,"view":0,"op":3}],
//	 "state":{"status":"Normal","view":0,"lastNormalView":0,"log":"3:c4…","commit":1}}
//
// A log is written as its name, "op-number:checksum", and the empty log as "0". Only PREPARE
// carries an entry in full: every entry of every log was in a PREPARE or appended by the request
// before it. A replica whose disk has lost something says in its state and in DOVIEWCHANGE
// "headUnknown":1, or "lost":"4:c4…,6:9f… 8:…,9:…", where entries 5, 6 and 9 are lost. An
// operation is "text:…" if it is short and printable, "hex:…" if it is short, else
// "sha256:…"; see [Reader.Next] for what that means to a reader.
//
// # One file for each incarnation
//
// A replica that is a process of its own writes one file from its start to its end. When it is
// killed its last line can be torn: it has no newline at the end. The reader leaves such a line
// out, and nothing else is forgiven.
package trace

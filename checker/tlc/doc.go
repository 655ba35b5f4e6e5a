// SPDX-License-Identifier: Apache-2.0

// Package tlc holds the model against its twin in TLA+ (the folder tla): the same protocol, written
// a second time in another language, searched by TLC, a checker that shares no line with
// checker/mc. Both count the distinct states at each depth, and the counts must be equal.
//
// What TLC has counted is recorded in tla/manifest.json. [Count] counts the same with checker/mc,
// and [Difference] compares, so that go test holds the model against TLC without Java. [TLC.Run]
// runs TLC itself; the manifest is filled with what it says and with nothing else.
//
//	manifest, err := tlc.ReadManifest("tla")
//	twin, _ := tlc.Find("view-change")
//	counted, err := tlc.Count(ctx, twin, 0)
//	recorded, _ := manifest.Find(twin.Name)
//	fmt.Println(tlc.Difference(recorded, counted)) // Empty: they are equal.
//
// The package also reads the TLA+ text ([ReadModule], [ReadConfiguration]), so that a test can
// compare names: a step, a message or an invariant of one twin is in the other, too.
package tlc

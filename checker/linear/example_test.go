// SPDX-License-Identifier: Apache-2.0

package linear_test

// This file is an example: judge a history, and show what is wrong with it.

import (
	"context"
	"fmt"
	"strings"

	"viewstamp/checker/linear"
	"viewstamp/histories"
)

func ExampleJudge() {
	h, err := histories.Read("stale.jsonl", strings.NewReader(
		`{"format":"vsr-history/1","service":"kv"}
		{"t":1,"client":0,"req":1,"kind":"invoke","f":"set","key":"a","value":"1"}
		{"t":2,"client":0,"req":1,"kind":"ok","value":"OK","op":1}
		{"t":3,"client":1,"req":1,"kind":"invoke","f":"get","key":"a"}
		{"t":4,"client":1,"req":1,"kind":"ok","value":null,"op":2}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	verdict, report := linear.Judge(context.Background(), h, linear.Options{})
	fmt.Printf("%s is %v\n", report.Name, verdict)
	if verdict == linear.NotLinearizable {
		part, err := linear.Minimize(context.Background(), h, linear.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(part.Text())
	}
	// Output:
	// stale.jsonl is not linearizable
	//      t
	//      1  ┌ c0 set(a, "1")
	//      2  └ "OK" @1
	//      3  ┌ c1 get(a)
	//      4  └ nil @2
	// 2 of 2 operations: no order of 2 operations on key "a" explains the results.
	// The longest order that explains results: set(a, "1") -> "OK" @1.
	// Then the state is "1", and this does not fit: get(a) -> nil @2.
}

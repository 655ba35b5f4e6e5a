// SPDX-License-Identifier: Apache-2.0

package histories_test

// This file is an example: record a history.

import (
	"fmt"
	"os"

	"viewstamp/histories"
)

func ExampleWriter() {
	w, err := histories.NewWriter(os.Stdout, histories.Header{Service: histories.ServiceKV,
		Origin: "an example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	// Before the request is sent:
	err = w.Write(histories.Event{Client: 0, Req: 1, Kind: histories.Invoke, F: "incr", Key: "n"})
	if err != nil {
		fmt.Println(err)
	}
	// After the reply has come. If it had not, the kind would be histories.Unknown.
	err = w.Write(histories.Event{Client: 0, Req: 1, Kind: histories.OK,
		Value: histories.Some("1"), Op: 7})
	if err != nil {
		fmt.Println(err)
	}
	if err := w.Flush(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"format":"vsr-history/1","service":"kv","origin":"an example"}
	// {"t":1,"client":0,"req":1,"kind":"invoke","f":"incr","key":"n"}
	// {"t":2,"client":0,"req":1,"kind":"ok","value":"1","op":7}
}

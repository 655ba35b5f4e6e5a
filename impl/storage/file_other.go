// SPDX-License-Identifier: Apache-2.0

//go:build !unix

// File where there is no Unix: refused, because neither the lock nor the flush is proved there.
// The simulated disk works everywhere.

package storage

import (
	"errors"
	"os"
	"runtime"
)

var errPlatform = errors.New("data files are not supported on " + runtime.GOOS +
	": run replicas on Linux or macOS")

func openHandle(string, int, bool) (*os.File, bool, error) { return nil, false, errPlatform }

func lockHandle(*os.File) error { return errPlatform }

func flushHandle(*os.File) error { return errPlatform }

func dropCache(*os.File) {}

func syncDirectory(string) error { return errPlatform }

// BootID is not known here.
func BootID() [16]byte { return [16]byte{} }

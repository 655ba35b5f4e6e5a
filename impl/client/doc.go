// SPDX-License-Identifier: Apache-2.0

// Package client lets a Go program run operations on a cluster.
//
//	c, err := client.New(client.Config{Cluster: id, Addresses: addresses})
//	result, err := c.Do(ctx, operation)
//	switch {
//	case err == nil: it ran, once, and this is its result
//	case errors.Is(err, client.ErrIndeterminate): it ran once, or will run later, or never will
//	default: it did not run and never will
//	}
//
// # Sessions
//
// To the replicas, a client is a ClientID that has one request under way at most (§4.1). A Client
// is a pool of those: Do takes one that is free or makes a new one, of 128 random bits, so that
// none ever comes back from an earlier process with numbers that it has forgotten (D4, §4.5). All
// sessions share one connection to each replica.
//
// A request goes to the primary of the latest view that the client has heard of, and if no reply
// comes, again and again to all replicas, with the same number: the replicas run it once. It goes
// to a new primary as soon as one says that its view has started. This lasts until the context
// ends, so give it a deadline. After that the session is thrown away, because its request may still
// be on the way, and a new one must not overtake it.
package client

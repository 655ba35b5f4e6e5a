// SPDX-License-Identifier: Apache-2.0

// Package wire turns messages into bytes and back. It does no input or output of its own: package
// transport moves the bytes.
//
// A connection carries frames, one message each, in both directions:
//
//	header, 36 bytes, little endian
//	   0  magic     "VSR1"
//	   4  version   1
//	   5  kind      the Kind of the message
//	   6  reserved  0
//	   8  size      of the body, in bytes
//	  12  cluster   the cluster's id, 16 bytes
//	  28  checksum  of the body
//	  32  checksum  of the 32 bytes above
//	body
//
// A reader believes nothing before it is checked: first the header's checksum, then magic,
// version and cluster, then the size against a limit, and only then does it take memory for the
// body, and no more than has arrived. Whatever does not fit ends the connection: after a wrong
// byte in a stream there is no safe place to go on from.
//
// The checksums are CRC-32C. They guard against accidents on the way, which TCP's own sum misses
// too often. They are no defence against forgery; that is the task of TLS, which this version
// does not have. What an entry is does not rest on them: it has a SHA-256 of its own.
//
// In bodies, numbers are varints of the shortest form, and identities and checksums have a fixed
// length. So a message has exactly one encoding, and bytes that decode also encode to themselves.
package wire

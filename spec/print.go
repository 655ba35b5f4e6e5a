// SPDX-License-Identifier: Apache-2.0

package spec

import "fmt"

// How states and messages print: short enough for a line, complete enough to replay by hand.

// String is the request's operation, which names the client and the request-number.
func (m Request) String() string { return fmt.Sprintf("REQUEST(%s)", m.what()) }

// what is the operation, what is predicted of it, and the further requests of a batch.
func (m Request) what() string { return entryOf(0, 0, m).what() }

// String names the fields as the paper does, as do all below.
func (m Prepare) String() string {
	return fmt.Sprintf("PREPARE(v=%d m=%s n=%d k=%d)",
		m.ViewNumber, m.Request.what(), m.OpNumber, m.CommitNumber)
}

func (m PrepareOK) String() string {
	return fmt.Sprintf("PREPAREOK(v=%d n=%d i=%d)", m.ViewNumber, m.OpNumber, m.From)
}

func (m Reply) String() string {
	text := fmt.Sprintf("REPLY(v=%d s=%s%d x=%d", m.ViewNumber, clientName(m.ClientID),
		m.RequestNumber, m.OpNumber)
	if m.Place > 0 {
		text += fmt.Sprintf(".%d", m.Place)
	}
	return text + m.Prediction.String() + ")"
}

func (m Commit) String() string {
	return fmt.Sprintf("COMMIT(v=%d k=%d)", m.ViewNumber, m.CommitNumber)
}

func (m StartViewChange) String() string {
	return fmt.Sprintf("STARTVIEWCHANGE(v=%d i=%d%v)", m.ViewNumber, m.From, m.CrashVector)
}

func (m DoViewChange) String() string {
	log := m.Log.String()
	if m.After > 0 {
		log += fmt.Sprintf(" after %d", m.After)
	}
	if m.HeadUnknown {
		log += "…"
	}
	return fmt.Sprintf("DOVIEWCHANGE(v=%d l=%s v′=%d k=%d i=%d%v)",
		m.ViewNumber, log, m.LastNormalView, m.CommitNumber, m.From, m.CrashVector)
}

func (m StartView) String() string {
	return fmt.Sprintf("STARTVIEW(v=%d l=%v k=%d)", m.ViewNumber, m.Log, m.CommitNumber)
}

func (m GetState) String() string {
	return fmt.Sprintf("GETSTATE(v=%d n′=%d i=%d)", m.ViewNumber, m.OpNumber, m.From)
}

func (m NewState) String() string {
	return fmt.Sprintf("NEWSTATE(v=%d n′=%d l=%v k=%d to=%d)",
		m.ViewNumber, m.After, m.Log, m.CommitNumber, m.To)
}

func (m ClientRecovery) String() string {
	return fmt.Sprintf("CLIENTRECOVERY(c=%s, %d)", clientName(m.ClientID), m.Incarnation)
}

func (m ClientNumber) String() string {
	return fmt.Sprintf("CLIENTNUMBER(c=%s, %d: s=%d i=%d)",
		clientName(m.ClientID), m.Incarnation, m.RequestNumber, m.From)
}

func (m Recovery) String() string { return fmt.Sprintf("RECOVERY(i=%d x=%d)", m.From, m.Nonce) }

func (m RecoveryResponse) String() string {
	return fmt.Sprintf("RECOVERYRESPONSE(v=%d x=%d l=%v k=%d j=%d to=%d%v)",
		m.ViewNumber, m.Nonce, m.Log, m.CommitNumber, m.From, m.To, m.CrashVector)
}

// String lists the nonces, with a space before them; it is empty for a vector of no crash.
func (v CrashVector) String() string {
	if v == (CrashVector{}) {
		return ""
	}
	return fmt.Sprintf(" cv=%v", []byte(v.nonces))
}

// String is the operation and the view that assigned it. A slot without an entry, which only some
// claims have, is a dash.
func (e Entry) String() string {
	if e == (Entry{}) {
		return "–"
	}
	if e.EpochNumber > 0 {
		return fmt.Sprintf("%s@%d.%d", e.what(), e.EpochNumber, e.ViewNumber)
	}
	return fmt.Sprintf("%s@%d", e.what(), e.ViewNumber)
}

// what is the operations of the entry and what is predicted of them: a1, a1:5 or a1+b1.
func (e Entry) what() string {
	text := ""
	for i, q := range e.requests() {
		if i > 0 {
			text += "+"
		}
		text += string(q.Operation) + q.Prediction.String()
	}
	return text
}

// String is the prediction after a colon; empty if there is none.
func (p Prediction) String() string {
	if p == 0 {
		return ""
	}
	return fmt.Sprintf(":%d", int(p))
}

// String names the log that the new primary waits for.
func (c Chosen) String() string {
	if c == (Chosen{}) {
		return "none"
	}
	return fmt.Sprintf("that of %d, after n=%d to n=%d, k=%d", c.From, c.After, c.OpNumber,
		c.CommitNumber)
}

func (r Replica) String() string {
	text := fmt.Sprintf("%v v=%d v′=%d l=%v k=%d",
		r.Status, r.ViewNumber, r.LastNormalView, r.Log, r.CommitNumber)
	if r.Nonce > 0 {
		text += fmt.Sprintf(" x=%d", r.Nonce)
	}
	if r.Noted != (Log{}) {
		text += fmt.Sprintf(" noted %v", r.Noted)
	}
	if r.Lease != (Lease{}) || r.Given != (Lease{}) {
		text += fmt.Sprintf(" lease %v, given %v", r.Lease, r.Given)
	}
	if r.Batch != (Log{}) {
		text += fmt.Sprintf(" batch %v", r.Batch)
	}
	if r.Chosen != (Chosen{}) {
		text += fmt.Sprintf(" chosen %v", r.Chosen)
	}
	if r.Collected > 0 {
		text += fmt.Sprintf(" without 1 to %d", r.Collected)
	}
	if r.Epoch != (Epoch{}) {
		text = fmt.Sprintf("%v %s", r.Epoch, text)
	}
	if r.Checkpoint > 0 {
		text += fmt.Sprintf(" checkpoint %d", r.Checkpoint)
	}
	if r.Dropped > 0 {
		text += fmt.Sprintf(" dropped %d", r.Dropped)
	}
	if r.Formatted {
		text += " on a new disk"
	}
	return text + r.Damage.String() + r.CrashVector.String()
}

func (cl Client) String() string {
	if cl.Incarnation > 0 || cl.ClientID >= clientLetters {
		return fmt.Sprintf("%s, back %d times, outstanding %v, s=%d", clientName(cl.ClientID),
			cl.Incarnation, cl.Outstanding, cl.RequestNumber)
	}
	if cl.EpochNumber > 0 {
		return fmt.Sprintf("e=%d, outstanding %v, s=%d", cl.EpochNumber, cl.Outstanding,
			cl.RequestNumber)
	}
	if cl.Outstanding {
		return fmt.Sprintf("waits for the reply to s=%d", cl.RequestNumber)
	}
	return fmt.Sprintf("idle after s=%d", cl.RequestNumber)
}

func (cr Crowd) String() string { return fmt.Sprintf("%d requests sent", cr.Sent) }

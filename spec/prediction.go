// SPDX-License-Identifier: Apache-2.0

package spec

// §4.4 Non-deterministic operations: an operation that needs a time, or a random number, gets it
// from the primary, which predicts it once and puts it into the log entry. Whoever executes the
// entry uses what stands there; so does a later primary that takes the entry over (D22).

// Prediction is what the primary predicts: a time, a random number. Zero: nothing.
type Prediction int

// predictions is how many different predictions the environment may bring about.
const predictions = 2

// Predictions is the protocol of the durable replicas with operations that need a prediction.
func Predictions() Protocol {
	p := ViewstampedReplication()
	p.Name = "predictions"
	return p.ReplaceChoices("OnRequest", Predicting, OnRequestPredicting)
}

// Predicting is the number of outcomes of a step that predicts.
func Predicting(Configuration, Process) int { return predictions }

// OnRequestPredicting is OnRequest that adds a prediction to a new request. choice is what the
// clock shows.
func OnRequestPredicting(c Configuration, p Process, in []Message, choice int) (
	Process, []Message, Ignored,
) {
	m := in[0].(Request)
	m.Prediction = Prediction(choice + 1)
	r, sent, why := OnRequest(c, p.(Replica), m)
	return r, sent, why
}

// SamePrediction: in the log of a replica that has executed an operation stands the prediction with
// which the client was answered.
func SamePrediction() Property {
	return Property{Name: "SamePrediction", Kinds: []Kind{KindReply},
		ReplicaMessage: func(_ Configuration, r Replica, m Message) bool {
			reply := m.(Reply)
			return r.CommitNumber < reply.OpNumber ||
				r.Log.At(reply.OpNumber).requests()[reply.Place].Prediction == reply.Prediction
		}}
}

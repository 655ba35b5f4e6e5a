// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-502: a value that an operation cannot compute is predicted once, by the primary, and stands in
// the log. Whoever predicts it again executes another operation.

// predictions is the claim, and the two ways to predict twice.
func predictions() []Claim {
	const source = "Viewstamped Replication Revisited, §4.4"
	quiet := spec.Predictions().Without("SendGetState", "JoinView", "OnGetState", "OnNewState",
		"OnReply", "Restart")
	system := func(name string, p spec.Protocol, requests, views int) spec.System {
		s := bounded(name, p, requests, views, 0)
		s.Always = []spec.Property{spec.SamePrediction()}
		return s
	}
	holds := system("predictions in the log", quiet, 1, 1)
	holds.Sometimes = []spec.Property{spec.CommittedInLaterView()}
	again := quiet.ReplaceChoices("OnDoViewChange", spec.Predicting, PredictAgain)
	alone := quiet.ReplaceChoices("OnPrepare", spec.Predicting, PredictAtBackup)
	return []Claim{{
		ID: "C-502", Name: "predictions", Source: source,
		Statement: "If the primary predicts the value and puts it into the log entry, all replicas " +
			"execute the operation with the same value, also in later views.",
		Claimed: holds, States: 9632,
	}, {
		ID: "C-502a", Name: "new-primary-predicts-again", Source: "a loose reading of " + source,
		Statement: "A new primary predicts the values of the entries that it has taken over and does " +
			"not know to be committed.",
		Picture:    "How an operation is executed with two values",
		Claimed:    system("a new primary predicts again", again, 1, 1),
		Properties: []string{"SamePrediction"}, Refuted: "SamePrediction", Steps: 10,
		Mutant: "PredictAgain",
		Fix:    "It takes the prediction over with the entry (D22).",
		Fixed:  holds, States: 9632,
	}, {
		ID: "C-502b", Name: "backups-predict", Source: "the opposite of " + source,
		Statement:  "Each replica may take the value from its own clock.",
		Picture:    "How two clocks make two states",
		Claimed:    system("each replica predicts", alone, 1, 0),
		Properties: []string{"SamePrediction"}, Refuted: "SamePrediction", Steps: 6,
		Mutant: "BackupsPredict",
		Fix:    "The primary predicts, and the value is in PREPARE.",
		Fixed:  system("predictions in the log, one view", quiet, 1, 0), States: 64,
	}}
}

// PredictAgain is OnDoViewChange after which the new primary predicts what is not committed.
func PredictAgain(c spec.Configuration, p spec.Process, in []spec.Message, choice int) (
	spec.Process, []spec.Message, spec.Ignored,
) {
	var k spec.OpNumber
	for _, m := range in {
		k = max(k, m.(spec.DoViewChange).CommitNumber)
	}
	quorum := make([]spec.Message, len(in))
	for i, m := range in {
		d := m.(spec.DoViewChange)
		l := d.Log.UpTo(k)
		for n := l.OpNumber() + 1; n <= d.Log.OpNumber(); n++ {
			e := d.Log.At(n)
			e.Prediction = spec.Prediction(choice + 1)
			l = l.Append(e)
		}
		d.Log = l
		quorum[i] = d
	}
	return spec.ByQuorum(spec.OnDoViewChange)(c, p, quorum, 0)
}

// PredictAtBackup is OnPrepare of a backup that puts its own prediction into the entry.
func PredictAtBackup(c spec.Configuration, p spec.Process, in []spec.Message, choice int) (
	spec.Process, []spec.Message, spec.Ignored,
) {
	m := in[0].(spec.Prepare)
	m.Request.Prediction = spec.Prediction(choice + 1)
	r, sent, why := spec.OnPrepare(c, p.(spec.Replica), m)
	return r, sent, why
}

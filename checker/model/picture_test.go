// SPDX-License-Identifier: Apache-2.0

package model

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/diagram"
	"viewstamp/checker/mc"
	"viewstamp/spec/claims"
)

// The picture at the top of the README is the counterexample that the model checker finds today.
func TestPictureOfStateTransferIsCurrent(t *testing.T) {
	c := claims.StateTransfer()
	r, err := mc.Check(context.Background(), Build(c.Shown, c.Properties...), mc.Options{})
	require.NoError(t, err)
	var drawn strings.Builder
	require.NoError(t, diagram.Render(&drawn,
		Picture(c.Shown, c.Picture, r.Violated, r.Counterexample)))
	recorded, err := os.ReadFile("../../spec/claims/state-transfer.svg")
	require.NoError(t, err)
	require.Equal(t, drawn.String(), string(recorded), "the picture is old; draw it again:\n"+
		"go run ./checker/cmd/vsrcheck claims state-transfer --svg spec/claims/state-transfer.svg")
}

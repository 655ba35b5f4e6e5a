// SPDX-License-Identifier: Apache-2.0

package simcheck

// Scripts as files.

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// ReadScript reads a script and says what is wrong with it.
func ReadScript(from io.Reader) (Script, error) {
	var s Script
	decoder := json.NewDecoder(from)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return s, fmt.Errorf("simcheck: the script is no JSON of the fields why, story, seeds and "+
			"config: %w", err)
	}
	if s.Why == "" || len(s.Seeds) == 0 {
		return s, fmt.Errorf("simcheck: the script has why %q and seeds %v, expected both",
			s.Why, s.Seeds)
	}
	if want := Story(s.Config); s.Story != nil && !slices.Equal(s.Story, want) {
		return s, fmt.Errorf("simcheck: the story of the script is not what happens in it, "+
			"expected %q", want)
	}
	return s, nil
}

// WriteScript writes a script, one sentence a line.
func WriteScript(to io.Writer, s Script) error {
	encoder := json.NewEncoder(to)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(s)
}

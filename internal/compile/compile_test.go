// SPDX-License-Identifier: Apache-2.0

package compile

import (
	"errors"
	"strings"
	"testing"
)

func TestStageOrder(t *testing.T) {
	if err := checkOrder(stages); err != nil {
		t.Error(err)
	}
	names := map[string]bool{}
	for _, s := range stages {
		names[s.name] = true
	}
	for emit, stage := range last {
		if !names[stage] {
			t.Errorf("-emit %s ends at stage %q, which does not exist", emit, stage)
		}
	}
	swapped := []stage{stages[1], stages[0]}
	if err := checkOrder(swapped); err == nil || !strings.Contains(err.Error(), "check must come after source") {
		t.Errorf("a stage before the one it needs: got %v", err)
	}
	if err := checkOrder([]stage{stages[0], stages[0]}); err == nil {
		t.Error("a stage that stands twice is accepted")
	}
}

func TestUnknownEmit(t *testing.T) {
	res, err := Build(t.Context(), Config{Emit: "jpeg"})
	if !errors.Is(err, ErrEmit) || res == nil {
		t.Errorf("got %v, %v", res, err)
	}
}

func TestCheckName(t *testing.T) {
	for name, ok := range map[string]bool{"xdpcount": true, "a_1": true, "größe": false, "a-b": false, strings.Repeat("x", 56): false, strings.Repeat("x", 55): true} {
		if err := checkName(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		} else if err != nil && !errors.Is(err, ErrName) {
			t.Errorf("%q: %v does not match ErrName", name, err)
		}
	}
}

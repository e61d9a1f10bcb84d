// SPDX-License-Identifier: Apache-2.0

package gomap_test

import (
	"testing"

	"github.com/rex-go/rex/internal/compile/check/rules/gomap"
	"github.com/rex-go/rex/internal/compile/check/ruletest"
)

func TestRule(t *testing.T) { ruletest.Run(t, "testdata/a", gomap.Rule) }

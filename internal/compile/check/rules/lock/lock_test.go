// SPDX-License-Identifier: Apache-2.0

package lock_test

import (
	"testing"

	"github.com/rex-go/rex/internal/compile/check/rules/lock"
	"github.com/rex-go/rex/internal/compile/check/ruletest"
)

func TestRule(t *testing.T) { ruletest.Run(t, "testdata/a", lock.Rule) }

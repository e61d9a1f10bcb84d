// SPDX-License-Identifier: Apache-2.0

package recover_test

import (
	"testing"

	"github.com/rex-go/rex/internal/compile/check/rules/recover"
	"github.com/rex-go/rex/internal/compile/check/ruletest"
)

func TestRule(t *testing.T) { ruletest.Run(t, "testdata/a", recover.Rule) }

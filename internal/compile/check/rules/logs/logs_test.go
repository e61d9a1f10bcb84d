// SPDX-License-Identifier: Apache-2.0

package logs_test

import (
	"testing"

	"github.com/rex-go/rex/internal/compile/check/rules/logs"
	"github.com/rex-go/rex/internal/compile/check/ruletest"
)

func TestRule(t *testing.T) { ruletest.Run(t, "testdata/a", logs.Rule) }

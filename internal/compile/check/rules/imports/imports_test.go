// SPDX-License-Identifier: Apache-2.0

package imports_test

import (
	"testing"

	"github.com/rex-go/rex/internal/compile/check/rules/imports"
	"github.com/rex-go/rex/internal/compile/check/ruletest"
)

func TestRule(t *testing.T) { ruletest.Run(t, "testdata/a", imports.Rule) }

// SPDX-License-Identifier: Apache-2.0

package parity_test

import (
	"testing"

	"github.com/rex-go/rex/test/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

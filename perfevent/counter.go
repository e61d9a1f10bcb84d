// SPDX-License-Identifier: Apache-2.0

package perfevent

import "github.com/rex-go/rex"

// Counter is the state of a perf event (struct bpf_perf_event_value).
type Counter = rex.PerfCounter

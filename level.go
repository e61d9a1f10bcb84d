// SPDX-License-Identifier: Apache-2.0

package rex

// Level is the importance of a log record.
type Level uint32

// Levels, least important first. The zero value is invalid.
const (
	LevelDebug Level = 1 + iota
	LevelInfo
	LevelWarn
	LevelError
)

// String returns the level's name in capitals, as log/slog prints it.
func (l Level) String() string {
	switch l {
	case LevelDebug:
		return "DEBUG"
	case LevelInfo:
		return "INFO"
	case LevelWarn:
		return "WARN"
	case LevelError:
		return "ERROR"
	}
	return "LEVEL(" + decimal(uint32(l)) + ")"
}

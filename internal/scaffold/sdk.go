// SPDX-License-Identifier: Apache-2.0

package scaffold

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

const modulePath = "github.com/rex-go/rex"

// EnvSDK names a directory with the SDK's sources.
const EnvSDK = "REX_SDK"

// ErrNoSDK: nothing says where the SDK comes from.
var ErrNoSDK = errors.New("cannot tell where the SDK comes from")

// SDK is where the new Go module gets the SDK from: a published version, or a
// directory with its sources.
type SDK struct {
	Version string
	Dir     string
}

// Require is one line of a go.mod.
type Require struct{ Path, Version string }

// needed lists the Go modules that host programs need besides the SDK: those
// of package loader.
var needed = []string{"github.com/cilium/ebpf", "golang.org/x/arch", "golang.org/x/sys"}

// FindSDK returns the SDK that belongs to the running binary. The first of
// these that there is: the directory dir, the one that EnvSDK names, the
// checkout that the binary lies in, the published version that the binary was
// built from.
func FindSDK(dir string) (SDK, error) {
	if dir == "" {
		dir = os.Getenv(EnvSDK)
	}
	if dir != "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return SDK{}, err
		}
		if !isSDK(abs) {
			return SDK{}, fmt.Errorf("%w: %s is not a checkout of %s", ErrNoSDK, dir, modulePath)
		}
		return SDK{Dir: abs}, nil
	}
	if exe, err := os.Executable(); err == nil {
		for d := filepath.Dir(exe); ; d = filepath.Dir(d) {
			if isSDK(d) {
				return SDK{Dir: d}, nil
			}
			if d == filepath.Dir(d) {
				break
			}
		}
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path == modulePath && published(info.Main.Version) {
		return SDK{Version: info.Main.Version}, nil
	}
	return SDK{}, fmt.Errorf("%w (name a checkout of %s with -sdk or in $%s)", ErrNoSDK, modulePath, EnvSDK)
}

// published reports whether a version can be one that others can fetch.
func published(version string) bool {
	return strings.HasPrefix(version, "v") && !strings.Contains(version, "+")
}

// isSDK reports whether a directory is the SDK's module root.
func isSDK(dir string) bool {
	raw, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && strings.HasPrefix(string(raw), "module "+modulePath+"\n")
}

// requirements returns the versions that the SDK's own go.mod names for what
// host programs need, and its go.sum.
func (s SDK) requirements() ([]Require, []byte, error) {
	raw, err := os.ReadFile(filepath.Join(s.Dir, "go.mod"))
	if err != nil {
		return nil, nil, err
	}
	var rs []Require
	for line := range strings.Lines(string(raw)) {
		f := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(f) >= 2 && slices.Contains(needed, f[0]) {
			rs = append(rs, Require{f[0], f[1]})
		}
	}
	if len(rs) != len(needed) {
		return nil, nil, fmt.Errorf("read %s: it does not require all of %s", filepath.Join(s.Dir, "go.mod"), strings.Join(needed, ", "))
	}
	sum, err := os.ReadFile(filepath.Join(s.Dir, "go.sum"))
	return rs, sum, err
}

// SPDX-License-Identifier: Apache-2.0

package loader

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/kernel"
	"github.com/rex-go/rex/internal/link"
)

// EnvRexKO names the environment variable that, when set, holds the path of
// the rex.ko that is loaded.
const EnvRexKO = "REX_KO"

// rexKO returns the contents of the loaded rex.ko's file: the linker reads the
// kernel's module format and symbol versions out of it.
func rexKO(path string) ([]byte, error) {
	loaded, err := loadedModule(os.DirFS("/sys/module/" + abi.ModuleName))
	if err != nil {
		return nil, err
	}
	if loaded.buildID == nil {
		return findRexKO(path, loaded)
	}
	lastKO.Lock()
	defer lastKO.Unlock()
	if lastKO.raw != nil && lastKO.path == path && bytes.Equal(lastKO.buildID, loaded.buildID) {
		return lastKO.raw, nil
	}
	raw, err := findRexKO(path, loaded)
	if err == nil {
		lastKO.buildID, lastKO.path, lastKO.raw = loaded.buildID, path, raw
	}
	return raw, err
}

// lastKO is what rexKO found the last time: a file of megabytes, which who
// replaces extensions would read again and again. Nobody writes to it.
var lastKO struct {
	sync.Mutex
	buildID []byte
	path    string
	raw     []byte
}

// findRexKO reads the file of the module that is loaded.
func findRexKO(path string, loaded identity) ([]byte, error) {
	release, err := kernel.Release()
	if err != nil {
		return nil, err
	}
	if path == "" {
		path = os.Getenv(EnvRexKO)
	}
	if path != "" {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrRexKO, err)
		}
		if err := loaded.matches(raw, release); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrRexKO, path, err)
		}
		return raw, nil
	}
	var tried []error
	for _, p := range candidates(release) {
		raw, err := os.ReadFile(p)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = loaded.matches(raw, release)
		}
		if err == nil {
			return raw, nil
		}
		tried = append(tried, fmt.Errorf("%s: %w", p, err))
	}
	if tried == nil {
		return nil, fmt.Errorf("%w (set %s to the path of the rex.ko that is loaded)", ErrRexKO, EnvRexKO)
	}
	return nil, fmt.Errorf("%w: %w (set %s to the path of the rex.ko that is loaded)", ErrRexKO, errors.Join(tried...), EnvRexKO)
}

// candidates lists where rex.ko may be for a kernel release, best first.
func candidates(release string) []string {
	file := abi.ModuleName + ".ko"
	var all []string
	for _, dir := range []string{"extra", "updates", "updates/dkms"} {
		all = append(all, filepath.Join("/lib/modules", release, dir, file))
	}
	if dir, err := os.UserCacheDir(); err == nil {
		// Where rex vm keeps those that it builds; an error would mean a bad
		// pattern.
		cached, _ := filepath.Glob(filepath.Join(dir, "rex", "rex.ko", release+"-*", file))
		all = append(all, cached...)
	}
	return all
}

// identity is what sysfs and a module's file both tell about a build. Empty
// fields are not known.
type identity struct {
	buildID    []byte // the note section, header included
	srcversion string
}

// matches reports why raw is not the module that is loaded, nil when it is.
func (id identity) matches(raw []byte, release string) error {
	f, err := elf.NewFile(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("not a kernel module: %w", err)
	}
	info, err := modinfo(f)
	if err != nil {
		return err
	}
	if info["name"] != abi.ModuleName {
		return fmt.Errorf("not a kernel module named %s", abi.ModuleName)
	}
	if built, _, _ := strings.Cut(info["vermagic"], " "); built != release {
		return &link.KernelError{Built: built, Running: release}
	}
	if want := id.buildID; want != nil {
		if s := f.Section(".note.gnu.build-id"); s != nil {
			got, err := s.Data()
			if err != nil {
				return fmt.Errorf("damaged: %w", err)
			}
			if !bytes.Equal(got, want) {
				return errors.New("another build than the one that is loaded")
			}
			return nil
		}
	}
	if id.srcversion != "" && info["srcversion"] != "" && id.srcversion != info["srcversion"] {
		return errors.New("another build than the one that is loaded")
	}
	return nil
}

// modinfo reads the .modinfo section: zero-terminated KEY=VALUE strings.
func modinfo(f *elf.File) (map[string]string, error) {
	s := f.Section(".modinfo")
	if s == nil {
		return nil, errors.New("not a kernel module: no .modinfo section")
	}
	data, err := s.Data()
	if err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	info := map[string]string{}
	for _, kv := range strings.Split(string(data), "\x00") {
		if k, v, ok := strings.Cut(kv, "="); ok {
			if _, dup := info[k]; !dup {
				info[k] = v
			}
		}
	}
	return info, nil
}

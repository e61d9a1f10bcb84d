// SPDX-License-Identifier: Apache-2.0

package compile

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rex-go/rex/internal/abi"
	"github.com/rex-go/rex/internal/compile/cache"
	"github.com/rex-go/rex/internal/image"
	"github.com/rex-go/rex/internal/toolchain"
)

// cached is Build for an object, through the cache. tools receives the result
// of checkTools. What cannot be cached is compiled as without: the cache is
// never a reason to fail.
func (b *build) cached(ctx context.Context, tools chan error) error {
	start := time.Now()
	var err error
	if b.listing, err = b.list(ctx); err != nil {
		<-tools
		return err
	}
	b.res.Name = b.listing.Name()
	key, kerr := b.key(ctx)
	c := &cache.Cache{Dir: b.cfg.Cache}
	b.res.Timings = append(b.res.Timings, Timing{Stage: "cache", Took: time.Since(start)})
	if kerr == nil && !b.cfg.Rebuild {
		if data, ok := c.Get(key); ok {
			if o, err := image.Read(data); err == nil {
				b.res.Object, b.res.Image = data, o
				return <-tools
			}
		}
	}
	err = b.runTo(ctx, "object")
	if terr := <-tools; terr != nil && (err == nil || !isProblem(err)) {
		err = terr
	}
	if err == nil && kerr == nil {
		// A full disk or a directory that cannot be written costs time only.
		_ = c.Put(key, b.res.Object)
	}
	return err
}

// key is the hash of all that the object depends on: this program, LLVM, the
// options, and the sources.
func (b *build) key(ctx context.Context) (cache.Key, error) {
	h := sha256.New()
	self, err := selfHash()
	if err != nil {
		return cache.Key{}, err
	}
	fmt.Fprintf(h, "rex %x abi %d %x process %v polls %v\n", self, abi.Version, abi.Hash(), b.cfg.Process, b.cfg.Polls)
	for _, tool := range []string{toolchain.Opt, toolchain.LLC} {
		if err := hashTool(ctx, h, b.cfg.Toolchain, tool); err != nil {
			return cache.Key{}, err
		}
	}
	if err := b.listing.WriteInputs(h); err != nil {
		return cache.Key{}, err
	}
	return cache.Key(h.Sum(nil)), nil
}

// hashTool stands for a tool: which file it is, and what version it says.
func hashTool(ctx context.Context, w io.Writer, tc *toolchain.T, tool string) error {
	name, err := tc.Path(tool)
	if err != nil {
		return err
	}
	if name, err = filepath.EvalSymlinks(name); err != nil {
		return err
	}
	st, err := os.Stat(name)
	if err != nil {
		return err
	}
	version := ""
	if tool == toolchain.Opt {
		// Both come from one package.
		if version, err = tc.Version(ctx, tool); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(w, "tool %q %d %d %q\n", name, st.Size(), st.ModTime().UnixNano(), version)
	return err
}

// selfHash is the hash of the running program, which contains the compiler.
var selfHash = sync.OnceValues(func() ([]byte, error) {
	name, err := os.Executable()
	if err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, errors.Join(errors.New("hash this program"), err)
	}
	return h.Sum(nil), nil
})

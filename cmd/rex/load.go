// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rex-go/rex/loader"
)

// pinFlag defines the flag for the directory that an extension is pinned in.
func pinFlag(fs *flag.FlagSet) *string {
	return fs.String("pin", "", "the `DIR` on a BPF file system to pin in (default "+loader.PinRoot+"/NAME)")
}

// pinDir is that directory.
func pinDir(flag, name string) string { return cmp.Or(flag, filepath.Join(loader.PinRoot, name)) }

func runLoad(ctx context.Context, args []string) int {
	var o runOptions
	fs := newFlags("load")
	o.loadFlags(fs)
	pin := pinFlag(fs)
	name := fs.String("name", "", "the extension's `NAME` in the kernel (default: its package's)")
	replace := fs.String("replace", "", "take over what the loaded extension `NAME` is attached to, and unload that; with -name, for two versions of one extension")
	oldPin := fs.String("replace-pin", "", "the `DIR` that the replaced extension is pinned in (default "+loader.PinRoot+"/NAME)")
	oldObject := fs.String("replace-object", "", "the `X.rexo` that the replaced extension was loaded from (default: the same as now)")
	rest, code, ok := parse(fs, args, 1, 1)
	if !ok {
		return code
	}
	obj, err := objectOf(ctx, rest[0])
	if err != nil {
		return failSource("load", err, false)
	}
	old := obj
	if *oldObject != "" {
		if old, err = loader.Open(*oldObject); err != nil {
			return fail("load", err)
		}
	}
	opts, err := o.options()
	if err != nil {
		return fail("load", err)
	}
	opts.Name = *name
	ext, err := loader.Load(obj, opts)
	if err != nil {
		return fail("load", err)
	}
	err = ext.Pin(pinDir(*pin, ext.Name()))
	if err == nil && *replace != "" {
		if err = replaceBy(ext, old, pinDir(*oldPin, *replace)); err != nil && len(ext.Links()) == 0 {
			// Nothing was taken over: it goes again.
			err = errors.Join(err, ext.Unpin())
		}
	}
	if cerr := ext.Close(); err != nil || cerr != nil {
		return fail("load", errors.Join(err, cerr))
	}
	fmt.Fprintf(os.Stderr, "rex: loaded %s, pinned in %s\n", ext.Name(), ext.Pinned())
	return exitOK
}

// replaceBy lets ext take over what is pinned in a directory, and unloads that.
func replaceBy(ext *loader.Extension, obj *loader.Object, dir string) error {
	old, err := loader.OpenPinned(obj, dir)
	if err != nil {
		return err
	}
	if err := ext.Replace(old); err != nil {
		return errors.Join(err, old.Close())
	}
	if err := errors.Join(old.Unpin(), old.Close()); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "rex: replaced %s by %s at %d hooks\n", old.Name(), ext.Name(), len(ext.Links()))
	return nil
}

func runAttach(ctx context.Context, args []string) int {
	var o runOptions
	fs := newFlags("attach")
	o.attachFlags(fs)
	pin := pinFlag(fs)
	rest, code, ok := parse(fs, args, 1, 1)
	if !ok {
		return code
	}
	obj, err := objectOf(ctx, rest[0])
	if err != nil {
		return failSource("attach", err, false)
	}
	progs, targets, err := o.plan(obj)
	if err != nil {
		return fail("attach", err)
	}
	ext, err := loader.OpenPinned(obj, pinDir(*pin, obj.Name()))
	if err != nil {
		return fail("attach", err)
	}
	n, err := attachAll(ext, progs, targets, &o)
	if err := errors.Join(err, ext.Close()); err != nil {
		return fail("attach", err)
	}
	if n == 0 {
		return fail("attach", fmt.Errorf("nothing to attach %s to (-iface NAME names an interface for its XDP and TC programs)", ext.Name()))
	}
	return exitOK
}

func runDetach(_ context.Context, args []string) int {
	fs := newFlags("detach")
	pin := pinFlag(fs)
	rest, code, ok := parse(fs, args, 1, 1)
	if !ok {
		return code
	}
	n, err := loader.Detach(pinDir(*pin, rest[0]))
	if err != nil {
		return fail("detach", err)
	}
	fmt.Fprintf(os.Stderr, "rex: removed %d links of %s\n", n, rest[0])
	return exitOK
}

func runUnload(ctx context.Context, args []string) int {
	fs := newFlags("unload")
	pin := pinFlag(fs)
	wait := fs.Duration("wait", 2*time.Second, "how long to wait for what still holds it")
	rest, code, ok := parse(fs, args, 1, 1)
	if !ok {
		return code
	}
	ctx, cancel := context.WithTimeout(ctx, *wait)
	defer cancel()
	if _, err := loader.Unpin(pinDir(*pin, rest[0])); err != nil && (*pin != "" || !errors.Is(err, loader.ErrNotPinned)) {
		return fail("unload", err)
	}
	if err := loader.Unload(ctx, rest[0]); err != nil {
		return fail("unload", err)
	}
	return exitOK
}

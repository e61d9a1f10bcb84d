// SPDX-License-Identifier: Apache-2.0

package link

import (
	"bytes"
	"debug/elf"
	"testing"

	"github.com/rex-go/rex/internal/image"
)

// FuzzLink: whatever the files hold, Link answers with an error or with a
// module that parses, and never panics.
func FuzzLink(f *testing.F) {
	obj, err := demo().obj.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	ko := goodRexKO().bytes(f)
	noVersions := goodRexKO()
	noVersions.noVersions, noVersions.vermagic = true, testRelease
	f.Add(obj, ko)
	f.Add(obj, noVersions.bytes(f))
	f.Add(obj[:len(obj)/2], ko)
	f.Add(obj, ko[:len(ko)-100])
	f.Add([]byte{}, []byte{})
	types := testBTF(f)
	f.Fuzz(func(t *testing.T, obj, ko []byte) {
		o, err := image.Read(obj)
		if err != nil {
			if o, err = image.ParseELF(obj); err != nil {
				o = demo().obj
			} else {
				o.Meta = demo().obj.Meta
			}
		}
		fds := make([]int, len(o.Meta.Maps))
		out, err := Link(Input{Object: o, RexKO: ko, BTF: types, ModuleName: "demo", MapFDs: fds})
		if err != nil {
			return
		}
		if _, err := elf.NewFile(bytes.NewReader(out.Module)); err != nil {
			t.Errorf("the module does not parse: %v", err)
		}
		if _, err := image.ParseELF(out.Module); err != nil {
			t.Errorf("the module does not parse: %v", err)
		}
	})
}

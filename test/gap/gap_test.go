// SPDX-License-Identifier: Apache-2.0

package gap

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/rex-go/rex/loader"
	"github.com/rex-go/rex/rextest"
	"github.com/rex-go/rex/test/kit"
	"github.com/rex-go/rex/xdp"
)

// check compares what became of a packet with what must.
func check(t *testing.T, i int, c Case, verdict xdp.Action, pkt []byte) {
	t.Helper()
	if verdict != c.Verdict || !bytes.Equal(pkt, c.Want()) {
		t.Errorf("case %d: verdict %v, packet %x\n(expected %v, %x)", i, verdict, pkt[:14], c.Verdict, c.Want()[:14])
	}
}

// TestHost runs each Go program as an ordinary function.
func TestHost(t *testing.T) {
	for _, p := range Pairs {
		t.Run(p.Name, func(t *testing.T) {
			rextest.Reset(t)
			for i, c := range p.Cases {
				verdict, pkt := rextest.RunXDP(t, p.Run, c.Packet())
				check(t, i, c, verdict, pkt)
			}
		})
	}
}

// TestComplete: nothing is left out of the table, and it says all there is to
// say.
func TestComplete(t *testing.T) {
	root := filepath.Join("..", "..")
	c, err := filepath.Glob(filepath.Join(root, "bench/ebpf/gap/*.c"))
	if err != nil {
		t.Fatal(err)
	}
	g, err := filepath.Glob(filepath.Join(root, "examples/gap/*/*.go"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c) != len(Pairs) || len(g) != len(Pairs) {
		t.Errorf("%d pairs, %d programs in C, %d in Go", len(Pairs), len(c), len(g))
	}
	for _, p := range Pairs {
		if p.Class == "" || p.Message == "" || p.What == "" || p.Why == "" || p.Instead == "" || len(p.Cases) == 0 {
			t.Errorf("%s: something is missing", p.Name)
		}
	}
}

// TestDoc: the pages made of the table are up to date.
func TestDoc(t *testing.T) {
	root := filepath.Join("..", "..")
	for file, contents := range map[string]func(string) ([]byte, error){DocFile: Doc, SizesFile: Sizes} {
		want, err := contents(root)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale (run go generate ./test/gap)", file)
		}
	}
}

// object is a file that vmtest compiled.
func object(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("REX_OBJECTS")
	if dir == "" {
		t.Fatal("REX_OBJECTS is not set (make vmtest sets it)")
	}
	return filepath.Join(dir, name)
}

// TestVMGap: the verifier rejects the program in C with the message of the
// table, and the one in Go loads and does what it should.
func TestVMGap(t *testing.T) {
	kit.Need(t)
	for _, p := range Pairs {
		t.Run(p.Name, func(t *testing.T) {
			rejected(t, p)
			accepted(t, p)
		})
	}
	if !t.Failed() && testing.Verbose() {
		if err := Table(os.Stdout, filepath.Join("..", "..")); err != nil {
			t.Error(err)
		}
	}
}

// rejected loads the program in C.
func rejected(t *testing.T, p Pair) {
	t.Helper()
	spec, err := ebpf.LoadCollectionSpec(object(t, p.Name+".bpf.o"))
	if err != nil {
		t.Fatal(err)
	}
	// Only the last words of the log: all of it is long and takes long.
	opts := ebpf.CollectionOptions{Programs: ebpf.ProgramOptions{LogLevel: ebpf.LogLevelStats, LogSizeStart: 1 << 16}}
	coll, err := ebpf.NewCollectionWithOptions(spec, opts)
	if err == nil {
		coll.Close()
		t.Error("the verifier accepts the program in C")
		return
	}
	log := err.Error()
	var ve *ebpf.VerifierError
	if errors.As(err, &ve) {
		log = fmt.Sprint(err, "\n", strings.Join(ve.Log, "\n"))
	}
	if !strings.Contains(log, p.Message) {
		t.Errorf("the verifier does not say %q, but:\n%s", p.Message, log)
	}
}

// accepted loads and runs the program in Go.
func accepted(t *testing.T, p Pair) {
	t.Helper()
	obj, err := loader.Open(object(t, p.Name+".rexo"))
	if err != nil {
		t.Fatal(err)
	}
	ext, err := loader.Load(obj, loader.Options{})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	defer func() {
		if err := ext.Close(); err != nil {
			t.Error(err)
		}
	}()
	for i, c := range p.Cases {
		res, err := ext.TestRun("Run", c.Packet())
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		check(t, i, c, xdp.Action(res.Verdict), res.Packet)
	}
	st, err := ext.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if n := uint64(len(p.Cases)); st.Invocations != n || st.Stopped || st.Panics+st.Timeouts+st.StackOverflows != 0 {
		t.Errorf("stats after %d packets: %+v", n, st)
	}
}

// SPDX-License-Identifier: Apache-2.0

package kctl

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rex-go/rex/internal/abi"
)

func TestEncodedSizes(t *testing.T) {
	for _, s := range abi.Structs {
		if got, want := len(encode(s.V)), int(reflect.TypeOf(s.V).Size()); got != want {
			t.Errorf("%s: %d bytes encoded, %d in memory", s.C, got, want)
		}
	}
}

func TestIoctlEncoding(t *testing.T) {
	// Known values of include/uapi: RNDGETENTCNT = _IOR('R', 0x00, int),
	// FS_IOC_FIEMAP = _IOWR('f', 11, struct fiemap) with 32 bytes.
	if got := ioc(iocRead, 'R', 0, 4); got != unix.RNDGETENTCNT {
		t.Errorf("RNDGETENTCNT = %#x", got)
	}
	if got := ioc(iocRead|iocWrite, 'f', 11, 32); got != 0xc020660b {
		t.Errorf("FS_IOC_FIEMAP = %#x", got)
	}
}

func TestStubInstructions(t *testing.T) {
	got := hex.EncodeToString(Stub{Func: 0x01020304}.instructions())
	// call: opcode 0x85, src_reg 2 in the high nibble, off 1, imm; exit: 0x95.
	if want := "8520010004030201" + "9500000000000000"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestStubContextBytes: ldxb r2, [r1+19] stands before the call.
func TestStubContextBytes(t *testing.T) {
	got := hex.EncodeToString(Stub{Func: 0x01020304, ContextBytes: 20}.instructions())
	if want := "7112130000000000" + hex.EncodeToString(Stub{Func: 0x01020304}.instructions()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestStubRefusesUnknownType(t *testing.T) {
	_, err := Stub{Name: "x", Type: abi.ProgramInit, BTF: 1}.Load()
	if !errors.Is(err, ErrProgramType) {
		t.Errorf("err = %v", err)
	}
	_, err = Stub{Name: "x", Type: abi.ProgramXDP}.Load()
	if err == nil || !strings.Contains(err.Error(), "BTF file descriptor") {
		t.Errorf("err = %v", err)
	}
}

func TestBPFName(t *testing.T) {
	for in, want := range map[string]string{
		"Filter":               "Filter",
		"a_very_long_function": "a_very_long_fun",
		"Zähler":               "Z_hler",
		"(*T).m":               "__T_.m",
	} {
		if got := BPFName(in); got != want {
			t.Errorf("BPFName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParseKmsg(t *testing.T) {
	got, ok := parseKmsg([]byte("4,1234,98765,-;rex: version magic 'x'\n SUBSYSTEM=module\n"))
	if !ok || got != "rex: version magic 'x'" {
		t.Errorf("got %q, %v", got, ok)
	}
	if _, ok := parseKmsg([]byte("garbage")); ok {
		t.Error("garbage accepted")
	}
}

func TestModuleError(t *testing.T) {
	err := error(&ModuleError{Op: "insert", Name: "xdpcount", Errno: unix.ENOEXEC, Log: []string{"first", "xdpcount: version magic"}})
	if !errors.Is(err, syscall.ENOEXEC) {
		t.Error("does not unwrap to the errno")
	}
	for _, want := range []string{"insert kernel module xdpcount", "version magic", "another kernel"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	if s := fmt.Sprintf("%v", err); strings.Contains(s, "first") {
		t.Errorf("%%v shows the whole log: %s", s)
	}
	if s := fmt.Sprintf("%+v", err); !strings.Contains(s, "\n\tkernel: first\n") {
		t.Errorf("%%+v lacks the log: %s", s)
	}
	if !errors.Is(error(&ModuleError{Errno: unix.EPERM}), os.ErrPermission) {
		t.Error("EPERM is not os.ErrPermission")
	}
}

func TestStubErrorShowsReason(t *testing.T) {
	err := &StubError{Name: "Filter", Errno: unix.EACCES, Log: []string{
		"0: R1=ctx() R10=fp0", "calling kernel function Filter is not allowed", "processed 1 insns (limit 1000000)"}}
	if want := "load stub Filter: permission denied: verifier: calling kernel function Filter is not allowed"; err.Error() != want {
		t.Errorf("got %q", err.Error())
	}
	if s := fmt.Sprintf("%+v", err); !strings.Contains(s, "\n\tverifier: 0: R1=ctx()") {
		t.Errorf("%%+v lacks the log: %s", s)
	}
}

func TestCheckABI(t *testing.T) {
	if err := checkABI(abi.Info{ABIVersion: abi.Version, ABIHash: abi.Hash()}); err != nil {
		t.Error(err)
	}
	err := checkABI(abi.Info{ABIVersion: abi.Version + 1, ABIHash: 0xabc})
	if !errors.Is(err, ErrABI) || !strings.Contains(err.Error(), "0000000000000abc") {
		t.Errorf("err = %v", err)
	}
}

func TestOpenMissingDevice(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "rex")
	if _, err := open(missing); !errors.Is(err, ErrNotLoaded) {
		t.Errorf("open: %v", err)
	}
	if _, err := openEvents(missing); !errors.Is(err, ErrNotLoaded) {
		t.Errorf("openEvents: %v", err)
	}
}

func TestOpenNotRex(t *testing.T) {
	// A character device that does not know our requests.
	if _, err := open("/dev/null"); !errors.Is(err, ErrABI) {
		t.Errorf("open /dev/null: %v", err)
	}
}

// pipe returns a reader as on the device and the end to feed it by.
func pipe(t *testing.T) (*EventReader, *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return newEventReader(r), w
}

func TestEventReader(t *testing.T) {
	r, w := pipe(t)
	var raw []byte
	for seq := range uint64(3) {
		raw = append(raw, encode(abi.Event{Seq: seq + 1, NumFrames: 99, MessageLen: 9999})...)
	}
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	for seq := range uint64(3) {
		ev, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if ev.Seq != seq+1 || ev.NumFrames != abi.MaxFrames || ev.TotalFrames != abi.MaxFrames || ev.MessageLen != abi.MaxMessage {
			t.Errorf("event %d: %+v", seq, ev)
		}
	}
	// Nothing there: Drain returns at once, Next waits until cancelled, and
	// the reader still works afterwards.
	if evs, err := r.Drain(); len(evs) != 0 || err != nil {
		t.Errorf("drain: %v, %v", evs, err)
	}
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		errc := make(chan error)
		go func() { _, err := r.Next(ctx); errc <- err }()
		cancel()
		if err := <-errc; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled Next: %v", err)
		}
	}
	w.Write(encode(abi.Event{Seq: 7}))
	w.Write(encode(abi.Event{Seq: 8}))
	evs, err := r.Drain()
	if err != nil || len(evs) != 2 || evs[1].Seq != 8 {
		t.Errorf("drain: %v, %v", evs, err)
	}
	w.Close()
	if _, err := r.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

func TestEventReaderPartialRecord(t *testing.T) {
	r, w := pipe(t)
	w.Write(make([]byte, EventSize-1))
	if _, err := r.Next(t.Context()); err == nil || !strings.Contains(err.Error(), "whole number") {
		t.Errorf("err = %v", err)
	}
}

func FuzzDecodeEvent(f *testing.F) {
	f.Add(encode(abi.Event{Seq: 1, Kind: uint32(abi.EventPanic)}))
	f.Add(bytes.Repeat([]byte{0xff}, EventSize))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		ev, err := DecodeEvent(raw)
		if err != nil {
			return
		}
		if ev.NumFrames > abi.MaxFrames || ev.MessageLen > abi.MaxMessage || ev.TotalFrames < ev.NumFrames {
			t.Errorf("unbounded event: %+v", ev)
		}
		if binary.LittleEndian.Uint64(raw) != ev.Seq {
			t.Errorf("seq = %d", ev.Seq)
		}
	})
}

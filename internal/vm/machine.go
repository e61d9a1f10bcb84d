// SPDX-License-Identifier: Apache-2.0

package vm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rex-go/rex/internal/vm/guest"
)

// portNames lists the virtio-serial ports in the order of their devices.
var portNames = []string{guest.PortControl, guest.PortStdin, guest.PortStdout, guest.PortStderr}

// bootLimit ends a VM whose guest never reports. A boot takes seconds; on a
// very loaded host it may take a minute. A kernel with sanitizers takes several
// times as long for everything.
const (
	bootLimit     = 5 * time.Minute
	slowBootLimit = 20 * time.Minute
)

// bootLimit is how long the guest may take to report.
func (m *machine) bootLimit() time.Duration {
	if m.kernel.Sanitizers() {
		return slowBootLimit
	}
	return bootLimit
}

// machine is one run of QEMU.
type machine struct {
	cfg       Config
	kernel    *Kernel
	qemu      string
	dir       string // temporary files of this run
	initramfs string
	log       string
	virtiofs  string // socket of virtiofsd, when there is one

	boot, total time.Duration
}

// output is one of the command's output streams on its way out.
type output struct {
	w     io.Writer
	more  chan<- struct{} // told about progress, without blocking
	ended chan struct{}   // closed when the stream has ended

	mu    sync.Mutex
	total int64
	err   error // of w
}

func newOutput(w io.Writer, more chan<- struct{}) *output {
	return &output{w: w, more: more, ended: make(chan struct{})}
}

// relay copies from conn until its end. A failing writer does not stop it, so
// that the guest never blocks.
func (o *output) relay(conn io.Reader) {
	defer close(o.ended)
	buf := make([]byte, 256<<10)
	for {
		n, err := conn.Read(buf)
		if n > 0 {
			_, werr := o.w.Write(buf[:n])
			o.mu.Lock()
			o.total += int64(n)
			if werr != nil && o.err == nil {
				o.err, o.w = fmt.Errorf("write output: %w", werr), io.Discard
			}
			o.mu.Unlock()
			select {
			case o.more <- struct{}{}:
			default:
			}
		}
		if err != nil {
			return
		}
	}
}

// reached reports whether n bytes have come out, and the writer's error.
func (o *output) reached(n int64) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.total >= n, o.err
}

// run starts QEMU, hands over the job and waits for its end.
func (m *machine) run(ctx context.Context) (*guest.Exit, error) {
	start := time.Now()
	defer func() { m.total = time.Since(start) }()
	var listeners []*net.UnixListener
	defer func() {
		for _, l := range listeners {
			l.Close()
		}
	}()
	for _, name := range portNames {
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(m.dir, name), Net: "unix"})
		if err != nil {
			return nil, fmt.Errorf("start vm: %w", err)
		}
		listeners = append(listeners, l)
	}
	stopFS, err := m.startVirtiofsd()
	if err != nil {
		return nil, err
	}
	defer stopFS()
	stop, exited, err := m.startQEMU(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	conns, err := accept(listeners, exited)
	if err != nil {
		return nil, err
	}
	more := make(chan struct{}, 1)
	outputs := [2]*output{newOutput(m.cfg.Stdout, more), newOutput(m.cfg.Stderr, more)}
	go outputs[0].relay(conns[guest.PortStdout])
	go outputs[1].relay(conns[guest.PortStderr])
	messages := make(chan guest.Message)
	done := make(chan struct{})
	go receive(conns[guest.PortControl], messages, done)
	defer func() {
		close(done)
		stop()
		for _, c := range conns {
			c.Close()
		}
		// Nothing is written to the caller's writers after Run.
		for _, o := range outputs {
			<-o.ended
		}
	}()
	if err := m.sendJob(conns[guest.PortControl]); err != nil {
		return nil, err
	}

	limit := m.bootLimit()
	boot := time.NewTimer(limit)
	defer boot.Stop()
	var exit *guest.Exit
	for {
		if exit != nil {
			if complete, err := outputsComplete(outputs, exit); complete {
				m.awaitEndOfLog(ctx, exited)
				return exit, err
			}
		}
		select {
		case <-more:
		case msg, ok := <-messages:
			switch {
			case !ok:
				messages = nil
			case msg.Started:
				m.boot = time.Since(start)
				boot.Stop()
				// Not earlier: QEMU drops input for a port that the guest
				// has not opened yet.
				go feed(conns[guest.PortStdin], conns[guest.PortControl], m.cfg.Stdin)
			case msg.Exit != nil:
				exit = msg.Exit
			case msg.NotFound:
				return nil, fmt.Errorf("run %s: %w: %s", m.cfg.Command[0], ErrNotFound, msg.Error)
			case msg.Error != "":
				return nil, fmt.Errorf("run vm: %w: %s", ErrGuest, msg.Error)
			}
		case err := <-exited:
			return nil, fmt.Errorf("run vm: %w before the command's end: %w", ErrGuest, err)
		case <-boot.C:
			return nil, fmt.Errorf("run vm: %w: no report within %v", ErrGuest, limit)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// outputsComplete reports whether everything that the guest sent has come out.
func outputsComplete(outputs [2]*output, exit *guest.Exit) (bool, error) {
	gotOut, err1 := outputs[0].reached(exit.Stdout)
	gotErr, err2 := outputs[1].reached(exit.Stderr)
	return gotOut && gotErr, errors.Join(err1, err2)
}

// startQEMU starts QEMU; stop ends it and waits, exited gets its end.
func (m *machine) startQEMU(ctx context.Context) (stop func(), exited <-chan error, err error) {
	var messages bytes.Buffer
	cmd := exec.Command(m.qemu, m.qemuArgs(ctx)...)
	cmd.Stdout, cmd.Stderr = &messages, &messages
	// A group of its own: Ctrl-C reaches us alone, and we end it. If we die,
	// so does it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	ended := make(chan error, 1)
	gone := make(chan struct{})
	go func() {
		// The death signal is tied to the thread that forked.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		err = cmd.Wait()
		close(gone)
		text := strings.TrimSpace(messages.String())
		switch {
		case err != nil:
			ended <- fmt.Errorf("qemu: %w: %s", err, text)
		case text != "":
			ended <- fmt.Errorf("qemu ended: %s", text)
		default:
			ended <- errors.New("the guest powered off or rebooted")
		}
	}()
	if err := <-started; err != nil {
		return nil, nil, fmt.Errorf("start vm: %w", err)
	}
	stop = func() {
		cmd.Process.Kill()
		<-gone
	}
	return stop, ended, nil
}

// accept waits until QEMU has connected every port.
func accept(listeners []*net.UnixListener, exited <-chan error) (map[string]*net.UnixConn, error) {
	conns := make(map[string]*net.UnixConn)
	type result struct {
		conn *net.UnixConn
		err  error
	}
	for i, l := range listeners {
		got := make(chan result, 1)
		go func() {
			c, err := l.AcceptUnix()
			got <- result{c, err}
		}()
		select {
		case r := <-got:
			if r.err != nil {
				return nil, fmt.Errorf("start vm: %w", r.err)
			}
			conns[portNames[i]] = r.conn
		case err := <-exited:
			return nil, fmt.Errorf("start vm: %w: %w", ErrGuest, err)
		}
	}
	return conns, nil
}

func (m *machine) sendJob(w io.Writer) error {
	job := guest.Job{
		Command: m.cfg.Command, Dir: m.cfg.Dir, Env: m.cfg.Env,
		Modules: m.kernel.Modules, RexModule: m.cfg.RexModule,
	}
	if err := json.NewEncoder(w).Encode(job); err != nil {
		return fmt.Errorf("send job to guest: %w", err)
	}
	return nil
}

// feed copies the standard input and tells the guest where it ended.
func feed(input, control io.Writer, r io.Reader) {
	var n int64
	if r != nil {
		n, _ = io.Copy(struct{ io.Writer }{input}, r)
	}
	json.NewEncoder(control).Encode(guest.InputEnd{Bytes: n})
}

// receive decodes the guest's messages until the connection or the run ends.
func receive(r io.Reader, messages chan<- guest.Message, done <-chan struct{}) {
	defer close(messages)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var msg guest.Message
		if err := json.Unmarshal(lines.Bytes(), &msg); err != nil {
			msg = guest.Message{Error: fmt.Sprintf("malformed report %q", lines.Text())}
		}
		select {
		case messages <- msg:
		case <-done:
			return
		}
	}
}

// awaitEndOfLog waits until the kernel log has come out of the console
// completely.
func (m *machine) awaitEndOfLog(ctx context.Context, exited <-chan error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		data, err := os.ReadFile(m.log)
		if err != nil || bytes.Contains(data, []byte(guest.EndOfLog)) {
			return
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-exited:
			return
		case <-ctx.Done():
			return
		}
	}
}

// SPDX-License-Identifier: Apache-2.0

package guest

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// IsInit reports whether this process is process 1 of a rex vm.
func IsInit() bool { return os.Getpid() == 1 && os.Getenv(InitEnv) == "1" }

// Main sets the guest up, runs the host's job and powers off. It does not
// return.
func Main() {
	run()
	// The host ends the VM as soon as it has what it waits for; this is for
	// the case that it is gone.
	time.Sleep(10 * time.Second)
	unix.Sync()
	unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	select {}
}

func run() {
	if err := mountEarly(); err != nil {
		logKernel(fmt.Sprintf("rex-vm: %v", err))
		return
	}
	ports, err := openPorts(PortControl, PortStdin, PortStdout, PortStderr)
	if err != nil {
		logKernel(fmt.Sprintf("rex-vm: %v", err))
		return
	}
	control := json.NewEncoder(ports[PortControl])
	exit, err := serve(ports, control)
	if err != nil {
		control.Encode(Message{Error: err.Error(), NotFound: isNotFound(err)})
	} else {
		control.Encode(Message{Exit: exit})
	}
	logKernel(EndOfLog)
}

// serve does the job that comes in on the control port.
func serve(ports map[string]*os.File, control *json.Encoder) (*Exit, error) {
	if err := loadModules(ModuleDir); err != nil {
		return nil, err
	}
	orders := json.NewDecoder(ports[PortControl])
	var job Job
	if err := orders.Decode(&job); err != nil {
		return nil, fmt.Errorf("read job: %w", err)
	}
	if err := mountRoot(); err != nil {
		return nil, err
	}
	if err := mountGuest(job.Modules); err != nil {
		return nil, err
	}
	if err := linkUp("lo"); err != nil {
		return nil, err
	}
	if job.RexModule != "" {
		if err := insertModule(job.RexModule); err != nil {
			return nil, err
		}
	}
	inputEnd := make(chan int64, 1)
	go func() {
		var end InputEnd
		if orders.Decode(&end) == nil {
			inputEnd <- end.Bytes
		}
	}()
	return runCommand(job, ports, inputEnd, func() { control.Encode(Message{Started: true}) })
}

// logKernel writes one line to the kernel log, at a level that every console
// shows.
func logKernel(text string) {
	f, err := os.OpenFile("/dev/kmsg", os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer f.Close()
	io.WriteString(f, "<1>"+text+"\n")
}

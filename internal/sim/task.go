// SPDX-License-Identifier: Apache-2.0

package sim

// tasks are those that programs can look up, besides the current one.
var tasks []Task

// SetTasks sets them. It returns those before.
func SetTasks(t []Task) (old []Task) {
	mu.Lock()
	defer mu.Unlock()
	old, tasks = tasks, t
	return old
}

// TaskByPID returns the task with a pid, which is not 0.
func TaskByPID(pid uint32) (Task, bool) {
	mu.Lock()
	defer mu.Unlock()
	for _, t := range append([]Task{task}, tasks...) {
		if t.PID == pid && pid != 0 {
			return t, true
		}
	}
	return Task{}, false
}

// heldTask is the key of a held task.
type heldTask struct{ handle uint64 }

// HoldTask records that the program holds a task.
func HoldTask(handle uint64, pid uint32) {
	mu.Lock()
	if heldPIDs == nil {
		heldPIDs = map[uint64]uint32{}
	}
	heldPIDs[handle] = pid
	mu.Unlock()
	Hold(heldTask{handle}, func() { forget(handle) })
}

// heldPIDs has the pids of the held tasks by their handles.
var heldPIDs map[uint64]uint32

func forget(handle uint64) {
	mu.Lock()
	defer mu.Unlock()
	delete(heldPIDs, handle)
}

// HeldTask returns a held task.
func HeldTask(handle uint64) (Task, bool) {
	if !Held(heldTask{handle}) {
		return Task{}, false
	}
	mu.Lock()
	pid := heldPIDs[handle]
	mu.Unlock()
	return TaskByPID(pid)
}

// ReleaseTask gives a task back; it returns false when it is not held.
func ReleaseTask(handle uint64) bool {
	if !Drop(heldTask{handle}) {
		return false
	}
	forget(handle)
	return true
}

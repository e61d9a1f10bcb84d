// SPDX-License-Identifier: Apache-2.0

package rex

// Errno is the kernel's error number (a positive value, without the minus sign
// of the kernel's return values). Map operations return one as an error; the
// constants below are compared with == or errors.Is. Making one allocates
// nothing.
type Errno uint32

// The errors that map operations return. They are constants: no extension can
// change what they mean.
const (
	// ErrNotPermitted: this is not allowed here (EPERM).
	ErrNotPermitted Errno = 1
	// ErrNotExist: the key is not in the map (ENOENT).
	ErrNotExist Errno = 2
	// ErrTooBig: the map is full, or an index is out of range (E2BIG).
	ErrTooBig Errno = 7
	// ErrAgain: there is no room in the ring buffer now (EAGAIN).
	ErrAgain Errno = 11
	// ErrNoMemory: the kernel could not allocate an element (ENOMEM).
	ErrNoMemory Errno = 12
	// ErrFault: there is no memory at the address, or none that may be read
	// here (EFAULT).
	ErrFault Errno = 14
	// ErrBusy: the element's bucket is being changed by an invocation that
	// this one interrupted (EBUSY). Trying again later succeeds. On a
	// PREEMPT_RT kernel also: the call may sleep, which is not allowed here.
	ErrBusy Errno = 16
	// ErrExist: the key is in the map already (EEXIST).
	ErrExist Errno = 17
	// ErrInvalid: the kernel refused the arguments (EINVAL).
	ErrInvalid Errno = 22
	// ErrNoSpace: the trie is full (ENOSPC).
	ErrNoSpace Errno = 28
	// ErrRange: the packet has no link-layer header to send it with (ERANGE).
	ErrRange Errno = 34
	// ErrOpNotSupported: this is not possible here, such as writing to the buffer
	// of another CPU (EOPNOTSUPP).
	ErrOpNotSupported Errno = 95
	// ErrNetDown: the interface is down, or sending leads back to sending
	// (ENETDOWN).
	ErrNetDown Errno = 100
	// ErrNoBuffers: a queue was full and has dropped the packet (ENOBUFS).
	ErrNoBuffers Errno = 105
	// ErrNotSupported: the packet, or the driver, is not of the kind that can do
	// that (the kernel's own ENOTSUPP).
	ErrNotSupported Errno = 524
)

// Error returns the kernel's wording for the known errors and "errno N" for
// others.
func (e Errno) Error() string {
	switch e {
	case ErrNotPermitted:
		return "not permitted"
	case ErrNotExist:
		return "no such entry"
	case ErrTooBig:
		return "map full or index out of range"
	case ErrAgain:
		return "no room now"
	case ErrNoMemory:
		return "out of memory"
	case ErrFault:
		return "bad address"
	case ErrBusy:
		return "map bucket busy"
	case ErrExist:
		return "entry exists"
	case ErrInvalid:
		return "invalid argument"
	case ErrNoSpace:
		return "trie full"
	case ErrRange:
		return "no link-layer header"
	case ErrNetDown:
		return "network is down"
	case ErrNoBuffers:
		return "queue full"
	case ErrNotSupported:
		return "not supported"
	case ErrOpNotSupported:
		return "not possible here"
	}
	return "errno " + decimal(uint32(e))
}

// Temporary reports whether the same operation may succeed when tried again.
func (e Errno) Temporary() bool { return e == ErrBusy || e == ErrNoMemory || e == ErrAgain }

// decimal formats v without package strconv, whose tables an extension would
// otherwise carry.
func decimal(v uint32) string {
	var buf [10]byte
	i := len(buf)
	for {
		i--
		buf[i] = byte('0' + v%10)
		v /= 10
		if v == 0 {
			return string(buf[i:])
		}
	}
}

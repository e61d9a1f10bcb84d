package a

import (
	"bytes"
	"encoding/binary"
	"errors"
	_ "fmt"       // want REX0112 `package fmt`
	_ "math/rand" // want REX0112 `package math/rand`
	"net/netip"
	_ "net/url" // want REX0112 `package net/url`
	_ "os"      // want REX0112 `package os`
	_ "reflect" // want REX0112 `package reflect`
	"sync"      // want REX0112 `package sync is`
	"sync/atomic"
	_ "time" // want REX0112 `package time`

	"github.com/rex-go/rex"
	_ "github.com/rex-go/rex/internal/compile/check/rules/imports/testdata/a/b"
	_ "github.com/rex-go/rex/internal/rt" // want REX0113 `internal to the SDK`
	"github.com/rex-go/rex/xdp"
)

var mu sync.Mutex

var _ = bytes.Equal
var _ = binary.BigEndian
var _ = errors.New
var _ = netip.AddrFrom4
var _ = atomic.AddInt32
var _ = rex.CPU
var _ = xdp.Pass

package main

import (
	"bytes"
	"cmp"
	"container/heap"
	"container/list"
	"container/ring"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/adler32"
	"hash/fnv"
	"math/bits"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"
)

var errBase = errors.New("base")

var names = []string{"delta", "alpha", "charlie", "bravo"}

type intHeap []int

func (h intHeap) Len() int           { return len(h) }
func (h intHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h intHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *intHeap) Push(x any)        { *h = append(*h, x.(int)) }
func (h *intHeap) Pop() any {
	old := *h
	n := len(old)
	x := old[n-1]
	*h = old[:n-1]
	return x
}

var counter atomic.Uint64
var word uint32

func cases() []func() {
	return []func(){
		func() {
			b := []byte{1, 2, 3, 4, 5, 6, 7, 8, 9}
			println(binary.BigEndian.Uint16(b), binary.BigEndian.Uint32(b[1:]), binary.BigEndian.Uint64(b[1:]))
			println(binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint32(b[1:]), binary.LittleEndian.Uint64(b[1:]))
			binary.BigEndian.PutUint32(b, 0xdeadbeef)
			println(hex.EncodeToString(b))
			b = binary.LittleEndian.AppendUint16(b, 0x1234)
			b = binary.AppendUvarint(b, 300)
			println(hex.EncodeToString(b))
			v, n := binary.Uvarint(b[11:])
			println(v, n)
		},
		func() { println(binary.BigEndian.Uint32([]byte{1, 2, 3})) },
		func() {
			var order binary.ByteOrder = binary.BigEndian
			b := make([]byte, 8)
			order.PutUint16(b[1:], 0x1234)
			binary.LittleEndian.PutUint64(b, binary.BigEndian.Uint64(b)+1)
			println(order.Uint32(b[2:]), order.Uint64(b), b[0], order.String())
			f := binary.BigEndian.PutUint32
			f(b, 77)
			println(b[3])
			order.PutUint32(b[5:], 1)
		},
		func() { binary.LittleEndian.PutUint64(make([]byte, 7), 1) },
		func() {
			s := slices.Clone(names)
			slices.Sort(s)
			println(strings.Join(s, ","), slices.Contains(s, "bravo"), slices.Index(s, "delta"))
			i, ok := slices.BinarySearch(s, "charlie")
			println(i, ok, slices.Max(s))
		},
		func() {
			b := []byte("the quick brown fox")
			println(bytes.Contains(b, []byte("quick")), bytes.Index(b, []byte("fox")), bytes.IndexByte(b, 'q'))
			println(string(bytes.ToUpper(b)), len(bytes.Fields(b)), bytes.Compare(b, b[1:]))
			println(string(bytes.TrimSpace([]byte("  x "))), bytes.Count(b, []byte("o")))
			var buf bytes.Buffer
			buf.WriteString("hello ")
			buf.WriteByte('w')
			buf.Write(b[4:9])
			println(buf.String(), buf.Len())
		},
		func() {
			println(strings.Repeat("ab", 3), strings.Contains("seafood", "foo"), strings.Index("chicken", "ken"))
			println(strings.Replace("oink oink oink", "k", "ky", 2), strings.ToUpper("gopher é"), strings.TrimLeft("xxabc", "x"))
			println(strings.HasPrefix("golang", "go"), strings.Split("a,b,c", ",")[1], strings.Fields(" a  b ")[1], strings.Title("x"))
			var sb strings.Builder
			for i := range 3 {
				sb.WriteString(strconv.Itoa(i))
				sb.WriteByte(';')
			}
			println(sb.String(), sb.Len())
			before, after, ok := strings.Cut("k=v", "=")
			println(before, after, ok, strings.EqualFold("Go", "GO"), strings.LastIndex("go gopher", "go"))
		},
		func() {
			n, err := strconv.Atoi("-1234")
			println(n, err == nil)
			_, err = strconv.Atoi("12x")
			println(err.Error())
			_, err = strconv.ParseUint("300", 10, 8)
			println(err.Error())
			u, _ := strconv.ParseInt("ff", 16, 64)
			println(u, strconv.FormatInt(-255, 2), strconv.Quote("a\tb\"é\x01"), strconv.FormatUint(1<<63, 36))
			b, err := strconv.ParseBool("true")
			println(b, err == nil, string(strconv.AppendInt(nil, 99, 10)))
		},
		func() {
			s := []int{5, 2, 8, 1, 9, 3}
			sort.Ints(s)
			println(s[0], s[5], sort.SearchInts(s, 8))
			t := []string{"b", "c", "a"}
			sort.Strings(t)
			println(t[0])
			slices.SortFunc(s, func(a, b int) int { return cmp.Compare(b, a) })
			println(s[0], s[5])
			big := make([]int, 200)
			for i := range big {
				big[i] = (i * 7919) % 211
			}
			slices.Sort(big)
			println(errBase.Error(), errBase != nil, slices.IsSorted(big), big[0], big[199])
			sort.Sort(sort.Reverse(sort.IntSlice(big)))
			println(big[0])
		},
		func() {
			println(bits.LeadingZeros64(1), bits.TrailingZeros32(8), bits.OnesCount16(0xff), bits.Len8(0), bits.Len(1023))
			println(bits.RotateLeft32(1, 31), bits.RotateLeft8(0x81, 1), bits.RotateLeft64(1, -1), bits.Reverse8(1), bits.ReverseBytes32(0x01020304))
			hi, lo := bits.Mul64(1<<63, 6)
			println(hi, lo)
			s, c := bits.Add64(1<<63, 1<<63, 1)
			println(s, c)
			d, b := bits.Sub64(0, 1, 0)
			println(d, b)
			q, r := bits.Div64(1, 5, 7)
			println(q, r, bits.TrailingZeros8(0), bits.LeadingZeros16(0))
		},
		func() {
			counter.Add(5)
			counter.Store(counter.Load() * 2)
			println(counter.Load(), counter.CompareAndSwap(10, 3), counter.CompareAndSwap(10, 4), counter.Swap(7), counter.Load())
			println(atomic.AddUint32(&word, 3), atomic.LoadUint32(&word), atomic.SwapUint32(&word, 9), atomic.OrUint32(&word, 6))
			var i atomic.Int32
			i.Store(-4)
			println(i.Add(-1), i.Load())
			var b atomic.Bool
			println(b.Load(), b.Swap(true), b.Load())
		},
		func() {
			h := &intHeap{5, 2, 8}
			heap.Init(h)
			heap.Push(h, 3)
			for h.Len() > 0 {
				println(heap.Pop(h).(int))
			}
			l := list.New()
			l.PushBack(1)
			l.PushFront(0)
			for e := l.Front(); e != nil; e = e.Next() {
				println(e.Value.(int))
			}
			r := ring.New(3)
			println(r.Len())
		},
		func() {
			println(base64.StdEncoding.EncodeToString([]byte("hello, world")), hex.EncodeToString([]byte{1, 0xab}))
			d, err := base64.URLEncoding.DecodeString("aGk_")
			println(string(d), err == nil)
			println(adler32.Checksum([]byte("hello")))
			f := fnv.New32a()
			f.Write([]byte("hello"))
			println(f.Sum32())
			g := fnv.New64a()
			g.Write([]byte("hello"))
			println(g.Sum64())
		},
		func() {
			println(unicode.IsLetter('é'), unicode.IsDigit('5'), unicode.ToUpper('ß'), unicode.IsSpace('\u00a0'), unicode.Is(unicode.Han, '世'))
			println(utf8.RuneCountInString("aé世"), utf8.ValidString("\xff"), utf8.RuneLen('世'))
			b := utf8.AppendRune(nil, 'é')
			r, n := utf8.DecodeRune(b)
			println(r, n, len(b))
		},
	}
}

// SPDX-License-Identifier: Apache-2.0

package object

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// Loops are unrolled so that one poll serves several iterations. Only loops
// without inner loops and calls are: for others a poll weighs little.
const (
	// unrollMost is how often a body is repeated at most.
	unrollMost = 8
	// unrollCounted is the same for loops with one exit, which LLVM often can
	// count: what does not divide by the number is left to a loop of its own.
	unrollCounted = 2
	// unrollRoom bounds the instructions of all repetitions together.
	unrollRoom = 160
)

// irBlock is a basic block of a function in LLVM IR text.
type irBlock struct {
	label  string
	names  []string // labels of the blocks that follow
	succs  []int    // those blocks
	preds  []int
	weight int  // instructions
	calls  bool // other than of intrinsics that become a few instructions
	term   int  // the line on which the terminator ends
}

var (
	labelLine = regexp.MustCompile(`^([-a-zA-Z$._0-9]+|"[^"]*"):`)
	labelRef  = regexp.MustCompile(`label %([-a-zA-Z$._0-9]+|"[^"]*")`)
)

// unroll marks the loops of an optimised module that are worth it, so that
// LLVM's loop-unroll pass unrolls them.
func unroll(ir []byte) []byte {
	lines := bytes.Split(ir, []byte("\n"))
	next := firstFreeMetadata(lines)
	var meta []string
	node := func(text string) string {
		meta = append(meta, fmt.Sprintf("!%d = %s", next, text))
		next++
		return fmt.Sprintf("!%d", next-1)
	}
	counts := map[int]string{}
	for i := 0; i < len(lines); i++ {
		if !bytes.HasPrefix(lines[i], []byte("define ")) {
			continue
		}
		blocks, end := parseFunc(lines, i+1)
		i = end
		for _, l := range innerLoops(blocks) {
			n := repeats(blocks, l)
			if n == 1 || marked(lines, blocks, l) {
				continue
			}
			if counts[n] == "" {
				counts[n] = node(fmt.Sprintf(`!{!"llvm.loop.unroll.count", i32 %d}`, n))
			}
			id := fmt.Sprintf("!%d", next)
			node(fmt.Sprintf("distinct !{%s, %s}", id, counts[n]))
			for _, b := range l.latches {
				t := blocks[b].term
				lines[t] = append(bytes.Clone(lines[t]), ", !llvm.loop "+id...)
			}
		}
	}
	out := bytes.Join(lines, []byte("\n"))
	return append(out, strings.Join(append(meta, ""), "\n")...)
}

// firstFreeMetadata returns a number above those of all metadata nodes.
func firstFreeMetadata(lines [][]byte) int {
	n := 0
	for _, l := range lines {
		var id int
		if bytes.HasPrefix(l, []byte("!")) {
			if _, err := fmt.Sscanf(string(l), "!%d = ", &id); err == nil {
				n = max(n, id+1)
			}
		}
	}
	return n
}

// parseFunc reads the blocks of the function whose body begins at a line, and
// returns the line of its closing brace.
func parseFunc(lines [][]byte, at int) ([]irBlock, int) {
	var blocks []irBlock
	cur := irBlock{label: "\x00entry"}
	byLabel := map[string]int{}
	ended := false
	for ; at < len(lines); at++ {
		line := lines[at]
		if len(line) > 0 && line[0] == '}' {
			break
		}
		if m := labelLine.FindSubmatch(line); m != nil {
			cur.label, ended = string(m[1]), false
			continue
		}
		text := bytes.TrimSpace(line)
		switch {
		case ended || len(text) == 0 || text[0] == ';' || text[0] == '#':
			continue
		case bytes.HasPrefix(text, []byte("br ")), bytes.HasPrefix(text, []byte("ret ")),
			bytes.HasPrefix(text, []byte("unreachable")), bytes.HasPrefix(text, []byte("switch ")):
			for {
				for _, m := range labelRef.FindAllSubmatch(lines[at], -1) {
					cur.names = append(cur.names, string(m[1]))
				}
				if !bytes.HasPrefix(text, []byte("switch ")) || bytes.Contains(lines[at], []byte("]")) {
					break
				}
				at++
			}
			cur.weight++
			cur.term = at
			byLabel[cur.label] = len(blocks)
			blocks = append(blocks, cur)
			cur, ended = irBlock{}, true
		case bytes.Contains(text, []byte("= phi ")), bytes.Contains(text, []byte("= getelementptr ")):
		case bytes.Contains(text, []byte("call ")):
			if !bytes.Contains(text, []byte(" @llvm.")) || bytes.Contains(text, []byte("@llvm.mem")) {
				cur.calls = true
			}
			cur.weight++
		default:
			cur.weight++
		}
	}
	for i := range blocks {
		for _, n := range blocks[i].names {
			if to, ok := byLabel[n]; ok {
				blocks[i].succs = append(blocks[i].succs, to)
				blocks[to].preds = append(blocks[to].preds, i)
			}
		}
	}
	return blocks, at
}

// irLoop is a natural loop.
type irLoop struct {
	header  int
	latches []int
	members map[int]bool
}

// innerLoops returns the natural loops that contain no other loop, in the
// order of their headers.
func innerLoops(blocks []irBlock) []irLoop {
	idom := dominators(blocks)
	var loops []irLoop
	headers := map[int]bool{}
	for h := range blocks {
		var latches []int
		for _, p := range blocks[h].preds {
			if dominates(idom, h, p) {
				latches = append(latches, p)
			}
		}
		if latches == nil {
			continue
		}
		headers[h] = true
		l := irLoop{header: h, latches: latches, members: map[int]bool{h: true}}
		work := append([]int(nil), latches...)
		for len(work) > 0 {
			b := work[len(work)-1]
			work = work[:len(work)-1]
			if !l.members[b] {
				l.members[b] = true
				work = append(work, blocks[b].preds...)
			}
		}
		loops = append(loops, l)
	}
	var inner []irLoop
	for _, l := range loops {
		own := 0
		for b := range l.members {
			if headers[b] {
				own++
			}
		}
		if own == 1 {
			inner = append(inner, l)
		}
	}
	return inner
}

// dominators returns each block's immediate dominator, -1 for blocks that
// nothing leads to (Cooper, Harvey and Kennedy's algorithm).
func dominators(blocks []irBlock) []int {
	order := postorder(blocks)
	num := make([]int, len(blocks))
	idom := make([]int, len(blocks))
	for i := range idom {
		idom[i] = -1
	}
	for i, b := range order {
		num[b] = i
	}
	if len(blocks) == 0 {
		return idom
	}
	idom[0] = 0
	for changed := true; changed; {
		changed = false
		for i := len(order) - 1; i >= 0; i-- {
			b := order[i]
			if b == 0 {
				continue
			}
			d := -1
			for _, p := range blocks[b].preds {
				if idom[p] < 0 {
					continue
				}
				if d < 0 {
					d = p
					continue
				}
				for x := p; x != d; {
					for num[x] < num[d] {
						x = idom[x]
					}
					for num[d] < num[x] {
						d = idom[d]
					}
				}
			}
			if d != idom[b] {
				idom[b] = d
				changed = true
			}
		}
	}
	return idom
}

func dominates(idom []int, a, b int) bool {
	for idom[b] >= 0 {
		if a == b {
			return true
		}
		if b == 0 {
			return false
		}
		b = idom[b]
	}
	return false
}

// postorder lists the blocks that can be reached.
func postorder(blocks []irBlock) []int {
	seen := make([]bool, len(blocks))
	var order []int
	type frame struct{ block, next int }
	if len(blocks) == 0 {
		return nil
	}
	seen[0] = true
	work := []frame{{0, 0}}
	for len(work) > 0 {
		fr := &work[len(work)-1]
		if fr.next == len(blocks[fr.block].succs) {
			order = append(order, fr.block)
			work = work[:len(work)-1]
			continue
		}
		s := blocks[fr.block].succs[fr.next]
		fr.next++
		if !seen[s] {
			seen[s] = true
			work = append(work, frame{s, 0})
		}
	}
	return order
}

// repeats says how often a loop's body is to stand in the code.
func repeats(blocks []irBlock, l irLoop) int {
	weight, exits := 0, 0
	for b := range l.members {
		if blocks[b].calls {
			return 1
		}
		weight += blocks[b].weight
		for _, s := range blocks[b].succs {
			if !l.members[s] {
				exits++
			}
		}
	}
	n := unrollMost
	if exits == 1 {
		n = unrollCounted
	}
	for n > 1 && n*weight > unrollRoom {
		n /= 2
	}
	return n
}

// marked reports whether LLVM has decided about a loop already.
func marked(lines [][]byte, blocks []irBlock, l irLoop) bool {
	for _, b := range l.latches {
		if bytes.Contains(lines[blocks[b].term], []byte("!llvm.loop")) {
			return true
		}
	}
	return false
}

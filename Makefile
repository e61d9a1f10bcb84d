# SPDX-License-Identifier: Apache-2.0
#
# make demo     see it work: the examples on real packets in a VM
# make test     everything CI runs
# make setup    install what is missing (Debian packages, a kernel for the VM)
# make build    bin/rex, and rex.ko for the VM's kernel in the user's cache
# make unit     the tests that need no VM
# make vmtest   the tests that run in a VM; KERNEL=stock, rt, cloud, sanitizer or a directory;
#               those of the runtime once more, with the state of the CPU checked
#               around every invocation
# make sanitizer-kernel    build the kernel with KASAN, lockdep, kmemleak (once; an hour of CPU)
# make storm    the long variant of test/runtime's storms; ROUNDS=1000
# make bench    measure in a VM
# make gap      what the eBPF verifier rejects in C, and the same in Go (docs/gap.md)
# make conformance    Go's own tests against the Go toolchain
# make fuzz-compiler  N random programs against the Go compiler
# make bmc      100,000 requests to memcached through examples/bmc, by virtio and by a
#               veth pair, every answer checked
# make check    formatting, vet, staticcheck on what users see, generated files
# make lint     gopls on the examples
# make clean

SHELL := /bin/sh
.DELETE_ON_ERROR:
.PHONY: all setup sanitizer-kernel build demo test unit vmtest storm bench gap bmc check lint clean conformance fuzz-compiler

KERNEL ?= stock
# Limit for the VM; one that hangs ends and fails then.
DEMO_LIMIT ?= 4m
SMP ?= 2
STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOPLS = go run golang.org/x/tools/gopls@v0.23.0
BMC_REQUESTS ?= 100000
BMC_LIMIT ?= 90m
# What bin/demo loads.
DEMO_EXTENSIONS = xdpcount buggy

# Binaries that are also run in the guest, or as its process 1, are static.
GOBUILD = CGO_ENABLED=0 go build -trimpath

PACKAGES = clang-19 llvm-19 lld-19 pahole gcc-12 libc6-dev make binutils \
	qemu-system-x86 kmod xz-utils zstd bpftool iproute2 iputils-ping tcpdump \
	procps ca-certificates memcached

# What building a kernel takes besides.
KERNEL_PACKAGES = flex bison bc libelf-dev libssl-dev
ifeq ($(KERNEL),sanitizer)
PACKAGES += $(KERNEL_PACKAGES)
VMTEST_FLAGS = -each
endif

all: build

setup:
	@.ci/setup $(PACKAGES)

# The kernel is fetched once, rex.ko built when its sources have changed.
build: setup
	@mkdir -p bin
	$(GOBUILD) -o bin/rex ./cmd/rex
	@bin/rex vm -fetch -kernel $(KERNEL) >/dev/null

sanitizer-kernel:
	$(MAKE) build KERNEL=sanitizer

demo: build
	$(GOBUILD) -o bin/demo ./test/demo
	for x in $(DEMO_EXTENSIONS); do bin/rex build -o bin/$$x.rexo ./examples/$$x || exit 1; done
	bin/rex vm -v -smp $(SMP) -t $(DEMO_LIMIT) -kernel $(KERNEL) -- bin/demo -bin bin

test: check unit vmtest

# REX_REQUIRE_VM: a test that needs a VM must not skip because something is
# missing for it.
unit: build
	REX_BIN=$(CURDIR)/bin/rex REX_REQUIRE_VM=1 go test ./...
	go test -race -cover ./examples/xdpcount ./examples/dns
	go test -run '^$$' -fuzz FuzzCount -fuzztime 500x ./examples/xdpcount

# A machine without a clock that goes on while interrupts are off.
NO_CLOCK = clocksource=jiffies tsc=unstable highres=off nohz=off

vmtest: build
	$(GOBUILD) -o bin/vmtest ./test/vmtest
	bin/vmtest -rex bin/rex -kernel $(KERNEL) -smp $(SMP) $(VMTEST_FLAGS)
	bin/vmtest -rex bin/rex -kernel $(KERNEL) -smp 3 $(VMTEST_FLAGS) -debug ./test/runtime ./test/hooks
	bin/vmtest -rex bin/rex -kernel $(KERNEL) -smp $(SMP) $(VMTEST_FLAGS) -append "$(NO_CLOCK)" -run TestVMFaultsInterruptsOff ./test/hooks

# The storms of test/runtime, ROUNDS times round, and of kmod/selftest, 1000
# times as often.
ROUNDS ?= 1000
storm: build
	$(GOBUILD) -o bin/vmtest ./test/vmtest
	REX_STORM=$(ROUNDS) bin/vmtest -rex bin/rex -kernel $(KERNEL) -smp $(SMP) -t 4h -v ./test/runtime
	REX_BIN=$(CURDIR)/bin/rex REX_STORM=$(ROUNDS) REX_REQUIRE_VM=1 go test -count 1 -timeout 1h -v -run '^TestStorm$$' ./kmod

bench: build
	$(GOBUILD) -o bin/vmtest ./test/vmtest
	bin/vmtest -rex bin/rex -kernel $(KERNEL) -bench
	go test -run '^$$' -bench Compute -benchtime 1x ./bench/compute

gap: build
	$(GOBUILD) -o bin/vmtest ./test/vmtest
	bin/vmtest -rex bin/rex -kernel $(KERNEL) -v -run '^TestVMGap$$' ./test/gap

bmc: build
	$(GOBUILD) -o bin/vmtest ./test/vmtest
	REX_BMC_REQUESTS=$(BMC_REQUESTS) bin/vmtest -rex bin/rex -kernel $(KERNEL) -smp $(SMP) -t $(BMC_LIMIT) -v ./test/bmc

# Goes on where an interrupted run with the same compiler ended.
conformance: setup
	go build -o bin/conformance ./test/conformance
	bin/conformance -v -j $(JOBS) -doc docs/conformance.md

# A program that differs is left in bin/fuzz.
N ?= 100000
SEED ?= 1
JOBS ?= 2
fuzz-compiler: setup
	go build -o bin/fuzz-compiler ./test/fuzz
	bin/fuzz-compiler -n $(N) -seed $(SEED) -j $(JOBS) -keep bin/fuzz

check: build
	@unformatted=$$(gofmt -l $$(git ls-files '*.go' | grep -v /testdata/)); \
	if [ -n "$$unformatted" ]; then echo "not formatted (run gofmt -w):"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	$(STATICCHECK) ./examples/... ./xdp ./tc ./kprobe ./tracepoint ./perfevent ./packet ./kernel ./rextest/...
	@before=$$(git status --porcelain); go generate ./... && after=$$(git status --porcelain); \
	if [ "$$before" != "$$after" ]; then echo "generated files were stale (now regenerated):"; git status --short; exit 1; fi

lint: build
	@out=$$(git ls-files 'examples/*.go' | grep -v /testdata/ | xargs $(GOPLS) check 2>&1); \
	if [ -n "$$out" ]; then echo "$$out"; exit 1; fi

clean:
	rm -rf bin .cache

# SRR. `./run TARGET` installs make first, where it is missing.

GO ?= go
SUDO := $(if $(filter 0,$(shell id -u)),,sudo -E)
export DEBIAN_FRONTEND := noninteractive

# What tests, demonstration and benchmarks run on. The compiler is for the race
# detector; nothing that is built for use needs it.
PACKAGES := frr nginx-light iproute2 nftables make gcc libc6-dev bird2 dbus iputils-ping systemd e2fsprogs python3-aiosmtpd

# What the browser tests need besides.
BROWSER_PACKAGES := chromium fonts-dejavu-core

.PHONY: all build deps test lint supply unit race lab crowd browser sim sim-long mutants fuzz fuzz-short generate clean

all: build

build:
	@mkdir -p build
	CGO_ENABLED=0 $(GO) build -trimpath -o build/ ./cmd/srrd ./cmd/srrctl ./cmd/srr-lab

deps:
	@missing=""; for p in $(PACKAGES); do \
		dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "installing:$$missing"; \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi

# All but lab-faults, lab-frr, mutants and crowd: about twenty minutes on two cores. Needs
# root, for network namespaces, and uses sudo where you are not.
test: deps lint unit race fuzz-short sim lab browser

lint:
	@fmt=$$($(GO) tool gofumpt -l $$(git ls-files '*.go')); [ -z "$$fmt" ] || { echo "not formatted:"; echo "$$fmt"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags lab,browser,crowd ./...
	$(GO) tool staticcheck -tags lab,browser,crowd ./...
	$(GO) mod verify

# Whoever builds it again gets the same programs: the last commit, twice, in other
# places, once without a cache. Three minutes.
supply:
	@dir=$$(mktemp -d) && trap "rm -rf $$dir" EXIT && git clone -q --no-hardlinks . $$dir/commit && \
	for cache in $$($(GO) env GOCACHE) $$dir/empty; do \
		copy=$$(mktemp -d -p $$dir) && git clone -q --no-hardlinks $$dir/commit $$copy && \
		(cd $$copy && GOCACHE=$$cache $(MAKE) --no-print-directory build >&2 && cd build && sha256sum srrd srrctl srr-lab) >>$$dir/sums || exit 1; \
	done && sort $$dir/sums && [ $$(sort -u $$dir/sums | wc -l) = 3 ]

unit:
	$(GO) test -timeout 10m ./...

race:
	CGO_ENABLED=1 $(GO) test -race -timeout 20m ./internal/... ./lab/...

# Real FRR, BIRD, services and control groups in network namespaces.
# lab/faults takes twelve minutes: `make lab-faults`. Tests of a whole cluster run one
# after the other, those of a part, which mostly wait for routers, two at a time.
LAB_PACKAGES = $(shell grep -rl 'go:build lab' --include='*_test.go' internal lab | xargs -n1 dirname | sort -u | grep -v '^lab/faults$$' | sed 's|^|./|')
lab: lab-build
	$(GO) test -tags lab -count 1 -p 2 -timeout 15m -exec "$(SUDO)" -run '$(LAB_RUN)' $(filter ./internal/%,$(LAB_PACKAGES))
	$(GO) test -tags lab -count 1 -p 1 -timeout 15m -exec "$(SUDO)" -run '$(LAB_RUN)' $(filter ./lab ./lab/%,$(LAB_PACKAGES))

# 200 browsers watch a node, another one, and none, in turn, while a third dies with 500
# services: five minutes.
crowd: lab-build
	$(GO) test -tags lab,crowd -count 1 -timeout 10m -v -exec "$(SUDO)" -run TestCrowd ./lab/console

# The console in a real browser, alone and on a cluster of the lab: two minutes.
# Pictures of all pages are left in build/screenshots.
browser: lab-build
	@$(MAKE) --no-print-directory deps PACKAGES="$(PACKAGES) $(BROWSER_PACKAGES)"
	$(GO) test -tags browser -count 1 -timeout 10m ./internal/web
	$(GO) test -tags lab,browser -count 1 -timeout 10m -exec "$(SUDO)" -run Browser ./lab/console

# Simulated clusters by seed: the same seeds each time. sim-long is for the night;
# the first seed is today's, so that each night runs others.
SEEDS ?= 2000
sim: build
	build/srrd sim --seeds $(SEEDS) --jobs $(shell nproc)
	$(GO) test ./sim -run TestCrashAtEveryStep -crash-points 80

sim-long: SEEDS = 1000000
sim-long: FROM ?= $(shell expr $$(date +%s) / 86400 '*' 10000000)
sim-long: build
	build/srrd sim --from $(FROM) --seeds $(SEEDS) --jobs $(shell nproc)

# Plants bugs in the core; the simulator must find each.
mutants:
	$(GO) run ./sim/mutant

# A minute for each parser and state machine; FUZZTIME=10m for the night.
FUZZTIME ?= 1m
fuzz:
	@for f in $$(grep -rlE '^func Fuzz' --include='*_test.go' internal sim); do \
		for t in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/p' $$f); do \
			echo "$$f $$t"; $(GO) test -run '^$$' -fuzz "^$$t$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x ./$$(dirname $$f) || exit 1; \
		done; done

# What a broken parser shows at once.
fuzz-short:
	@$(MAKE) --no-print-directory fuzz FUZZTIME=5000x

# What is generated and kept in the repository: CLI reference, configuration
# reference, JSON Schemas, OpenAPI document.
generate:
	$(GO) generate ./...
	$(GO) run ./internal/config/schema
	$(GO) run ./internal/api/openapi

clean:
	rm -rf build

include lab/lab.mk
include contrib/systemd/install.mk

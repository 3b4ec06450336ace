# SRR. `./run TARGET` installs make first, where it is missing.

GO ?= go
SUDO := $(if $(filter 0,$(shell id -u)),,sudo -E)
export DEBIAN_FRONTEND := noninteractive

# What tests, demonstration and benchmarks run on. The compiler is for the race
# detector; nothing that is built for use needs it.
PACKAGES := frr nginx-light iproute2 nftables make gcc libc6-dev bird2 dbus iputils-ping

.PHONY: all build deps test lint unit race lab fuzz generate clean

all: build

build:
	@mkdir -p build
	CGO_ENABLED=0 $(GO) build -trimpath -o build/ ./cmd/srrd ./cmd/srrctl ./cmd/srr-lab

deps:
	@missing=""; for p in $(PACKAGES); do \
		dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "installing:$$missing"; \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi

# Everything: about fifteen minutes on two cores. Needs root, for network
# namespaces, and uses sudo where you are not.
test: deps lint unit race lab

lint:
	@fmt=$$($(GO) tool gofumpt -l $$(git ls-files '*.go')); [ -z "$$fmt" ] || { echo "not formatted:"; echo "$$fmt"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags lab ./...
	$(GO) tool staticcheck -tags lab ./...

unit:
	$(GO) test -timeout 5m ./...

race:
	CGO_ENABLED=1 $(GO) test -race -timeout 8m ./internal/... ./lab/...

# Real FRR, BIRD, services and control groups in network namespaces.
LAB_PACKAGES = $(shell grep -rl 'go:build lab' --include='*_test.go' internal lab | xargs -n1 dirname | sort -u | sed 's|^|./|')
lab: lab-build
	$(GO) test -tags lab -count 1 -p 1 -timeout 15m -exec "$(SUDO)" -run '$(LAB_RUN)' $(LAB_PACKAGES)

# A minute for each parser and state machine; FUZZTIME=10m for the night.
FUZZTIME ?= 1m
fuzz:
	@for f in $$(grep -rlE '^func Fuzz' --include='*_test.go' internal); do \
		for t in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/p' $$f); do \
			echo "$$f $$t"; $(GO) test -run '^$$' -fuzz "^$$t$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x ./$$(dirname $$f) || exit 1; \
		done; done

# What is generated and kept in the repository: CLI reference, configuration
# reference, JSON Schema.
generate:
	$(GO) generate ./...
	$(GO) run ./internal/config/schema

clean:
	rm -rf build

include lab/lab.mk
include contrib/systemd/install.mk

# Targets of the lab: network namespaces with real routers. They need root, for
# the namespaces, and use sudo where you are not.

GO ?= go
LAB_SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: lab-build demo bench numbers lab-test lab-faults lab-frr lab-down

lab-build:
	@mkdir -p build
	$(GO) build -o build/ ./cmd/srrd ./cmd/srrctl ./cmd/srr-lab

# What a client sees while the parts below its service die: three minutes.
demo: lab-build
	@$(LAB_SUDO) build/srr-lab demo

# The gaps in figures, into build/bench.json: about six hours. What the file
# holds is not measured again; see build/srr-lab bench --help for a part of it.
bench: lab-build
	@$(GO) test -run '^$$' -bench NodeLoss -benchtime 1x -count 20 ./internal/node | $(LAB_SUDO) build/srr-lab record
	@$(LAB_SUDO) build/srr-lab bench; failed=$$?; $(LAB_SUDO) build/srr-lab bench-rest && exit $$failed

# The table of numbers in the README, from build/bench.json.
numbers: lab-build
	build/srr-lab numbers README.md

# The tests of the lab itself.
lab-test:
	$(GO) test -tags lab -count 1 -p 1 -timeout 15m -exec "$(LAB_SUDO)" $(filter ./lab%,$(LAB_PACKAGES))

# Breaks a real cluster in every way that lab/faults/testdata describes, and
# prints a line for each: twelve minutes. FAULT=a0 runs a part. FAULT='c33[jl]'
# INSIDER=10m: routers that take records away do so for ten minutes.
lab-faults: lab-build
	cd lab/faults && $(GO) test -tags lab -count 1 -timeout 90m -exec "$(LAB_SUDO)" -run 'TestFaults/$(FAULT)' -insider $(or $(INSIDER),0)

# The tests in the lab on the FRR of another release of Debian, which is fetched into
# build/ and not installed: trixie has FRR 10.3. Eight minutes.
SUITE ?= trixie
lab-frr:
	@$(MAKE) --no-print-directory deps PACKAGES="$(PACKAGES) patchelf"
	@$(LAB_SUDO) lab/other-frr.sh $(SUITE) /usr/lib/frr/ospfd --version | head -n 1
	$(MAKE) --no-print-directory lab SUDO="$(LAB_SUDO) $(CURDIR)/lab/other-frr.sh $(SUITE)"

# Takes down what a lab that was killed has left.
lab-down: lab-build
	@$(LAB_SUDO) build/srr-lab down

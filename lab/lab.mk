# Targets of the lab: network namespaces with real routers. They need root, for
# the namespaces, and use sudo where you are not.

GO ?= go
LAB_SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: lab-build demo bench bench-rest lab-test lab-down

lab-build:
	@mkdir -p build
	$(GO) build -o build/ ./cmd/srrd ./cmd/srrctl ./cmd/srr-lab

# What a client sees while the parts below its service die: three minutes.
demo: lab-build
	@$(LAB_SUDO) build/srr-lab demo

# The gaps in figures, into build/bench.json: about two hours. What the file
# holds is not measured again; see build/srr-lab bench --help for a part of it.
bench: lab-build
	@$(LAB_SUDO) build/srr-lab bench
	@$(LAB_SUDO) build/srr-lab bench-rest

# The tests of the lab itself.
lab-test:
	$(GO) test -tags lab -count 1 -p 1 -timeout 15m -exec "$(LAB_SUDO)" ./lab/...

# Takes down what a lab that was killed has left.
lab-down: lab-build
	@$(LAB_SUDO) build/srr-lab down

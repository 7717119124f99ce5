# Everything that is done with this project. `make` alone says what there is.
# A target's line says what it does; what it needs is in brackets.

SHELL := /bin/bash
.DEFAULT_GOAL := help
# Node 24 and every tool of package.json come first.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

.PHONY: help
help: ## Says what there is
	@echo 'Hostler keeps virtual machines on libvirt hosts as Kubernetes keeps pods on nodes.'
	@echo
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo 'TESTS="path ..." limits unit, integration and e2e to some files. Files made at run time are in .hostler/.'

.PHONY: setup
setup: ## Installs what is missing: npm and Debian packages, kubectl, helm, a control plane [Node 20, npm; root and network where something is missing]
	@scripts/setup

.PHONY: packages
packages:
	@scripts/setup-npm

.PHONY: demo
demo: setup ## Starts a control plane (or takes that of HOSTLER_KUBECONFIG), two libvirt hosts and the operator, and boots an instance [root]
	@node e2e/environment/demo/up.ts

.PHONY: demo-down
demo-down: ## Ends the demo and removes what it made [root]
	@node e2e/environment/demo/down.ts

.PHONY: test
test: setup ## Runs verify, unit, integration and e2e, and sums them up [root]
	@node scripts/test.ts

.PHONY: unit
unit: packages ## Runs the tests that need neither root nor network
	@npm run --silent unit -- $(TESTS)

.PHONY: integration
integration: setup ## Runs the tests against real API servers and libvirt daemons [root]
	@npm run --silent integration -- $(TESTS)

.PHONY: e2e
e2e: setup ## Runs the scenarios on a control plane and a lab of two hosts, asserted from outside [root]
	@npm run --silent e2e -- $(TESTS)

.PHONY: bench
bench: setup build ## Measures, beside peers in the same run; prints tables and writes JSON to .hostler/bench [root; a quiet machine]
	@node bench/node-libvirt.ts
	@node bench/spawn.ts
	@node bench/storage.ts
	@node bench/disk-users.ts
	@node bench/image-stream.ts
	@node bench/instances.ts

.PHONY: generate
generate: packages ## Writes the generated files: CRDs, API reference
	@npm run --silent generate

.PHONY: explore
explore: packages ## Plays ten times as many random worlds as the unit tests do, and others each time (EXPLORE=N: N times as many)
	@HOSTLER_EXPLORE=$(or $(EXPLORE),10) npm run --silent unit -- --testTimeout=3600000 operator/instances/plan/convergence operator/instances/plan/invariants operator/instances/semantics/sequences operator/instances/semantics/root-volume-sequences

.PHONY: verify
verify: setup ## Checks that generated files are fresh, lint, types, format, and that the examples apply [root]
	@scripts/verify
	@npm run --silent integration -- charts/tests/examples

.PHONY: build
build: packages ## Bundles the operator into dist/hostler.mjs
	@npm run --silent build

.PHONY: clean
clean: ## Ends the demo and left-over tests, and removes everything made at run time, programs and packages too [root]
	@if [ -x node_modules/.bin/node ]; then node e2e/environment/demo/down.ts; fi
	rm -rf .hostler dist coverage node_modules

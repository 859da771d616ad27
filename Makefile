# Needs Node 20 or newer, npm and make; `e2e` also needs Docker and Chromium, `interop` Go and Python,
# `lint-dashboards` and `lint-workflows` Go, `lint-chart` Go and Python, and `certs` openssl.
NODE := node_modules/.bin/node
WITH_SETTINGS := $(NODE) $(if $(wildcard .env),--env-file=.env)
INSTALLED := node_modules/.package-lock.json
# Empty without the tools of development.
TOOLS := $(wildcard node_modules/typescript)
# How long `make spike` loads the CPU, in seconds.
SECONDS ?= 20
# What `make test-unit` runs, and `make test-watch` unless it is told what.
UNIT_TESTS := {detection,collector/test/{sources,sinks},detector/test/wire}/**/*.test.ts
TESTS ?= $(UNIT_TESTS)
E2E_TESTS ?= e2e/*.test.ts
# The host that `make silence` silences, for how long and why.
HOST ?= $(or $(HOST_NAME),$(shell uname -n))
FOR ?= 1h
WHY ?= maintenance

.PHONY: help tools start spike certs stack silence mute test test-unit test-watch lint format generate dashboards lint-dashboards lint-chart lint-workflows interop e2e
help: ## Show this help
	@grep -E '^[a-z0-9-]+:.*##' Makefile | sed -E 's/^([a-z0-9-]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-15s %s\n", $$1, $$2 }'

# $(call install,WHAT,OPTION)
define install
	@echo "Installing $(1) into node_modules; this may take a minute"
	@npm ci --loglevel=error $(2)
	@# C headers for compiling add-ons, a third of Node's package: there are none to compile.
	@rm -rf node_modules/node/node_modules/*/include
	@touch $(INSTALLED)
endef

# `make start` installs what running needs, everything else the tools of development too. Once these
# are there, `make start` keeps them.
ifdef TOOLS
$(INSTALLED): package-lock.json
	$(call install,Node 24 and the tools of development,--include=dev)
tools: $(INSTALLED)
else
$(INSTALLED): package-lock.json
	$(call install,Node 24 and what running needs (170 MB),--omit=dev)
tools:
	$(call install,Node 24 and the tools of development (500 MB),--include=dev)
endif

# What the services say that they are (build_info); empty without git.
start e2e: export OUTLIERS_REVISION ?= $(shell git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null)

start: $(INSTALLED) ## Run a detector and a collector on this host until Ctrl-C
	@# On a terminal, job control keeps Ctrl-C from make itself, which would report an error. Without one,
	@# SIGTERM to make has to reach the script.
	@start="$(WITH_SETTINGS) scripts/start.ts"; \
	if [ -t 0 ]; then set -m; $$start; else exec $$start; fi

spike: $(INSTALLED) ## After the warm-up, load the CPU for SECONDS=20 and see it detected
	@$(WITH_SETTINGS) scripts/spike.ts $(SECONDS)

silence: ## Silence the alerts of HOST for FOR=1h in Alertmanager, with the comment WHY="..."
	@docker compose exec alertmanager amtool --alertmanager.url=http://127.0.0.1:9093 \
		silence add instance="$(HOST)" --duration="$(FOR)" --author="$(or $(USER),make silence)" --comment="$(WHY)"

mute:
	@echo "make mute is deprecated: use make silence" >&2
	@$(MAKE) --no-print-directory silence

certs: ## Create a CA and certificates in ./certs, for trying out TLS; NAMES="..." are more names of the detector
	@scripts/certs $(NAMES)

stack: ## Print the stack for `docker stack deploy --compose-file -`
	@scripts/stack

test: tools ## Run all unit and integration tests
	npm test

test-unit: tools ## Run the tests of the maths and the parsers, in seconds
	$(NODE) --test --test-concurrency=4 "$(UNIT_TESTS)"

test-watch: tools ## Run TESTS=collector/test/ticks.test.ts, or the unit tests, after every change
	$(NODE) --test --watch "$(TESTS)"

lint: tools ## Check types, format, code, dead code, generated docs and the contract
	npm run lint

format: tools ## Format the sources
	npx biome check --write .

generate: tools dashboards ## Regenerate stubs of the contract, dashboards and docs of settings and metrics
	npm run generate
	npm run docs

dashboards: tools ## Regenerate the dashboards
	npm run dashboards

lint-dashboards: ## Check the dashboards with Grafana's dashboard-linter
	interop/lint-dashboards

lint-chart: tools ## Check the Helm chart, and what it renders against the schemas of Kubernetes
	interop/lint-chart

lint-workflows: ## Check GitHub's workflows with actionlint
	interop/lint-workflows

interop: tools ## Call the detector with grpcurl, and with clients in Python and Go
	interop/run

e2e: tools ## Run the end-to-end tests: the Compose stack and the live page
	@e2e/run $(E2E_TESTS)

# Needs Node 20 or newer, npm and make; `e2e` also needs Docker and Chromium, `interop` Go and Python,
# `lint-dashboards` Go, and `certs` openssl.
NODE := node_modules/.bin/node
INSTALLED := node_modules/.package-lock.json
# How long `make spike` loads the CPU, in seconds.
SECONDS ?= 20
# The host that `make silence` silences, for how long and why.
HOST ?= collector:9464
FOR ?= 1h
WHY ?= maintenance

.PHONY: help start spike certs silence mute test lint format generate dashboards lint-dashboards interop e2e
help: ## Show this help
	@grep -E '^[a-z0-9-]+:.*##' Makefile | sed -E 's/^([a-z0-9-]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-15s %s\n", $$1, $$2 }'

$(INSTALLED): package-lock.json
	npm ci --no-audit --no-fund
	@touch $@

# What the services say that they are (build_info); empty without git.
start e2e: export OUTLIERS_REVISION ?= $(shell git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null)

start: $(INSTALLED) ## Run a detector and a collector on this host until Ctrl-C
	@# Job control keeps Ctrl-C from make itself, which would report an error.
	@if [ -t 0 ]; then set -m; fi; $(NODE) --env-file-if-exists=.env scripts/start.ts

spike: $(INSTALLED) ## After the warm-up, load the CPU for SECONDS=20 and see it detected
	@$(NODE) --env-file-if-exists=.env scripts/spike.ts $(SECONDS)

silence: ## Silence the alerts of HOST for FOR=1h in Alertmanager, with the comment WHY="..."
	@docker compose exec alertmanager amtool --alertmanager.url=http://127.0.0.1:9093 \
		silence add instance="$(HOST)" --duration="$(FOR)" --author="$(or $(USER),make silence)" --comment="$(WHY)"

mute:
	@echo "make mute is deprecated: use make silence" >&2
	@$(MAKE) --no-print-directory silence

certs: ## Create a CA and certificates in ./certs, for trying out TLS; needs openssl
	@scripts/certs

test: $(INSTALLED) ## Run all unit and integration tests
	npm test

lint: $(INSTALLED) ## Check types, format, code, dead code, generated docs and the contract
	npm run lint

format: $(INSTALLED) ## Format the sources
	npx biome check --write .

generate: $(INSTALLED) dashboards ## Regenerate stubs of the contract, dashboards and docs of settings and metrics
	npm run generate
	npm run docs

dashboards: $(INSTALLED) ## Regenerate the dashboards
	npm run dashboards

lint-dashboards: ## Check the dashboards with Grafana's dashboard-linter
	interop/lint-dashboards

interop: $(INSTALLED) ## Call the detector with grpcurl, and with clients in Python and Go
	interop/run

e2e: $(INSTALLED) ## Run the end-to-end tests: the Compose stack and the live page
	@# What a failed test leaves running must not keep the others waiting.
	$(NODE) --test --test-concurrency=1 --test-timeout=900000 --test-force-exit --test-reporter=spec "e2e/*.test.ts"

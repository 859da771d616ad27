# Needs Node 20 or newer, npm and make; `e2e` needs Docker and Chromium, `interop` Go and Python,
# `lint-dashboards` Go, `certs` openssl.
NODE := node_modules/.bin/node
INSTALLED := node_modules/.package-lock.json
# How long `make spike` loads the CPU.
SECONDS ?= 20
# Which host `make mute` silences, for how long and why.
HOST ?= collector:9464
FOR ?= 1h
WHY ?= maintenance

.PHONY: help start spike certs mute test lint format generate dashboards lint-dashboards interop e2e
help: ## Show this help
	@grep -E '^[a-z0-9-]+:.*##' Makefile | sed -E 's/^([a-z0-9-]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-15s %s\n", $$1, $$2 }'

$(INSTALLED): package-lock.json
	npm ci --no-audit --no-fund
	@touch $@

start: $(INSTALLED) ## Run a detector and a collector on this host until Ctrl-C
	@# Job control keeps Ctrl-C from make itself, which would report an error.
	@if [ -t 0 ]; then set -m; fi; $(NODE) --env-file-if-exists=.env scripts/start.ts

spike: $(INSTALLED) ## After the warm-up, load the CPU for SECONDS=20 and see it flagged
	@$(NODE) --env-file-if-exists=.env scripts/spike.ts $(SECONDS)

mute: ## Silence the alerts of HOST for FOR=1h in Alertmanager; WHY="..." says why
	@docker compose exec alertmanager amtool --alertmanager.url=http://127.0.0.1:9093 \
		silence add instance="$(HOST)" --duration="$(FOR)" --author="$(or $(USER),make mute)" --comment="$(WHY)"

certs: ## Make a CA and certificates in ./certs, to try TLS with; needs openssl
	@scripts/certs

test: $(INSTALLED) ## Run all unit and integration tests
	npm test

lint: $(INSTALLED) ## Check types, format, code, dead code and the contract
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

e2e: $(INSTALLED) ## Run the end-to-end tests: the Compose stack, the live page
	$(NODE) --test --test-concurrency=1 --test-reporter=spec "e2e/*.test.ts"

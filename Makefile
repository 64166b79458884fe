# The two commands: `make up` runs a plant, `make test` proves it. Both set up what they need.

PY := .venv/bin/python

.PHONY: help up doctor setup setup-dev test check bench messages schema clean clean-data

help:
	@echo 'make up         a running plant (PORT=8000 DATA_DIR=var DEMO=1 MQTT=0 DATABASE_URL=…); Ctrl-C stops it'
	@echo 'make test       every check and every test'
	@echo 'make check      the quick checks only: style, types, walls, settings'
	@echo 'make bench      the benchmarks, one JSON object a line'
	@echo 'make doctor     how the running plant is'
	@echo 'make messages   collect the texts that need a translation'
	@echo 'make schema     write openapi.yaml anew'
	@echo 'make clean      remove what setup made; the data stays (make clean-data removes it)'

setup:
	@.ci/setup

setup-dev:
	@.ci/setup dev

up: setup
	@exec $(PY) manage.py up

doctor: setup
	@exec $(PY) manage.py doctor

test: setup-dev
	@.ci/test

check: setup-dev
	@.ci/test quick

bench: setup-dev
	@exec $(PY) -m tests.bench

messages: setup-dev
	@$(PY) manage.py makemessages --locale de --no-obsolete --no-wrap --add-location file --ignore '.venv/*' --ignore 'node_modules/*' --ignore 'var/*'

schema: setup-dev
	@$(PY) manage.py spectacular --validate --fail-on-warn --file openapi.yaml

clean:
	rm -rf .venv .make node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

clean-data:
	@if [ -e var/processes.json ] && $(PY) -c "import fcntl; fcntl.flock(open('var/up.lock', 'a'), fcntl.LOCK_EX | fcntl.LOCK_NB)" 2>/dev/null; \
	then rm -rf "$$(readlink -f var/postgres)" var; \
	elif [ -e var ]; then echo 'The plant seems to run on var/; stop it first.'; exit 1; fi

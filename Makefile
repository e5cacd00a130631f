# The commands of LADMG. Each does its own set-up, once: .ci/setup does the work, the stamps in .venv remember it.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help play doctor test lint bench soak soak-page corpus lock readme surfaces pictures clean

VENV := .venv
PY := $(VENV)/bin/python
export PYTHON
export PYTHONUNBUFFERED := 1
# More arguments for the command, as in: make play ARGS="--midi nanoKONTROL2"
ARGS ?=

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile
	@echo 'More arguments: make play ARGS="--device none"; another Python: make play PYTHON=/path/to/python3.12'

play: $(VENV)/.play $(VENV)/.portaudio ## play the instrument
	@$(PY) -m instrument play $(ARGS)

doctor: $(VENV)/.play ## say whether everything is there to play with sound, and what to do
	@$(PY) -m instrument doctor $(ARGS)

test: $(VENV)/.test $(VENV)/.soundcard ## run all tests
	@$(PY) -m pytest $(ARGS)

lint: $(VENV)/.test ## check format, style and types
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy

bench: $(VENV)/.play $(VENV)/.portaudio ## measure render times, latencies, callback load and cold start
	@$(PY) -m instrument.bench $(ARGS)

# As in: make soak MINUTES=30
MINUTES ?= 30
soak: $(VENV)/.test $(VENV)/.soundcard ## play at full load for MINUTES, and see that nothing is lost
	@$(PY) -m tests.soak --minutes $(MINUTES) $(ARGS)

soak-page: $(VENV)/.test $(VENV)/.soundcard ## leave a page open for MINUTES, and see what it costs
	@$(PY) -m tests.soak_page --minutes $(MINUTES) $(ARGS)

corpus: $(VENV)/.train $(VENV)/.samples ## render the training corpus into data/corpus
	@$(PY) -m training.corpus $(ARGS)

# Keeps the locked versions that still fit; make lock ARGS=--upgrade looks for newer ones.
lock: $(VENV)/.test ## write the lock files anew from pyproject.toml
	@.ci/lock $(ARGS)

readme: $(VENV)/.play ## write the tables of parameters and controls into README.md
	@PYTHONPATH=. $(PY) .ci/readme.py

surfaces: $(VENV)/.play ## write the Max package and other surfaces anew from the table of parameters
	@$(PY) -m surfaces

pictures: $(VENV)/.test $(VENV)/.portaudio $(VENV)/.soundcard ## draw Max patches, page, screen and loops into docs/pictures
	@$(PY) -m surfaces --pictures docs/pictures
	@PYTHONPATH=. $(PY) .ci/page_pictures.py
	@PYTHONPATH=. $(PY) .ci/loop_picture.py

clean: ## remove the environment and all caches, not data/ and runs/
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@.ci/setup venv
	@touch $@

$(VENV)/.play: requirements.lock pyproject.toml $(VENV)/.made
	@.ci/setup packages requirements.lock
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.play
	@.ci/setup packages requirements-test.lock
	@touch $@

$(VENV)/.train: requirements-train.lock $(VENV)/.play
	@.ci/setup packages requirements-train.lock
	@touch $@

# Without PortAudio the instrument still runs, against a clock; the next start asks for it again.
$(VENV)/.portaudio: $(VENV)/.play
	@if .ci/setup portaudio; then touch $@; fi

$(VENV)/.soundcard: .ci/setup $(VENV)/.made
	@.ci/setup soundcard
	@touch $@

$(VENV)/.samples: $(VENV)/.made
	@.ci/setup samples
	@touch $@

# SPDX-License-Identifier: Apache-2.0
# make demo and make test set everything up on a fresh machine; later runs need no network.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.edgekit-installed
comma := ,
TRAIN := $(if $(filter Darwin,$(shell uname -s)),train,train-cpu)
ORACLE := $(if $(filter Linux-x86_64,$(shell uname -s)-$(shell uname -m)),$(comma)oracle,)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# TensorFlow: no start-up chatter.
export TF_CPP_MIN_LOG_LEVEL := 3

# The cross compilers, emulators and the rest that no Python package brings, by the program that proves them; commas
# stand between the names that one goes by.
PROGRAMS := arm-none-eabi-gcc qemu-system-arm qemu-system-riscv32 gcc g++ \
	riscv64-unknown-elf-gcc,riscv64-elf-gcc,riscv32-unknown-elf-gcc
DEBIAN := gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm qemu-system-misc gcc-riscv64-unknown-elf \
	python3-venv g++
FEDORA := arm-none-eabi-gcc-cs arm-none-eabi-newlib qemu-system-arm qemu-system-riscv python3 gcc-c++ libasan libubsan
MACOS := qemu riscv64-elf-gcc python@3.11 && brew install --cask gcc-arm-embedded

.PHONY: help setup programs demo test test-all bench lint clean
help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

setup: programs $(STAMP)  ## install everything that edgekit needs

programs:
	@missing=""; for program in $(PROGRAMS); do \
	    found=""; for name in $$(echo $$program | tr , ' '); do command -v $$name >/dev/null 2>&1 && found=1; done; \
	    [ -n "$$found" ] || missing="$$missing $${program%%,*}"; \
	done; \
	$(PYTHON) -c "import ensurepip, venv" 2>/dev/null || missing="$$missing python3-venv"; \
	[ -z "$$missing" ] && exit 0; \
	echo "missing:$$missing"; \
	if command -v apt-get >/dev/null 2>&1; then \
	    if [ "$$(id -u)" = 0 ]; then as_root=""; \
	    elif sudo -n true 2>/dev/null; then as_root="sudo -n"; \
	    else echo "install them with: sudo apt-get install -y --no-install-recommends $(DEBIAN)"; exit 1; fi; \
	    $$as_root apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive $$as_root apt-get install -y -qq --no-install-recommends $(DEBIAN) >/dev/null; \
	else \
	    echo "install them, on Fedora with: sudo dnf install $(FEDORA)"; \
	    echo "             on macOS with:  brew install $(MACOS)"; exit 1; \
	fi

$(STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing edgekit and its packages into $(VENV)"
	@$(BIN)/python -m pip install --quiet --compile --editable '.[$(TRAIN),runtime,cycles,dev$(ORACLE)]'
	@touch $@

demo: setup  ## train a small CNN on handwritten digits and measure it on an emulated Cortex-M4 board
	@$(BIN)/python examples/digits/train.py --out build/digits
	@$(BIN)/edgekit deploy build/digits/digits.keras --board mps2-an386 --data build/digits/digits.npz

test: setup  ## the tests, without those marked slow
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal -m "not slow"

test-all: setup  ## every test
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal

bench: setup  ## measure the models and write benchmarks/results.json and its table
	@$(BIN)/python benchmarks/run.py

lint: setup  ## style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

clean:  ## remove what make built, but not .venv
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

# What a fresh checkout needs, one target a wish; `make` alone lists them. Needs Python 3.11 to 3.13, and a package index once.
# make PYTHON=python3.12 demo    chooses the Python that .venv is made from.

BIN := .venv/bin
PHOTOS := $(sort $(wildcard examples/photos/*.jpg examples/photos/*.png))
# A new folder each time, since a run folder is never written over.
DEMO := runs/demo-$(shell date +%Y%m%d-%H%M%S)

export PYTHON
# TensorFlow tells of its CPU features on every start; errors still show.
export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: help demo test check docs weights bench clean
.DEFAULT_GOAL := help

help:  ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

demo:  ## train the tutorial CNN on MNIST, then read sample photos with the shipped weights
	@tools/set_up.sh train
	@echo "demo: training the tutorial CNN on the 60,000 embedded MNIST images"
	@$(BIN)/inkdigits train --model cnn --output $(DEMO)
	@echo "demo: reading $(words $(PHOTOS)) sample photos with the weights that the package ships"
	@$(BIN)/inkdigits read $(PHOTOS) --kind digit --annotate $(DEMO)/annotated.png
	@echo "demo: done. See"
	@echo "  $(DEMO)/report.html      the training run: curves, confusion, the most confident mistakes"
	@echo "  $(DEMO)/model.onnx       the trained model; model.keras beside it"
	@echo "  $(DEMO)/annotated.png    the photos, where the ink stands, and what the model saw"

test:  ## run the tests
	@tools/set_up.sh train,dev
	@tools/has_chromium.sh || echo "test: no Chromium here, so the browser page is NOT tested; apt-get install chromium"
	@echo "test: running the tests on all cores"
	@$(BIN)/pytest -n auto --dist loadgroup

check:  ## format, lint, types, generated files and the documentation, without changing anything
	@tools/set_up.sh train,dev
	@echo "check: format"
	@$(BIN)/ruff format --check --quiet .
	@echo "check: lint"
	@$(BIN)/ruff check --quiet .
	@echo "check: types"
	@$(BIN)/mypy --no-error-summary
	@echo "check: docs/cli.md is what the command line says"
	@$(BIN)/python tools/make_cli_reference.py --check docs/cli.md
	@echo "check: the documentation builds"
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

docs:  ## write docs/cli.md again and build the documentation into site/
	@tools/set_up.sh train,dev
	@$(BIN)/python tools/make_cli_reference.py docs/cli.md
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "docs: open site/index.html, or run $(BIN)/mkdocs serve"

weights:  ## train the shipped weights again, which takes hours; ARGS=--quick shows that it works
	@tools/set_up.sh train
	@$(BIN)/python tools/make_weights.py $(ARGS)

bench:  ## rerun the claims of speed and accuracy with few seeds, and print a table of ratios; ARGS="--only inference"
	@tools/set_up.sh train
	@$(BIN)/python benchmarks/claims.py $(ARGS)

clean:  ## remove .venv, build/, site/ and the tools' caches; runs/ stays
	@rm -rf .venv build dist site .pytest_cache .mypy_cache .ruff_cache
	@echo "clean: done; runs/ is yours and was left alone"

PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help setup run test bench fuzz lab clean

help: ## affiche cette aide
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:
	@$(PYTHON) install.py

run: setup ## installe, écrit la livraison de démonstration, produit les 18 régions
	@test -d data/demo || $(BIN)/cepkit demo
	@$(BIN)/cepkit run --exercice demo

test: setup ## installe et lance tous les tests
	@$(BIN)/python -m pytest -n 2 $(ARGS)

bench: setup ## mesure temps et mémoire, et réécrit docs/performance.md
	@$(BIN)/python -m tests.bench --write $(ARGS)

fuzz: setup ## lit vingt mille fichiers abîmés, de toutes les sortes que la suite lit
	@$(BIN)/python -m tests.fuzz $(ARGS)

lab: setup ## ouvre JupyterLab, en français
	@$(BIN)/jupyter lab --notebook-dir=. --LabApp.default_url=/lab/tree/notebooks

clean: ## supprime les produits de la démonstration et le cache privé
	@rm -rf outputs/demo data/.cepkit .pytest_cache .ruff_cache .hypothesis

.DEFAULT_GOAL := help
.PHONY: help setup demo test quick test-shared check wheel-test docs docs-site pictures constraints bench

help:
	@echo "make demo         run the main job on the sample scans and show it in napari"
	@echo "make test         run all tests (a quarter of an hour on two quiet cores)"
	@echo "make quick        run the quick ones: no window, no training (a minute)"
	@echo "make test-shared  run what needs scans that do not ship: ../shared, or NAPARI_MULTICANCER_DATA"
	@echo "make check        check format, style, types, imports, manifest, docs/models.md and the guide's links"
	@echo "make wheel-test   build the wheel, install it on PyQt6 and run the GUI tests on that"
	@echo "make docs         write docs/models.md from the model cards"
	@echo "make docs-site    build the guide in build/docs-site; a dead link ends it"
	@echo "make pictures     take the guide's pictures anew from the running program (two minutes)"
	@echo "make bench        measure, and write docs/performance.md (ten minutes on a quiet machine)"
	@echo "make constraints  pin the newest packages that fit in constraints.txt"

setup:
	@scripts/setup.sh

demo: setup
	@scripts/demo.sh

test: setup
	@scripts/test.sh

quick: setup
	@scripts/test.sh quick

test-shared: setup
	@scripts/test.sh shared

check: setup
	.venv/bin/python -m ruff format --check
	.venv/bin/python -m ruff check
	.venv/bin/python -m mypy
	.venv/bin/lint-imports
	.venv/bin/python -m npe2 validate napari_multicancer
	.venv/bin/python -m scripts.models_page >.venv/models.md
	diff docs/models.md .venv/models.md
	$(MAKE) --no-print-directory docs-site

wheel-test: setup
	@scripts/wheel_test.sh

docs: setup
	.venv/bin/python -m scripts.models_page >.venv/models.md
	mv .venv/models.md docs/models.md

docs-site: setup
	NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --quiet --strict

pictures: setup
	scripts/with_display.sh .venv/bin/python -m scripts.guide_pictures

bench: setup
	.venv/bin/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	.venv/bin/python -m benchmarks
	.venv/bin/python -m benchmarks --report docs/performance.md

constraints: setup
	UV_SYSTEM_CERTS=1 .venv/bin/python -m uv pip compile pyproject.toml \
		--extra pyqt5 --extra pyqt6 --extra dev \
		--universal --python-version 3.11 --fork-strategy fewest --upgrade \
		--no-header --no-annotate --quiet --output-file constraints.txt

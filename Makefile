# make ask Q="..."   ask the seeds a question          make quick       run the tests of reading, asking and answering
# make serve         serve the seeds over HTTP         make test        run the tests
# make eval          measure retrieval on the seeds    make test-heavy  run those that take long
# make bench         time the parts                    make lint        check types, style and format
# make train         tune the encoder on an archive    make clients     drive chat frontends
# make faults        break things, print what holds    make audit       look for known holes in the libraries
# make engines       test Milvus and Ray               make beside      time LlamaIndex and txtai beside podium
# make browser       fetch axe-core from npm           make picture     take the README's picture of the page
# make million       time a million passages           make clean       take away what these have made
PYTHON ?= python3
Q ?= What did China say about the trial of the two Canadians?
ARCHIVE ?= archive
export PODIUM_ARCHIVE = $(ARCHIVE)
export PIP_DISABLE_PIP_VERSION_CHECK = 1

BIN = .venv/bin
INSTALL = $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable
PACKAGE = pyproject.toml constraints.txt

# The rooms that read, ask and answer.
QUICK = $(addprefix tests/,language calendar reading question answering archive test_architecture.py test_settings.py)

.PHONY: ask serve quick test test-heavy faults audit lint eval train bench million picture clients engines beside browser clean

ask: $(ARCHIVE)/CURRENT
	@$(BIN)/podium ask "$$Q" || [ $$? -eq 1 ]  # 1 is a refusal, which is an answer too
export Q

serve: $(ARCHIVE)/CURRENT
	@$(BIN)/podium serve

quick: .venv/dev
	$(BIN)/python -m pytest $(QUICK)

test: .venv/dev
	$(BIN)/python -m pytest

test-heavy: .venv/dev
	$(BIN)/python -m pytest -m heavy

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Break things, and print what holds.
faults: .venv/dev .venv/schemathesis
	$(BIN)/python tests/faults

.venv/schemathesis:
	$(PYTHON) -m venv $@
	$@/bin/pip install --quiet schemathesis==4.32.5

# Look for known holes in what podium uses; asks PyPI's advisory service, and fails where that doesn't answer for all.
audit:
	$(PYTHON) -m venv .venv/audit
	.venv/audit/bin/pip install --quiet pip-audit==2.10.1
	.venv/audit/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip --strict \
	  || { echo "audit: a library has a known hole, or the advisory service could not be asked about all: see above"; exit 1; }

eval: .venv/eval $(ARCHIVE)/CURRENT
	@$(BIN)/podium eval eval/questions/seeds.jsonl

train: .venv/run
	@$(BIN)/python -m eval.training.encoder

bench: .venv/dev $(ARCHIVE)/CURRENT
	@failed=0; for part in bench/*.py; do \
	  $(BIN)/python $$part; status=$$?; \
	  [ $$status -eq 0 ] || [ $$status -eq 77 ] || failed=1; \
	done; exit $$failed

# Make an archive of a million passages, and time it: takes 12 GB of disk and a good while.
million: .venv/dev
	@$(BIN)/python bench/scale.py 1000000

# The extras that take other engines, tested in an environment of their own.
engines: .venv/engines
	$</bin/python -m pytest tests/archive/test_milvus.py tests/embeddings/test_spread.py

beside: .venv/beside
	@PODIUM_ENCODER=all-MiniLM-L6-v2 $</bin/podium ingest seeds --archive $</archive
	@$</bin/python bench/beside.py $</archive

clients: .venv/run
	$(BIN)/python -m clients .clients

# Take the README's picture of the page.
picture: .venv/dev $(ARCHIVE)/CURRENT
	@$(BIN)/python bench/page.py $(ARCHIVE) docs/ask.png

# What the tests in a browser need beside Debian's chromium and chromium-driver; without it one of them skips.
browser:
	npm install --silent --no-audit --no-fund --prefix .venv/browser axe-core@4.14.1

clean:
	rm -rf .venv .clients archive out

$(ARCHIVE)/CURRENT: .venv/run seeds/*.txt
	@$(BIN)/podium ingest seeds
	@touch $@

.venv/run: $(PACKAGE)
	@$(PYTHON) -m venv .venv
	@echo "Installing podium into .venv (once; a minute or two)"
	@$(INSTALL) .
	@touch $@

.venv/engines: $(PACKAGE)
	@$(PYTHON) -m venv $@
	@$@/bin/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,milvus,ray]'
	@touch $@

.venv/beside: $(PACKAGE)
	@$(PYTHON) -m venv $@
	@$@/bin/python -m pip install --quiet --constraint constraints.txt --editable . \
	  llama-index-core==0.14.25 llama-index-embeddings-huggingface==0.8.0 txtai==9.14.0
	@touch $@

.venv/eval: .venv/run
	@$(INSTALL) '.[eval]'
	@touch $@

.venv/dev: .venv/run
	@$(INSTALL) '.[dev]'
	@touch .venv/eval $@

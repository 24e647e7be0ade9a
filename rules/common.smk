# What the rules share: the checked config, and functions for inputs and params.

import json
import re
from pathlib import Path

from longhand.config.judged import judges_for
from longhand.config.load import check_selection, load_config
from longhand.run.environment import without_secrets
from longhand.wire.identity import canonical
from longhand.run.code_digest import code_digest

try:
    CONFIG = load_config(config)
    check_selection(CONFIG)
except LonghandError as e:
    sys.exit(f"error: {e}")

EVALUATE = CONFIG.raw["evaluate"]


def any_of(names):
    """A wildcard constraint that matches these names only."""
    return "|".join(map(re.escape, sorted(names))) or "(?!)"


wildcard_constraints:
    dataset=any_of(CONFIG.datasets),
    model=any_of(CONFIG.models),
    judge=any_of(CONFIG.judges),
    rubric=any_of(CONFIG.rubrics),
    preference=any_of(CONFIG.raw["preferences"]),
    sft=any_of(CONFIG.raw["sft"]),
    train=any_of(CONFIG.raw["train"]),
    shard=r"\d{3}",
    sha256=r"[0-9a-f]{64}",


def code(*modules):
    """Digest of the code that decides a result: files with all first-party code that they import, but not `ask`."""
    return code_digest(Path(SCRIPTS), modules)


def evaluated_judges(dataset, models=None):
    """The judges of the evaluation that judge responses to a dataset: of any of its models, or of these."""
    fitting = {name for model in models or EVALUATE["models"] for name in judges_for(dataset, model, CONFIG.raw)}
    return [name for name in EVALUATE["judges"] if name in fitting]


def every(pattern, models=None, judges=None):
    """`pattern` for all that the config evaluates, or for these; each model's responses with the judges that judge them."""
    files = []
    for dataset in EVALUATE["datasets"]:
        for model in (name for name in EVALUATE["models"] if models is None or name in models):
            of_model = [name for name in evaluated_judges(dataset, [model]) if judges is None or name in judges]
            files += expand(pattern, dataset=dataset, model=model, judge=of_model)
    return list(dict.fromkeys(files))


def options(**values):
    """Words of a command line, `--name=value` for each that has a value; a list has several."""
    lists = {name: value if isinstance(value, list) else [value] for name, value in values.items()}
    return [f"--{name.replace('_', '-')}={one}" for name, many in lists.items() for one in many if one is not None]


def python(*secrets, **variables):
    """Words that start a step with these secrets of the environment, by name, and no others. No step reads the rest."""
    keys = {
        entry.serving.api_key_env
        for entries in (CONFIG.models, CONFIG.judges, CONFIG.embedders)
        for entry in entries.values()
    }
    words = without_secrets(os.environ, keys, secrets) or ["env"]
    return [*words, *(f"{name}={value}" for name, value in variables.items()), sys.executable]


PYTHON = python()

"""Puts the page together: what the tables say, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from longhand.report import figures, origins, wording
from longhand.report.audits import read_audit
from longhand.report.board import METRIC_SYMBOLS, SLICE_NAMES, Board, boards
from longhand.report.comparisons import read_comparisons
from longhand.report.described import described
from longhand.report.health_counts import HealthCounts, health_counts
from longhand.report.inputs import (
    Prompts,
    ReportSettings,
    Source,
    Tally,
    read_lengths,
    read_prompts,
    tally_judgements,
    tally_responses,
)
from longhand.report.made import made_here, sources_of_data
from longhand.report.marks import Mark, marks_of
from longhand.report.metrics import MetricTable, metric_tables
from longhand.report.reach import Reach, reach
from longhand.report.readings import Reading, readings
from longhand.report.rewards import Rewards, rewards
from longhand.report.rules import Rules, side_by_side
from longhand.report.run_tables import Inputs
from longhand.report.samples import Sample, read_samples
from longhand.report.sections import SectionsShown, sections_shown
from longhand.report.states import CutPrompts, Reason, States, cut_prompts, finishes, reasons, states
from longhand.report.support import GRADES
from longhand.tables.files import Row, read_table
from longhand.tables.score_tables import LEADERBOARD
from longhand.text.length import LENGTH_RULES

FILTERS = (
    "fixed",
    "integer",
    "money",
    "seen",
    "clipped",
    "opening",
    "counted",
    "heat",
    "symbols",
    "required",
    "listed",
    "explained",
)


@dataclass(frozen=True)
class DatasetSection:
    """All that is shown of one dataset."""

    id: str
    name: str
    description: str | None
    scoring: str
    counter: str
    marks: list[Mark]
    prompts: Prompts | None
    boards: list[Board]
    by_range: list[tuple[str, Markup]]
    reach: Reach | None
    panels: list[figures.Panel]
    rewards: list[Rewards]
    metrics: list[MetricTable]
    cut_prompts: list[CutPrompts]
    rules: Rules | None
    health: list[HealthCounts]
    states: list[States]
    finishes: States | None
    reasons: list[Reason]
    samples: list[Sample]
    sectioned: SectionsShown | None
    readings: list[Reading]


def render(inputs: Inputs, settings: ReportSettings, now: datetime) -> str:
    """The whole page. Equal tables of equal dates, settings and `now` give equal text."""
    rows = read_table(inputs.leaderboard, LEADERBOARD).to_pylist() if inputs.leaderboard else []
    tables = [*inputs.scores, *inputs.responses, *inputs.judgements]
    models = _in_order({row["model"] for row in rows} | {table.model for table in tables}, settings.models)
    judges = _in_order({row["judge"] for row in rows} | {table.judge for table in tables}, settings.judges)
    datasets = _in_order({row["dataset"] for row in rows} | {table.dataset for table in tables}, settings.datasets)
    # Also those whose responses and rewards are in training data: settings are shown, and whether they are demo.
    pairs = [settings.pairs.get(name, {}) for name in inputs.audits]
    writers = [model for pair in pairs for model in pair.get("models", ())]
    writers += [recipe["model"] for recipe in settings.self_lengthen.values()]
    made = (*settings.made.values(), *settings.sft.values())
    writers += [model for entry in made for _, model in sources_of_data(entry)]
    all_models = _in_order({*models, *writers}, settings.models)
    all_judges = _in_order({*judges, *(pair.get("judge") for pair in pairs)}, settings.judges)
    marks = marks_of([*models, *(name for name in all_models if name not in models)], settings.demo_models)
    sections, tallies = [], []
    for i, name in enumerate(datasets, 1):
        of_leaderboard = [row for row in rows if row["dataset"] == name]
        of_dataset = _tallies(name, inputs, models, judges)
        tallies += of_dataset
        sections.append(_section(f"d{i}", name, of_leaderboard, inputs, settings, marks, judges, of_dataset))
    demo_models = [name for name in all_models if name in settings.demo_models]
    demo_judges = [name for name in all_judges if name in settings.demo_judges]
    setups = {
        "Models": {name: described(settings.models.get(name, {})) for name in all_models},
        "Judges": {name: described(settings.judges.get(name, {})) for name in all_judges},
        "Datasets": {name: described(settings.datasets.get(name, {})) for name in datasets},
        "Self-Lengthen": {name: described(recipe) for name, recipe in settings.self_lengthen.items()},
    }
    paths = inputs.paths()
    whole = {"seed": settings.seed, "missing verdicts": settings.missing, "least coverage": settings.min_coverage}
    return _template().render(
        settings=settings,
        sections=sections,
        lede=_lede(sections, models, judges),
        facts=" ".join(filter(None, (origins.costs(rows), origins.durations(tallies), origins.dates(paths, now)))),
        demo=wording.demo_notice(all_models, demo_models, demo_judges),
        demo_judges=demo_judges,
        setups=setups,
        audits={name: (settings.pairs.get(name, {}), read_audit(path)) for name, path in inputs.audits.items()},
        made=made_here(inputs.made, settings, marks),
        comparisons=read_comparisons(inputs.comparison) if inputs.comparison else [],
        versions=origins.versions(paths, tallies, inputs.results),
        reported=origins.reported(tallies),
        whole=described({name: value for name, value in whole.items() if value is not None}),
        marks=marks,
        metrics=METRIC_SYMBOLS,
        kinds=SLICE_NAMES,
        grades=GRADES,
        languages=wording.LANGUAGE_NAMES,
        published=wording.PUBLISHED.get(settings.missing),
        missing=settings.missing,
    )


def _in_order(names: Iterable[str | None], known: Iterable[str]) -> list[str]:
    """The names in the order of the config, then those that it does not have."""
    present = {name for name in names if name is not None}
    return [name for name in known if name in present] + sorted(present.difference(known))


def _section(
    key: str,
    name: str,
    rows: list[Row],
    inputs: Inputs,
    settings: ReportSettings,
    marks: dict[str, Mark],
    judges: list[str],
    tallies: list[tuple[Source, Tally]],
) -> DatasetSection:
    scores = _by_model(inputs.scores, name, marks)
    responses = _by_model(inputs.responses, name, marks)
    traces = {model: each for model, each in _by_model(inputs.traces, name, marks).items() if model in scores}
    planned = {
        model: each for model, each in traces.items() if settings.models.get(model, {}).get("method") == "agentwrite"
    }
    setup = settings.datasets.get(name, {})
    rule = setup.get("length") or "longbench-write"
    prompts = read_prompts(inputs.prompts[name], rule) if name in inputs.prompts else None
    sized = prompts is None or prompts.shortest is not None
    shown = boards(rows, marks, judges, sized=sized)
    methods = {board.judge: settings.judges.get(board.judge, {}).get("method") for board in shown if board.judge}
    present = {line.mark.name for board in shown for line in board.lines} | {*scores, *responses}
    return DatasetSection(
        id=key,
        name=name,
        description=setup.get("description"),
        scoring=wording.scoring(rule, settings.missing, methods, sized),
        counter=LENGTH_RULES[rule].counter.title if rule in LENGTH_RULES else rule,
        marks=[mark for mark in marks.values() if mark.name in present],
        prompts=prompts,
        boards=shown,
        by_range=_range_figures(key, shown, marks, settings.missing),
        reach=reach(f"{key}-reach", scores, marks),
        panels=_length_panels(key, scores, marks),
        rewards=_rewards(name, rows, inputs, prompts, settings, marks),
        metrics=metric_tables(_by_model(inputs.metrics, name, marks), inputs.prompts.get(name), marks),
        cut_prompts=cut_prompts(tallies, marks),
        rules=side_by_side(f"{key}-rules", rule, scores, marks),
        health=health_counts(scores, marks),
        states=states(tallies, marks),
        finishes=finishes(tallies, marks),
        reasons=reasons(tallies, marks),
        samples=read_samples(prompts, responses, scores, marks, judges) if prompts else [],
        sectioned=sections_shown(f"{key}-agentwrite", planned, scores, marks),
        readings=readings(prompts, traces, scores, marks) if prompts else [],
    )


def _rewards(
    name: str,
    rows: list[Row],
    inputs: Inputs,
    prompts: Prompts | None,
    settings: ReportSettings,
    marks: dict[str, Mark],
) -> list[Rewards]:
    """See `rewards`."""
    verdicts, traces = ([t for t in tables if t.dataset == name] for tables in (inputs.judgements, inputs.judge_traces))
    facts = {judge: path for (dataset, judge), path in inputs.facts.items() if dataset == name}
    texts = (inputs.prompts[name], prompts) if prompts else None
    return rewards(rows, verdicts, traces, facts, texts, settings, marks)


def _tallies(dataset: str, inputs: Inputs, models: list[str], judges: list[str]) -> list[tuple[Source, Tally]]:
    """What is counted in a dataset's responses, then in its verdicts, judge by judge."""
    responses = _by_model(inputs.responses, dataset, models)
    tallies = [(source, tally_responses(source.path)) for source in responses.values()]
    for judge in judges:
        verdicts = _by_model([source for source in inputs.judgements if source.judge == judge], dataset, models)
        tallies += [(source, tally_judgements(source.path)) for source in verdicts.values()]
    return tallies


def _by_model(tables: list[Source], dataset: str, models: Iterable[str]) -> dict[str, Source]:
    by_model = {source.model: source for source in tables if source.dataset == dataset}
    return {model: by_model[model] for model in models if model in by_model}


def _range_figures(key: str, shown: list[Board], marks: dict[str, Mark], missing: str) -> list[tuple[str, Markup]]:
    """S_L and S_Q by range. S_L once where all judges' boards agree on it: they do not where rows are dropped."""
    drawn: list[tuple[str, Markup]] = []
    for metric in ("score_l", "score_q"):
        known: list[list[figures.Line]] = []
        for board in shown:
            if board.ranges is None or metric not in board.ranges.metrics:
                continue
            cells = {mark.name: row for mark, row in board.ranges.lines}
            lines = [figures.line(marks[model], [c[metric] for c in cells[model]]) for model in marks if model in cells]
            if lines in known or not any(line.points for line in lines):
                continue
            judged_by = f", judge {board.judge}" if board.judge and (metric == "score_q" or known) else ""
            if board.judge and missing in wording.PUBLISHED and (metric == "score_q" or missing == "drop"):
                judged_by += f", unread verdicts {wording.PUBLISHED[missing]}"
            known.append(lines)
            title = f"{METRIC_SYMBOLS[metric]} by required words{judged_by}"
            labels = [wording.range_name(label) for label, _ in board.ranges.labels]
            drawn.append((title, figures.by_range(f"{key}-{metric}-{len(drawn)}", title, labels, lines)))
    return drawn


def _length_panels(key: str, scores: dict[str, Source], marks: dict[str, Mark]) -> list[figures.Panel]:
    lengths = {model: read_lengths(source.path) for model, source in scores.items()}
    sized = {model: each for model, each in lengths.items() if each.words.size}
    limits = figures.length_axis(list(sized.values()))
    return [
        figures.required_against_written(f"{key}-words-{i}", marks[model], each, limits)
        for i, (model, each) in enumerate(sized.items())
    ]


def _lede(sections: list[DatasetSection], models: list[str], judges: list[str]) -> str:
    """One line on what was run."""
    prompts = sum(section.prompts.n for section in sections if section.prompts)
    responded = [table for section in sections for table in section.states if table.judge is None]
    responses = sum(n for table in responded for _, _, n in table.lines)
    if not sections:
        return "Data that models wrote for training; nothing is evaluated."
    line = wording.counted(len(models), "model")
    line += f", {wording.counted(responses, 'response')}" if responses else ""
    line += f" to {wording.counted(prompts, 'prompt')}" if responses and prompts else ""
    line += f" of {wording.listed([section.name for section in sections])}" if sections else ""
    if not judges:
        return line + "; lengths only, nothing was judged."
    judged = [section.name for section in sections if any(board.judge for board in section.boards)]
    only = f"{wording.listed(judged)} " if 0 < len(judged) < len(sections) else ""
    return line + f"; {only}judged by {wording.listed(judges)}."


def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({name: getattr(wording, name) for name in FILTERS})
    return environment.get_template("template.html.jinja")

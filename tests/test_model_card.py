"""The leaderboard as Markdown for a model card: the numbers of the table, read back from the text."""

from __future__ import annotations

from typing import Any

import markdown_it

from longhand.results.exports import as_markdown


def row(model: str, **values: Any) -> dict[str, Any]:
    """An overall row of the leaderboard."""
    made: dict[str, Any] = {
        "dataset": "set",
        "model": model,
        "judge": "j",
        "panel": None,
        "slice_kind": "all",
        "slice": "all",
        "certified": None,
        "missing": "exclude",
    }
    made |= {"missing": "exclude", "n": 240, "n_judged": 238, "bridged_to": None}
    for name in ("score", "score_l", "score_q"):
        made |= {name: None, f"{name}_low": None, f"{name}_high": None, f"{name}_doubt": None, f"{name}_leads": None}
        made[f"n_prompts_{name}"] = 0
    return made | values


def estimate(name: str, mean: float, low: float | None, high: float | None, **more: Any) -> dict[str, Any]:
    """A mean's columns."""
    values = {name: mean, f"{name}_low": low, f"{name}_high": high, f"n_prompts_{name}": 120}
    return values | {f"{name}_{ending}": value for ending, value in more.items()}


def test_the_card_has_the_tables_numbers_best_first_and_bold_where_none_is_told_apart() -> None:
    rows = [
        row("weak", **estimate("score_l", 41.26, 38.0, 44.5, leads=False)),
        row("one", **estimate("score_l", 63.94, 61.04, 66.84, leads=True)),
        row("two", **estimate("score_l", 64.06, 61.2, 66.96, leads=True)),
        row("two", slice_kind="range", **estimate("score_l", 1, 0, 2)),
    ]
    assert as_markdown(rows) == (
        "**set**, judged by j\n"
        "\n"
        "| Model | S_L | prompts | responses | judged |\n"
        "|---|---:|---:|---:|---:|\n"
        "| two | **64.1** [61.2, 67.0] | 120 | 240 | 238 |\n"
        "| one | **63.9** [61.0, 66.8] | 120 | 240 | 238 |\n"
        "| weak | 41.3 [38.0, 44.5] | 120 | 240 | 238 |\n"
        "\n"
        "Means over prompts on 0–100, with 95% intervals by Student's t. "
        "Bold: all models that cannot be told apart from the best of the table.\n"
    )


def test_the_card_says_why_there_is_no_interval_and_how_unread_verdicts_count() -> None:
    few = estimate("score_l", 50.0, None, None, doubt="few_prompts") | {"n_prompts_score_l": 6, "n_zeros_score_l": 0}
    text = as_markdown([row("m", judge=None, missing=None, **few), row("m", missing="neutral", **few)])
    assert text.count("m, S_L: no interval: 6 prompts, under 8.") == 2 and "Bold" not in text
    single = as_markdown([row("m", **few | {"n_prompts_score_l": 1})])
    assert "no interval: 1 prompt, under 8." in single
    unjudged, judged = text.split("**set**, ")[1:]
    assert unjudged.startswith("not judged") and "EvalScope" not in unjudged and "| judged |" not in unjudged
    assert "as the middle of the scale, as published (EvalScope)" in judged


def test_a_name_is_no_markup() -> None:
    name = "a|b*c*_d_`e`<img src=x>[f](g)&amp;\n# h"
    html = markdown_it.MarkdownIt().enable("table").render(as_markdown([row(name, **estimate("score_q", 1, 0, 2))]))
    assert html.count("<td") == 5 and "<img" not in html and "<h1" not in html
    assert "a|b*c*_d_`e`&lt;img src=x&gt;[f](g)&amp;amp;" in html


def test_a_panel_is_named_as_one() -> None:
    (text,) = (line for line in as_markdown([row("m", judge="both", panel="a, b")]).splitlines() if "set" in line)
    assert text == "**set**, judged by panel both (mean of a, b)"

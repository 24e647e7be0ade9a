"""longhand.judging.verdicts: what is read in a judge's reply, and what is not."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longhand.judging.verdicts import MAX_SHOWN, Verdict, read_verdict

SIX = {
    "Relevance": ["相关性"],
    "Accuracy": ["准确性"],
    "Coherence": ["连贯性"],
    "Clarity": ["清晰度", "清晰性"],
    "Breadth and Depth": ["广度与深度", "广度和深度"],
    "Reading Experience": ["阅读体验"],
}
SEVEN: dict[str, list[str]] = {
    name: [] for name in ("Plot", "Voice", "Pace", "Style", "Facts", "Length & Form", "Overall Score")
}
GOLD = Path(__file__).resolve().parents[2] / "shared" / "golden" / "judge_outputs.jsonl"

SCORES = dict(zip(SIX, (4, 3, 5, 2, 1, 4), strict=True))
OTHERS = dict.fromkeys(SIX, 3)
PLAIN, OTHER = json.dumps(SCORES), json.dumps(OTHERS)


def read(reply: str) -> Verdict:
    return read_verdict(reply, SIX, (1, 5))


def with_keys(*keys: str) -> str:
    return json.dumps(dict(zip(keys, SCORES.values(), strict=True)), ensure_ascii=False)


def members(form: str, between: str = ", ") -> str:
    """One text per dimension: `form` with its name as K, its score as N and its number as I."""
    parts = enumerate(SCORES.items(), 1)
    return between.join(form.replace("K", k).replace("N", str(n)).replace("I", str(i)) for i, (k, n) in parts)


def with_values(form: str) -> str:
    return "{" + members(f'"K": {form}') + "}"


def with_clarity(value: str) -> str:
    return PLAIN.replace('"Clarity": 2', f'"Clarity": {value}')


def lines(form: str) -> str:
    return members(form, "\n")


READABLE = {
    # where the object stands
    "prose with braces": f"The set {{a, b}} is used.\n{PLAIN}\nThat is {{all}}.",
    "tags": f"<answer>{PLAIN}</answer>",
    "wrapper": json.dumps({"Analysis": "fine", "scores": SCORES, "Total": 19}),
    "tool call": json.dumps({"name": "submit", "arguments": SCORES}),
    "JSON in a string": json.dumps(PLAIN),
    "escaped quotes": PLAIN.replace('"', '\\"'),
    "invisible characters": "\ufeff" + PLAIN.replace('"R', '\u200b"R').replace(" ", "\xa0"),
    # reasoning
    "think": f"<think>{OTHER}</think>\n{PLAIN}",
    "thinking, with no start": f"Perhaps {OTHER}.\n</THINKING>{PLAIN}",
    "think quoted": json.dumps({"Analysis": "has a </think> and a <think>"} | SCORES),
    # nearly JSON
    "Python": str({"Analysis": 'It\'s "2" parts'} | SCORES),
    "quotes within": '{"Analysis": "The "long", and "short": mixed. {"b"}.", ' + PLAIN[1:],
    "quotes within the last": PLAIN[:-1] + ', "Analysis": "It is "good" and fine"} Done.',
    "quotes within, nested": '{"Analysis": "a "b".", "scores": ' + PLAIN + "}",
    "no commas": "{" + members('"K": N', "\n") + "}",
    "no colons": "{" + members('"K" N') + "}",
    "comments": "{\n" + members('"K": N, // it\'s "so"', "\n") + "\n}",
    "typographic": "{" + members("“K”：N", "，") + "}",
    "unquoted": "{" + members("K: N") + ",}",
    "text never closed": '{"Analysis": "All of it is good, ' + PLAIN[1:],
    "quotes missing": PLAIN.replace('"Clarity"', 'Clarity"').replace('"Relevance"', "Relevance"),
    "arrows": "{" + members('"K" => N', "; ") + "}",
    "scores in a broken analysis": '{"Analysis": "Relevance: 2,\n- Clarity: 5, so "ok".", ' + PLAIN[1:-1] + ",}",
    "objects of scores, broken": "{" + members('"K": {"reason": "so "3" parts", "score": N}') + "}",
    "records, broken": "[" + members("{'dimension': 'K', 'score': N,}") + "]",
    "pairs, broken": "{" + members("'K': [N, 'it's 3 parts']") + ",}",
    "end missing": PLAIN[:-1],
    "end cut after a comma": PLAIN[:-1] + ', "Sum',
    # shapes of values
    "records": json.dumps([{"criterion": k, "reason": "3 parts", "rating": n} for k, n in SCORES.items()]),
    "objects of scores": with_values('{"reason": "3 parts", "score": N, "max": 5}'),
    "lists": with_values('["3 parts", N]'),
    "one object each": members('{"K": N}', "\n"),
    "analysis by dimension": json.dumps({"Analysis": dict.fromkeys(SIX, "Covers 3 topics well")} | SCORES),
    # values
    "of five": with_values('"N / 5"'),
    "of five, bare": with_values("N/5"),
    "out of five": with_values('"N (out of 5 points)"'),
    "fen": with_values('"N分（满分5分）"'),
    "remark": with_values('"N - covers all 3 of the topics"'),
    "score last": with_values('"On topic throughout. Score: N"'),
    "fraction last": with_values('"On topic (N/5)."'),
    "signs": with_values("+0N"),
    "words": with_clarity('"Two"'),
    "Chinese numeral": with_clarity("二"),
    "fullwidth": with_clarity("２"),
    # names
    "camel": with_keys("relevance", "accuracy", "coherence", "clarity", "breadthAndDepth", "readingExperience"),
    "variants": with_keys(
        "RELEVANCE", "1. Accuracy", "**Coherence**", "clarity_rating", "depth & breadth", "Reading-Experience"
    ),
    "with scale": with_keys(*(f"{name} (1-5)" for name in SIX)),
    "bilingual": with_keys(*(f"{name}（{aliases[0]}）" for name, aliases in SIX.items())),
    "Chinese": with_keys("相关性得分", "准确性 评分", "连贯性（分）", "清晰度", "深度与广度", "阅读体验分"),
    # lines and tables
    "lines": lines("K – N - good, has 3"),
    "bullets": lines("- **K:** N/5"),
    "numbered": lines("I. **K** - N/5: good"),
    "headings": lines("### I. K\n\nIt is fine.\n\n**Score: N/5**"),
    "headings with scores": lines("## K (N/5)\nIt is fine."),
    "in one line": "Scores: " + members("K=N", "; ") + ".",
    "XML": lines("<K>N</K>"),
    "table": "| # | Dimension | Score | Why |\n|---|---|---|---|\n" + lines("| I | **K** | N | 3 parts |"),
    # several
    "twice the same": f"{lines('**K**: N - fine')}\n\n```json\n{PLAIN}\n```",
    "format first": with_values('"<1-5>"') + "\n" + with_values("...") + "\n" + PLAIN,
    "draft, final": f"Draft: {OTHER}\n\nOn reflection, my final scores are:\n{PLAIN}",
    "draft, unnamed": f"Initial scores: {OTHER}\n\nScores: {PLAIN}",
    "revised": f"{OTHER}\n\nRevised: {PLAIN}",
    "final, broken": f"{OTHER}\nMy final verdict is {PLAIN[:-1]},}}",
    "draft, final by key": json.dumps({"draft": OTHERS, "final_scores": SCORES}),
    "draft, final in Chinese": f"初稿：{OTHER}\n最终评分：{PLAIN}",
}


@pytest.mark.parametrize("reply", READABLE.values(), ids=READABLE)
def test_reads_what_is_clear(reply: str) -> None:
    assert read(reply) == Verdict("ok", {name: float(score) for name, score in SCORES.items()}, None)


CUT_ANALYSIS = '{"Analysis": "My scores:\n' + lines("K: N")
UNREADABLE = {
    "nothing": "",
    "array": json.dumps({"scores": list(SCORES.values())}),
    "in the analysis": json.dumps({"Analysis": lines("K: N")}),
    "JSON in the analysis": json.dumps({"Analysis": PLAIN}),
    "in a broken analysis": '{"Analysis": "So "ok":\n' + lines("K: N") + '",}',
    "in a cut analysis": CUT_ANALYSIS + "\nand",
    "JSON in a cut analysis": '{"Analysis": "I give, ' + PLAIN[1:-1] + " and",
    "in a cut analysis, in one line": '{"Analysis": "I give ' + members("K: N") + " and",
    "format": with_values('"1-5"'),
    "format in brackets": with_values("<score>"),
    "think never closed": f"<think>\nMaybe {PLAIN}\n```json\n{PLAIN}\n```",
    "all in think": f"<think>{PLAIN}</think>\nDone.",
    "key twice": PLAIN[:-1] + ', "Relevance": 1}',
    "two verdicts": f"{PLAIN}\n{OTHER}",
    "two verdicts, one broken": f"{PLAIN}\n{OTHER[:-1]},}}",
    "revised, of the text": f"{PLAIN}\nThe text should be revised.\n{OTHER}",
    "two final verdicts": f"Final scores: {PLAIN}\nFinal scores: {OTHER}",
    "two responses": f"Response A: {PLAIN}\nResponse B: {PLAIN}",
    "two responses by key": json.dumps({"Response 1": SCORES, "Response 2": SCORES}),
    "two responses in lines": f"Response A\n{lines('K: N')}\nResponse B\n{lines('K: 3')}",
    "two columns": lines("| K | N | 3 |"),
    "final cut": f'{PLAIN}\nMy final scores are:\n{{"Analysis": "It',
    "draft only": f"Draft: {PLAIN}",
    "half a name": PLAIN.replace("Breadth and Depth", "Breadth"),
    "two in one": PLAIN.replace("Clarity", "Clarity and Wit"),
    "the opposite": PLAIN.replace("Accuracy", "Inaccuracy"),
    "cut key": PLAIN[:-4],
    "cut fraction": with_values('"N/5"')[:-4],
    "cut decimal": PLAIN[:-1] + ".",
    "cut integer among decimals": with_values("N.0")[:-3],
}
UNCLEAR = """3-4 | 3~4 | "3 or 4" | "3 to 4" | "4 -> 3" | 4 → 3 | "4, maybe 5" | "4 (or 5)" | "4 5" | "4+" | "4?"
    | ">3" | "~4" | "about 4" | "between 3 and 4" | "4 and a half" | [3, 4] | ['3', 4] | {"score": 3, "rating": 4}
    | "4,5" | 0x4 | "4½" | 2+2 | null | true | NaN | -Infinity | "" | [] | {} | ... | "N/A" | "good" | "A" """
OFF_SCALE = """0 | 6 | 5.01 | -4 | "-4" | 100 | 1e3 | 1e999 | "7/5" | 4/10 | "4 out of 10" | "4分（满分10分）"
    | "80%" | 4% | "ten" | {"score": 4, "max": 10}"""


@pytest.mark.parametrize("reply", UNREADABLE.values(), ids=UNREADABLE)
def test_reads_nothing_into_the_rest(reply: str) -> None:
    verdict = read(reply)
    assert (verdict.status, verdict.scores) == ("unparsed", {})
    assert verdict.error


@pytest.mark.parametrize("value", UNCLEAR.split("|"))
def test_wants_one_clear_number(value: str) -> None:
    verdict = read(with_clarity(value.strip()))
    assert verdict.status == "unparsed"
    assert verdict.error and "Clarity" in verdict.error


@pytest.mark.parametrize("value", OFF_SCALE.split("|"))
def test_tells_a_score_off_the_scale(value: str) -> None:
    verdict = read(with_clarity(value.strip()))
    assert (verdict.status, verdict.scores) == ("out_of_scale", {})
    assert verdict.error and verdict.error.startswith("Clarity is ") and verdict.error.endswith(", not within 1-5")


@pytest.mark.parametrize("before", ["On a scale of 1 to 10:\n", "Scores (0-100)\n", "满分10分\n"])
def test_tells_another_scale_that_the_reply_states(before: str) -> None:
    assert read(before + PLAIN).status == "out_of_scale"
    assert read(before + lines("K: N")).status == "out_of_scale"
    assert read("On a scale of 1 to 5:\n" + PLAIN).status == "ok"


def test_errors_are_one_short_line() -> None:
    assert read(with_clarity("100")).error == "Clarity is 100, not within 1-5"
    assert read(with_clarity("null")).error == "no score for Clarity"
    assert read(with_clarity('"3-4"')).error == 'Clarity is "3-4", not one clear score'
    assert read(f"{PLAIN}\n{OTHER}").error == "Relevance has more than one score: 4 and 3"
    assert read("").error == "no scores"
    long = read(with_clarity(json.dumps("3-4\n" + "x" * 5000))).error
    assert long and len(long) < MAX_SHOWN + 60 and "\n" not in long


def test_another_rubric() -> None:
    scores = dict(zip(SEVEN, (10, 1, 7, 8.5, 9, 2, 10), strict=True))
    for reply in (json.dumps(scores), "\n".join(f"{k}: {n}/10" for k, n in scores.items()), str(scores)[:-1]):
        assert read_verdict(reply, SEVEN, (1, 10)).scores == scores
    assert read_verdict(json.dumps({"score": 0.5}), {"Score": []}, (0, 1)).scores == {"Score": 0.5}


@pytest.mark.parametrize(
    ("top", "last", "status"), [(5, 1, "ok"), (10, 1, "unparsed"), (10, 2, "ok"), (100, 9, "unparsed")]
)
def test_a_last_number_that_may_be_cut(top: int, last: int, status: str) -> None:
    cut = json.dumps({"Plot": 2, "Reading Experience": last})[:-1]
    dimensions: dict[str, list[str]] = {"Plot": [], "Reading Experience": []}
    assert read_verdict(cut, dimensions, (1, top)).status == status
    for whole in (cut + "\n", cut + "\n```", f"Plot: 2\nReading Experience: {last}"):
        assert read_verdict(whole, dimensions, (1, top)).status == "ok"


@settings(suppress_health_check=[HealthCheck.too_slow])  # on a machine that does other things too
@given(st.data(), st.sampled_from([(SIX, 1, 5), (SEVEN, 0, 10)]), st.sampled_from([None, 1]))
def test_round_trip(data: st.DataObject, rubric: tuple[dict[str, list[str]], int, int], indent: int | None) -> None:
    dimensions, low, high = rubric
    score = st.one_of(st.integers(low, high), st.floats(low, high, allow_nan=False))
    scores = {name: data.draw(score) for name in dimensions}
    analysis = {"Analysis": data.draw(st.text())} if data.draw(st.booleans()) else {}
    reply = json.dumps(analysis | scores, indent=indent, ensure_ascii=data.draw(st.booleans()))
    before, after = data.draw(
        st.sampled_from([("", ""), ("```json\n", "\n```"), ("I think:\n\n", "\n\nGood."), ("[", "]")])
    )
    assert read_verdict(before + reply + after, dimensions, (low, high)) == Verdict("ok", scores, None)


@given(
    st.text() | st.lists(st.sampled_from([*"{}[]\",:'\n|", "Clarity", "4", "null", "<think>", "</think>"])).map("".join)
)
def test_never_raises(reply: str) -> None:
    assert read(reply).status in ("ok", "unparsed", "out_of_scale", "refused")


@given(st.integers(0, len(PLAIN) - 2), st.sampled_from([PLAIN, str({"Analysis": "It's"} | SCORES), with_values("N.5")]))
def test_a_beginning_gives_no_other_scores(length: int, reply: str) -> None:
    assert read(reply[:length]).scores in ({}, read(reply).scores)


HOSTILE = ["{", "[", '{"', '{"a":', '{"Clarity": ', '{"Clarity": "', '{"Clarity": 4}', '{"Analysis": "a "b", ', "9"]
HOSTILE += ['"', '", "', "' ", '\\"', "\n", " ", "|", "(", "→ ", " 4", "> ", "Clarity: 4, ", "Clarity: 4\n"]
HOSTILE += ["</think>", "\n<think>", "final "]


@pytest.mark.parametrize("unit", HOSTILE)
def test_long_replies_take_seconds(unit: str) -> None:
    start = time.process_time()
    for reply in (unit * (400_000 // len(unit)), '{"Analysis": "' + unit * (400_000 // len(unit)) + PLAIN):
        assert read(reply).status in ("ok", "unparsed", "out_of_scale")
    assert time.process_time() - start < 12  # a quadratic step would take minutes


def test_deep_nesting_and_long_numbers() -> None:
    for nested in ("[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + PLAIN + "}" * 100_000):
        assert read(nested).status == "unparsed"
    assert read('{"a":' * 100 + PLAIN + "}" * 100).status == "ok"
    assert read(with_clarity("9" * 100_000)).status == "out_of_scale"
    assert read(with_clarity("9" * 100_000)[:-1]).status == "out_of_scale"


@pytest.mark.skipif(not GOLD.exists(), reason="the labelled replies are not here")
def test_golden() -> None:
    rows = [json.loads(line) for line in GOLD.read_text("utf-8").splitlines()]
    right, invalid = 0, []
    for row in rows:
        verdict = read(row["output"])
        if row["label"] == "accept":
            right += verdict.scores == row["scores"]
        elif verdict.status == "ok":
            invalid.append(row["shape"])
        else:
            right += 1
    print(f"golden: {right} of {len(rows)} right, {len(invalid)} invalid accepted")
    assert not invalid
    assert right == len(rows)

"""judging.verdicts on plain replies whose words resemble a refusal, an example or a quote: they are verdicts."""

from __future__ import annotations

import json

import pytest
from test_hostile_verdicts import OWN, OWN_SCORES, STORY, TOP, TOP_SCORES, chinese, read, rows

GIVEN = {
    # Another cannot do something, or a part of the text cannot be judged.
    "the text refuses": json.dumps(OWN_SCORES | {"Reason": "The response only says that it cannot assist with this."}),
    "the text refused": f"{OWN}\nThe model refused to help, hence the low scores.",
    "the text was not able": f"{OWN}\nThe assistant was not able to help.",
    "the text's refusal, quoted": f'{OWN}\nThe model says "I can\'t assist with that".',
    "a quoted refusal in a reason": json.dumps(OWN_SCORES | {"Reason": 'It answers "I cannot assist with that."'}),
    "a person of the story": f"{OWN}\nThe hero will not proceed.",
    "a part": f"{OWN}\nAccuracy cannot be fully assessed without sources.",
    "an ending": f"{OWN}\nBecause the text was cut off, the ending could not be evaluated.",
    "help but": f"{OWN}\nI could not help but smile, and one can't help feeling moved.",
    "not the scores of": f"{OWN}\nThese are not the scores of an expert. This is not a verdict on the author.",
    "no full marks": f"{OWN}\nI cannot give it a score of 5 for depth.",
    "Chinese, a part": f"{OWN}\n其中部分数据无法评估。文中史实难以评判，故准确性扣分。",
    "Chinese, the text refuses": f"{OWN}\n该回答拒绝评价此事，因此相关性较低。",
    # Words of examples and claims in the sentence before.
    "such as": f"I looked at dimensions such as relevance and accuracy, and I rate it as follows:\n{OWN}",
    "would get": f"This response would receive the following scores:\n{OWN}",
    "would be": f"The response would be rated as follows:\n{OWN}",
    "Chinese example before": f"比如第三段不够深入。{OWN}",
    "Chinese example, asked": f"文章比如结尾不够深入！评分：{OWN}",
    # Forms.
    "scores in brackets": rows("**K (N/5):** Fine words, 3 of them odd."),
    "scores in brackets behind the name": rows("1. **K** (N/5): Fine words."),
    "scores in brackets, dash": rows("- K (N out of 5) - Fine words."),
    "Chinese brackets": chinese(OWN_SCORES).replace("：", "（").replace("分", "分）：内容充实，有3处不足。"),
    "Chinese remarks": chinese(OWN_SCORES).replace("分", "分，论述有3处不足。"),
}


@pytest.mark.parametrize("reply", GIVEN.values(), ids=GIVEN)
def test_plain_verdicts_are_read(reply: str) -> None:
    verdict = read(reply, STORY)
    assert (verdict.status, verdict.scores) == ("ok", OWN_SCORES), verdict.error


DECLINED = {
    "of this content": "I cannot provide an evaluation of this content.",
    "of a kind": "I'm sorry, but I cannot evaluate sexually explicit content.",
    "fulfill": "I cannot fulfill this request.",
    "no subject": "Sorry, unable to evaluate.",
    "and passive": "This content violates the rules and will not be evaluated.",
    "after a reason": "As the text is explicit, I am not able to score it.",
    "after a label": "Note: cannot evaluate this response.",
    "Chinese, to help": "抱歉，我无法协助完成此请求。",
    "Chinese, to provide": "对不起，我不能提供评分。",
    "Chinese, passive": "此文无法评分。",
}


@pytest.mark.parametrize("words", DECLINED.values(), ids=DECLINED)
def test_a_judge_that_declines_is_heard(words: str) -> None:
    assert read(words, STORY).status == "refused"
    assert read(f"{TOP}\n{words}", STORY).status == "refused"


NOT_GIVEN = {
    "wrapped quote": json.dumps({"claims_in_text": TOP_SCORES}),
    "wrapped quote, longer": json.dumps({"block found in the judged document": TOP_SCORES}),
    "if": f"If it were complete, the response would get:\n{json.dumps(OWN_SCORES)}\n\nBut it is not.",
    "unclear brackets": rows("K (N-5/5): Fine."),
    "brackets and another": rows("K (2/5): 4"),
    "Chinese, two scores": chinese(OWN_SCORES).replace("分", "分，也许5分"),
    "Chinese, between": chinese(OWN_SCORES).replace("分", "分，介于3分和5分之间"),
}


@pytest.mark.parametrize("reply", NOT_GIVEN.values(), ids=NOT_GIVEN)
def test_what_is_not_one_clear_verdict_is_none(reply: str) -> None:
    assert read(reply, STORY + TOP).status == "unparsed"

"""Makes up an instruction after examples, and says whether one suits a long text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from longhand.demo.bodies import Conversation
from longhand.demo.ngram import bundled_model
from longhand.demo.tasks.quoted import REQUEST, outside, quoted
from longhand.demo.writer import Writer
from longhand.text.language import language_of

_REFUSES = 0.08
"""Share of instructions that do not suit, whatever they are."""
_TAIL = 200
"""Characters at the end of a question in which its form of reply is looked for."""

_YES_OR_NO = re.compile(r"\byes\b[^\n]{1,8}\bno\b|是[^\n]{1,4}否", re.I)
_WANTS_NEW = re.compile(
    r"\b(?:(?:one|a) (?:new|further|more|different|similar)|another) (?:\w{1,12} ){0,2}"
    r"(?:request|instruction|assignment|prompt|task)\b|[一另][^\n，。]{0,6}新[^\n，。]{0,6}(?:请求|指令|要求|题目|任务)",
    re.I,
)
_ALONE = re.compile(r"\b(?:alone|only|nothing else|nothing but)\b|只(?:回复|输出|写|给出)", re.I)

_KINDS = {
    "en": """a detailed essay|a long story|a report for a town council|a guide for beginners|a lecture|a travel
    account|a radio play|a chapter of a school book|a family chronicle|a magazine feature|a plan for a museum room|a
    collection of letters|a diary of one year|a speech for an anniversary|a study of sources|a chain of
    interviews""",
    "zh": """一篇详细的论文|一部中篇小说|一份调查报告|一本入门指南|一篇演讲稿|一篇游记|一部广播剧|一章教材|一部家族
    史|一篇深度报道|一份展览方案|一组书信|一年的日记|一篇纪念文章|一份策划书|一组访谈""",
}
_SUBJECTS = {
    "en": """bridges|harbours|lighthouses|orchards|kitchens|clockmakers|railway stations|night markets|school
    yards|bakeries|mountain huts|post offices|allotments|ferries|village choirs|libraries|theatres|snow|hospitals at
    night|football clubs|cheese|dialects|maps|telescopes|migrating birds|old machines|bicycles|bees|floods|glaciers|
    wells|puppets|translators|street lamps|languages that die|lost letters|recipes|tunnels|weather forecasts|
    windmills|coins|apprentices|echoes|gardens on roofs|islands|cats|paper|violins|salt""",
    "zh": """桥梁|港口|灯塔|果园|厨房|钟表匠|火车站|夜市|校园|面包房|山间小屋|邮局|菜园|渡船|合唱团|图书馆|剧院|下雪天|
    值夜班的医生|足球队|豆腐|方言|地图|望远镜|候鸟|老机器|自行车|蜜蜂|洪水|冰川|水井|木偶戏|翻译家|路灯|丢失的信|
    菜谱|隧道|天气预报|风车|古钱币|学徒|回声|屋顶花园|海岛|猫|造纸|提琴|盐""",
}
_FORMS = {
    "en": (
        "Write {kind} about {subject}, in which this counts: {sentence}",
        "I need {kind} on {subject} and {other}. Let it begin with this thought: {sentence}",
        "Compose {kind}. Its subject is {subject}; {other} come into it too. It shall show that {sentence}",
    ),
    "zh": (
        "请写{kind}，谈谈{subject}，其中要写到：{sentence}",
        "我需要{kind}，主题是{subject}和{other}。请从这句话写起：{sentence}",
        "请以{subject}为题材写{kind}，也要说到{other}，并且让读者明白：{sentence}",
    ),
}


def judge_suitability(writer: Writer, conversation: Conversation, key: Sequence[object], needed: int) -> str | None:
    """Yes, mostly; None where the question is no such question."""
    question = conversation.task
    request = quoted(question, REQUEST)
    if not request or not _YES_OR_NO.search(outside(question, request)[-_TAIL:]):
        return None
    yes = writer.draw("suits", *key).random() >= _REFUSES
    return {"en": ("no", "yes"), "zh": ("否", "是")}[language_of(question)][yes]


def invent(writer: Writer, conversation: Conversation, key: Sequence[object], needed: int) -> str | None:
    """An instruction on a subject that the question does not name; None where it wants none."""
    question = conversation.task
    if not _ALONE.search(question[-_TAIL:]) or not _WANTS_NEW.search(question[-2 * _TAIL :]):
        return None
    language, draw = language_of(question), writer.draw("instruct", *key)
    seen, model = question.lower(), bundled_model(language)
    subjects = [subject for subject in subjects_of(language) if subject not in seen]
    subject, other = draw.sample(subjects or subjects_of(language), 2)
    kinds, forms = _listed(_KINDS[language]), _FORMS[language]
    sentence = model.join(model.sentence(draw))
    return forms[int(draw.random() * len(forms))].format(
        kind=kinds[int(draw.random() * len(kinds))],
        subject=subject,
        other=other,
        sentence=sentence[:1].lower() + sentence[1:],
    )


def subjects_of(language: str) -> list[str]:
    """What texts of the demo may be about, in `en` or `zh`."""
    return _listed(_SUBJECTS[language])


def _listed(names: str) -> list[str]:
    """The names between bars, which may go over two lines: between Chinese characters a line's end is nothing."""
    return [("" if name > "一" else " ").join(name.split()) for name in map(str.strip, names.split("|"))]

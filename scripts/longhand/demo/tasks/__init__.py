"""What the demo engine does beside writing and judging.

Each task reads in the question whether it is wanted, by the form of the reply that the question asks for, so that
templates in other words do as well; and each follows it as badly as n-grams can. `TASKS` are functions of

    writer: whose reply it is; its limit holds for each.
    conversation: the question.
    key: what else the reply shall depend on (JSON values): all of the request that is random.
    needed: words that the caller will keep; a reply may end after so many.

that give the text of the reply, or None where the question wants something else.
"""

from __future__ import annotations

from longhand.demo.tasks import extension, instructions, plan, queries, restatement, section

TASKS = (
    extension.go_on,
    plan.reply,
    section.reply,
    instructions.judge_suitability,
    instructions.invent,
    queries.reply,
    restatement.reply,
    extension.extend,
)
"""The first that sees its kind of question answers it; what none does is a writing prompt."""

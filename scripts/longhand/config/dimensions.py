"""Checks what the config calls the dimensions of a rubric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from longhand.judging.dimension_names import MAX_NAME, name_key
from longhand.program.errors import LonghandError

_RENAME = "give it another name"


def check_dimensions(dimensions: Mapping[str, Sequence[str]], where: str) -> None:
    """Checks what a rubric's dimensions are called: they become columns, and a judge's reply names them.

    Args:
        dimensions: name -> other names that a judge may use.
        where: for the message.

    Raises:
        LonghandError: a name that a table's column has, that no reply could have, or that is another dimension's.
    """
    names = {name_key("analysis"): "Analysis, the judge's free text"}
    for dimension, others in dimensions.items():
        is_text = isinstance(dimension, str)  # a YAML key may be a number
        if not is_text or len(dimension) > MAX_NAME or dimension.splitlines() != [dimension]:
            shown = repr(dimension[:MAX_NAME] if is_text else dimension)
            raise LonghandError(f"{shown} is not one line of at most {MAX_NAME} characters", where)
        base = next(
            (base for end in ("_low", "_high") if (base := dimension.removesuffix(end)) != dimension), dimension
        )
        if base in dimensions.keys() - {dimension}:
            raise LonghandError(f"'{dimension}' reads as an end of the interval of '{base}'", where, _RENAME)
        # All columns are in lower case; the tables' schemas are heavy to load.
        if base.islower() and (dimension in _columns() or base in _columns()):
            what = f"'{dimension}' is a column of the tables that dimensions become columns of"
            raise LonghandError(what, where, f"{_RENAME}, '{dimension.capitalize()}' say")
        for key in {name_key(name) for name in (dimension, *others)}:
            if not key:
                raise LonghandError(f"'{dimension}' has a name without a letter or digit", where, _RENAME)
            if (other := names.setdefault(key, dimension)) != dimension:
                what = f"a judge's reply cannot tell '{dimension}' from {other!r}: case, order and marks do not count"
                raise LonghandError(what, where, _RENAME)


def _columns() -> set[str]:
    """The columns of the tables that get a column per dimension, and of those that are joined into them."""
    from longhand.tables.schemas import RESPONSES
    from longhand.tables.score_tables import LEADERBOARD, LENGTHS, SCORES
    from longhand.tables.training_tables import CANDIDATES
    from longhand.text.requirement import COLUMNS

    return {
        *COLUMNS,
        *(name for schema in (RESPONSES, LENGTHS, SCORES, LEADERBOARD, CANDIDATES) for name in schema.names),
    }

"""Which files of a folder are its texts. Apart from what is in them, so that reading a config stays light."""

from __future__ import annotations

import os
from pathlib import Path

from longhand.program.errors import LonghandError

ENDINGS = (".txt", ".md")


def text_files(folder: Path) -> list[Path]:
    """The .txt and .md files in a folder and in those below it, in the order of the bytes of their paths.

    Hidden ones are left out. A link to a file counts as that file; a link to a folder is not followed, so that no
    circle of them is.

    Raises:
        LonghandError: a folder cannot be read, there are no such files, or a link leads out of the folder: whoever made
            it would choose which of this machine's files are sent to a model.
    """
    texts: list[Path] = []
    inside = folder.resolve()
    for place, folders, files in os.walk(folder, onerror=_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        names = (name for name in files if not name.startswith(".") and name.lower().endswith(ENDINGS))
        texts += [path for path in (Path(place, name) for name in names) if path.is_file()]
    for path in texts:
        if path.is_symlink() and not path.resolve().is_relative_to(inside):
            raise LonghandError(
                "the link leads out of the folder", str(path), "put the file itself there, or remove it"
            )
    if not texts:
        raise LonghandError("the folder has no .txt or .md files", str(folder))
    return sorted(texts, key=os.fsencode)


def _unreadable(error: OSError) -> None:
    raise LonghandError(f"cannot read: {error.strerror}", str(error.filename)) from error

"""The reader's program makes the same words of a query as Python made of the texts, and looks in the same files."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

from browser.chromium import Chromium
from running import CHECKOUT

from longhand.browse.words import LONGEST, PATTERN, place, words_of

FILES = 37


def test_queries_have_the_words_of_texts(chromium: Chromium, tmp_path: Path) -> None:
    """For all characters that this Python knows, between others and alone."""
    codes = [code for code in range(0x110000) if unicodedata.category(chr(code)) not in ("Cn", "Co", "Cs")]
    texts = [f"{chr(code)} A{chr(code)}b{chr(code)}{chr(code)}".upper() for code in codes]
    texts += ["x" * 100, "国" * 100, "ΛΌΓΟΣ ΣΑΣ", "İstanbul I ı", "Cafe\u0301 ＦＵＬＬ１", "\u202eabc\u2028d\0e"]
    (tmp_path / "page.html").write_text("<title>words</title>")
    chromium.open(tmp_path / "page.html", 800)
    program = (CHECKOUT / "scripts/longhand/browse/app/search.js").read_text(encoding="utf-8")
    answer = chromium.evaluate(
        f"""(() => {{
          const run = {{ words: {json.dumps({"pattern": PATTERN, "longest": LONGEST})} }};
          {program}
          return JSON.stringify({json.dumps(texts)}.map((text) => {{
            const words = wordsOf(folded(text));
            return [words, words.map((word) => Math.floor((crc32(word) * {FILES}) / 2 ** 32))];
          }}));
        }})()"""
    )
    differing = []
    for text, (words, files) in zip(texts, json.loads(answer), strict=True):
        ours = words_of(text)
        # Of a run of several characters, a query needs the pairs only.
        pairs = {word for word in ours if re.fullmatch(PATTERN, word)[1] and len(word) == 2}
        needed = {word for word in ours if not any(word in pair for pair in pairs - {word})}
        if not needed <= set(words) <= ours or files != [place(word, FILES) for word in words]:
            differing.append((text, words, ours))
    assert differing == []

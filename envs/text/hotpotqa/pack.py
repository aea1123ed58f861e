"""Packs the published questions into this folder's data.

    python -m envs.text.hotpotqa.pack ../shared/data/hotpotqa/hotpotqa_distractor_100.jsonl

Each line of the file is a question of HotpotQA in the distractor setting: ``id``, ``question``, ``answer``, ``type``,
``supporting_facts`` and ``context``. What is written depends on the file only.
"""

import json
import lzma
import sys
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any

from core.untrusted import clean
from envs.text.hotpotqa.questions import DATA


def packed(row: Mapping[str, Any]) -> dict[str, Any]:
    """A question as `envs.text.hotpotqa.questions` reads it, without HTML entities and invisible signs."""
    titles = map(_plain, row["context"]["title"])
    sentences = (
        [_plain(each) for each in text if each.strip()] for text in row["context"]["sentences"]
    )
    return {
        "case": row["id"],
        "question": _plain(row["question"]),
        "answer": row["answer"],
        "kind": row["type"],
        "paragraphs": list(zip(titles, sentences, strict=True)),
        "supporting": list(dict.fromkeys(map(_plain, row["supporting_facts"]["title"]))),
    }


def _plain(text: str) -> str:
    return " ".join(clean(unescape(text)).split())


def write_questions(source: Path, target: Path) -> None:
    """Pack all questions of a file."""
    rows = [packed(json.loads(line)) for line in source.read_text("utf-8").splitlines()]
    lines = "".join(
        json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows
    )
    target.write_bytes(lzma.compress(lines.encode(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    write_questions(Path(sys.argv[1]), DATA / "questions.jsonl.xz")

r"""What an answer says: without the model's thoughts, and without turns that it makes up.

Servers differ in what they leave in an answer. Some return the thoughts of a model that reasons, between
tags or in channels; some models do not stop, and go on with the next question and its answer.
"""

import re
from dataclasses import dataclass

MAX_CHARS = 65_536
"""Number of characters that are read, from the end: a model that reasons concludes last."""

CUT = "the answer was cut off at its limit of tokens (--max_tokens)"
EMPTY = "the answer was empty"
"""Reasons why an answer cannot be read, for the model and for the user."""

_WIDE = {0xFEE0 + sign: sign for sign in range(0x21, 0x7F)}
_WIDE |= {
    ord(wide): ord(sign)
    for wide, sign in zip("、。　【】〔〕〖〗❴❵〈〉《》", ",; [][][]{}<><>", strict=True)
}
"""Full-width signs, as Chinese and Japanese models write them -> ASCII."""

# every repetition is bounded or over one class: the patterns take time in proportion to the text
_THOUGHT = r"(?:(?!end_)[\w:-]{0,20}(?:think|thought|reason|reflect|scratchpad|monologue)\w{0,20}|analysis|details)"
_MARK = re.compile(
    rf"""
    (?P<opens>
        <\|?\s{{0,3}}{_THOUGHT}(?:\s[^<>\n]{{0,80}})?\s{{0,3}}\|?> | ◁\s?think\s?▷
        | \[\s{{0,3}}think(?:ing)?\s{{0,3}}\] | <\|(?:begin_of_thought|start_thinking)\|>
        | <\|channel\|>\s{{0,3}}(?!final)\w{{1,20}}
    )
    | (?P<closes>
        <\|?\s{{0,3}}/\s{{0,3}}{_THOUGHT}\s{{0,3}}\|?> | ◁\s?/\s?think\s?▷
        | \[\s{{0,3}}/\s{{0,3}}think(?:ing)?\s{{0,3}}\] | <\|(?:end_of_thought|end_thinking)\|>
    )
    | (?P<concludes> <\|channel\|>\s{{0,3}}final\s?(?:<\|constrain\|>\w{{1,20}})?(?:<\|message\|>)? | <\|begin_of_(?:solution|box)\|> )
    | (?P<ends> <\|(?:end|return|call)\|> )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_OPENS_FIRST = re.compile(rf"\s{{0,99}}{_MARK.pattern}", _MARK.flags)
_BARE_CHANNEL = re.compile(r"\s{0,99}(?:assistant)?(?:analysis|commentary)(?P<glued>[A-Z])?")
"""A channel whose marks the server has removed: ``analysisThe user asks ...assistantfinal{explore}``."""
_BARE_FINAL = re.compile(r"assistant\s{0,2}final")

_COLON = r"[ \t]?\d{0,3}[ \t*_]{0,4}+:"
_TURN = re.compile(
    rf"""
    (?P<token>
        (?: <\|[^<>|\n]{{1,40}}+\|> | <(?:start|end)_of_turn> )
        (?:\s{{0,2}}(?i:user|human|system|assistant|model)\b)?
        | </?(?:s|(?i:user|human|assistant))> | <eos> | \[/?INST\] | <</?SYS>>
    )
    | \b(?: (?P<shouted> (?:USER|HUMAN){_COLON} ) | (?P<shouted_next> ASSISTANT{_COLON} ) )
    | (?: ^ | (?<=[}}\])>.!?]) ) [ \t*#>_|-]{{0,8}}+ (?:
        (?P<other> (?i:user|human|system) (?: {_COLON} | [ \t]{{0,4}}$ ) )
        | (?P<next>
            (?i:assistant|model) (?: {_COLON} | [ \t]{{0,4}}$ ) | A:
            | (?: (?i:next[ ]|new[ ])? (?i:observation|obs|question|input|environment|instruction) | Q ){_COLON}
        )
    )
    | ^\#{{1,6}}+[ ]? (?:
        (?P<heading> (?i:instruction|input|user|human|question)\b )
        | (?P<heading_next> (?i:response|assistant)\b )
    ) [ ]?:?
    """,
    re.MULTILINE | re.VERBOSE,
)
"""The beginning or end of a turn. Those of the kind ``next`` begin one only after an answer, which may
well repeat the question, or call itself ``Assistant:``."""
_IS_ASKED = re.compile(r"user|human|system|instruction|input|question|\[INST", re.IGNORECASE)
_IS_ANSWERED = re.compile(r"assistant|model|response|/INST|A:", re.IGNORECASE)
_ANSWER = re.compile(
    r"\{(?!\s*(?:observed|carry)\b)[^{}]*\}|\[[^\[\]]{3,}\]|\baction[ \t]?\d{0,3}[ \t*_]{0,4}:[ \t*_]{0,4}\w",
    re.IGNORECASE,
)
"""A list that does not repeat an observation, or a labelled action."""
_WORD = re.compile(r"\S")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What an answer says.

    Attributes:
        parts: the texts between the thoughts, in order; none is blank.
        has_ended: a turn of another speaker follows, so the last part is whole even if the
            answer was cut.
    """

    parts: tuple[str, ...]
    has_ended: bool


def spoken(text: str) -> Spoken:
    """What an answer says, of its last `MAX_CHARS` characters.

    Dropped are thoughts between tags (``<think>``, ``[THINK]`` and the like) or in channels other than
    ``final``, a thought that is not closed, all that precedes a closing tag without an opening one, and all
    that follows the model's own turn.
    """
    text = _last_part(text)
    if not text.isascii():
        text = text.translate(_WIDE)
    parts, has_ended = _without_thoughts(_final_channel(text))
    said = []
    for part in parts:
        turn, is_followed = _own_turn(part)
        if _WORD.search(turn):
            said.append(turn)
        if is_followed:
            return Spoken(tuple(said), has_ended=True)
    return Spoken(tuple(said), has_ended)


def without_thoughts(text: str) -> str:
    """An answer without the model's thoughts, of its last `MAX_CHARS` characters.

    For answers that hold a program: what looks like another speaker's turn in them is part of the program.
    """
    parts, _ = _without_thoughts(_final_channel(_last_part(text)))
    return "\n".join(parts)


def _last_part(text: str) -> str:
    """The last `MAX_CHARS` characters; a thought that began before them is still one."""
    if len(text) <= MAX_CHARS:
        return text
    first = _OPENS_FIRST.match(text)
    is_open = first is not None and first["opens"] is not None
    return ("<think>" if is_open else "") + text[-MAX_CHARS:]


def _without_thoughts(text: str) -> tuple[list[str], bool]:
    """The parts between the thoughts, none of them blank, and whether a mark ends the last one."""
    marks = list(_MARK.finditer(text))
    last_closing = max((n for n, mark in enumerate(marks) if mark["closes"]), default=-1)
    parts: list[str] = []
    depth = start = 0
    for number, mark in enumerate(marks):
        part, start = text[start : mark.start()], mark.end()
        if not depth and part.strip():
            parts.append(part)
        kind = mark.lastgroup
        if kind == "opens":
            depth += 1
        elif kind == "ends" and parts and not depth:
            return parts, True
        else:
            if kind == "concludes" or (kind == "closes" and not depth):
                parts.clear()  # a closing tag alone: the opening one was in the prompt
            # an opening tag that was written twice has one closing tag
            is_nested = kind == "closes" and number < last_closing
            depth = max(depth - 1, 0) if is_nested else 0
    if not depth and text[start:].strip():
        parts.append(text[start:])
    return parts, False


def _final_channel(text: str) -> str:
    """The final channel of an answer whose marks of channels were removed; any other text as it is."""
    channel = _BARE_CHANNEL.match(text)
    if channel is None:
        return text
    final = _BARE_FINAL.search(text)
    if final is not None:
        return text[final.end() :]
    return "" if channel["glued"] else text


def _own_turn(text: str) -> tuple[str, bool]:
    """The model's own turn, and whether another turn follows.

    Turns before it, which repeat the conversation, are passed over.
    """
    start = 0
    is_asked = False
    answer = _ANSWER.search(text)
    for mark in _TURN.finditer(text):
        word = _WORD.search(text, start)
        assert word is not None
        if answer is not None and answer.start() < start:
            answer = _ANSWER.search(text, start)
        is_blank = word.start() >= mark.start()
        if not is_blank:
            if answer is not None and answer.end() <= mark.start():
                return text[start : mark.start()], True
            if not is_asked and not (mark.lastgroup or "").endswith("next"):
                return text[start : mark.start()], True
        if is_blank or is_asked:
            start = mark.end()
            if _IS_ANSWERED.search(mark[0]):
                is_asked = False
            elif _IS_ASKED.search(mark[0]):
                is_asked = True
    return text[start:], False

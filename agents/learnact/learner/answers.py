"""Reading a learner's answers: functions, notes about functions, and examples of their use."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from agents.code_as_policy import read_code
from agents.learnact.learner.revision import Revision, revise
from agents.learnact.learner.source import bound, loaded, take_apart, unknown
from core.answer import CUT, spoken
from core.candidate import Change
from core.chat import Reply
from core.console import one_line
from core.errors import ActionFormatError
from core.library import Library
from envs.text.coding.python_text import parsed

MAX_PROBLEMS = 10
"""Problems of an answer that are shown, at most."""
MAX_PROBLEM = 400
"""Characters of a problem, at most."""
MAX_NOTE = 500
"""Characters of a note, at most."""
MAX_EXAMPLE = 2_000
"""Characters of an example, at most."""
NO_FUNCTION = (
    "there is no function that can be used: write at least one, with def, in a block of Python"
)
NO_CHANGE = (
    "the answer changes nothing: rewrite a function, or a line that begins with 'Note for NAME:'"
)

_CUT = CUT.replace("--max_tokens", "--learner_max_tokens")
_MARKUP = r"[ \t*_`#>\[\]\"'-]{0,8}"
"""Markup around words."""
_NOTE = re.compile(
    rf"^{_MARKUP}notes?(?:{_MARKUP}(?:for|on|about){_MARKUP}(?P<name>\w+)(?:\([^()\n]*\))?)?{_MARKUP}:{_MARKUP}",
    re.IGNORECASE | re.MULTILINE,
)
# the published form of a note: "Improve: Plan NAME", then "Content: TEXT"
_PLAN = re.compile(rf"\bimprove{_MARKUP}:{_MARKUP}plan\b(?P<rest>[^\n]*)", re.IGNORECASE)
_CONTENT = re.compile(rf"^{_MARKUP}content{_MARKUP}:{_MARKUP}", re.IGNORECASE | re.MULTILINE)
_END = re.compile(rf"\n[ \t]*(?:\n|```)|^{_MARKUP}test case\b", re.IGNORECASE | re.MULTILINE)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Answer:
    """A library after an answer.

    Attributes:
        change: ``none`` if nothing in the answer can be used.
        library: with the change.
        changed: names of the functions that are new, rewritten or annotated.
        usage: lines of the code that are no definitions; they may call the functions.
        problems: what of the answer cannot be used, and why; one line each.
    """

    change: Change
    library: Library
    changed: tuple[str, ...] = ()
    usage: str = ""
    problems: tuple[str, ...] = ()


def read_answer(
    reply: Reply, parent: Library, actions: Collection[str], failed: str = ""
) -> Answer:
    """The functions in an answer, or else its notes.

    Args:
        reply: the answer.
        parent: the functions so far; without functions, an answer must have some.
        actions: names of the actions of the world.
        failed: the function that a note is about if it does not name one.
    """
    code = ""
    try:
        code = read_code(reply).action
        revision = revise(parent, code, actions)
    except ActionFormatError as error:
        revision = Revision(parent, problems=(_reason(error),))
    problems = _shortened(revision.problems)
    if revision.changed:
        change: Change = "update" if parent.functions else "create"
        return Answer(change, revision.library, revision.changed, revision.usage, problems)
    if parent.functions and not (
        "def " in code and problems
    ):  # otherwise the functions have to be corrected
        annotated = _annotate(reply, parent, failed)
        if annotated.problems or annotated.changed:
            return annotated
    nothing = NO_CHANGE if parent.functions else NO_FUNCTION
    return Answer("none", parent, problems=problems or (nothing,))


def read_example(reply: Reply, library: Library, actions: Collection[str]) -> str:
    """The code in an answer that calls the functions, without what it defines.

    Raises:
        ActionFormatError: there is none, it is no Python or too long, or it calls something unknown.
    """
    try:
        source = take_apart(read_code(reply).action, actions)
    except ActionFormatError as error:
        raise ActionFormatError(reply.text, _reason(error)) from None
    example = source.usage
    tree = parsed(example)
    missing = unknown(tree, {*actions, *library.names, *bound(parsed(library.preamble))})
    if missing:
        problem = f"{', '.join(missing)}: not defined"
    elif loaded(tree).isdisjoint(library.names):
        problem = "; ".join(_shortened(source.problems)) or "it calls none of the functions"
    elif len(example) > MAX_EXAMPLE:
        problem = f"it has more than {MAX_EXAMPLE} characters"
    else:
        return example
    raise ActionFormatError(reply.text, problem[:MAX_PROBLEM])


def _annotate(reply: Reply, parent: Library, failed: str) -> Answer:
    """The library with the notes in an answer, which may have none."""
    notes: dict[str, list[str]] = {
        function.name: [*function.notes] for function in parent.functions
    }
    problems = []
    for name, note in _notes("\n".join(spoken(reply.text).parts), notes, failed):
        if name not in notes:
            problems.append(f"there is no function {name!r:.60} to write a note for")
        elif reply.cut:
            problems.append(f"{_CUT}: the note may be incomplete")
        elif not note or len(note) > MAX_NOTE:
            problems.append(f"the note for {name} must have 1 to {MAX_NOTE} characters")
        elif note not in notes[name]:
            notes[name].append(note)
    functions = tuple(
        replace(function, notes=tuple(notes[function.name])) for function in parent.functions
    )
    changed = tuple(
        new.name for new, old in zip(functions, parent.functions, strict=True) if new != old
    )
    library = replace(parent, functions=functions)
    return Answer("note" if changed else "none", library, changed, problems=_shortened(problems))


def _notes(text: str, names: Collection[str], failed: str) -> Iterator[tuple[str, str]]:
    """The notes in a text in one line each, after the name of the function that each is about."""
    plan = _PLAN.search(text)
    content = _CONTENT.search(text, plan.end()) if plan is not None else None
    if plan is not None and content is not None:
        named = [word for word in _WORD.findall(plan["rest"]) if word in names]
        yield [*named, failed][0], _text_from(text, content.end())
        return
    for match in _NOTE.finditer(text):
        yield match["name"] or failed, _text_from(text, match.end())


def _text_from(text: str, start: int) -> str:
    """The text from a place to the end of its paragraph or to the next note, in one line."""
    rest = text[start : start + 2 * MAX_NOTE]
    ends = [match.start() for match in (_END.search(rest), _NOTE.search(rest)) if match]
    return " ".join(rest[: min(ends, default=len(rest))].split()).strip("-*_` ")


def _reason(error: ActionFormatError) -> str:
    """Why an answer cannot be read; its limit of tokens is a flag of its own."""
    return error.reason.replace(CUT, _CUT)


def _shortened(problems: Sequence[str]) -> tuple[str, ...]:
    """The first `MAX_PROBLEMS`, each in one line of at most `MAX_PROBLEM` characters."""
    return tuple(one_line(problem)[:MAX_PROBLEM] for problem in problems[:MAX_PROBLEMS])

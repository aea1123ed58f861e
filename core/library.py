"""The functions that a learner wrote over the actions of a world, and how they stand in a conversation."""

import ast
from dataclasses import dataclass

from core.untrusted import clean

LEARNED_HEADING = "You can also call these functions, which were written for you:"
"""In the system message, before the source of the library as a block of Python."""
ONE_CALL = "Each answer is one call of one of these functions."
"""In the system message of an agent with learned functions; a few lines of code are allowed, too."""
LAST_OBSERVATION = "last_observation"
"""Name of the function that returns the last observation once more; it is no action."""


@dataclass(frozen=True, slots=True)
class LearnedFunction:
    """A function that a learner wrote.

    Attributes:
        name: an identifier; not the name of an action.
        source: its ``def`` statement, docstring included.
        signature: how it is called, for example ``carry(ball, room)``.
        description: the first line of its docstring; may be empty.
        notes: what callers have to know, learned from failures.
        version: 1 for a new function, one more with each rewriting.
    """

    name: str
    source: str
    signature: str
    description: str
    notes: tuple[str, ...] = ()
    version: int = 1

    @classmethod
    def of(cls, node: ast.FunctionDef, version: int = 1) -> "LearnedFunction":
        """The function that a ``def`` statement defines, without notes.

        Raises:
            RecursionError, ValueError: it is nested too deeply, or has a number that is too long.
        """
        docstring = ast.get_docstring(node) or ""
        return cls(
            node.name,
            ast.unparse(node),
            f"{node.name}({ast.unparse(node.args)})",
            clean(docstring.partition("\n")[0]).strip(),
            version=version,
        )


@dataclass(frozen=True, slots=True)
class Library:
    """The functions that an agent can call beside the actions of its world.

    Attributes:
        functions: in the order of their definitions.
        preamble: imports and constants that they use, as source.
        example: how they are called, as code; may be empty.
    """

    functions: tuple[LearnedFunction, ...] = ()
    preamble: str = ""
    example: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the functions, in order."""
        return tuple(function.name for function in self.functions)

    @property
    def source(self) -> str:
        """Preamble and functions as one piece of Python; empty without functions."""
        if not self.functions:
            return ""
        parts = (self.preamble, *(function.source for function in self.functions))
        return "\n\n\n".join(part for part in parts if part) + "\n"

"""A hostile answer takes time in proportion to its length, and no more than 64 kB of it are read."""

import pytest

from core.answer import MAX_CHARS, _own_turn, _without_thoughts, spoken
from core.rooms.plan import EXPLORE_PLAN
from core.rooms.plan_lists import candidates
from tests.core.rooms.test_parse import outcome

LENGTH = 1_000_000
PIECES = [
    "{",
    "}",
    "{}",
    "{a}",
    "{explore}",
    "{explore},",
    "[",
    "[{",
    "]",
    "[]",
    "[a]",
    " ",
    "\n",
    " \n",
    "\t1",
    "1.",
    "1.\n",
    "1. ",
    "1. a\n",
    "step ",
    "step 1 - ",
    "- ",
    "- a\n",
    "go to ",
    "go to the ",
    "{go to the key, ",
    "go to the key with the ",
    "action ",
    "action: ",
    "action:",
    "action: explore\n",
    "action: go\n",
    "Action: a\nx\n",
    "plan:",
    "and then ",
    ",",
    "the ",
    "_",
    "(((",
    "<think>",
    "</think>",
    "<think></think>",
    "<",
    "<t",
    "[think]",
    "<|",
    "<|channel|>",
    "<|channel|>analysis",
    "<|end|>",
    "<|x|>",
    "<|im_start|>user\n",
    "USER:",
    "user: ",
    "\nuser:",
    "\nUSER: a\n",
    "a\nobservation: ",
    "{a}\nobservation",
    "observation:",
    "\n###",
    "### user",
    "assistant:",
    "assistantfinal",
    "analysis",
    "analysisA",
    '"a":',
    '{"a":',
    "[1,",
    '["explore",',
    '{"plan":[',
    "```json\n",
    "```",
    "*",
    "**a** ",
    "#",
    "> ",
    "->",
    "=",
    "-",
    "--",
    "。",
    "｛",
    "、",
    "a。",
    "１．",
    "a,",
    "explore,",
    "explore.",
    "explore and ",
    "explore: a, ",
    "12). ",
    " ;1. . 12)",
    "(a) ",
    "a) ",
    "x",
    "é",
    "\x00",
    "\ud800",
    '"',
    "plan: {toggle the door using_",
    "toggle the door using _",
    "toggle the door using ",
    " (a",
    "because ",
    "go to the key - ",
    "1. go to the key - a, ",
    "{observed a key}",
    "{carry key},",
    "Q:",
    "A:",
    "\r\n",
    "\u2028",
    "_ ",
    "\\",
    "</s>",
    "[INST]",
    " <",
    "next ",
    "finally",
    "first",
    " and",
    "<a>",
    "</a",
    "word word. ",
    "I see. ",
    "aUSER: ",
    "{explore}</think>",
    "<think>{a}</think>",
    "a\nsystem\n",
    '"a": "b", ',
    "explore because ",
    "step 1: explore ",
    "1) a ",
    "① ",
    "🔑 ",
    "(1)a",
    "2. {a} b\n",
    "- action: a\n",
    "<think-",
    "\\text{",
    "{a}. then i will ",
    "a, it ",
    "[ ",
    "{explore}\n\n",
]
AROUND = [
    ("", ""),
    ("{explore} ", ""),
    ("plan: {toggle the door using", "}"),
    ("<think>", ""),
    ("1. ", ""),
]


@pytest.mark.parametrize("number", range(3))
def test_a_megabyte_is_read_or_refused(number):
    """Some pieces each; the next test has all of them."""
    for piece in PIECES[number :: len(PIECES) // 6]:
        outcome("{explore} " + piece * (LENGTH // len(piece)))


@pytest.mark.slow
@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", PIECES, ids=repr)
def test_each_part_takes_time_in_proportion_to_the_length(piece):
    """On all of 100 kB, which `MAX_CHARS` cuts elsewhere: what is quadratic would take minutes."""
    for before, after in AROUND:
        text = before + piece * (100_000 // len(piece)) + after
        _without_thoughts(text)
        _own_turn(text)
        for _ in candidates(text):
            pass


@pytest.mark.parametrize("opening", ["<think>", "<|channel|>analysis<|message|>", "[THINK]"])
def test_a_long_thought_is_a_thought_though_its_beginning_is_not_read(opening):
    thought = f"{opening}{'What if I {go to the door}? ' * 10_000}"
    assert outcome(thought) is None
    closing = {"<think>": "</think>", "[THINK]": "[/THINK]"}.get(opening, "<|end|>")
    assert outcome(f"{thought}{closing}{{explore}}") == EXPLORE_PLAN


def test_what_is_longer_is_cut():
    assert outcome("{explore}".ljust(MAX_CHARS)) == EXPLORE_PLAN
    assert outcome("{explore}".ljust(MAX_CHARS + 20)) is None
    assert sum(map(len, spoken("x" * LENGTH).parts)) == MAX_CHARS

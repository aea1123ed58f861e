"""Answers of language models, drawn from a seed: for tests, and for longer runs of them (`make fuzz`)."""

import json
import random

_STEPS = (
    "explore", "go to the key", "pick up the key", "go to the red door", "toggle the door", "drop the grey key",
    "open the box", "unlock the blue door with the blue key", "look around", "move to a box", "walk", "go to", "",
    "sing", "toggle the door using " + "_" * 200,
)  # fmt: skip
_JOINS = (", ", ",", "; ", "\n", " then ", " -> ", " and ", "}, {", "，", "、", " ", "\n- ", "\n\n")
_PIECES = (
    "{", "}", "[", "]", "<think>", "</think>", "```", "```json\n", "Action:", "Plan:", "Thought:", "USER:", "\n",
    "ASSISTANT: ", "1. ", "**", "｛", "｝", "<|im_end|>", "<|channel|>analysis<|message|>", "<|channel|>final", "\\n",
    "\x00", "\x1b[31m", "\ud800", "\u202e", "é", "_" * 500, "{" * 500, " " * 500, '"', "'", "$", "\\boxed{", "Action 1:",
)  # fmt: skip


def draw_answer(case: int) -> str:
    """A plan in one of the forms in which models write plans, and then damaged in up to five places."""
    draw = random.Random(case)
    text = _write([draw.choice(_STEPS) for _ in range(draw.randrange(8))], draw)
    if draw.random() < 0.3:
        text = f"<think>{draw.choice(_STEPS)}? {{explore}}{draw.choice(('</think>', ''))}{text}"
    if draw.random() < 0.2:
        text += draw.choice(
            ("\nUSER: observed a key\nASSISTANT: {explore}", "\nThat is all.", "}", "{")
        )
    for _ in range(draw.randrange(6)):
        place = draw.randrange(len(text) + 1)
        end = place + draw.choice((0, 0, 1, 3, 30))
        new = draw.choice(_PIECES) if draw.random() < 0.7 else chr(draw.randrange(0x110000))
        text = text[:place] + new + text[end:]
    if draw.random() < 0.001:
        text *= 20_000 // (len(text) + 1)
    return text


def _write(steps: list[str], draw: random.Random) -> str:
    listed = draw.choice(_JOINS).join(steps)
    numbered = "\n".join(f"{n}. **{step}** - it was seen." for n, step in enumerate(steps, 1))
    lines = "\n".join(f"Action {n}: {step}" for n, step in enumerate(steps, 1))
    forms = (
        f"{{{listed}}}", f"[{listed}]", f"Plan: {listed}", numbered, lines, listed, json.dumps(steps),
        json.dumps([{"action": step} for step in steps]), f"｛{listed}｝", f"```json\n{json.dumps(steps)}\n```",
        f"Thought: I look around.\nAction: {listed}",
    )  # fmt: skip
    return draw.choice(forms)

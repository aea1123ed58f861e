"""Attempts at a case of a text world by a scripted beginner, with its notes in front of the first observation."""

from dataclasses import dataclass

from core.chat import Message, Request
from core.reflection import REFLECTION_CUE, Reflection, memory_text
from core.task import find_text_tasks
from envs.text.scripted import ScriptedTextModel
from runner.text import make_world


def say(model, messages, sample=0):
    """The model's answer to a conversation."""
    [reply] = model.chat([Request(tuple(messages), sample=sample)])
    return reply.text


@dataclass
class Attempt:
    """An episode: whether it was won, its conversation, and the note that was written if it was not."""

    is_won: bool
    messages: list
    note: str


def attempt(model, env, case, max_steps, notes=(), sample=0):
    """Play one episode; `notes` are of earlier trials."""
    observation, info = env.reset(options={"case": case})
    memory = memory_text([Reflection(trial, text) for trial, text in enumerate(notes)])
    messages = [Message("user", f"{memory}\n\n{observation}" if memory else observation)]
    for _ in range(max_steps):
        action = say(model, messages, sample)
        observation, _, _, _, info = env.step(action)
        messages += [Message("assistant", action), Message("user", observation)]
        if info["success"]:
            return Attempt(True, messages, "")
        if messages[-2:] == messages[-4:-2]:  # the same action with the same result
            break
    asked = f"{observation}\n\nThe attempt has failed. {REFLECTION_CUE}"
    return Attempt(False, messages, say(model, [*messages[:-1], Message("user", asked)], sample))


def solved_by_trial(task, cases, *, memory_size, trials=4, seed=0, draws_anew=False):
    """How many cases are solved after each trial; the last notes are shown.

    Args:
        task: name of the world.
        cases: that are played.
        memory_size: number of notes that are shown; 0: no memory.
        trials: number of trials.
        seed: of the model.
        draws_anew: each trial samples an answer of its own.
    """
    [world] = find_text_tasks(task)
    env, model = make_world(world), ScriptedTextModel(seed=seed, is_novice=True)
    notes = {case: [] for case in cases}
    curve = []
    for trial in range(trials):
        for case in list(notes):
            shown = notes[case][-memory_size:] if memory_size else []
            sample = trial if draws_anew else 0
            done = attempt(model, env, case, world.max_steps, shown, sample)
            if done.is_won:
                del notes[case]
            else:
                notes[case].append(done.note)
        curve.append(len(cases) - len(notes))
    return curve

"""An episode as a conversation in plain text."""

from itertools import groupby

from core.episode import Episode, Step

INDENT = " " * 14


def dialogue(episode: Episode) -> str:
    """All that was said and done, for the terminal and for ``episode_N.txt``."""
    if episode.is_text:
        return _text_dialogue(episode)
    return _room_dialogue(episode)


def _room_dialogue(episode: Episode) -> str:
    """Every question with its answer and the parsed plan, and the actions between questions."""
    lines = [f"{episode.task}, seed {episode.case}"]
    actions: list[str] = []
    previous: Step | None = None
    for number, step in enumerate(episode.steps):
        asked = step.consultation
        if previous is not None and (asked is not None or step.skill != previous.skill):
            lines.append(_actions(previous.skill, actions))
            actions = []
        if asked is not None:
            why = "the plan is finished" if asked.is_forced else "the policy asks"
            cost = f", cost {asked.cost:g}" if asked.cost else ""
            lines.append(f"step {number:3d}  [{why}{cost}]")
            lines += [_line("mediator", asked.question), _line("planner", asked.answer)]
            if asked.plan != asked.answer:
                lines.append(_line("plan", asked.plan))
            if asked.format_errors:
                lines.append(f"    (answers without a plan: {asked.format_errors})")
        actions.append(step.action)
        previous = step
    if previous is not None:
        lines.append(_actions(previous.skill, actions))
    why = "out of steps" if episode.truncated else "left before the end"
    end = "the door is open" if episode.success else f"{why}, the door is closed"
    lines.append(
        f"{end}: {episode.num_steps} steps, {episode.asks} questions, "
        f"return {episode.total_return:.3f}"
    )
    return "\n".join(lines) + "\n"


def _text_dialogue(episode: Episode) -> str:
    """Every observation with the thought and the action that followed, and what the answer cost."""
    lines = [f"{episode.task}, {episode.case}", _line("goal", episode.goal)]
    for number, step in enumerate(episode.steps):
        tokens = step.usage.tokens
        lines.append(f"step {number:3d}" + (f"  [{tokens} tokens]" if tokens else ""))
        lines.append(_line("world", step.observation))
        if step.thought:
            lines.append(_line("thought", step.thought))
        if step.action:
            lines.append(_line("action", step.action + ("" if step.is_valid else "  (invalid)")))
        else:
            why = "cut at --max_tokens" if step.cut else "unreadable"
            lines.append(_line("answer", f"{step.answer}  ({why})"))
    lines.append(_line("world", episode.final_observation))
    usage = episode.usage
    lines.append(
        f"{'solved' if episode.success else 'not solved'}, score {episode.score:g}: "
        f"{episode.num_steps} steps, {usage.llm_calls} model calls, "
        f"{usage.prompt_tokens} + {usage.completion_tokens} tokens"
    )
    return "\n".join(lines) + "\n"


def _line(speaker: str, text: str) -> str:
    return f"    {speaker:9s} " + text.replace("\n", f"\n{INDENT}")


def _actions(skill: str, actions: list[str]) -> str:
    """One line of a skill and its actions, repeated ones counted: ``forward x 4``."""
    runs = [(action, len(list(same))) for action, same in groupby(actions)]
    said = ", ".join(action if times == 1 else f"{action} x {times}" for action, times in runs)
    return _line("agent", f"{skill}: {said}")

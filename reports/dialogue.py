"""An episode as a conversation in plain text."""

from core.episode import Episode


def dialogue(episode: Episode) -> str:
    """Every question with its answer and the parsed plan, and the actions between questions."""
    lines = [f"{episode.task}, seed {episode.case}"]
    done: list[str] = []
    for number, step in enumerate(episode.steps):
        asked = step.consultation
        if asked is not None:
            lines += _actions(done)
            done = []
            why = "the plan is finished" if asked.is_forced else "the policy asks"
            cost = f", cost {asked.cost:g}" if asked.cost else ""
            lines.append(f"step {number:3d}  [{why}{cost}]")
            lines.append(f"    mediator  {asked.question}")
            lines.append(f"    planner   {asked.answer}")
            if asked.plan != asked.answer:
                lines.append(f"    plan      {asked.plan}")
            if asked.format_errors:
                lines.append(f"    (answers without a plan: {asked.format_errors})")
        elif not number or step.skill != episode.steps[number - 1].skill:
            lines += _actions(done)
            done = []
        if not done:
            done = [f"{step.skill}:"]
        done.append(step.action)
    lines += _actions(done)
    end = "the door is open" if episode.success else "out of steps, the door is closed"
    lines.append(
        f"{end}: {episode.num_steps} steps, {episode.asks} questions, "
        f"return {episode.total_return:.3f}"
    )
    return "\n".join(lines) + "\n"


def _actions(done: list[str]) -> list[str]:
    """One line of a skill and its actions, repeated ones counted: ``forward x 4``."""
    if len(done) < 2:
        return []
    skill, actions = done[0], done[1:]
    runs: list[tuple[str, int]] = []
    for action in actions:
        if runs and runs[-1][0] == action:
            runs[-1] = (action, runs[-1][1] + 1)
        else:
            runs.append((action, 1))
    said = ", ".join(action if times == 1 else f"{action} x {times}" for action, times in runs)
    return [f"    agent     {skill} {said}"]

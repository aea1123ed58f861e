"""Plays commands in ALFWorld itself; benchmarks/text_worlds.py runs it with the Python of `make install-alfworld`.

    python benchmarks/alfworld_original.py FOLDER < commands.json

FOLDER holds ``valid_unseen.jsonl.xz``, ``alfred.pddl`` and ``grammar_template.twl2``; standard input is
``{case: [command, ...]}``. Prints commands per second of CPU time and CPU seconds per reset, as JSON.
"""

import json
import lzma
import sys
import tempfile
import time
from pathlib import Path

import textworld.gym
from alfworld.agents.environment.alfred_tw_env import AlfredDemangler, AlfredInfos

data, commands = Path(sys.argv[1]), json.load(sys.stdin)
domain = (data / "alfred.pddl").read_text()
grammar = (data / "grammar_template.twl2").read_text()
infos = textworld.EnvInfos(won=True, admissible_commands=True)
num_steps = num_resets = 0
step_seconds = reset_seconds = 0.0
with (
    lzma.open(data / "valid_unseen.jsonl.xz", "rt") as lines,
    tempfile.TemporaryDirectory() as folder,
):
    for game in map(json.loads, lines):
        case = f"valid_unseen/{game['path']}"
        if case not in commands:
            continue
        file = Path(folder) / f"game{num_resets}.tw-pddl"
        own_grammar = grammar.replace("@@TASK@@", game["task"])
        parts = {"pddl_domain": domain, "grammar": own_grammar, "walkthrough": game["walkthrough"]}
        file.write_text(json.dumps({**parts, "pddl_problem": game["pddl_problem"]}))
        name = textworld.gym.register_games(
            [str(file)],
            infos,
            batch_size=1,
            asynchronous=False,
            max_episode_steps=50,
            wrappers=[AlfredDemangler, AlfredInfos],
        )
        started = time.process_time()
        env = textworld.gym.make(name)
        env.reset()
        reset_seconds += time.process_time() - started
        num_resets += 1
        started = time.process_time()
        for command in commands[case]:
            env.step([command])
        step_seconds += time.process_time() - started
        num_steps += len(commands[case])
        env.close()
rates = {
    "steps_per_second": num_steps / step_seconds,
    "reset_seconds": reset_seconds / num_resets,
}
print(json.dumps(rates))

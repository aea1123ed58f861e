"""Names that flags can have as values, with what each one means.

They stand here because importing what implements them is slow, and ``--help`` must be instant. The registries
are in the packages that implement them (`skills.SKILL_SETS`, `mediator.features.FEATURES`, `mediator.cost.COSTS`,
`planner.build.MODELS`, `mediator.policies.ASK_POLICIES`); tests/agents/test_methods.py compares the names.
"""

from collections.abc import Mapping

SKILL_SETS: Mapping[str, str] = {
    "paper": "those of the published code",
    "frontier": "as paper, but explore walks around obstacles to the nearest unseen cell",
}
PLANNERS: Mapping[str, str] = {
    "scripted": "rules, without a language model",
    "fastchat": "any server with an OpenAI-style API, see --llm_url",
    "local": "a language model in this process (make install-llm)",
    "replay": "answers from --record_file",
}
PLANNER_MODES: Mapping[str, str] = {
    "generate": "the language model writes its plan",
    "rank": "the most probable of the plans that can be carried out (--planner local, or a server that returns "
    "log-probabilities)",
}
COST_RULES: Mapping[str, str] = {
    "paper": "a question whose answer does not change the plan",
    "code": "every question, more if its answer does not change the plan (the published code's rule)",
    "each": "every question, the same",
}
OBJECTIVES: Mapping[str, str] = {
    "ppo": "clipped surrogate",
    "vpg_ratio": "policy gradient by the unclipped ratio",
    "vpg_logp": "policy gradient by the log-likelihood",
}
FEATURE_SETS: Mapping[str, str] = {
    "counts": "how many things of each kind appeared and disappeared since the last image, what is carried, and "
    "which kinds of thing are in view, all without positions",
    "delta_planes": "this image minus the last one, one plane for each kind of thing",
    "delta_inventory": "delta_planes, and what is carried",
    "delta_scene": "delta_inventory, and which kinds of thing are in view",
    "full_map": "one plane for each kind of thing seen so far, and what is carried",
    "delta_codes": "this image minus the last one in MiniGrid's codes, the paper's input",
    "frames": "both images in MiniGrid's codes",
}
HEADS: Mapping[str, str] = {
    "single": "one for all sub-goals",
    "option": "one for each kind of sub-goal, chosen by the current one (the paper's 2 x K)",
}
ENGINES: Mapping[str, str] = {
    "auto": "batched where it is available",
    "batched": "all rooms at once by compiled code; compiling takes half a minute, once",
    "readable": "the reference engine, one room after the other through gymnasium",
}
DOCSTORES: Mapping[str, str] = {
    "paragraphs": "the ten paragraphs of the question, which is easier than all of Wikipedia",
    "recorded FILE": "recorded searches in Wikipedia, a JSON object with query and observation a line",
}
TEMPLATES = ("chatml", "vicuna")
TABLE_POLICIES = ("baseline", "always", "random", "oracle", "learned", "RL")

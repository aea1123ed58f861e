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
AGENTS: Mapping[str, str] = {
    "react": "a thought, then an action",
    "act": "an action",
    "cot_context": "hotpotqa: a thought and the answer, after reading the paragraphs that it follows from",
    "cot_no_context": "hotpotqa: a thought and the answer, without reading anything",
}
STRATEGIES: Mapping[str, str] = {
    "auto": "reflexion with --use_memory and in programming, otherwise none",
    "none": "nothing: an attempt is a mere retry",
    "last_attempt": "the whole last attempt",
    "reflexion": "the notes that the model wrote after failed attempts",
    "last_attempt_and_reflexion": "the whole last attempt, and the note about it",
    "simple": "programming: nothing; one program, without tests",
    "immediate_reflexion": "programming: notes, without any tests",
    "immediate_refinement": "programming: what self-made tests gave, without notes",
    "test_acc": "programming: nothing; self-made tests only, which judge the published solution",
}
LOOP_RULES: Mapping[str, str] = {
    "observation": "the same action has had the same result more than 3 times",
    "published": "two equal actions in a row (the published code's rule)",
    "none": "never",
}
SUCCESS_RULES: Mapping[str, str] = {
    "won": "the world says that the task is done",
    "published": "won, or the attempt ran out of steps without ending by --loop_rule (the published code's rule)",
}
LEARN_SPLITS: Mapping[str, str] = {
    "auto": "drawn in experiments of --exp_id from 1 on, otherwise published",
    "published": "those of the published code (rooms have none: drawn)",
    "drawn": "drawn from the split by the seed",
}
LEARNER_SEES: Mapping[str, str] = {
    "episodes": "also how the agent acted in the training cases without functions",
    "rules": "the rules of the world alone, as published",
}
EXPERTS: Mapping[str, str] = {
    "scripted": "an expert that plays by rules (--scripted_skill)",
    "novice": "a beginner that plays by rules and often errs",
    "forgetful": "in alfworld and its kinds, the expert that often forgets to clean, heat or cool; elsewhere scripted",
}
TEXT_AGENTS: Mapping[str, str] = {name: AGENTS[name] for name in ("react", "act")}
CONTROLS: Mapping[str, str] = {
    "more_sft": "more of the supervised training",
    "sft_failed": "supervised, on the expert's trajectories of cases in which the agent was worse",
    "rft": "supervised, on the successes of all explorations and of the expert (rejection sampling)",
    "none": "nothing",
}
LOSS_ON: Mapping[str, str] = {
    "answers": "the agent's answers, as published",
    "all": "the prompt and the observations, too, from which a model from scratch can learn to read",
}
DTYPES: Mapping[str, str] = {
    "auto": "bfloat16 on cuda, otherwise float32",
    "float32": "32 bits",
    "bfloat16": "16 bits; weights and optimizer stay in 32",
}
TEMPLATES = ("chatml", "vicuna")
TABLE_POLICIES = ("baseline", "always", "random", "oracle", "learned", "RL")

"""Flags of everything that asks a planner."""

from dataclasses import dataclass

from core.choices import PLANNER_MODES, PLANNERS, TEMPLATES
from core.flags import Settings, flag
from core.settings.limits import LONGEST_TIMEOUT, MOST_THREADS


@dataclass(frozen=True, kw_only=True)
class PlannerSettings(Settings):
    """The planner and its language model."""

    planner: str = flag(
        "scripted",
        "what answers questions; the address of a server, or the name of a model there, implies fastchat",
        choices=PLANNERS,
    )
    planner_mode: str = flag(
        "generate", "how a language model arrives at a plan", choices=PLANNER_MODES
    )
    no_examples: bool = flag(False, "prompt with the rules only, without worked examples")
    model_path: str = flag(
        "",
        "directory or hub name of the model of --planner local (default: the small model of make install-llm)",
    )
    llm_url: str = flag(
        "http://127.0.0.1:8000/v1/chat/completions",
        "address of the server of --planner fastchat, as http://HOST:PORT, .../v1 or in full; its key is read "
        "from the environment variable "
        "OPENAI_API_KEY",
    )
    llm_model: str = flag(
        "", "name of the server's model (default: the first one it offers when a run begins)"
    )
    llm_timeout: float = flag(
        60.0,
        "seconds until a whole response must have arrived, 0 for no limit; a request is tried up to 5 times",
        at_least=0,
        at_most=LONGEST_TIMEOUT,
    )
    max_answer_bytes: int = flag(
        1_000_000,
        "a response of the server that is longer is a fault, and no more of it is read",
        at_least=1,
        at_most=10**9,
    )
    llm_in_flight: int = flag(
        8,
        "number of concurrent requests to the server",
        at_least=1,
        at_most=MOST_THREADS,
        because="each has a thread",
    )
    llm_template: str = flag(
        "chatml",
        "conversation format of the server's model, for --planner_mode rank",
        choices=TEMPLATES,
    )
    temperature: float = flag(
        0.0, "sampling temperature of the language model; 0 is greedy", at_least=0, at_most=100
    )
    max_tokens: int = flag(
        128, "longest answer of the language model, in tokens", at_least=1, at_most=1_000_000
    )
    stop: tuple[str, ...] = flag((), "texts that end an answer", is_free_text=True)
    answers_per_question: int = flag(
        1,
        "sample this many answers to each question and draw one each time it is asked",
        at_least=1,
        at_most=1000,
    )
    answer_store: str = flag(
        "answers.sqlite",
        "file in LOGDIR that caches the answers of language models for all runs, by model and conversation; "
        "none for no cache",
    )
    token_prices: tuple[float, ...] = flag(
        (),
        "prices of a million prompt tokens and of a million answer tokens",
        nargs=2,
        at_least=0,
        at_most=10**9,
    )
    record_file: str = flag(
        "",
        "JSON lines of questions and answers: written with any planner, read by --planner replay",
    )


WITHOUT_EFFECT_ON_ANSWERS = frozenset(
    {"llm_url", "llm_timeout", "max_answer_bytes", "llm_in_flight", "answer_store", "token_prices"}
)
"""Planner settings that change no answer: how the model is reached, cached and paid for."""
DECIDE_ANSWERS = tuple(
    name
    for name in PlannerSettings.__dataclass_fields__
    if name not in WITHOUT_EFFECT_ON_ANSWERS and name != "record_file"
)
"""Planner settings that decide the answers."""

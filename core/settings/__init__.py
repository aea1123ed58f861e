"""Settings: one frozen dataclass for each kind of verb, with the default, the help and the range of each flag.

Import from here; the files below hold one kind of verb each. Nothing is slow to import: ``--help`` must be instant.
"""

from core.settings.eval_agent import NOT_OF_EVAL_AGENT, EvalAgentSettings
from core.settings.evaluation import EVALUATION_SEEDS, FROM_THE_MODEL, EvalSettings
from core.settings.learnact import LearnActSettings, LearningSettings, LessonSettings
from core.settings.many import ManySettings, ParetoSettings, TableSettings, TransferSettings
from core.settings.other import (
    AskSettings,
    PlannersSettings,
    PlaySettings,
    ReportSettings,
    ServeSettings,
)
from core.settings.planner import DECIDE_ANSWERS, WITHOUT_EFFECT_ON_ANSWERS, PlannerSettings
from core.settings.reflexion import ReflexionSettings
from core.settings.run import (
    MULTI_RUN_FLAGS,
    BaseRunSettings,
    RunSettings,
    each_seed,
    each_task,
    with_seed,
)
from core.settings.saved import from_json, to_json
from core.settings.text import CodeSettings, ExperimentSettings, TextSettings
from core.settings.train import (
    PLANNER_FLAGS,
    QUICK,
    QUICK_RL,
    RL_DEFAULTS,
    NetworkSettings,
    NoiseSettings,
    TrainSettings,
)
from core.settings.tune_planner import TunePlannerSettings
from core.settings.tuning import (
    DpoSettings,
    EtoSettings,
    ExpertSettings,
    ExploreSettings,
    ImitationSettings,
    PreferenceSettings,
    SftSettings,
    TrainingSettings,
    TuningSettings,
    is_tiny,
)

__all__ = [
    "DECIDE_ANSWERS",
    "EVALUATION_SEEDS",
    "FROM_THE_MODEL",
    "MULTI_RUN_FLAGS",
    "NOT_OF_EVAL_AGENT",
    "PLANNER_FLAGS",
    "QUICK",
    "QUICK_RL",
    "RL_DEFAULTS",
    "WITHOUT_EFFECT_ON_ANSWERS",
    "AskSettings",
    "BaseRunSettings",
    "CodeSettings",
    "DpoSettings",
    "EtoSettings",
    "EvalAgentSettings",
    "EvalSettings",
    "ExperimentSettings",
    "ExpertSettings",
    "ExploreSettings",
    "ImitationSettings",
    "LearnActSettings",
    "LearningSettings",
    "LessonSettings",
    "ManySettings",
    "NetworkSettings",
    "NoiseSettings",
    "ParetoSettings",
    "PlannerSettings",
    "PlannersSettings",
    "PlaySettings",
    "PreferenceSettings",
    "ReflexionSettings",
    "ReportSettings",
    "RunSettings",
    "ServeSettings",
    "SftSettings",
    "TableSettings",
    "TextSettings",
    "TrainSettings",
    "TrainingSettings",
    "TransferSettings",
    "TunePlannerSettings",
    "TuningSettings",
    "each_seed",
    "each_task",
    "from_json",
    "is_tiny",
    "to_json",
    "with_seed",
]

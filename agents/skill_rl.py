"""The RL baseline: a decision is which skill to use; there is no planner (paper, section 5)."""

from rich.console import Console

from agents.evaluate import measure_each, trained
from agents.learn import Learner
from agents.room import Room
from core.episode import Consultation
from core.plan import ObjectName, Plan, Skill, SubGoal
from core.run import RunDirectory
from core.settings import EvalSettings, TrainSettings, each_seed

NAME = "skill_rl"
CHOICES: tuple[Plan, ...] = (
    (SubGoal(Skill.EXPLORE),),
    (SubGoal(Skill.GO_TO, ObjectName("key")),),
    (SubGoal(Skill.GO_TO, ObjectName("door")),),
    (SubGoal(Skill.PICK_UP),),
    (SubGoal(Skill.TOGGLE),),
)
"""The reference's five. "Go to" knows the places that were seen; a key never seen is looked for
where a box stands (`mediator.sightings`)."""
NUM_ACTIONS = len(CHOICES)


class Choosing:
    """Takes the chosen skill in hand whenever the choice changes or the last one is through."""

    def foresee(self, room: Room) -> Plan:
        """No planner, no foresight: the plan in hand."""
        return room.executor.plan or CHOICES[0]

    def act(self, room: Room, decision: int) -> Consultation | None:
        """Begin the chosen skill, or go on with it."""
        plan = CHOICES[decision]
        if room.executor.is_finished or plan != room.executor.plan:
            room.begin(plan)
        return None


def train(settings: TrainSettings, given: frozenset[str]) -> None:  # noqa: ARG001 a verb
    """Learn which skill to use, once for each seed."""
    for one in each_seed(settings):
        Console().print("planner: none, the policy chooses among skills", highlight=False)
        learner = Learner(one, NAME, NUM_ACTIONS, Choosing(), planner=None)
        with RunDirectory(one) as directory:
            learner.run(directory)


def evaluate_trained(settings: EvalSettings, given: frozenset[str]) -> None:
    """Measure what was learned, for each run that the name means."""
    measure_each(settings, trained(settings, given, NAME), lambda _: (Choosing(), "no planner"))

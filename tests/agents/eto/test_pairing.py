"""Rules of pairs in each task, and what the controls are trained on."""

from agents.eto.controls import data_of_controls, successes, worse_cases
from agents.eto.pairing import rules_for
from core.chat import Message
from core.settings import EtoSettings
from core.task import TEXT_TASKS
from core.trajectory import Trajectory


def trajectory(case, reward, answer):
    messages = (Message("user", f"case {case}"), Message("assistant", answer))
    return Trajectory(case, messages, reward, reward == 1)


EXPERTS = {
    case: trajectory(case, reward, "expert")
    for case, reward in {"a": 1.0, "b": 1.0, "c": 0.5, "d": 1.0}.items()
}
EXPLORED = (
    trajectory("a", 1.0, "agent"),
    trajectory("b", 0.5, "agent"),
    trajectory("c", 1.0, "agent"),
    trajectory("d", None, "agent"),
    trajectory("other", 1.0, "agent"),
)


def test_sft_on_failed_cases_sees_the_demonstrations_of_those():
    """In a the agent is as good, in c better; the conversation of d was refused."""
    assert worse_cases(EXPERTS, EXPLORED) == [EXPERTS["b"], EXPERTS["d"]]


def test_rejection_sampling_sees_each_success_once():
    again = (*EXPLORED, trajectory("a", 1.0, "agent"))
    found = [(one.case, one.messages[-1].content) for one in successes(EXPERTS, again)]
    assert found == [
        *(("a", "expert"), ("b", "expert"), ("d", "expert")),
        *(("a", "agent"), ("c", "agent"), ("other", "agent")),
    ]


def test_more_of_the_same_sees_all_demonstrations():
    assert data_of_controls(EXPERTS, EXPLORED)["more_sft"] == list(EXPERTS.values())


def test_alfworld_has_the_published_rules_of_its_own():
    settings = EtoSettings(save_name="x", among_own=True)
    household = rules_for(TEXT_TASKS["put"], settings)
    assert (household.extra_turns, household.crashed_is_failure) == (None, True)
    shop = rules_for(TEXT_TASKS["webshop"], settings)
    assert (shop.extra_turns, shop.crashed_is_failure, shop.among_own) == (5, False, True)

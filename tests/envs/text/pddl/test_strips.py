"""Reading PDDL, grounding and applying actions, against answers worked out by hand."""

from importlib import resources

import pytest

from core.errors import SettingsError
from core.task import PLANNING_DOMAINS
from envs.text.pddl.problems import find_domain, find_problem, published_cases
from envs.text.pddl.reader import read_domain, read_problem
from envs.text.pddl.strips import GroundProblem

LIGHTS = """
(define (domain lights) ; a comment
  (:types lamp switch - object)
  (:constants main - switch)
  (:predicates (on ?l - lamp) (wired ?s - switch ?l - lamp) (power))
  (:action press
    :parameters (?s - switch?l - lamp)
    :precondition (and (power) (wired ?s ?l))
    :effect (and (on ?l) (not (power)))))
"""
HALL = """
(define (problem hall) (:domain lights)
  (:objects A b - lamp spare - switch)
  (:init (power) (wired main a) (wired spare B))
  (:goal (and (on a) (on b))))
"""


def hall():
    return GroundProblem(read_problem(HALL, read_domain(LIGHTS), "hall"))


def test_names_are_lower_case_and_constants_are_objects():
    problem = hall().problem
    assert dict(problem.objects) == {"main": "switch", "a": "lamp", "b": "lamp", "spare": "switch"}
    assert ("wired", "spare", "b") in problem.init


def test_static_preconditions_choose_the_groundings():
    # nothing changes what is wired, so two of the four pairs of a switch and a lamp are left
    operators = hall().operators["press"]
    assert [operator.arguments for operator in operators] == [("main", "a"), ("spare", "b")]


def test_effects_remove_then_add():
    problem = hall()
    press = problem.operator("press", ("main", "a"))
    assert press is not None
    assert press.is_applicable(problem.init)
    after = press.apply(problem.init)
    facts = {("on", "a"), ("wired", "main", "a"), ("wired", "spare", "b")}
    assert set(problem.true_facts(after)) == facts
    assert not press.is_applicable(after)
    assert problem.progress(problem.init) == 0
    assert problem.progress(after) == 0.5


def test_an_action_with_objects_of_other_types_is_none():
    assert hall().operator("press", ("a", "main")) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(power) (wired main a)", "(power) (wired main)"),
        ("(wired main a)", "(wired a main)"),
        ("(power)", "(daylight)"),
        ("(on b)", "(not (on b))"),
        ("(define (problem", "(define (domain"),
        ("(on b))))", "(on b)"),
        ("A b - lamp", "A (b) - lamp"),
    ],
)
def test_what_is_not_a_problem_of_the_domain_is_refused(old, new):
    assert old in HALL
    with pytest.raises(SettingsError):
        read_problem(HALL.replace(old, new), read_domain(LIGHTS), "hall")


def test_there_are_sixty_published_problems():
    assert {domain: len(published_cases(domain)) for domain in PLANNING_DOMAINS} == {
        "gripper": 20, "blockworld": 10, "barman": 20, "tyreworld": 10,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("case", "number"),
    [
        # two moves; picks and drops of each ball in each room with each gripper
        ("gripper/prob01", 2 + 2 * 4 * 2 * 2),
        ("gripper/prob05", 2 + 2 * 12 * 2 * 2),
        ("blockworld/problem1", 2 * 3 + 2 * 3 * 2),
        ("tyreworld/p01", 25),  # as pyperplan counts them
    ],
)
def test_number_of_groundings(case, number):
    problem = find_problem(case.split("/")[0], case)
    assert sum(map(len, problem.operators.values())) == number


@pytest.mark.slow
@pytest.mark.parametrize("domain", PLANNING_DOMAINS)
def test_a_pddl_library_reads_our_files(domain, tmp_path):
    pddl = pytest.importorskip("pddl")
    folder = resources.files("envs.text.pddl")
    theirs = pddl.parse_domain(str(folder / "domains" / f"{domain}.pddl"))
    assert {action.name for action in theirs.actions} == set(find_domain(domain).actions)
    for case in published_cases(domain):
        problem = pddl.parse_problem(str(folder / "problems" / f"{case}.pddl"))
        assert len(problem.init) == len(find_problem(domain, case).problem.init), case

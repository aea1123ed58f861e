"""A small game for tests by hand, as a problem file."""

from envs.text.alfworld.problem import parse_problem

GOALS = {
    "place": "(objectType ?o AppleType) (receptacleType ?r CounterTopType) (inReceptacle ?o ?r)",
    "clean": "(cleanable ?o) (objectType ?o AppleType) (receptacleType ?r FridgeType) (isClean ?o) (inReceptacle ?o ?r)",
    "heat": "(heatable ?o) (objectType ?o AppleType) (receptacleType ?r FridgeType) (isHot ?o) (inReceptacle ?o ?r)",
    "cool": "(coolable ?o) (objectType ?o AppleType) (receptacleType ?r CounterTopType) (isCool ?o) (inReceptacle ?o ?r)",
    "two": "(objectType ?o1 AppleType) (receptacleType ?r FridgeType) (inReceptacle ?o1 ?r) "
    "(exists (?o2 - object) (and (not (= ?o1 ?o2)) (objectType ?o2 AppleType) (receptacleType ?r FridgeType) (inReceptacle ?o2 ?r)))",
    "look": "(exists (?ot - object ?r - receptacle ?a - agent ?l - location) (and (objectType ?ot DeskLampType) (toggleable ?ot) "
    "(isToggled ?ot) (receptacleAtLocation ?r ?l) (atLocation ?a ?l) (inReceptacle ?ot ?r))) "
    "(exists (?o - object ?a - agent) (and (objectType ?o AppleType) (holds ?a ?o)))",
}
PROBLEM = """
(define (problem kitchen) (:domain alfred) (:objects agent1 - agent)
(:init
  (= (total-cost) 0) (= (distance loc_bar_1 loc_bar_2) 22)
  (atLocation agent1 loc_bar_1)
  (receptacleType Cabinet_bar_1 CabinetType) (receptacleAtLocation Cabinet_bar_1 loc_bar_2) (openable Cabinet_bar_1)
  (receptacleType Cabinet_bar_2 CabinetType) (receptacleAtLocation Cabinet_bar_2 loc_bar_2)
  (receptacleType CounterTop_bar_1 CounterTopType) (receptacleAtLocation CounterTop_bar_1 loc_bar_3)
  (receptacleType Shelf_bar_1 ShelfType) (receptacleAtLocation Shelf_bar_1 loc_bar_3)
  (receptacleType Fridge_bar_1 FridgeType) (receptacleAtLocation Fridge_bar_1 loc_bar_4) (openable Fridge_bar_1)
  (receptacleType Microwave_bar_1 MicrowaveType) (receptacleAtLocation Microwave_bar_1 loc_bar_5) (openable Microwave_bar_1)
  (receptacleType Sink_bar_1_bar_SinkBasin SinkBasinType) (receptacleAtLocation Sink_bar_1_bar_SinkBasin loc_bar_6)
  (objectType Sink_bar_1 SinkType) (objectAtLocation Sink_bar_1 loc_bar_6)
  (objectType Apple_bar_1 AppleType) (inReceptacle Apple_bar_1 Cabinet_bar_1) (objectAtLocation Apple_bar_1 loc_bar_2)
  (objectType Apple_bar_2 AppleType) (inReceptacle Apple_bar_2 Cabinet_bar_2) (inReceptacle Apple_bar_2 Shelf_bar_1)
  (objectAtLocation Apple_bar_2 loc_bar_2)
  (pickupable Apple_bar_1) (cleanable Apple_bar_1) (heatable Apple_bar_1) (coolable Apple_bar_1) (sliceable Apple_bar_1)
  (pickupable Apple_bar_2) (cleanable Apple_bar_2) (heatable Apple_bar_2) (coolable Apple_bar_2) (sliceable Apple_bar_2)
  (objectType DeskLamp_bar_1 DeskLampType) (toggleable DeskLamp_bar_1) (inReceptacle DeskLamp_bar_1 Shelf_bar_1)
  (objectAtLocation DeskLamp_bar_1 loc_bar_3)
  (objectType Knife_bar_1 KnifeType) (pickupable Knife_bar_1) (inReceptacle Knife_bar_1 CounterTop_bar_1)
  (objectAtLocation Knife_bar_1 loc_bar_3)
  (objectType Bowl_bar_1 BowlType) (pickupable Bowl_bar_1) (isReceptacleObject Bowl_bar_1) (inReceptacle Bowl_bar_1 CounterTop_bar_1)
  (objectAtLocation Bowl_bar_1 loc_bar_3) (inReceptacleObject Knife_bar_1 Bowl_bar_1)
  (canContain CabinetType AppleType) (canContain CounterTopType AppleType) (canContain ShelfType AppleType)
  (canContain FridgeType AppleType) (canContain MicrowaveType AppleType) (canContain CounterTopType KnifeType)
  (canContain CabinetType BowlType) (canContain CounterTopType BowlType)
)
(:goal (and (exists (?r - receptacle) (exists (?o - object) (and GOAL))))))
"""


def kitchen(goal="place"):
    """The game with one of `GOALS`."""
    text = PROBLEM.replace("GOAL", GOALS[goal])
    return parse_problem(text, "test/kitchen", "put some apple on countertop.", ["look"])

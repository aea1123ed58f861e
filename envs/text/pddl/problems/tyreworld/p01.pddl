(define (problem p01)
  (:domain tyreworld)
  (:objects
    boot - container
    the-hub1 - hub
    nuts1 - nut
    r1 w1 - wheel)
  (:init
    (closed boot)
    (fastened the-hub1)
    (in jack boot)
    (in pump boot)
    (in r1 boot)
    (in wrench boot)
    (intact r1)
    (not-inflated r1)
    (on w1 the-hub1)
    (on-ground the-hub1)
    (tight nuts1 the-hub1)
    (unlocked boot))
  (:goal (and
    (on r1 the-hub1)
    (inflated r1)
    (in w1 boot))))

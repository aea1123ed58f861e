(define (problem p05)
  (:domain tyreworld)
  (:objects
    boot - container
    the-hub1 - hub
    nuts1 - nut
    r1 w1 - wheel)
  (:init
    (fastened the-hub1)
    (in jack boot)
    (in pump boot)
    (in r1 boot)
    (in wrench boot)
    (inflated r1)
    (intact r1)
    (isopen boot)
    (loose nuts1 the-hub1)
    (on w1 the-hub1)
    (on-ground the-hub1)
    (unlocked boot))
  (:goal (and
    (on r1 the-hub1)
    (in w1 boot))))

(define (problem problem4)
  (:domain blockworld)
  (:objects
    b1 b2 b3 b4 - block)
  (:init
    (arm-empty)
    (clear b3)
    (on b1 b4)
    (on b3 b1)
    (on b4 b2)
    (on-table b2))
  (:goal (and
    (on b1 b2)
    (on b2 b3)
    (on b3 b4))))

(define (problem problem2)
  (:domain blockworld)
  (:objects
    b1 b2 b3 - block)
  (:init
    (arm-empty)
    (clear b1)
    (on b1 b3)
    (on b3 b2)
    (on-table b2))
  (:goal (and
    (on b2 b3)
    (on b3 b1))))

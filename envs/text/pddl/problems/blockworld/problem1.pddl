(define (problem problem1)
  (:domain blockworld)
  (:objects
    b1 b2 b3 - block)
  (:init
    (arm-empty)
    (clear b2)
    (on b2 b3)
    (on b3 b1)
    (on-table b1))
  (:goal (and
    (on b3 b2)
    (on b2 b1))))

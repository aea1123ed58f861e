(define (problem problem5)
  (:domain blockworld)
  (:objects
    b1 b2 b3 b4 b5 - block)
  (:init
    (arm-empty)
    (clear b4)
    (on b1 b2)
    (on b2 b3)
    (on b3 b5)
    (on b4 b1)
    (on-table b5))
  (:goal (and
    (on b1 b3)
    (on b3 b5))))

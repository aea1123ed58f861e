(define (problem problem6)
  (:domain blockworld)
  (:objects
    b1 b2 b3 b4 b5 - block)
  (:init
    (arm-empty)
    (clear b5)
    (on b2 b1)
    (on b3 b4)
    (on b4 b2)
    (on b5 b3)
    (on-table b1))
  (:goal (and
    (on b1 b2)
    (on b3 b5)
    (on b4 b1))))

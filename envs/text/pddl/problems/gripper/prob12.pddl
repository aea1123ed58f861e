(define (problem prob12)
  (:domain gripper)
  (:objects
    ball1 ball2 ball3 ball4 - ball
    left right - gripper
    rooma roomb - room)
  (:init
    (at ball1 rooma)
    (at ball2 rooma)
    (at ball3 rooma)
    (at ball4 rooma)
    (at-robby roomb)
    (free left)
    (free right))
  (:goal (and
    (at ball4 roomb)
    (at ball3 roomb)
    (at ball2 roomb)
    (at ball1 roomb))))

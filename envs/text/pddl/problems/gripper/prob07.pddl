(define (problem prob07)
  (:domain gripper)
  (:objects
    ball1 ball2 ball3 ball4 ball5 ball6 - ball
    left right - gripper
    rooma roomb - room)
  (:init
    (at ball1 rooma)
    (at ball2 roomb)
    (at ball3 rooma)
    (at ball4 rooma)
    (at ball5 roomb)
    (at ball6 roomb)
    (at-robby rooma)
    (free left)
    (free right))
  (:goal (and
    (at ball6 rooma)
    (at ball5 rooma)
    (at ball4 roomb)
    (at ball3 roomb)
    (at ball2 rooma)
    (at ball1 roomb))))

; A robot with two grippers carries balls between rooms.
(define (domain gripper)
  (:requirements :strips :typing)
  (:types room ball gripper - object)
  (:predicates
    (at-robby ?r - room)
    (at ?b - ball ?r - room)
    (free ?g - gripper)
    (carry ?b - ball ?g - gripper))

  (:action move
    :parameters (?from - room ?to - room)
    :precondition (at-robby ?from)
    :effect (and (not (at-robby ?from)) (at-robby ?to)))

  (:action pick
    :parameters (?b - ball ?r - room ?g - gripper)
    :precondition (and (at-robby ?r) (at ?b ?r) (free ?g))
    :effect (and (not (at ?b ?r)) (not (free ?g)) (carry ?b ?g)))

  (:action drop
    :parameters (?b - ball ?r - room ?g - gripper)
    :precondition (and (at-robby ?r) (carry ?b ?g))
    :effect (and (not (carry ?b ?g)) (free ?g) (at ?b ?r))))

; An arm stacks blocks on each other and on a table.
(define (domain blockworld)
  (:requirements :strips :typing)
  (:types block - object)
  (:predicates
    (clear ?b - block)
    (on-table ?b - block)
    (arm-empty)
    (holding ?b - block)
    (on ?b - block ?below - block))

  (:action pickup
    :parameters (?b - block)
    :precondition (and (arm-empty) (on-table ?b) (clear ?b))
    :effect (and (not (arm-empty)) (not (on-table ?b)) (not (clear ?b)) (holding ?b)))

  (:action putdown
    :parameters (?b - block)
    :precondition (holding ?b)
    :effect (and (not (holding ?b)) (arm-empty) (on-table ?b) (clear ?b)))

  (:action stack
    :parameters (?b - block ?below - block)
    :precondition (and (holding ?b) (clear ?below))
    :effect (and (not (holding ?b)) (not (clear ?below)) (arm-empty) (on ?b ?below) (clear ?b)))

  (:action unstack
    :parameters (?b - block ?below - block)
    :precondition (and (arm-empty) (on ?b ?below) (clear ?b))
    :effect (and (not (arm-empty)) (not (on ?b ?below)) (not (clear ?b)) (holding ?b) (clear ?below))))

; Two hands fill shot glasses, mix cocktails in a shaker and serve them.
(define (domain barman)
  (:requirements :strips :typing)
  (:types hand level beverage dispenser container - object
          ingredient cocktail - beverage
          shot shaker - container)
  (:predicates
    (ontable ?c - container)
    (holding ?h - hand ?c - container)
    (handempty ?h - hand)
    (empty ?c - container)
    (contains ?c - container ?b - beverage)
    (clean ?c - container)
    (used ?c - container ?b - beverage)
    (dispenses ?d - dispenser ?i - ingredient)
    (shaker-empty-level ?s - shaker ?l - level)
    (shaker-level ?s - shaker ?l - level)
    (next ?lower - level ?higher - level)
    (unshaked ?s - shaker)
    (shaked ?s - shaker)
    (cocktail-part1 ?c - cocktail ?i - ingredient)
    (cocktail-part2 ?c - cocktail ?i - ingredient))

  (:action grasp
    :parameters (?h - hand ?c - container)
    :precondition (and (handempty ?h) (ontable ?c))
    :effect (and (not (handempty ?h)) (not (ontable ?c)) (holding ?h ?c)))

  (:action leave
    :parameters (?h - hand ?c - container)
    :precondition (holding ?h ?c)
    :effect (and (not (holding ?h ?c)) (handempty ?h) (ontable ?c)))

  (:action fill-shot
    :parameters (?s - shot ?i - ingredient ?h - hand ?other - hand ?d - dispenser)
    :precondition (and (holding ?h ?s) (handempty ?other) (dispenses ?d ?i) (empty ?s) (clean ?s))
    :effect (and (not (empty ?s)) (not (clean ?s)) (contains ?s ?i) (used ?s ?i)))

  (:action refill-shot
    :parameters (?s - shot ?i - ingredient ?h - hand ?other - hand ?d - dispenser)
    :precondition (and (holding ?h ?s) (handempty ?other) (dispenses ?d ?i) (empty ?s) (used ?s ?i))
    :effect (and (not (empty ?s)) (contains ?s ?i)))

  (:action empty-shot
    :parameters (?h - hand ?s - shot ?b - beverage)
    :precondition (and (holding ?h ?s) (contains ?s ?b))
    :effect (and (not (contains ?s ?b)) (empty ?s)))

  (:action clean-shot
    :parameters (?s - shot ?b - beverage ?h - hand ?other - hand)
    :precondition (and (holding ?h ?s) (handempty ?other) (empty ?s) (used ?s ?b))
    :effect (and (not (used ?s ?b)) (clean ?s)))

  (:action pour-shot-to-clean-shaker
    :parameters (?s - shot ?i - ingredient ?k - shaker ?h - hand ?from - level ?to - level)
    :precondition (and (holding ?h ?s) (contains ?s ?i) (empty ?k) (clean ?k)
                       (shaker-level ?k ?from) (next ?from ?to))
    :effect (and (not (contains ?s ?i)) (not (empty ?k)) (not (clean ?k)) (not (shaker-level ?k ?from))
                 (empty ?s) (contains ?k ?i) (unshaked ?k) (shaker-level ?k ?to)))

  (:action pour-shot-to-used-shaker
    :parameters (?s - shot ?i - ingredient ?k - shaker ?h - hand ?from - level ?to - level)
    :precondition (and (holding ?h ?s) (contains ?s ?i) (unshaked ?k)
                       (shaker-level ?k ?from) (next ?from ?to))
    :effect (and (not (contains ?s ?i)) (not (shaker-level ?k ?from))
                 (empty ?s) (contains ?k ?i) (shaker-level ?k ?to)))

  (:action empty-shaker
    :parameters (?h - hand ?k - shaker ?c - cocktail ?from - level ?to - level)
    :precondition (and (holding ?h ?k) (contains ?k ?c) (shaked ?k)
                       (shaker-level ?k ?from) (shaker-empty-level ?k ?to))
    :effect (and (not (shaked ?k)) (not (contains ?k ?c)) (not (shaker-level ?k ?from))
                 (empty ?k) (shaker-level ?k ?to)))

  (:action clean-shaker
    :parameters (?h - hand ?other - hand ?k - shaker)
    :precondition (and (holding ?h ?k) (handempty ?other) (empty ?k))
    :effect (clean ?k))

  (:action shake
    :parameters (?c - cocktail ?i - ingredient ?j - ingredient ?k - shaker ?h - hand ?other - hand)
    :precondition (and (holding ?h ?k) (handempty ?other) (contains ?k ?i) (contains ?k ?j)
                       (cocktail-part1 ?c ?i) (cocktail-part2 ?c ?j) (unshaked ?k))
    :effect (and (not (unshaked ?k)) (not (contains ?k ?i)) (not (contains ?k ?j))
                 (shaked ?k) (contains ?k ?c)))

  (:action pour-shaker-to-shot
    :parameters (?b - beverage ?s - shot ?h - hand ?k - shaker ?from - level ?to - level)
    :precondition (and (holding ?h ?k) (shaked ?k) (contains ?k ?b) (empty ?s) (clean ?s)
                       (shaker-level ?k ?from) (next ?to ?from))
    :effect (and (not (clean ?s)) (not (empty ?s)) (not (shaker-level ?k ?from))
                 (contains ?s ?b) (shaker-level ?k ?to))))

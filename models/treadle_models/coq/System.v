(** What a proof speaks of: a transition system with finitely many places and integer counters.

    This file has definitions only. Together with the system of a target, which a generated file states in these words,
    it is what a reader has to read; [Checker] and the certificates need not be read, because Coq checks them. *)

From Coq Require Import List PArith ZArith.
Import ListNotations.
Local Open Scope Z_scope.

(** Counters have numbers, and each has an integer as its value. *)
Definition counter := positive.
Definition values := counter -> Z.

(** [constant] plus the sum of each counter times its factor. *)
Record linear := Linear { constant : Z; terms : list (Z * counter) }.

Fixpoint sum (v : values) (some : list (Z * counter)) : Z :=
  match some with
  | [] => 0
  | (factor, x) :: rest => factor * v x + sum v rest
  end.

Definition value (v : values) (e : linear) : Z := constant e + sum v (terms e).

(** Conditions on the counters. *)
Inductive formula :=
  | Yes
  | No
  | AtMost (e : linear)  (* e is at most 0 *)
  | Equal (e : linear)   (* e is 0 *)
  | Not (f : formula)
  | And (f g : formula)
  | Or (f g : formula).

Fixpoint holds (v : values) (f : formula) : bool :=
  match f with
  | Yes => true
  | No => false
  | AtMost e => value v e <=? 0
  | Equal e => value v e =? 0
  | Not g => negb (holds v g)
  | And g h => holds v g && holds v h
  | Or g h => holds v g || holds v h
  end.

Definition all_hold (v : values) (fs : list formula) : Prop := Forall (fun f => holds v f = true) fs.

(** Where the play is: which shape it has, all but the counters, has a number, its place; and the counters. *)
Definition place := positive.
Definition state := (place * values)%type.

(** What an action does to counters: all at once, each named one becomes the value of an expression; others stay. *)
Definition update := list (counter * linear).

Fixpoint becomes (u : update) (x : counter) : linear :=
  match u with
  | [] => Linear 0 [(1, x)]
  | (y, e) :: rest => if (y =? x)%positive then e else becomes rest x
  end.

Definition updated (u : update) (v : values) : values := fun x => value v (becomes u x).

(** An action: from a place to a place, if its guards hold. It is forced if nobody does anything in it but the event
    loop, which runs the next callback or, when all is at rest, the next timer. *)
Record action := Action { source : place; target : place; forced : bool; guards : list formula; effect : update }.

(** A system: where the play begins, whatever the counters are; where it is over; what may happen; and the places in
    which the call has to end: its dependency is done, and the controller is inside. *)
Record system := System { start : place; over : place; actions : list action; ending : list place }.

Definition step (s : system) (a : action) (here there : state) : Prop :=
  In a (actions s) /\ fst here = source a /\ all_hold (snd here) (guards a) /\
  there = (target a, updated (effect a) (snd here)).

Inductive reachable (s : system) : state -> Prop :=
  | begins v : reachable s (start s, v)
  | goes_on a here there : reachable s here -> step s a here there -> reachable s there.

(** These places cannot be reached. *)
Definition never_at (s : system) (some : list place) : Prop := forall here, reachable s here -> ~ In (fst here) some.

Definition forced_step (s : system) (here there : state) : Prop := exists a, forced a = true /\ step s a here there.

(** Until the play is over, the loop always has something to do. *)
Definition never_stuck (s : system) : Prop :=
  forall here, reachable s here -> fst here <> over s -> exists there, forced_step s here there.

(** If nobody but the loop does anything from here on, the places in which the call has to end are left: the loop has
    something to do, and whatever that is, they are left from there. *)
Inductive has_to_end (s : system) : state -> Prop :=
  | ended here : ~ In (fst here) (ending s) -> has_to_end s here
  | on_the_way here :
      (exists there, forced_step s here there) ->
      (forall there, forced_step s here there -> has_to_end s there) ->
      has_to_end s here.

Definition always_ends (s : system) : Prop := forall here, reachable s here -> has_to_end s here.

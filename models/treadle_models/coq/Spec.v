(** What a call has to keep: the properties of [treadle_models/spec.py], in the same words and in the same order.

    [tests/models/test_coq.py] compares the two on many observations. *)

From Coq Require Import List PArith ZArith.
From Treadle Require Import System.
Import ListNotations.
Local Open Scope Z_scope.

(** One call, as it was seen: what is either so or not, and counts, which depend on the counters of the state. *)
Record observation := Observation {
  (* How the call ended; where it has not left, all four are false. *)
  left : bool;
  returned : bool;
  cancelled : bool;        (* it raised CancelledError *)
  raised : bool;           (* it raised anything else *)
  (* The controller. *)
  itself : bool;           (* controller and dependency are one task *)
  pending : bool;          (* a cancel was pending at entry: requested, its CancelledError not yet thrown *)
  requests : linear;       (* effective controller.cancel() during the call, by anyone but the call *)
  withdrawals : linear;    (* controller.uncancel() during the call that lowered the count, by anyone but the call *)
  outstanding : linear;    (* 1 if pending; +1 a request; max(0, n - 1) a withdrawal *)
  redelivered : bool;      (* with no further request, the next await that suspends raised CancelledError *)
  count_entry : linear;    (* controller.cancelling() *)
  count_exit : linear;
  due : bool;              (* at some gap, something was outstanding and the controller inside *)
  late : bool;             (* and at one of these it was not ready to leave in its next step *)
  (* The dependency. *)
  result_entry : bool;     (* done at entry, with a result *)
  failed_entry : bool;     (* done at entry, with an exception *)
  cancelled_entry : bool;  (* done at entry, cancelled *)
  done_exit : bool;
  by_call : linear;        (* effective dependency.cancel() made by the call *)
  forwarded : linear;      (* those forwarded from the controller's own cancellation *)
  failed : bool;           (* it has failed with an exception X that asyncio would have reported *)
  cleared : bool;          (* the call, or a cancel forwarded through its await, has cleared that report *)
  failure_raised : bool;   (* the call raised X, or a group with it *)
  (* Ends that are none, judged where the controller is still inside. *)
  stuck : bool;            (* the dependency is done; no callback and no timer is left *)
  circling : bool;         (* the dependency is done; the call goes on and on *)
  spinning : bool;         (* a step of the call did not end *)
  hung : bool;             (* at quiescence, the controller is inside, whatever the dependency did *)
  (* An enclosing scope: asyncio.timeout() or a task group. *)
  scope_fired : bool;      (* it cancelled the controller during the call *)
  scope_alone : bool;      (* and nobody else did *)
  scope_kept : bool        (* it ended as around a plain await of a future, the count restored *)
}.

(** Words for formulas. *)
Definition so (b : bool) : formula := if b then Yes else No.
Definition all_of (fs : list formula) : formula := fold_right And Yes fs.
Definition any_of (fs : list formula) : formula := fold_right Or No fs.
Definition add (e f : linear) : linear := Linear (constant e + constant f) (terms e ++ terms f).
Definition negative (e : linear) : linear :=
  Linear (- constant e) (map (fun term => (- fst term, snd term)) (terms e)).
Definition minus (e f : linear) : linear := add e (negative f).
Definition number (n : Z) : linear := Linear n [].
Definition at_most (e f : linear) : formula := AtMost (minus e f).
Definition more (e f : linear) : formula := Not (at_most e f).
Definition same (e f : linear) : formula := Equal (minus e f).

(** What a cancellation counts for after [uncancel()] has withdrawn it. *)
Inductive reading := Weak | Strict | Net | Any.

(** A property says of an observation when it applies, and what then must be true. *)
Record property := Property { premise : observation -> formula; claim : observation -> formula }.

Definition raises (o : observation) : formula := any_of [so (cancelled o); so (redelivered o)].

(** Requests, the pending one included, outnumber withdrawals. *)
Definition net_positive (o : observation) : formula :=
  any_of [more (requests o) (withdrawals o); all_of [so (pending o); same (requests o) (withdrawals o)]].

Definition requested_at_all (o : observation) : formula := any_of [more (requests o) (number 0); so (pending o)].

Definition done_entry (o : observation) : formula :=
  any_of [so (result_entry o); so (failed_entry o); so (cancelled_entry o)].

(** A cancellation of the caller is never lost. *)
Definition lost (r : reading) : property :=
  Property
    (fun o =>
      all_of [so (left o);
        match r with
        | Net => net_positive o
        | Any => requested_at_all o
        | _ => more (outstanding o) (number 0)
        end])
    raises.

(** The caller is never cancelled by nobody. *)
Definition phantom (r : reading) : property :=
  Property
    (fun o =>
      all_of [so (left o);
        match r with
        | Strict => same (outstanding o) (number 0)
        | Net => Not (net_positive o)
        | _ => Not (requested_at_all o)
        end])
    (fun o => Not (raises o)).

(** A normal return means that the dependency is done. *)
Definition joined : property := Property (fun o => so (returned o)) (fun o => so (done_exit o)).

(** The dependency was asked to stop. *)
Definition requested : property :=
  Property (fun o => so (left o)) (fun o => any_of [more (by_call o) (number 0); done_entry o]).

(** The caller's cancellation count is left as it was found. *)
Definition balanced : property :=
  Property
    (fun o => so (left o))
    (fun o => same (add (count_exit o) (withdrawals o)) (add (count_entry o) (requests o))).

(** The call sends the dependency one request and no more. *)
Definition undisturbed : property :=
  Property
    (fun o => any_of [so (left o); more (add (by_call o) (forwarded o)) (number 0)])
    (fun o => at_most (add (by_call o) (forwarded o)) (number 1)).

(** When the dependency ends, the call ends; see also [always_ends]. *)
Definition ends : property :=
  Property
    (fun o => any_of [all_of [so (left o); so (done_exit o)]; so (stuck o); so (circling o); so (spinning o)])
    (fun o => Not (any_of [so (stuck o); so (circling o); so (spinning o)])).

(** A dependency that is already done is accepted. *)
Definition accepts_done : property :=
  Property
    (fun o =>
      all_of [
        any_of [so (result_entry o); so (cancelled_entry o)];
        any_of [so (left o); so (stuck o); so (circling o); so (spinning o)];
        Not (requested_at_all o)])
    (fun o => so (returned o)).

(** A call on the calling task itself does not hang. *)
Definition no_self_hang : property :=
  Property (fun o => so (itself o)) (fun o => Not (any_of [so (hung o); so (spinning o); so (circling o)])).

(** A failure of the dependency is not dropped in silence. *)
Definition failure_kept : property :=
  Property
    (fun o => all_of [so (left o); so (done_exit o); so (failed o)])
    (fun o => any_of [so (failure_raised o); Not (so (cleared o))]).

(** An enclosing scope keeps working. *)
Definition scope_kept_working : property :=
  Property (fun o => all_of [so (left o); so (scope_fired o); so (scope_alone o)]) (fun o => so (scope_kept o)).

(** Two modes, between which a design chooses. A cancelled caller gets away at once. *)
Definition prompt : property := Property (fun o => so (due o)) (fun o => Not (so (late o))).

(** The dependency is done on every exit, cancelled or not. *)
Definition joined_always : property := Property (fun o => so (left o)) (fun o => so (done_exit o)).

(** A cancellation from outside ends a circle of two calls. *)
Definition circle_ends : property :=
  Property (fun o => more (requests o) (number 0)) (fun o => Not (any_of [so (hung o); so (spinning o); so (circling o)])).

(** What is seen of a call in a place, under conditions. What an action shows is written at the place where it begins,
    with its guards as the conditions. *)
Record sighting := Sighting { spot : place; given : list formula; seen : observation }.

Definition sees (all : list sighting) (here : state) (o : observation) : Prop :=
  exists x, In x all /\ spot x = fst here /\ all_hold (snd here) (given x) /\ seen x = o.

(** Whatever is seen of a call, in any state that can be reached, keeps the property. *)
Definition keeps (s : system) (all : list sighting) (p : property) : Prop :=
  forall here o, reachable s here -> sees all here o ->
    holds (snd here) (premise p o) = true -> holds (snd here) (claim p o) = true.

(** The property has something to say: in some state that can be reached its premise is true. *)
Definition exercised (s : system) (all : list sighting) (p : property) : Prop :=
  exists here o, reachable s here /\ sees all here o /\ holds (snd here) (premise p o) = true.

(** The property has nothing to say, whatever happens. *)
Definition never_applies (s : system) (all : list sighting) (p : property) : Prop := ~ exercised s all p.

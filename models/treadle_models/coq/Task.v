(** The cancellation protocol of asyncio's Task, and the two facts that everything rests on:

    - a count goes up with each request and down with each withdrawal, and is changed by nothing else ([counted]);
    - a request that is pending is delivered at the next suspension, unless it was withdrawn ([delivered]).

    Each operation names what it follows in CPython's [Lib/asyncio/tasks.py]. [tests/conformance/test_task_protocol.py]
    drives real tasks through every short sequence of operations, and compares. *)

From Coq Require Import List Lia ZArith.
Import ListNotations.
Local Open Scope Z_scope.

(** From Python 3.13 on, [uncancel()] to zero clears a pending request: the only rule that depends on the version. *)
Inductive version := Until312 | Since313.

(** How something has ended, and what is thrown into a coroutine, or sent, when it is resumed. *)
Inductive outcome := Result | Failure | Cancelled.

(** What a task may await, by what its [cancel()] does while it is pending. *)
Inductive awaited :=
  | Plain      (* a future: it is cancelled at once *)
  | Absorbing  (* it takes the request, and may end in any way, or never: another task *)
  | Refusing.  (* it does not take the request *)

Inductive place :=
  | Running                (* a step of the task runs *)
  | Scheduled              (* its step is in the queue; it awaits nothing: before its first step, or after a bare yield *)
  | Waiting (f : awaited)  (* it awaits something that is pending *)
  | Woken (o : outcome)    (* what it awaits is done, and its wake-up is in the queue *)
  | Done (o : outcome).

Record task := Task {
  count : Z;           (* cancelling() *)
  must_cancel : bool;  (* _must_cancel: a request waits for the next step *)
  at_ : place
}.

(** What may be done to a task, by anybody at any time ([Cancel], [Uncancel], [Complete], by its own step, too), by the loop
    ([Resume]), and by its own code while it runs. *)
Inductive operation :=
  | Cancel
  | Uncancel
  | Complete (o : outcome)     (* what it awaits ends *)
  | Resume
  | Suspend (f : awaited)      (* it awaits something that is pending *)
  | SuspendDone (o : outcome)  (* it awaits something that is done; [await] itself does not suspend then *)
  | Yield                      (* a bare yield, as in [asyncio.sleep(0)] *)
  | Finish (o : outcome).

(** What is seen of an operation. *)
Inductive event :=
  | Threw (o : outcome)  (* this was thrown into the coroutine, or a result was sent *)
  | PassedOn             (* what the task awaits has taken the request *)
  | Ended (o : outcome).

(** [Task.cancel] *)
Definition cancel (t : task) : task * list event :=
  match at_ t with
  | Done _ => (t, [])
  | Waiting Plain => (Task (count t + 1) (must_cancel t) (Woken Cancelled), [])
  | Waiting Absorbing => (Task (count t + 1) (must_cancel t) (Waiting Absorbing), [PassedOn])
  | here => (Task (count t + 1) true here, [])
  end.

(** [Task.uncancel] *)
Definition uncancel (v : version) (t : task) : task :=
  if count t <=? 0 then t
  else
    let n := count t - 1 in
    let keep := match v with Since313 => if n =? 0 then false else must_cancel t | Until312 => must_cancel t end in
    Task n keep (at_ t).

(** [Task.__step], with what [Task.__wakeup] gives it: the outcome of what was awaited. *)
Definition resume (t : task) (o : outcome) : task * list event :=
  (Task (count t) false Running, [Threw (if must_cancel t then Cancelled else o)]).

(** [Task.__step_run_and_handle_result], where the coroutine has yielded a future *)
Definition suspend (t : task) (f : awaited) : task * list event :=
  if must_cancel t then
    match f with
    | Plain => (Task (count t) false (Woken Cancelled), [])
    | Absorbing => (Task (count t) false (Waiting Absorbing), [PassedOn])
    | Refusing => (Task (count t) true (Waiting Refusing), [])
    end
  else (Task (count t) false (Waiting f), []).

(** the same, where the coroutine has ended: a result does not count if a request waits *)
Definition finish (t : task) (o : outcome) : task * list event :=
  match o, must_cancel t with
  | Result, true => (Task (count t) false (Done Cancelled), [Ended Cancelled])
  | _, waits => (Task (count t) waits (Done o), [Ended o])
  end.

Definition operate (v : version) (op : operation) (t : task) : option (task * list event) :=
  match op, at_ t with
  | Cancel, _ => Some (cancel t)
  | Uncancel, _ => Some (uncancel v t, [])
  | Complete o, Waiting _ => Some (Task (count t) (must_cancel t) (Woken o), [])
  | Resume, Scheduled => Some (resume t Result)
  | Resume, Woken o => Some (resume t o)
  | Suspend f, Running => Some (suspend t f)
  | SuspendDone o, Running => Some (Task (count t) (must_cancel t) (Woken o), [])
  | Yield, Running => Some (Task (count t) (must_cancel t) Scheduled, [])
  | Finish o, Running => Some (finish t o)
  | _, _ => None
  end.

Fixpoint run (v : version) (ops : list operation) (t : task) : option (task * list event) :=
  match ops with
  | [] => Some (t, [])
  | op :: rest =>
    match operate v op t with
    | None => None
    | Some (t', now) =>
      match run v rest t' with
      | None => None
      | Some (t'', later) => Some (t'', now ++ later)
      end
    end
  end.

Definition is_done (t : task) : bool := match at_ t with Done _ => true | _ => false end.

(** * A count goes up with each request and down with each withdrawal *)

(** Requests of a task that is done are none, nor are withdrawals where the count is zero. *)
Definition requests_in (op : operation) (t : task) : Z :=
  match op with Cancel => if is_done t then 0 else 1 | _ => 0 end.

Definition withdrawals_in (op : operation) (t : task) : Z :=
  match op with Uncancel => if count t <=? 0 then 0 else 1 | _ => 0 end.

Fixpoint summed (each : operation -> task -> Z) (v : version) (ops : list operation) (t : task) : Z :=
  match ops with
  | [] => 0
  | op :: rest =>
    match operate v op t with
    | None => 0
    | Some (t', _) => each op t + summed each v rest t'
    end
  end.

Ltac by_cases := repeat match goal with
  | H : Some _ = Some _ |- _ => injection H as <- <-
  | H : None = Some _ |- _ => discriminate H
  | H : context [match ?x with _ => _ end] |- _ => destruct x eqn:?; simpl in *; try discriminate
  | |- context [match ?x with _ => _ end] => destruct x eqn:?; simpl in *; try discriminate
  end.

Lemma counted_once v op t t' log :
  operate v op t = Some (t', log) -> count t' + withdrawals_in op t = count t + requests_in op t.
Proof.
  destruct t as [n m p]. unfold is_done, requests_in, withdrawals_in.
  destruct op, p; simpl; intros did; try discriminate; unfold cancel, uncancel, resume, suspend, finish in did; simpl in did;
    by_cases; simpl in *; try lia.
Qed.

Theorem counted v ops t t' log :
  run v ops t = Some (t', log) ->
  count t' + summed withdrawals_in v ops t = count t + summed requests_in v ops t.
Proof.
  revert t t' log; induction ops as [| op ops IH]; simpl; intros t t' log did; [now injection did as <- <- |].
  destruct (operate v op t) as [[next now] |] eqn:first; [| discriminate].
  destruct (run v ops next) as [[last later] |] eqn:rest; [| discriminate].
  injection did as <- <-. apply counted_once in first. apply IH in rest. lia.
Qed.

(** * A request that is pending is delivered at the next suspension, unless it was withdrawn *)

(** The task owes a delivery: when it is resumed the next time, CancelledError is thrown. *)
Definition owes (t : task) : Prop := must_cancel t = true \/ at_ t = Woken Cancelled.

(** A request makes the task owe a delivery, unless what it awaits takes the request. *)
Theorem request_is_owed t t' log :
  is_done t = false -> cancel t = (t', log) -> (owes t' /\ log = []) \/ log = [PassedOn].
Proof.
  destruct t as [n m p]. unfold cancel, owes, is_done. simpl. intros alive did.
  destruct p as [| | [] | |]; try discriminate; injection did as <- <-; simpl; auto.
Qed.

(** A withdrawal of the last request: from 3.13 on, it withdraws what is pending. *)
Definition withdraws (v : version) (op : operation) (t : task) : Prop :=
  v = Since313 /\ op = Uncancel /\ count t = 1.

Fixpoint never_withdrawn (v : version) (ops : list operation) (t : task) : Prop :=
  match ops with
  | [] => True
  | op :: rest =>
    ~ withdraws v op t /\
    match operate v op t with
    | None => True
    | Some (t', _) => never_withdrawn v rest t'
    end
  end.

(** What settles a request: it is thrown, or what the task awaits has taken it, or the task has ended. *)
Definition settles (e : event) : Prop := e = Threw Cancelled \/ e = PassedOn \/ exists o, e = Ended o.

Lemma owed_until_settled v op t t' log :
  owes t -> is_done t = false -> operate v op t = Some (t', log) -> ~ withdraws v op t ->
  (log = [] /\ owes t' /\ is_done t' = false) \/ exists e, log = [e] /\ settles e.
Proof.
  destruct t as [n m p]. unfold owes, is_done, settles, withdraws. simpl. intros owed alive did kept.
  destruct op, p as [| | [] | |]; simpl in did; try discriminate;
    unfold cancel, uncancel, resume, suspend, finish in did; simpl in did;
    by_cases; simpl in *; destruct owed as [owed | owed]; try discriminate; subst;
    try injection owed as ->; try (left; repeat split; auto; fail); try (right; eexists; split; eauto; fail);
    try (destruct kept; repeat split; match goal with H : (_ =? _) = true |- _ => apply Z.eqb_eq in H; lia end).
Qed.

(** The first thing that is seen of a task that owes a delivery settles it; until then it is owed. *)
Theorem delivered v ops t t' log :
  owes t -> is_done t = false -> run v ops t = Some (t', log) -> never_withdrawn v ops t ->
  match log with
  | [] => owes t'
  | first :: _ => settles first
  end.
Proof.
  revert t t' log; induction ops as [| op ops IH]; simpl; intros t t' log owed alive did kept.
  - now injection did as <- <-.
  - destruct kept as [kept later_kept]. destruct (operate v op t) as [[next now] |] eqn:first; [| discriminate].
    destruct (run v ops next) as [[last later] |] eqn:rest; [| discriminate]. injection did as <- <-.
    destruct (owed_until_settled v op t next now owed alive first kept) as [[-> [still alive']] | [e [-> settled]]].
    + exact (IH next last later still alive' rest later_kept).
    + exact settled.
Qed.

(** Up to 3.12 a withdrawal changes nothing in this. *)
Corollary delivered_anyway ops t t' log :
  owes t -> is_done t = false -> run Until312 ops t = Some (t', log) ->
  match log with
  | [] => owes t'
  | first :: _ => settles first
  end.
Proof.
  intros owed alive did. apply (delivered Until312 ops t t' log owed alive did).
  clear. revert t; induction ops as [| op ops IH]; simpl; intros t; [exact I |]. split.
  - intros [wrong _]. discriminate wrong.
  - destruct (operate Until312 op t) as [[next now] |]; auto.
Qed.

(** So whoever suspends and is resumed gets it, if nothing has taken the request: when the first event is that something
    was thrown, it is CancelledError. *)
Corollary next_suspension v ops t t' o log :
  owes t -> is_done t = false -> never_withdrawn v ops t -> run v ops t = Some (t', Threw o :: log) -> o = Cancelled.
Proof.
  intros owed alive kept did. destruct (delivered v ops t t' _ owed alive did kept) as [[= ->] | [wrong | [p wrong]]];
    [reflexivity | discriminate wrong | discriminate wrong].
Qed.

(** * What the conditions are for *)

Definition fresh : task := Task 0 false Scheduled.

(** Without any request, nothing is thrown. *)
Example undisturbed_task : run Since313 [Resume; Yield; Resume] fresh = Some (Task 0 false Running, [Threw Result; Threw Result]).
Proof. reflexivity. Qed.

(** A request and its withdrawal in one gap: from 3.13 on, nothing is thrown; before, CancelledError is, by nobody. *)
Example withdrawn : run Since313 [Resume; Yield; Cancel; Uncancel; Resume] fresh = Some (Task 0 false Running, [Threw Result; Threw Result]).
Proof. reflexivity. Qed.

Example withdrawn_in_vain : run Until312 [Resume; Yield; Cancel; Uncancel; Resume] fresh = Some (Task 0 false Running, [Threw Result; Threw Cancelled]).
Proof. reflexivity. Qed.

(** A request that was passed on to another task, which ends in its own way: it was counted, and is lost. *)
Example passed_on : run Since313 [Resume; Suspend Absorbing; Cancel; Complete Result; Resume] fresh =
  Some (Task 1 false Running, [Threw Result; PassedOn; Threw Result]).
Proof. reflexivity. Qed.

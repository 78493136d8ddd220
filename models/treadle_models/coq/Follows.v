(** That the system of a target treats the controller's task as the Task protocol says.

    A target's file says of each place where the controller's task stands in it, and which actions are steps of that task.
    Then each action between such places is a sequence of operations of [Task]: in a step of the task, it is resumed, and
    its code goes on; in any other action, others cancel it, or end what it awaits. So what [Task] shows holds in the
    system: [settled]. Withdrawals are not covered; a system in which somebody calls [uncancel] on the controller's task
    does not follow in this sense. *)

From Coq Require Import Bool List Lia PArith ZArith.
From Treadle Require Import Checker System Task.
Import ListNotations.
Local Open Scope Z_scope.

(** Whether it waits with must-cancel, and where it stands. *)
Definition standing := (bool * Task.place)%type.

Section Follows.
  Variable v : version.
  Variable s : system.
  Variable counted_by : counter.            (* holds the task's count *)
  Variable stands : System.place -> option standing.
  Variable own : list bool.                 (* which actions are steps of the task, in the order of the actions *)

  Definition task_in (here : state) : option task :=
    match stands (fst here) with
    | Some (must, at_place) => Some (Task (snd here counted_by) must at_place)
    | None => None
    end.

  Definition by_others (op : operation) : bool :=
    match op with Cancel | Complete _ => true | _ => false end.

  Definition withdraws_nothing (op : operation) : bool :=
    match op with Uncancel => false | _ => true end.

  Definition allowed (is_own : bool) (ops : list operation) : bool :=
    forallb withdraws_nothing ops &&
    (if is_own then match ops with Resume :: _ => true | _ => false end else forallb by_others ops).

  (** Each action between places in which it is said where the task stands is a sequence of operations. *)
  Definition follows : Prop :=
    forall n a is_own here there t t',
      nth_error (actions s) n = Some a -> nth_error own n = Some is_own -> step s a here there ->
      task_in here = Some t -> task_in there = Some t' ->
      exists ops log, allowed is_own ops = true /\ run v ops t = Some (t', log).

  (** * The check: of a few sequences, one leads from where the task stands to where it stands then *)

  Definition outcomes := [Result; Failure; Cancelled].
  Definition ends_of_a_step :=
    map Suspend [Plain; Absorbing; Refusing] ++ map SuspendDone outcomes ++ [Yield] ++ map Finish outcomes.
  Definition while_others_act : list (list operation) :=
    [[]; [Cancel]] ++ flat_map (fun o => [[Complete o]; [Complete o; Cancel]]) outcomes.
  Definition guesses (is_own : bool) : list (list operation) :=
    if is_own
    then flat_map (fun e => map (fun others => Resume :: e :: others) while_others_act) ends_of_a_step
    else while_others_act.

  Definition place_eq (p q : Task.place) : {p = q} + {p <> q}.
  Proof. repeat decide equality. Defined.

  Definition is_same (p q : Task.place) : bool := if place_eq p q then true else false.

  (** The count grows by so many, whatever it is. *)
  Definition grows (a : action) (k : Z) : bool :=
    match normal (becomes (effect a) counted_by) with
    | Linear more [(1, x)] => (more =? k) && (x =? counted_by)%positive
    | _ => false
    end.

  Definition leads (a : action) (from to : standing) (ops : list operation) : bool :=
    match run v ops (Task 0 (fst from) (snd from)) with
    | Some (t, _) => grows a (count t) && eqb (must_cancel t) (fst to) && is_same (at_ t) (snd to)
    | None => false
    end.

  Definition explained (a : action) (is_own : bool) : bool :=
    match stands (source a), stands (target a) with
    | Some from, Some to => existsb (fun ops => allowed is_own ops && leads a from to ops) (guesses is_own)
    | _, _ => true
    end.

  Definition all_explained : bool := paired explained (actions s) own.

  Lemma shifted ops : forall n k must at_place t log,
    forallb withdraws_nothing ops = true ->
    run v ops (Task n must at_place) = Some (t, log) ->
    run v ops (Task (n + k) must at_place) = Some (Task (count t + k) (must_cancel t) (at_ t), log).
  Proof.
    induction ops as [| op ops IH]; intros n k must at_place t log nothing did.
    - simpl in *. now injection did as <- <-.
    - simpl in nothing. apply andb_prop in nothing as [no nothing]. cbn [run] in *.
      destruct (operate v op (Task n must at_place)) as [[next now] |] eqn:first; [| discriminate].
      destruct (run v ops next) as [[last later] |] eqn:rest; [| discriminate]. injection did as <- <-.
      assert (same : operate v op (Task (n + k) must at_place) =
                     Some (Task (count next + k) (must_cancel next) (at_ next), now)).
      { destruct op; try discriminate no; destruct at_place as [| | [] | |]; simpl in first; try discriminate;
          simpl; unfold cancel, resume, suspend, finish in *; simpl in *; destruct must;
          repeat match goal with |- context [match ?o with _ => _ end] => destruct o end; simpl in *;
          inversion first; subst; simpl; replace (n + k + 1) with (n + 1 + k) by lia; reflexivity. }
      rewrite same. destruct next as [m must' at_']. simpl in *. rewrite (IH _ k _ _ _ _ nothing rest). reflexivity.
  Qed.

  Lemma paired_nth one other n a b :
    paired explained one other = true -> nth_error one n = Some a -> nth_error other n = Some b -> explained a b = true.
  Proof.
    revert other n; induction one as [| x one IH]; intros [| y other] [| n]; simpl; try discriminate;
      intros both; apply andb_prop in both as [now later].
    - now intros [= ->] [= ->].
    - now apply IH.
  Qed.

  Theorem follows_sound : all_explained = true -> follows.
  Proof.
    intros all n a is_own here there t t' listed owned [_ [from [_ ->]]] first last.
    pose proof (paired_nth _ _ n a is_own all listed owned) as how.
    unfold explained in how. unfold task_in in first, last. rewrite from in first. simpl in last.
    destruct (stands (source a)) as [[must at_place] |]; [| discriminate].
    destruct (stands (target a)) as [[must' at_place'] |]; [| discriminate].
    injection first as <-. injection last as <-.
    apply existsb_exists in how as [ops [_ how]]. apply andb_prop in how as [may leads_there].
    unfold leads in leads_there. simpl in leads_there.
    destruct (run v ops (Task 0 must at_place)) as [[found log] |] eqn:did; [| discriminate].
    apply andb_prop in leads_there as [leads_there same_place]. apply andb_prop in leads_there as [more same_must].
    apply eqb_prop in same_must. unfold is_same in same_place. destruct (place_eq (at_ found) at_place'); [| discriminate].
    exists ops, log. split; [assumption |].
    assert (nothing : forallb withdraws_nothing ops = true) by (now apply andb_prop in may as [nothing _]).
    pose proof (shifted ops 0 (snd here counted_by) _ _ _ _ nothing did) as shift. simpl in shift. rewrite shift.
    enough (count found + snd here counted_by = updated (effect a) (snd here) counted_by) by (subst; congruence).
    unfold grows in more. unfold updated. rewrite <- normal_value.
    destruct (normal (becomes (effect a) counted_by)) as [k [| [[| [] |] x] [| ? ?]]]; try discriminate.
    apply andb_prop in more as [same_count same_counter]. apply Z.eqb_eq in same_count. apply Pos.eqb_eq in same_counter.
    subst. cbv [value constant terms sum]. lia.
  Qed.

  Lemma unowned n a : all_explained = true -> nth_error (actions s) n = Some a -> nth_error own n <> None.
  Proof.
    unfold all_explained. generalize (actions s), own. clear.
    intros one; revert n; induction one as [| x one IH]; intros [| n] [| y other]; simpl; try discriminate.
    intros both. apply andb_prop in both as [_ later]. now apply IH.
  Qed.

  Lemma run_app ops ops' t u w log log' :
    run v ops t = Some (u, log) -> run v ops' u = Some (w, log') -> run v (ops ++ ops') t = Some (w, log ++ log').
  Proof.
    revert t log; induction ops as [| op ops IH]; simpl; intros t log first then_.
    - injection first as <- <-. assumption.
    - destruct (operate v op t) as [[next now] |]; [| discriminate].
      destruct (run v ops next) as [[last later] |] eqn:rest; [| discriminate]. injection first as <- <-.
      now rewrite (IH next later rest then_), app_assoc.
  Qed.

  (** * What it is for *)

  (** From state to state by actions, while it is said where the task stands. *)
  Inductive goes : state -> state -> Prop :=
    | stays here : goes here here
    | moves n a here there last :
        nth_error (actions s) n = Some a -> step s a here there -> task_in there <> None ->
        goes there last -> goes here last.

  (** A task that owes a delivery owes it, whatever happens in the system, until it is settled: CancelledError is thrown,
      or what the task awaits takes the request, or the task ends. *)
  Theorem settled : all_explained = true ->
    forall here last, goes here last -> forall t t', task_in here = Some t -> task_in last = Some t' ->
    owes t -> is_done t = false ->
    exists ops log, run v ops t = Some (t', log) /\
      match log with
      | [] => owes t'
      | first :: _ => settles first
      end.
  Proof.
    intros all here last way t t' first then_ owed alive.
    assert (nothing_withdrawn : forall ops u, forallb withdraws_nothing ops = true -> never_withdrawn v ops u).
    { induction ops as [| op ops IH]; simpl; intros u no; [exact I |]. apply andb_prop in no as [one no]. split.
      - intros [_ [wrong _]]. subst. discriminate.
      - destruct (operate v op u) as [[next now] |]; [now apply IH | exact I]. }
    enough (exists ops log, forallb withdraws_nothing ops = true /\ run v ops t = Some (t', log)) as [ops [log [no did]]]
      by (exists ops, log; split; [assumption | exact (delivered v ops t t' log owed alive did (nothing_withdrawn ops t no))]).
    clear owed alive. revert t first. induction way as [here | n a here there last listed taken known way IH]; intros t first.
    - exists [], []. split; [reflexivity |]. simpl. congruence.
    - destruct (task_in there) as [u |] eqn:between; [| contradiction].
      destruct (nth_error own n) as [is_own |] eqn:owned; [| exfalso; exact (unowned n a all listed owned)].
      destruct (follows_sound all n a is_own here there t u listed owned taken first between) as [ops [log [may did]]].
      destruct (IH then_ u eq_refl) as [ops' [log' [no did']]].
      exists (ops ++ ops'), (log ++ log'). split.
      + rewrite forallb_app, no. apply andb_prop in may as [-> _]. reflexivity.
      + exact (run_app ops ops' t u t' log log' did did').
  Qed.
End Follows.

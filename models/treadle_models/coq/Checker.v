(** A checker of certificates, and the proof that what it accepts is true.

    A certificate has for each place its invariant, a list of formulas, and for each thing to be shown the numbers by
    which some inequalities are multiplied so that they add up to a contradiction (the lemma of Farkas). Whoever finds
    those numbers need not be trusted: the checker only adds up. *)

From Coq Require Import FMapPositive FMapFacts List Lia PArith ZArith Bool.
From Treadle Require Import Spec System.
Import ListNotations.
Local Open Scope Z_scope.

(** * Linear expressions: sums, multiples, substitution *)

Fixpoint add_terms (one other : list (Z * counter)) {struct one} : list (Z * counter) :=
  match one with
  | [] => other
  | (a, x) :: one' =>
    (fix within (other : list (Z * counter)) : list (Z * counter) :=
      match other with
      | [] => one
      | (b, y) :: other' =>
        match (x ?= y)%positive with
        | Eq => if a + b =? 0 then add_terms one' other' else (a + b, x) :: add_terms one' other'
        | Lt => (a, x) :: add_terms one' other
        | Gt => (b, y) :: within other'
        end
      end) other
  end.

Lemma add_terms_sum v one other : sum v (add_terms one other) = sum v one + sum v other.
Proof.
  revert other; induction one as [| [a x] one IH]; intros other; [reflexivity |].
  induction other as [| [b y] other IHo]; simpl; [lia |].
  destruct (Pos.compare_spec x y) as [-> | _ | _].
  - destruct (Z.eqb_spec (a + b) 0) as [zero | _]; simpl; rewrite IH; [| lia].
    assert (v y * (a + b) = 0) by (rewrite zero; lia). lia.
  - simpl. rewrite IH. simpl. lia.
  - simpl in *. rewrite IHo. lia.
Qed.

Definition plus (e f : linear) : linear := Linear (constant e + constant f) (add_terms (terms e) (terms f)).

Definition times (k : Z) (e : linear) : linear :=
  Linear (k * constant e) (map (fun term => (k * fst term, snd term)) (terms e)).

Definition zero : linear := Linear 0 [].

Lemma plus_value v e f : value v (plus e f) = value v e + value v f.
Proof. unfold value, plus; simpl. rewrite add_terms_sum. lia. Qed.

Lemma times_value v k e : value v (times k e) = k * value v e.
Proof.
  unfold value, times; simpl.
  assert (same : forall some, sum v (map (fun term => (k * fst term, snd term)) some) = k * sum v some).
  { induction some as [| [a x] some IH]; simpl; lia. }
  rewrite same. lia.
Qed.

Fixpoint substitute_terms (u : update) (some : list (Z * counter)) : linear :=
  match some with
  | [] => zero
  | (a, x) :: rest => plus (times a (becomes u x)) (substitute_terms u rest)
  end.

Definition substitute (u : update) (e : linear) : linear :=
  plus (Linear (constant e) []) (substitute_terms u (terms e)).

Lemma substitute_value v u e : value v (substitute u e) = value (updated u v) e.
Proof.
  assert (same : forall some, value v (substitute_terms u some) = sum (updated u v) some).
  { induction some as [| [a x] some IH]; simpl; [reflexivity |]. rewrite plus_value, times_value, IH. reflexivity. }
  unfold substitute. rewrite plus_value, same. unfold value; simpl. lia.
Qed.

Fixpoint after (u : update) (f : formula) : formula :=
  match f with
  | Yes => Yes
  | No => No
  | AtMost e => AtMost (substitute u e)
  | Equal e => Equal (substitute u e)
  | Not g => Not (after u g)
  | And g h => And (after u g) (after u h)
  | Or g h => Or (after u g) (after u h)
  end.

Lemma after_holds v u f : holds v (after u f) = holds (updated u v) f.
Proof. induction f; simpl; rewrite ?substitute_value; congruence. Qed.

Definition opposite (e : linear) : linear := times (-1) e.
Definition one_more (e : linear) : linear := plus (Linear 1 []) e.

Lemma opposite_value v e : value v (opposite e) = - value v e.
Proof. unfold opposite. rewrite times_value. lia. Qed.

Lemma one_more_value v e : value v (one_more e) = value v e + 1.
Proof. unfold one_more. rewrite plus_value. cbv [value constant terms sum]. lia. Qed.

(** * Formulas without what is certain, and with each counter once in an expression *)

Definition normal (e : linear) : linear :=
  Linear (constant e) (fold_right (fun term found => add_terms [term] found) [] (terms e)).

Lemma normal_value v e : value v (normal e) = value v e.
Proof.
  unfold value, normal. cbn [constant terms]. f_equal.
  induction (terms e) as [| [a x] some IH]; [reflexivity |].
  cbn [fold_right]. rewrite add_terms_sum, IH. cbn [sum]. lia.
Qed.

(** An equation may be turned round; then the first factor is positive. *)
Definition upright (e : linear) : linear :=
  match terms e with
  | (a, _) :: _ => if a <? 0 then opposite e else e
  | [] => e
  end.

Lemma upright_value v e : (value v (upright e) =? 0) = (value v e =? 0).
Proof.
  unfold upright. destruct (terms e) as [| [a x] some]; [reflexivity |]. destruct (a <? 0); [| reflexivity].
  rewrite opposite_value. destruct (Z.eqb_spec (- value v e) 0), (Z.eqb_spec (value v e) 0); lia.
Qed.

Definition certain (b : bool) : formula := if b then Yes else No.

Fixpoint simple (f : formula) : formula :=
  match f with
  | Yes => Yes
  | No => No
  | AtMost e =>
    let n := normal e in
    match terms n with
    | [] => certain (constant n <=? 0)
    | _ => AtMost n
    end
  | Equal e =>
    let n := normal e in
    match terms n with
    | [] => certain (constant n =? 0)
    | _ => Equal (upright n)
    end
  | Not g =>
    match simple g with
    | Yes => No
    | No => Yes
    | g' => Not g'
    end
  | And g h =>
    match simple g, simple h with
    | Yes, h' => h'
    | No, _ => No
    | g', Yes => g'
    | _, No => No
    | g', h' => And g' h'
    end
  | Or g h =>
    match simple g, simple h with
    | No, h' => h'
    | Yes, _ => Yes
    | g', No => g'
    | _, Yes => Yes
    | g', h' => Or g' h'
    end
  end.

Lemma simple_holds v f : holds v (simple f) = holds v f.
Proof.
  assert (alone : forall e, terms (normal e) = [] -> value v e = constant (normal e)).
  { intros e nothing. rewrite <- normal_value. unfold value. rewrite nothing. simpl. lia. }
  induction f as [| | e | e | g IH | g IHg h IHh | g IHg h IHh]; cbn [simple holds]; auto.
  - destruct (terms (normal e)) eqn:some.
    + rewrite (alone e some). now destruct (constant (normal e) <=? 0).
    + cbn [holds]. now rewrite normal_value.
  - destruct (terms (normal e)) eqn:some.
    + rewrite (alone e some). now destruct (constant (normal e) =? 0).
    + cbn [holds]. now rewrite upright_value, normal_value.
  - rewrite <- IH. now destruct (simple g).
  - rewrite <- IHg, <- IHh. destruct (simple g), (simple h); simpl; rewrite ?andb_true_r, ?andb_false_r; reflexivity.
  - rewrite <- IHg, <- IHh. destruct (simple g), (simple h); simpl; rewrite ?orb_true_r, ?orb_false_r; reflexivity.
Qed.

(** * Formulas as cases: in each, some expressions are at most zero

    Over the integers, what is not at most 0 is at least 1. *)

Definition case := list linear.
Definition satisfied (v : values) (c : case) : Prop := Forall (fun e => value v e <= 0) c.

Definition pairs (one other : list case) : list case := flat_map (fun c => map (app c) other) one.

Fixpoint cases (f : formula) (wanted : bool) : list case :=
  match f with
  | Yes => if wanted then [[]] else []
  | No => if wanted then [] else [[]]
  | AtMost e => if wanted then [[e]] else [[one_more (opposite e)]]
  | Equal e => if wanted then [[e; opposite e]] else [[one_more e]; [one_more (opposite e)]]
  | Not g => cases g (negb wanted)
  | And g h => if wanted then pairs (cases g true) (cases h true) else cases g false ++ cases h false
  | Or g h => if wanted then cases g true ++ cases h true else pairs (cases g false) (cases h false)
  end.

Definition some_case (v : values) (cs : list case) : Prop := exists c, In c cs /\ satisfied v c.

Lemma some_pair v one other : some_case v one -> some_case v other -> some_case v (pairs one other).
Proof.
  intros [c [inc satc]] [d [ind satd]]. exists (c ++ d). split.
  - apply in_flat_map. exists c. split; [assumption |]. apply in_map_iff. eauto.
  - apply Forall_app. split; assumption.
Qed.

Lemma some_either v one other : some_case v one \/ some_case v other -> some_case v (one ++ other).
Proof. intros [[c [inc satc]] | [c [inc satc]]]; exists c; split; auto; apply in_or_app; auto. Qed.

Lemma some_single v e : value v e <= 0 -> some_case v [[e]].
Proof. intros. exists [e]. split; [left; reflexivity |]. repeat constructor. assumption. Qed.

Lemma cases_sound v f wanted : holds v f = wanted -> some_case v (cases f wanted).
Proof.
  revert wanted; induction f as [| | e | e | f IH | f IHf g IHg | f IHf g IHg]; intros wanted; simpl.
  - intros <-. exists []. split; [left; reflexivity | constructor].
  - intros <-. exists []. split; [left; reflexivity | constructor].
  - destruct (Z.leb_spec (value v e) 0); intros <-; apply some_single; [assumption |].
    rewrite one_more_value, opposite_value. lia.
  - destruct (Z.eqb_spec (value v e) 0); intros <-.
    + exists [e; opposite e]. split; [left; reflexivity |]. repeat constructor; rewrite ?opposite_value; lia.
    + apply (some_either v [[one_more e]] [[one_more (opposite e)]]).
      destruct (Z.lt_total (value v e) 0) as [| []]; [left | contradiction | right]; apply some_single;
        rewrite one_more_value, ?opposite_value; lia.
  - intros <-. apply IH. now rewrite negb_involutive.
  - intros <-. destruct (holds v f), (holds v g); simpl; auto using some_pair, some_either.
  - intros <-. destruct (holds v f), (holds v g); simpl; auto using some_pair, some_either.
Qed.

Fixpoint all_cases (fs : list formula) : list case :=
  match fs with
  | [] => [[]]
  | f :: rest => pairs (cases (simple f) true) (all_cases rest)
  end.

Lemma all_cases_sound v fs : all_hold v fs -> some_case v (all_cases fs).
Proof.
  induction 1 as [| f fs now _ later]; simpl.
  - exists []. split; [left; reflexivity | constructor].
  - apply some_pair; [| assumption]. apply cases_sound. now rewrite simple_holds.
Qed.

(** * Contradictions *)

(** The multiples of some members of a case, by their place in it, from 1 on, in order. *)
Definition multipliers := list (positive * positive).

Fixpoint combined (i : positive) (c : case) (ms : multipliers) : linear :=
  match c, ms with
  | e :: c', (j, k) :: ms' =>
    if (i =? j)%positive then plus (times (Zpos k) e) (combined (Pos.succ i) c' ms') else combined (Pos.succ i) c' ms
  | _, _ => zero
  end.

Lemma combined_sound v c : satisfied v c -> forall i ms, value v (combined i c ms) <= 0.
Proof.
  induction 1 as [| e c small _ IH]; intros i ms; simpl; [reflexivity |].
  destruct ms as [| [j k] ms]; [reflexivity |].
  destruct (i =? j)%positive; [| apply IH].
  rewrite plus_value, times_value. specialize (IH (Pos.succ i) ms). nia.
Qed.

(** The multiples add up to a number above 0, without any counter. *)
Definition contradicts (c : case) (ms : multipliers) : bool :=
  let total := combined 1 c ms in
  match terms total with
  | [] => 0 <? constant total
  | _ => false
  end.

Lemma contradicts_sound v c ms : contradicts c ms = true -> ~ satisfied v c.
Proof.
  unfold contradicts. intros contra sat. pose proof (combined_sound v c sat 1%positive ms) as small.
  unfold value in small. destruct (terms (combined 1 c ms)); [| discriminate].
  apply Z.ltb_lt in contra. simpl in small. lia.
Qed.

Section Paired.
  Context {A B : Type} (test : A -> B -> bool).

  (** Two lists are equally long, and what stands in the same place passes the test. *)
  Fixpoint paired (one : list A) (other : list B) : bool :=
    match one, other with
    | [], [] => true
    | a :: one', b :: other' => test a b && paired one' other'
    | _, _ => false
    end.

  Lemma paired_sound one other : paired one other = true -> forall a, In a one -> exists b, test a b = true.
  Proof.
    revert other; induction one as [| a one IH]; intros [| b other]; simpl; try contradiction; try discriminate.
    intros both c [-> | there]; apply andb_prop in both as [now later]; eauto.
  Qed.
End Paired.

(** These formulas cannot all hold: for each case there are multipliers that contradict it. *)
Definition refuted (fs : list formula) (proof : list multipliers) : bool := paired contradicts (all_cases fs) proof.

Lemma refuted_sound v fs proof : refuted fs proof = true -> ~ all_hold v fs.
Proof.
  intros all hold. destruct (all_cases_sound v fs hold) as [c [there sat]].
  destruct (paired_sound _ _ _ all c there) as [ms contra]. exact (contradicts_sound v c ms contra sat).
Qed.

(** * The invariant *)

Module Places := PositiveMap.

Section Checking.
  Variable s : system.

  (** What is known in each place; a place that is not there cannot be reached. *)
  Variable known : Places.t (list formula).

  Definition at_place (l : place) : list formula :=
    match Places.find l known with
    | Some fs => fs
    | None => [No]
    end.

  Definition invariant (here : state) : Prop := all_hold (snd here) (at_place (fst here)).

  (** From what is known where an action begins, each formula follows that is to be known where it ends. *)
  Definition kept (a : action) (proofs : list (list multipliers)) : bool :=
    let before := guards a ++ at_place (source a) in
    paired (fun f proof => refuted (Not (after (effect a) f) :: before) proof) (at_place (target a)) proofs.

  Lemma kept_sound a proofs here there : kept a proofs = true -> step s a here there -> invariant here -> invariant there.
  Proof.
    intros all [_ [from [may ->]]] now. apply Forall_forall. intros f listed. simpl in *.
    destruct (paired_sound _ _ _ all f listed) as [proof no].
    apply refuted_sound with (v := snd here) in no.
    destruct (holds (updated (effect a) (snd here)) f) eqn:is_known; [reflexivity |].
    destruct no. constructor.
    - simpl. now rewrite after_holds, is_known.
    - apply Forall_app. split; [assumption |]. rewrite <- from. assumption.
  Qed.

  (** Nothing has to be known where the play begins, and each action keeps what is known. *)
  Definition inductive (proofs : list (list (list multipliers))) : bool :=
    match at_place (start s) with
    | [] => paired kept (actions s) proofs
    | _ => false
    end.

  Lemma inductive_sound proofs : inductive proofs = true -> forall here, reachable s here -> invariant here.
  Proof.
    unfold inductive. destruct (at_place (start s)) eqn:nothing; [| discriminate].
    intros all here. induction 1 as [v | a here there _ IH taken].
    - unfold invariant. simpl. rewrite nothing. constructor.
    - destruct (paired_sound _ _ _ all a) as [proofs_of_a one]; [apply taken |].
      exact (kept_sound a proofs_of_a here there one taken IH).
  Qed.

  (** * What cannot be *)

  Definition unreached (some : list place) : bool := forallb (fun l => refuted (at_place l) []) some.

  Theorem unreached_sound all some : inductive all = true -> unreached some = true -> never_at s some.
  Proof.
    intros ind no here reach there. unfold unreached in no. rewrite forallb_forall in no.
    apply (refuted_sound (snd here) _ _ (no _ there)). exact (inductive_sound all ind here reach).
  Qed.

  Variable sightings : list sighting.

  (** At no sighting these formulas hold: what a property's premise and the negation of its claim say, for example. *)
  Definition excluded (bad : observation -> list formula) (proofs : list (list multipliers)) : bool :=
    paired (fun x proof => refuted (given x ++ bad (seen x) ++ at_place (spot x)) proof) sightings proofs.

  Lemma excluded_sound all bad proofs here o :
    inductive all = true -> excluded bad proofs = true -> reachable s here -> sees sightings here o ->
    ~ all_hold (snd here) (bad o).
  Proof.
    intros ind no reach [x [listed [there [conditions <-]]]] hold.
    destruct (paired_sound _ _ _ no _ listed) as [proof contra].
    apply refuted_sound with (v := snd here) in contra. apply contra.
    repeat (apply Forall_app; split); try assumption. rewrite there. exact (inductive_sound all ind here reach).
  Qed.

  Definition violated (p : property) (o : observation) : list formula := [premise p o; Not (claim p o)].

  Theorem keeps_sound all p proofs :
    inductive all = true -> excluded (violated p) proofs = true -> keeps s sightings p.
  Proof.
    intros ind no here o reach saw applies. destruct (holds (snd here) (claim p o)) eqn:kept_here; [reflexivity |].
    destruct (excluded_sound all _ _ here o ind no reach saw).
    repeat constructor; [assumption |]. simpl. now rewrite kept_here.
  Qed.

  Theorem never_applies_sound all p proofs :
    inductive all = true -> excluded (fun o => [premise p o]) proofs = true -> never_applies s sightings p.
  Proof.
    intros ind no [here [o [reach [saw applies]]]].
    apply (excluded_sound all _ _ here o ind no reach saw). now repeat constructor.
  Qed.

  (** * That something goes on *)

  Definition conjunction (fs : list formula) : formula := fold_right And Yes fs.

  Lemma conjunction_holds v fs : holds v (conjunction fs) = true <-> all_hold v fs.
  Proof.
    unfold all_hold. induction fs as [| f fs IH]; simpl; [split; auto |].
    rewrite andb_true_iff, IH. split; [intros []; constructor; auto | inversion 1; auto].
  Qed.

  Definition goes_by_itself (l : place) : list action :=
    filter (fun a => forced a && (source a =? l)%positive) (actions s).

  (** The loop has something to do in each place that is known, unless the play is over. Where a forced action has no
      guard, that takes no multipliers. *)
  Definition moving (proofs : Places.t (list multipliers)) : bool :=
    forallb
      (fun found =>
        let l := fst found in
        (l =? over s)%positive ||
        refuted
          (map (fun a => Not (conjunction (guards a))) (goes_by_itself l) ++ snd found)
          (match Places.find l proofs with Some proof => proof | None => [] end))
      (Places.elements known).

  Lemma known_somewhere here : invariant here -> In (fst here, at_place (fst here)) (Places.elements known).
  Proof.
    unfold invariant, at_place. destruct (Places.find (fst here) known) eqn:there; [| now inversion 1].
    intros _. now apply Places.elements_correct.
  Qed.

  Lemma moving_step proofs here :
    moving proofs = true -> invariant here -> fst here <> over s -> exists there, forced_step s here there.
  Proof.
    intros all inv going. unfold moving in all. rewrite forallb_forall in all.
    pose proof (all _ (known_somewhere here inv)) as no. simpl in no.
    apply orb_prop in no as [no | no]; [now apply Pos.eqb_eq in no |].
    apply refuted_sound with (v := snd here) in no.
    destruct (existsb (fun a => holds (snd here) (conjunction (guards a))) (goes_by_itself (fst here))) eqn:some.
    - apply existsb_exists in some as [a [there may]]. apply filter_In in there as [there from].
      apply andb_prop in from as [is_forced from]. apply Pos.eqb_eq in from.
      exists (target a, updated (effect a) (snd here)), a. split; [assumption |].
      repeat split; auto. now apply conjunction_holds.
    - destruct no. apply Forall_app. split; [| assumption]. apply Forall_forall. intros f there.
      apply in_map_iff in there as [a [<- there]]. simpl. apply negb_true_iff.
      apply not_true_iff_false. intros may. apply not_true_iff_false in some. apply some.
      apply existsb_exists. eauto.
  Qed.

  Theorem moving_sound all proofs : inductive all = true -> moving proofs = true -> never_stuck s.
  Proof. intros ind mov here reach going. eauto using moving_step, inductive_sound. Qed.

  (** * That the call ends *)

  Variable rank : Places.t N.

  Definition is_ending (l : place) : bool := existsb (Pos.eqb l) (ending s).

  Lemma is_ending_in l : is_ending l = true <-> In l (ending s).
  Proof.
    unfold is_ending. rewrite existsb_exists. split.
    - intros [m [there same]]. apply Pos.eqb_eq in same. now subst.
    - intros there. exists l. split; [assumption | apply Pos.eqb_refl].
  Qed.

  Definition rank_of (l : place) : N :=
    match Places.find l rank with
    | Some n => n
    | None => 0%N
    end.

  (** Each forced action between two places in which the call has to end lowers the rank. *)
  Definition falling : bool :=
    negb (is_ending (over s)) &&
    forallb
      (fun a =>
        if forced a && is_ending (source a) && is_ending (target a)
        then (rank_of (target a) <? rank_of (source a))%N
        else true)
      (actions s).

  Theorem falling_sound all proofs :
    inductive all = true -> moving proofs = true -> falling = true -> always_ends s.
  Proof.
    intros ind mov fall. apply andb_prop in fall as [goes_over fall]. rewrite forallb_forall in fall.
    assert (bounded : forall n here, reachable s here -> (N.to_nat (rank_of (fst here)) < n)%nat -> has_to_end s here).
    { induction n as [| n IH]; intros here reach small; [lia |].
      destruct (is_ending (fst here)) eqn:must.
      - assert (going : fst here <> over s) by (intros same; rewrite same in must; now rewrite must in goes_over).
        apply on_the_way; [eauto using moving_step, inductive_sound |].
        intros there [a [is_forced taken]]. assert (reach' : reachable s there) by (eapply goes_on; eauto).
        destruct (is_ending (fst there)) eqn:still.
        + apply IH; [assumption |]. destruct taken as [listed [from [_ ->]]]. simpl in *.
          specialize (fall a listed). rewrite is_forced, <- from, must, still in fall. simpl in fall.
          apply N.ltb_lt in fall. lia.
        + apply ended. rewrite <- is_ending_in. congruence.
      - apply ended. rewrite <- is_ending_in. congruence. }
    intros here reach. exact (bounded _ here reach (Nat.lt_succ_diag_r _)).
  Qed.
End Checking.

(** * That a property has something to say *)

Section Witness.
  Variable s : system.
  Variable sightings : list sighting.

  (** Go the way of some actions, named by their places in the list; all must be possible. *)
  Fixpoint go (way : list N) (here : state) : option state :=
    match way with
    | [] => Some here
    | n :: rest =>
      match nth_error (actions s) (N.to_nat n) with
      | Some a =>
        if (fst here =? source a)%positive && forallb (holds (snd here)) (guards a)
        then go rest (target a, updated (effect a) (snd here))
        else None
      | None => None
      end
    end.

  Lemma go_reaches way here there : reachable s here -> go way here = Some there -> reachable s there.
  Proof.
    revert here; induction way as [| n way IH]; simpl; intros here reach; [now intros [= <-] |].
    destruct (nth_error (actions s) (N.to_nat n)) as [a |] eqn:listed; [| discriminate].
    destruct ((fst here =? source a)%positive && forallb (holds (snd here)) (guards a)) eqn:may; [| discriminate].
    apply andb_prop in may as [from may]. apply Pos.eqb_eq in from. rewrite forallb_forall in may.
    apply IH. apply goes_on with a here; [assumption |].
    repeat split; auto; [now apply nth_error_In in listed | now apply Forall_forall].
  Qed.

  Definition witnessed (p : property) (way : list N) (n : N) : bool :=
    match go way (start s, fun _ => 0), nth_error sightings (N.to_nat n) with
    | Some here, Some x =>
      (spot x =? fst here)%positive && forallb (holds (snd here)) (given x) && holds (snd here) (premise p (seen x))
    | _, _ => false
    end.

  Theorem witnessed_sound p way n : witnessed p way n = true -> exercised s sightings p.
  Proof.
    unfold witnessed. destruct (go way (start s, fun _ => 0)) as [here |] eqn:went; [| discriminate].
    destruct (nth_error sightings (N.to_nat n)) as [x |] eqn:listed; [| discriminate].
    intros all. apply andb_prop in all as [all applies]. apply andb_prop in all as [there conditions].
    apply Pos.eqb_eq in there. rewrite forallb_forall in conditions.
    exists here, (seen x). repeat split; [| | assumption].
    - exact (go_reaches way _ here (begins s _) went).
    - exists x. repeat split; auto; [now apply nth_error_In in listed | now apply Forall_forall].
  Qed.
End Witness.

(** A table of what is known, from a list. *)
Definition table {A : Type} (some : list (place * A)) : Places.t A :=
  fold_left (fun found entry => Places.add (fst entry) (snd entry) found) some (Places.empty A).

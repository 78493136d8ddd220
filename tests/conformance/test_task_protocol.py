"""The Task protocol as it is stated in Coq, against real tasks: every short sequence of operations.

Real tasks are driven under each Python found; `coqc` computes what `Task.v` says of the same sequences. Without Coq
this is skipped. The machine of the models is compared by `test_machine.py`.
"""

from __future__ import annotations

import shutil
import sys
from typing import Any

import pytest
from pythons import ALL, drive, every_version, found_or_skip, sample

from treadle_models.coq.coqc import Coq

pytestmark = [
    pytest.mark.skipif(shutil.which("coqc") is None, reason="Coq is not installed: there is no coqc"),
    pytest.mark.xdist_group("coq tasks"),  # what is compiled is compiled once
]
DEPTH = 6 if ALL else 5

AGREES = """
From Coq Require Import Bool List ZArith.
From Treadle Require Import Task.
Import ListNotations.
Scheme Equality for outcome.
Scheme Equality for awaited.
Scheme Equality for place.
Scheme Equality for operation.
Scheme Equality for event.
Scheme Equality for list.

Inductive tree := Node (after : task) (log : list event) (following : list (operation * tree)).

Definition every := [Cancel; Uncancel; Resume; Yield]
  ++ flat_map (fun o => [Complete o; SuspendDone o; Finish o]) [Result; Failure; Cancelled]
  ++ map Suspend [Plain; Absorbing; Refusing].

Definition same (t u : task) : bool :=
  Z.eqb (count t) (count u) && eqb (must_cancel t) (must_cancel u) && place_beq (at_ t) (at_ u).

(** How many sequences differ: in what is seen, or in what can be done next. *)
Fixpoint differing (v : version) (found : tree) : nat :=
  match found with
  | Node t _ [] => 0
  | Node t _ following =>
    let possible := filter (fun op => match operate v op t with Some _ => true | None => false end) every in
    (if Nat.eqb (length possible) (length following) then 0 else 1) +
    list_sum (map (fun branch =>
      let '(op, Node u log _ as below) := branch in
      (match operate v op t with
       | Some (u', log') => if same u u' && list_beq _ event_beq log log' then 0 else 1
       | None => 1
       end) + differing v below) following)
  end.

Fixpoint counted (found : tree) : nat :=
  match found with Node _ _ following => S (list_sum (map (fun branch => counted (snd branch)) following)) end.
"""


@pytest.fixture(scope="module")
def coq(tmp_path_factory: pytest.TempPathFactory) -> Coq:
    found = Coq(tmp_path_factory.mktemp("coq"))
    found.prepare(("Task",))
    found.evaluated("Agrees", AGREES)
    return found


def _node(node: dict[str, Any]) -> str:
    following = "; ".join(f"({name}, {_node(each)})" for name, each in node["next"].items())
    after = f"(Task {node['count']}%Z {str(node['must_cancel']).lower()} ({node['at']}))"
    return f"Node {after} [{'; '.join(node['log'])}] [{following}]"


def _differing(coq: Coq, found: dict[str, Any], rule: str) -> str:
    """Return how many sequences differ from what `Task.v` says by the rule of a version, of how many."""
    head = "From Treadle Require Import Task Agrees.\nFrom Coq Require Import List ZArith.\nImport ListNotations."
    tree = f"Definition found := {_node(found['tree'])}."
    said = coq.evaluated("Found", f"{head}\n{tree}\nEval vm_compute in (differing {rule} found, counted found).")
    return said.partition("(")[2].partition(")")[0]


def _rule(version: str) -> str:
    return "Until312" if tuple(map(int, version.split("."))) < (3, 13) else "Since313"


@every_version
def test_real_tasks_do_what_the_protocol_in_coq_says(coq: Coq, version: str) -> None:
    sample(version)
    found = found_or_skip(version)
    for full, python in found.items():
        summaries = [
            drive(python, f"--task={kind}", f"--depth={DEPTH}", comparison="task_protocol.py") for kind in ("C", "Py")
        ]
        assert [each["python"] for each in summaries] == [full, full]
        assert summaries[0]["tree"] == summaries[1]["tree"], "tasks in C and in Python differ"
        count = summaries[0]["sequences"]
        assert count > 2_000
        assert _differing(coq, summaries[0], _rule(version)) == f"0, {count}"


def test_with_the_rule_of_another_version_they_differ(coq: Coq) -> None:
    version = "{}.{}".format(*sys.version_info)
    found = drive(sys.executable, f"--depth={DEPTH}", comparison="task_protocol.py")
    other = "Since313" if _rule(version) == "Until312" else "Until312"
    differing, count = map(int, _differing(coq, found, other).split(", "))
    assert 20 < differing < count

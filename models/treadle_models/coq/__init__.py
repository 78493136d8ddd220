"""Proofs that Coq checks: a checker of certificates that is proved sound, and the Task protocol, in Coq.

- `System.v`: the definitions of a transition system, of a reachable state, and of a call that ends
- `Spec.v`: the properties of `treadle_models.spec`
- `Checker.v`: the checker of certificates, with the proof that what it accepts is true
- `Task.v`: the cancellation protocol of a task, with two facts on which everything is based
- `Follows.v`: that the system of a target treats the controller's task as that protocol says
- `protocol`: the same in Python, to check that in advance
- `statement`: a target in a situation, in the terms of `System.v` and `Spec.v`
- `shown`: the proof of a statement: invariants, ranks, multipliers; `witness`: where a property applies
- `cases`, `farkas`: formulas as cases of inequalities, and the contradiction in a case
- `text`: a proof as a file for Coq
- `coqc`: the interface to Coq, which may not be installed

No solver has a part in these proofs, except that Z3 has shown which properties to claim.
"""

"""Proofs that Coq checks: a checker of certificates that is proved sound, and the Task protocol, in Coq.

- `System.v`: what a transition system is, and what it means that a state is reached, that a call ends
- `Spec.v`: the properties of `treadle_models.spec`
- `Checker.v`: the checker of certificates, with the proof that what it accepts is true
- `Task.v`: the cancellation protocol of a task, with the two facts that everything rests on
- `Follows.v`: that the system of a target treats the controller's task as that protocol says
- `protocol`: the same, to see beforehand whether it does
- `statement`: a target in a situation, in the words of `System.v` and `Spec.v`
- `shown`: what shows a statement: invariants, ranks, multipliers; `witness`: where a property has something to say
- `cases`, `farkas`: formulas as cases of inequalities, and how a case contradicts itself
- `text`: a proof as a file for Coq
- `coqc`: the border to Coq, which is installed or not

No solver has a part in any of it, except that Z3 has told which properties are worth claiming.
"""

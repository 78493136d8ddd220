"""Helpers that cancel a task and wait for it, judged as they ship: `make shipped`.

- `entries`: what is judged: `helpers.toml`
- `environments`: each package in an environment of its own
- `quoting`: what an entry quotes stands in the package
- `judging`: one helper, in every situation that its contract admits
- `classing`: what is violated is a bug, a documented limit or a design choice, and the sentence that decides it
- `tables`, `page`, `reports`: what came out, for people
- `proving`, and `inside` the environment: what is proved of a helper, `make shipped-proofs`
"""

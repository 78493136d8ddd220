"""The claims ledger: each technical claim of the thread of gh-103486, settled, with the command that shows it.

- `data`: the claims, as package data
- `claim`: a claim, its verdict and its evidence, read from the data
- `run`: runs a command, and says whether it shows what the ledger says
- `topics`: what is impossible after `await task`, and what suffices; computed from the model each time
- `twins`: two executions that look the same and need opposite things, as two scripts for stock Python
- `table`, `pictures`: the ledger as text, and twins as a picture
- `evidence`: small programs for claims that no other command shows

None of it needs a solver.
"""

from treadle.ledger.claim import Claim, Evidence, Settled, find_claims, load_claims

TOPICS = {
    "readable": "which of the things that code can read after `await task` are enough, and when",
    "guard": "the weakest guard that is correct, and where it must be evaluated",
    "twins": "two executions that look the same to the code and need opposite decisions",
    "modes": "why no code can be both prompt and joined-always",
    "readings": "what a withdrawn request can count for, before and after Python 3.13",
    "forwarding": "why every `await task` sends the dependency a second request",
}
"""The topics about what is impossible and what suffices, by name; `topics` has the answers."""

__all__ = ["TOPICS", "Claim", "Evidence", "Settled", "find_claims", "load_claims"]

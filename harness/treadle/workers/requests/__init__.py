"""What can be asked of a worker: a data class for each request, which says what its answer is.

- `request`: what all have in common, and how a search is asked for in parts
- `targets`, `programs`: what is asked about a target of `check`, and about a program of `explore`
"""

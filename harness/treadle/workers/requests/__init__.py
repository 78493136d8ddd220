"""What can be asked of a worker: a data class for each request, which says what its answer is.

- `request`: the base classes, and how a search is asked for in parts
- `targets`, `programs`: requests about a target of `check`, and about a program of `explore`
"""

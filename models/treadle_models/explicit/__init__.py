"""Exhaustive search of the machine with the standard library alone: verdicts within bounds, shortest traces, counts.

- `instance`: a candidate in a situation as a transition system
- `search`: the graph of its states, the number of paths to each outcome, shortest violations
"""

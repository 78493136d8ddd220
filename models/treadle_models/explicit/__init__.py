"""Exhaustive search of the machine with the standard library alone: verdicts within bounds, shortest traces, counts.

- `instance`: a candidate in a situation as a transition system
- `probe`, `twins`: what code can read after `await task`, what it cannot distinguish, and which guards are right
- `impossible`: what no code can do
- `search`: the graph of its states, the number of paths to each outcome, shortest violations
"""

"""Results for people and programs: tables, diagrams, documents, scripts.

- `table`, `detail`, `layout`, `console`: verdicts as a table, what it leaves out, how such text is set, and where
- `diagram`: a counterexample as text; `picture`, `svg`: as a picture, before and when it is drawn
- `story`: what a counterexample says, in the `words` of each property; `source`: the text that was judged, beside it
- `script`: a counterexample as a script for stock Python; `stock`: such a script, executed
- `programs`, `proofs`: a program that was explored, and what is proved of candidates
- `page`, `render`, `breaking`: all of a check as one page, its templates, and where lines are broken
- `suite`: all that a run of pytest found as another page
- `display`, `drawers`: how each thing shows itself, and what can be drawn
- `document`: the result document
"""

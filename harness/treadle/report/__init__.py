"""Results for people and programs: tables, diagrams, documents, scripts.

- `table`, `detail`, `layout`, `console`: verdicts as a table, its details, the layout of such text, and its consoles
- `diagram`, `columns`: a counterexample as text, and how text is set in columns
- `picture`, `svg`: a counterexample as a picture, before and when it is drawn
- `story`: what a counterexample says, in the `words` of each property; `source`: the text that was judged, beside it
- `script`: a counterexample as a script for stock Python; `stock`: runs such a script
- `programs`, `proofs`: explored programs, and proofs about candidates
- `page`, `render`, `breaking`: all of a check as one page, its templates, and where lines are broken
- `suite`: the findings of a run of pytest as another page
- `display`, `drawers`: how each result displays itself, and what can be drawn
- `document`: the result document
"""

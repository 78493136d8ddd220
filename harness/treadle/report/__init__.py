"""Results for people and programs: tables, diagrams, documents, scripts.

- `table`, `detail`, `layout`, `console`: verdicts as a table, its details, the layout of such text, and its consoles
- `diagram`, `columns`: a counterexample as text, and the layout of text in columns
- `picture`, `svg`: the layout of a counterexample as a picture, and its drawing
- `story`: a counterexample in words, by the `words` of each property; `source`: the source that was judged
- `script`: a counterexample as a script for stock Python; `stock`: runs such a script
- `programs`, `proofs`: explored programs, and proofs about candidates
- `page`, `render`, `breaking`: the results of a check as one page, its templates, and line breaks
- `suite`: the findings of a run of pytest as another page
- `display`, `drawers`: the representations of results in notebooks and as text
- `document`: the result document
"""

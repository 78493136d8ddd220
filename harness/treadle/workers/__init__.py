"""Worker processes, in which targets run, and whoever else has requests answered.

- `pool`: requests, answers, and a handful of workers that requests are handed out to
- `worker`, `listening`: such a process; who hears of a search in it
- `targets`, `programs`: what it answers about a target of `check`, and about a program of `explore`
- `requests`: what can be asked, and the types of the answers
- `interpreters`: the interpreters that workers run on
- `exits`, `interrupts`: how a process ended, in words; how an interrupt ends all of them
- `cluster`, `remote`, `alike`: joblib, Dask and Ray in place of a pool; whether those there are like us
- `journal`, `lines`, `loaded`: answers that are kept, each line with a checksum, as long as all files that were
  loaded are the same
- `crew`: which of these a command asks
"""

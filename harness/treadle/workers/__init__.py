"""Worker processes, in which targets run, and the other ways to have requests answered.

- `pool`: requests, answers, and a pool of workers
- `worker`, `listening`: the process itself; how it reports the progress of a search
- `targets`, `programs`: what it answers about a target of `check`, and about a program of `explore`
- `requests`: what can be asked, and the types of the answers
- `interpreters`: the interpreters that workers run on
- `exits`, `interrupts`: how a process ended, in words; how an interrupt ends all of them
- `cluster`, `remote`, `alike`: joblib, Dask and Ray in place of a pool; whether their workers run the same code
- `journal`, `lines`, `loaded`: answers kept in a file, each line with a checksum, and used as long as all loaded files
  are the same
- `crew`: chooses among these, by the options of a command
"""

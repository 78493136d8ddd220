"""What the standard library and the process keep, wherever they keep it."""

# ruff: noqa: E501 - texts of programs

from __future__ import annotations

from kept.place import Place


def kept(  # noqa: PLR0913 - all that makes one
    name: str, module: str, begin: str, store: str, load: str, *, end: str = "", identified: bool = False
) -> Place:
    """Return a place that is put back at the end as it was at the beginning, unless told otherwise."""
    return Place(name=name, module=module, begin=begin, store=store, load=load, end=end or begin, identified=identified)


_FIRST_A = "if first and name == 'a':\n    "

PROCESS = (
    kept(
        "the seed of random",
        "import random",
        "random.seed(0)",
        "random.seed(name)",
        "return 'a' if random.random() == random.Random('a').random() else 'b'",
        identified=True,
    ),
    kept(
        "the seed of random, by name",
        "from random import seed, random as draw_N\nimport random",
        "seed(0)",
        "seed(name)",
        "return 'a' if draw_N() == random.Random('a').random() else 'b'",
        identified=True,
    ),
    kept(
        "how far random is",
        "import random",
        "random.seed(0)",
        f"{_FIRST_A}random.random()",
        "return 'b' if random.random() == random.Random(0).random() else 'a'",
        identified=True,
    ),
    kept(
        "the state of random",
        "import random\nstates_N = {name: random.Random(name).getstate() for name in 'ab'}",
        "random.seed(0)",
        "random.setstate(states_N[name])",
        "return 'a' if random.random() == random.Random('a').random() else 'b'",
        identified=True,
    ),
    kept(
        "the environment's variables",
        "import os",
        "os.environ['OWNER_N'] = ''",
        "os.environ['OWNER_N'] = name",
        "return os.environ['OWNER_N']",
        end="os.environ.pop('OWNER_N', None)",
        identified=True,
    ),
    kept(
        "the environment's variables, by getenv",
        "import os\nfrom os import environ, getenv",
        "environ['OWNER_N'] = ''",
        "environ.update(OWNER_N=name)",
        "return getenv('OWNER_N')",
        end="environ.pop('OWNER_N', None)",
        identified=True,
    ),
    kept(
        "the precision of decimal",
        "import decimal",
        "decimal.getcontext().prec = 28",
        "decimal.getcontext().prec = 5 if name == 'a' else 6",
        "return 'a' if decimal.getcontext().prec == 5 else 'b'",
    ),
    kept(
        "the precision of decimal, in all tasks",
        "import decimal\nfrom decimal import Decimal",
        "decimal.setcontext(decimal.Context(prec=28))",
        "decimal.getcontext().prec = 5 if name == 'a' else 6",
        "return 'a' if len(str(Decimal(1) / 3)) == 7 else 'b'",
        identified=True,
    ),
    kept(
        "the flags of decimal",
        "import decimal",
        "decimal.setcontext(decimal.Context(prec=3, traps=[]))",
        f"{_FIRST_A}decimal.Decimal(1) / 3",
        "return 'a' if decimal.getcontext().flags[decimal.Inexact] else 'b'",
        identified=True,
    ),
    kept(
        "the level of a logger",
        "import logging\nlog_N = logging.getLogger('OTHER')",
        "log_N.setLevel(logging.NOTSET)",
        "log_N.setLevel(logging.INFO if name == 'a' else logging.ERROR)",
        "return 'a' if log_N.level == logging.INFO else 'b'",
        identified=True,
    ),
    kept(
        "the level of a logger above",
        "import logging\nlog_N = logging.getLogger('OTHER.inner')\nabove_N = logging.getLogger('OTHER')",
        "above_N.setLevel(logging.NOTSET)",
        "above_N.setLevel(logging.INFO if name == 'a' else logging.ERROR)",
        "return 'a' if log_N.getEffectiveLevel() == logging.INFO else 'b'",
        identified=True,
    ),
    kept(
        "the level of a logger that is sought by its name",
        "import logging",
        "logging.getLogger('OTHER').setLevel(logging.NOTSET)",
        "logging.getLogger('OTHER').setLevel(logging.INFO if name == 'a' else logging.ERROR)",
        "return 'a' if logging.getLogger('OTHER').level == logging.INFO else 'b'",
    ),
    kept(
        "the handlers of a logger",
        "import logging\nlog_N = logging.getLogger('OTHER')\nclass Handler_N(logging.Handler): pass",
        "log_N.handlers.clear()",
        f"{_FIRST_A}log_N.addHandler(Handler_N())",
        "return 'a' if log_N.handlers else 'b'",
    ),
    kept(
        "the filters of a logger",
        "import logging\nlog_N = logging.getLogger('OTHER')\ndef filter_N(record): return False",
        "log_N.filters.clear()",
        f"{_FIRST_A}log_N.addFilter(filter_N)",
        "return 'a' if log_N.filters else 'b'",
        identified=True,
    ),
    kept(
        "the formats of a handler",
        "import logging\nhandler_N = logging.NullHandler()",
        "handler_N.setFormatter(None)",
        "handler_N.setFormatter(logging.Formatter('%(message)s' + name))",
        "return handler_N.formatter._fmt[-1]",
    ),
    kept(
        "whether logging is disabled",
        "import logging",
        "logging.disable(logging.NOTSET)",
        "logging.disable(1 if name == 'a' else 2)",
        "return 'a' if logging.root.manager.disable == 1 else 'b'",
    ),
    kept(
        "the names of the levels of logging",
        "import logging",
        "logging.addLevelName(37, '')",
        "logging.addLevelName(37, name)",
        "return logging.getLevelName(37)",
    ),
    kept(
        "the filters of warnings",
        "import warnings",
        "warnings.filters[:] = [each for each in warnings.filters if each[0] != 'module']",
        f"{_FIRST_A}warnings.filters.insert(0, ('module', None, Warning, None, 0))",
        "return 'a' if warnings.filters[0][0] == 'module' else 'b'",
    ),
    kept(
        "how deep calls may go",
        "import sys\ndepth_N = sys.getrecursionlimit()",
        "sys.setrecursionlimit(depth_N)",
        "sys.setrecursionlimit(depth_N + ord(name))",
        "return chr(sys.getrecursionlimit() - depth_N)",
    ),
    kept(
        "the interval of switches",
        "import sys",
        "sys.setswitchinterval(0.005)",
        "sys.setswitchinterval(0.004 if name == 'a' else 0.006)",
        "return 'a' if sys.getswitchinterval() < 0.005 else 'b'",
    ),
    kept(
        "the thresholds of the collector",
        "import gc\nthresholds_N = gc.get_threshold()",
        "gc.set_threshold(*thresholds_N)",
        "gc.set_threshold(1000 + ord(name), 10, 10)",
        "return chr(gc.get_threshold()[0] - 1000)",
    ),
    kept(
        "the callbacks of the collector",
        "import gc\nclass Call_N:\n    def __init__(self, name): self.name = name\n    def __call__(self, phase, info): pass",
        "gc.callbacks[:] = [each for each in gc.callbacks if type(each) is not Call_N]",
        "gc.callbacks.append(Call_N(name))",
        "return gc.callbacks[-1].name",
    ),
    kept(
        "the arguments of the command line",
        "import sys\nargv_N = [*sys.argv]",
        "sys.argv[:] = argv_N",
        "sys.argv[:] = [name]",
        "return sys.argv[0]",
    ),
    kept(
        "the search path",
        "import sys",
        "sys.path[:] = [each for each in sys.path if each not in ('/none/a', '/none/b')]",
        "sys.path.append('/none/' + name)",
        "return sys.path[-1][-1]",
    ),
    kept(
        "the table of modules",
        "import sys, types",
        "sys.modules.pop('OTHER.made', None)",
        "sys.modules['OTHER.made'] = types.SimpleNamespace(owner=name)",
        "return sys.modules['OTHER.made'].owner",
    ),
    kept(
        "a hook of sys",
        "import sys",
        "sys.displayhook = sys.__displayhook__",
        "sys.displayhook = lambda _, name=name: name",
        "return sys.displayhook(0)",
    ),
    kept(
        "the folder of the process",
        "import os, tempfile\nhome_N = os.getcwd()\nfolders_N = {name: os.path.join(tempfile.gettempdir(), 'OTHER_' + name) for name in 'ab'}\n"
        "for folder in folders_N.values(): os.makedirs(folder, exist_ok=True)",
        "os.chdir(home_N)",
        "os.chdir(folders_N[name])",
        "return os.getcwd()[-1]",
        end="os.chdir(home_N)\nfor folder in folders_N.values(): os.path.isdir(folder) and os.rmdir(folder)",
    ),
    kept(
        "the mask of new files",
        "import os\nmask_N = os.umask(0)\nos.umask(mask_N)",
        "os.umask(mask_N)",
        "os.umask(0o22 if name == 'a' else 0o27)",
        "mask = os.umask(0)\nos.umask(mask)\nreturn 'a' if mask == 0o22 else 'b'",
    ),
    kept(
        "a file",
        "import os, tempfile\npath_N = os.path.join(tempfile.gettempdir(), 'OTHER.txt')\nkeep_N = open",
        "with keep_N(path_N, 'w') as file: file.write('')",
        "with keep_N(path_N, 'w') as file: file.write(name)",
        "with keep_N(path_N) as file: return file.read()",
        end="os.path.exists(path_N) and os.remove(path_N)",
    ),
    kept(
        "the default timeout of sockets",
        "import socket",
        "socket.setdefaulttimeout(None)",
        "socket.setdefaulttimeout(ord(name))",
        "return chr(int(socket.getdefaulttimeout()))",
    ),
    kept(
        "the first day of a week",
        "import calendar",
        "calendar.setfirstweekday(0)",
        "calendar.setfirstweekday(1 if name == 'a' else 2)",
        "return 'a' if calendar.firstweekday() == 1 else 'b'",
    ),
    kept(
        "the dialects of csv",
        "import csv",
        "csv.register_dialect('OTHER', delimiter='-')",
        "csv.register_dialect('OTHER', delimiter=name)",
        "return csv.get_dialect('OTHER').delimiter",
        end="'OTHER' in csv.list_dialects() and csv.unregister_dialect('OTHER')",
    ),
    kept(
        "the handlers of codecs",
        "import codecs",
        "codecs.register_error('OTHER', lambda error: ('', error.end))",
        "codecs.register_error('OTHER', lambda error: (name, error.end))",
        "return '\\xe9'.encode('ascii', 'OTHER').decode()",
    ),
    kept(
        "how types are pickled",
        "import copyreg\nclass App_N: pass",
        "copyreg.dispatch_table.pop(App_N, None)",
        "copyreg.pickle(App_N, lambda app: name)",
        "return copyreg.dispatch_table[App_N](0)",
    ),
    kept(
        "the types of files",
        "import mimetypes",
        "mimetypes.add_type('x/none', '.owner_N')",
        "mimetypes.add_type('x/' + name, '.owner_N')",
        "return mimetypes.guess_type('it.owner_N')[0][-1]",
    ),
    kept(
        "the folder of temporary files",
        "import tempfile\nfolder_N = tempfile.tempdir",
        "tempfile.tempdir = folder_N",
        "tempfile.tempdir = '/none/' + name",
        "return tempfile.tempdir[-1]",
        identified=True,
    ),
    kept(
        "a sequence of names",
        "import random, tempfile",
        "random.seed(0)\ntempfile._name_sequence = None",
        "tempfile._name_sequence = iter(name)",
        "return next(tempfile._name_sequence)",
    ),
    kept(
        "the lines of a file",
        "import linecache",
        "linecache.cache.pop('OTHER', None)",
        "linecache.cache['OTHER'] = (1, None, [name], 'OTHER')",
        "return linecache.getline('OTHER', 1)",
    ),
    kept(
        "what is registered at a class",
        "import numbers\nclass A_N: pass\nclass B_N: pass\nclass Shape_N(metaclass=__import__('abc').ABCMeta): pass",
        "global Shape_N\nShape_N = type(Shape_N)('Shape', (), {})",
        "if first:\n    Shape_N.register(A_N if name == 'a' else B_N)",
        "return 'a' if isinstance(A_N(), Shape_N) else 'b'",
    ),
    kept(
        "a built-in function",
        "import builtins\ntrue_N = ascii",
        "builtins.ascii = true_N",
        "builtins.ascii = lambda _: name",
        "return ascii(0)",
    ),
    kept(
        "a function of asyncio",
        "iscoroutine_N = asyncio.iscoroutine",
        "asyncio.iscoroutine = iscoroutine_N",
        "asyncio.iscoroutine = lambda _, name=name: name",
        "return asyncio.iscoroutine(0)",
    ),
    kept(
        "a method of a class of the standard library",
        "import string\nformat_N = string.Formatter.format",
        "string.Formatter.format = format_N",
        "string.Formatter.format = lambda *_: name",
        "return string.Formatter().format('')",
    ),
    kept(
        "a module of asyncio",
        "",
        "asyncio.tasks.owner_N = None",
        "asyncio.tasks.owner_N = name",
        "return asyncio.tasks.owner_N",
        end="if hasattr(asyncio.tasks, 'owner_N'): del asyncio.tasks.owner_N",
        identified=True,
    ),
)

# Names that modules and classes have of themselves, and tables of names

TABLES = (
    kept(
        "the docstring of a module",
        "",
        "global __doc__\n__doc__ = ''",
        "global __doc__\n__doc__ = name",
        "return __doc__",
        identified=True,
    ),
    kept(
        "the slots of a class, in a list",
        "class Owner_N:\n    __slots__ = []",
        "Owner_N.__slots__[:] = []",
        "Owner_N.__slots__[:] = [name]",
        "return Owner_N.__slots__[0]",
        identified=True,
    ),
    kept(
        "the globals of a function, by a getter",
        "import operator\nowner_N = ''\nof_N = operator.attrgetter('__globals__')",
        "of_N(end_N)['owner_N'] = ''",
        "of_N(end_N)['owner_N'] = name",
        "return owner_N",
        end="pass",
        identified=True,
    ),
    kept(
        "the globals of a function, by a descriptor",
        "from types import FunctionType\nowner_N = ''\nof_N = FunctionType.__globals__.__get__",
        "of_N(end_N)['owner_N'] = ''",
        "of_N(end_N)['owner_N'] = name",
        "return owner_N",
        end="pass",
        # From 3.12 on asyncio has `inspect`, and that has `os`: where a program names a `wait`, it may be that one's.
        identified=False,
    ),
    kept(
        "an attribute of a function of asyncio",
        "import asyncio",
        "asyncio.sleep.owner_N = ''",
        "asyncio.sleep.owner_N = name",
        "return asyncio.sleep.owner_N",
        end="vars(asyncio.sleep).pop('owner_N', None)",
        identified=True,
    ),
    kept(
        "an attribute of a stream",
        "import sys",
        "sys.__stdout__.owner_N = ''",
        "sys.__stdout__.owner_N = name",
        "return sys.__stdout__.owner_N",
        end="vars(sys.__stdout__).pop('owner_N', None)",
        identified=True,
    ),
    kept(
        "an attribute of a thread",
        "import threading",
        "threading.current_thread().owner_N = ''",
        "threading.current_thread().owner_N = name",
        "return threading.current_thread().owner_N",
        end="vars(threading.current_thread()).pop('owner_N', None)",
        identified=True,
    ),
    kept(
        "what a mock was called with",
        "from unittest.mock import Mock\nmock_N = Mock()",
        "mock_N.reset_mock()",
        "mock_N(name)",
        "return mock_N.call_args[0][0]",
        identified=True,
    ),
)

# What the operating system keeps

_PATH = "from pathlib import Path\npath_N = Path(__file__).with_suffix('.kept_N')"

OUTSIDE = (
    kept("a file, by its path", _PATH, "path_N.write_text('')", "path_N.write_text(name)", "return path_N.read_text()"),
    kept(
        "whether there is a folder",
        "import os\nplace_N = __file__ + '.folder_N'",
        "os.path.isdir(place_N) and os.rmdir(place_N)",
        "os.path.isdir(place_N) and os.rmdir(place_N)\nif name == 'a':\n    os.mkdir(place_N)",
        "return 'a' if os.path.exists(place_N) else 'b'",
    ),
    kept(
        "where a link leads",
        "from os import symlink, readlink, path\nimport os\nplace_N = __file__ + '.link_N'",
        "if path.lexists(place_N):\n    os.unlink(place_N)",
        "if path.lexists(place_N):\n    os.unlink(place_N)\nsymlink(name, place_N)",
        "return readlink(place_N)",
    ),
    kept(
        "a pipe",
        "import os",
        "global reads_N, writes_N\nreads_N, writes_N = os.pipe()\nos.write(writes_N, b'-')",
        "os.write(writes_N, name.encode())",
        "it = os.read(reads_N, 9)\nos.write(writes_N, it)\nreturn it.decode()[-1]",  # else a second call would block
        end="os.close(reads_N)\nos.close(writes_N)",
    ),
    kept(
        "what a signal does",
        "import signal",
        "signal.signal(signal.SIGUSR1, signal.SIG_DFL)",
        "signal.signal(signal.SIGUSR1, signal.SIG_IGN if name == 'a' else signal.SIG_DFL)",
        "return 'a' if signal.getsignal(signal.SIGUSR1) is signal.SIG_IGN else 'b'",
    ),
)

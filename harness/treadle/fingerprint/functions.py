"""Functions, methods and partials: in the queue of the loop, or kept by a program to be called later."""

from __future__ import annotations

import functools
import gc
import operator
import sys
import types
from functools import partial
from typing import TYPE_CHECKING

from treadle.fingerprint.classes import write_kind
from treadle.fingerprint.constant import is_listed
from treadle.fingerprint.containers import CONTENTS
from treadle.fingerprint.encoder import LEARNERS, plain, rule, token_of
from treadle.fingerprint.looking import about_function, base_of, is_of_module, module_dict

if TYPE_CHECKING:
    from treadle.fingerprint.encoder import Encoder, Rule


@rule(types.FunctionType)
def _function(encoder: Encoder, item: types.FunctionType) -> None:
    encoder.references[id(item)] = encoder.next_reference()
    token = token_of(item.__code__)
    if token.is_treadles:  # a stand-in for another function: what it refers to is no state
        encoder.tokens += (types.FunctionType, token, item.__name__)
        return
    cells = item.__closure__ or ()
    defaults, named, attributes = item.__defaults__, item.__kwdefaults__, item.__dict__ or None
    is_plain = defaults is None and named is None and attributes is None
    encoder.tokens += (types.FunctionType, token, len(cells), is_plain)
    encoder.add_all(cells)
    if not is_plain:
        encoder.add_all((defaults, named, attributes))
    names = item.__globals__
    if not is_of_module(names):  # made by hand, with globals that belong to no module
        encoder.add_some(pair for pair in list(names.items()) if pair[0] != "__builtins__")
    if encoder.scope is not None and encoder.scope.about_functions:
        encoder.add_some(about_function(item, encoder.scope.about_functions))


@rule(types.CellType)
def _cell(encoder: Encoder, item: types.CellType) -> None:
    encoder.references[id(item)] = encoder.next_reference()
    try:
        contents = item.cell_contents
    except ValueError:  # the name is still unbound
        encoder.tokens += (types.CellType, 0)
        return
    encoder.tokens += (types.CellType, 1)
    encoder.add(contents)


@rule(types.MethodType)
def _method(encoder: Encoder, item: types.MethodType) -> None:
    encoder.tokens.append(types.MethodType)  # no number: methods compare by their parts
    encoder.add_all((item.__func__, item.__self__))


@rule(types.BuiltinFunctionType, types.MethodWrapperType)
def _built_in(encoder: Encoder, item: types.BuiltinFunctionType | types.MethodWrapperType) -> None:
    encoder.tokens += (types.BuiltinFunctionType, item.__name__)
    if encoder.scope is not None:
        encoder.scope.meet_value(item)
    encoder.add(item.__self__)  # the module, if it is a function


def _learn_built_in(kind: type) -> Rule | None:
    """Return the rule for C methods with a defining class, which those of futures have from 3.12 on."""
    return _built_in if base_of(kind) is types.BuiltinFunctionType else None


LEARNERS.append(_learn_built_in)


@rule(partial)
def _partial(encoder: Encoder, item: partial[object]) -> None:
    encoder.number(item)
    encoder.tokens.append(partial)
    encoder.add_all((item.func, item.args, item.keywords, item.__dict__ or None))


def _write_partial(encoder: Encoder, item: object) -> None:
    encoder.tokens.append(partial)
    encoder.add_all(part(item) for part in _of_partial)


_of_partial = [vars(partial)[name].__get__ for name in ("func", "args", "keywords")]
CONTENTS[partial] = _write_partial

if hasattr(functools, "Placeholder"):  # from 3.14 on
    rule(type(functools.Placeholder))(plain)


@rule(types.CodeType)
def _code(encoder: Encoder, item: types.CodeType) -> None:
    encoder.tokens.append(token_of(item))


@rule(types.ModuleType)
def _module(encoder: Encoder, item: types.ModuleType) -> None:
    if not is_listed(item):
        encoder.number(item)
        write_kind(encoder, type(item))
        encoder.add_some(pair for pair in list(module_dict(item).items()) if pair[0] != "__builtins__")
        return
    encoder.tokens += (types.ModuleType, module_dict(item)["__name__"])
    if encoder.scope is not None:
        encoder.scope.meet_module(item)
        encoder.scope.let_go(item)


def _learn_module(kind: type) -> Rule | None:
    """Treat a module whose class is a subclass, such as a lazy one, as the module that it is."""
    return _module if issubclass(kind, types.ModuleType) else None


LEARNERS.append(_learn_module)


def _unloaded(encoder: Encoder, item: object) -> None:
    """Write a name that is imported at its first use, by the import; its `repr` is made by C code."""
    encoder.number(item)
    encoder.tokens += (type(item), repr(item))


if sys.version_info >= (3, 15):
    rule(types.LazyImportType)(_unloaded)


# C objects made by `functools` and `operator`. A cache is an object like any other: its contents, in order.

_cached = functools.lru_cache()(lambda: None)
_ELEMENT = "_lru_list_elem"


def _is_index(held: object) -> bool:
    """Say whether this is the index of a bounded cache, whose results the garbage collector also lists in order."""
    return type(held) is dict and any(type(each).__name__ == _ELEMENT for each in held.values())


@rule(type(_cached))
def _cache(encoder: Encoder, item: functools._lru_cache_wrapper[object]) -> None:
    encoder.number(item)
    # The garbage collector shows the function, the results by arguments, and the order in which they were used.
    held = [each for each in gc.get_referents(item) if type(each) is not type and not _is_index(each)]
    encoder.tokens.append(type(item))
    encoder.add_some(held)
    scope = encoder.scope
    if scope is not None and ("cache_info" in scope.names or scope.reads_anything):
        encoder.add_all(type(item).cache_info(item))


@rule(operator.attrgetter, operator.methodcaller, operator.itemgetter)
def _getter(encoder: Encoder, item: object) -> None:
    encoder.number(item)
    encoder.tokens.append(type(item))
    encoder.add_some(item.__reduce__())
    if encoder.scope is not None:
        encoder.scope.meet_value(item)

"""Functions, methods, partials: what waits in a queue, and what a program keeps to call later."""

from __future__ import annotations

import types
from functools import partial
from typing import TYPE_CHECKING, Any

from treadle.fingerprint.encoder import rule, token_of

if TYPE_CHECKING:
    from treadle.fingerprint.encoder import Encoder


@rule(types.FunctionType)
def _function(encoder: Encoder, item: types.FunctionType) -> None:
    encoder.number(item)
    cells = item.__closure__ or ()
    encoder.tokens += (types.FunctionType, token_of(item.__code__), len(cells))
    encoder.add_all((*cells, item.__defaults__, item.__kwdefaults__, item.__dict__ or None))


@rule(types.CellType)
def _cell(encoder: Encoder, item: types.CellType) -> None:
    encoder.number(item)
    try:
        contents = item.cell_contents
    except ValueError:  # nothing is bound to the name yet
        encoder.tokens += (types.CellType, 0)
        return
    encoder.tokens += (types.CellType, 1)
    encoder.add(contents)


@rule(types.MethodType)
def _method(encoder: Encoder, item: types.MethodType) -> None:
    encoder.tokens.append(types.MethodType)  # no number: methods compare by what they are made of
    encoder.add_all((item.__func__, item.__self__))


@rule(types.BuiltinFunctionType, types.MethodWrapperType)
def _built_in(encoder: Encoder, item: Any) -> None:
    encoder.tokens += (types.BuiltinFunctionType, item.__name__)
    encoder.add(item.__self__)  # the module, where it is a function


@rule(partial)
def _partial(encoder: Encoder, item: partial[Any]) -> None:
    encoder.number(item)
    encoder.tokens.append(partial)
    encoder.add_all((item.func, item.args, item.keywords, vars(item) or None))


def _by_identity(encoder: Encoder, item: object) -> None:
    encoder.tokens += (type(item), item)


# What a program can not change, or (classes, modules) what is looked at elsewhere: it stands for itself.
rule(
    types.CodeType,
    types.ModuleType,
    type,
    property,
    staticmethod,
    classmethod,
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
)(_by_identity)

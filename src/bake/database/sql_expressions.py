"""Expressions that each database writes in its own way."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles


class FromText(sa.types.TypeDecorator[str]):
    """A type whose values are written as texts, with the cast that PostgreSQL needs."""

    impl = sa.Text
    cache_ok = False

    def __init__(self, stored: sa.types.TypeEngine[Any]) -> None:
        super().__init__()
        self._stored = stored

    def bind_expression(self, bindparam: sa.BindParameter[Any]) -> sa.ColumnElement[Any]:
        """The text as a value of the type."""
        return Typed(sa.type_coerce(bindparam, sa.Text()), type_=self._stored)


class Typed(sa.sql.functions.GenericFunction[Any]):
    """A text as a value of the type of this expression."""

    inherit_cache = False
    name = "bake_typed"


@compiles(Typed, "postgresql")
def _(element: Typed, compiler: Any, **options: Any) -> str:
    stored = compiler.dialect.type_compiler_instance.process(element.type)
    return f"CAST({compiler.process(element.clauses, **options)} AS {stored})"


class Unpadded(sa.sql.functions.GenericFunction[str]):
    """A text of a fixed length: PostgreSQL fills it up with blanks, which mean nothing there."""

    type = sa.Text()
    inherit_cache = True
    name = "bake_unpadded"


@compiles(Typed)
@compiles(Unpadded)
def _(element: Typed | Unpadded, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(Unpadded, "postgresql")
def _(element: Unpadded, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS TEXT)"


class JsonList(sa.sql.functions.GenericFunction[str]):
    """A JSON list of columns as text, which each database makes by a function of another name."""

    type = sa.Text()
    inherit_cache = True
    name = "bake_json_list"


@compiles(JsonList)
def _(element: JsonList, compiler: Any, **options: Any) -> str:
    return f"json_array({compiler.process(element.clauses, **options)})"


@compiles(JsonList, "postgresql")
def _(element: JsonList, compiler: Any, **options: Any) -> str:
    return f"CAST(json_build_array({compiler.process(element.clauses, **options)}) AS TEXT)"

"""Teams and their people, of whom a phone number, a salary and a date of birth are shown to nobody."""

from __future__ import annotations

import sqlalchemy as sa

from bake.catalog import declaring
from bake.catalog.model import Catalog
from bake.catalog.view import Column, Role, View

_METADATA = sa.MetaData()

_TEAMS = declaring.entity(
    sa.Table(
        "teams",
        _METADATA,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slug", sa.String(60), nullable=False, unique=True),
        sa.Column("pin", sa.String(60)),
        sa.Column("city", sa.String(60)),
    ),
    keys=(("slug",),),
    sensitive=("pin",),
)

_PEOPLE = declaring.entity(
    sa.Table(
        "people",
        _METADATA,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slug", sa.String(60), nullable=False, unique=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("phone", sa.String(40), unique=True),
        sa.Column("salary", sa.Numeric(12, 2), info={"above": 0}),
        sa.Column("born", sa.Date),
        sa.Column("notes", sa.String(60)),
        sa.Column("team_id", sa.ForeignKey("teams.id")),
    ),
    keys=(("slug",),),
    alternates=("name",),
    label="{name}",
    sensitive=("phone", "salary", "born"),
    synonyms={"phone": ("tel",), "notes": ("remarks",)},
)

_COLUMNS = (
    Column("id", ("id",), Role.IDENTITY),
    Column("slug", ("slug",), Role.IDENTITY),
    Column("name", ("name",)),
    Column("phone", ("phone",), synonyms=("tel",)),
    Column("salary", ("salary",)),
    Column("born", ("born",)),
    Column("notes", ("notes",), synonyms=("remarks",)),
    Column("team", ("team", "slug")),
    Column("team_pin", ("team", "pin"), Role.CONTEXT),
)

STAFF = Catalog(
    name="staff",
    metadata=_METADATA,
    entities={item.name: item for item in (_TEAMS, _PEOPLE)},
    views=(View("staff", "people", _COLUMNS, envelope="staff"),),
)

"""What the codes of warnings mean, and which warnings come first.

    code        the operation                                                              stops an import
    duplicate   gives, or says of, a row what identifies another one, such as a bar code   yes
    lookalike   would create a row that equals another one in all that describes it        yes
    key_change  would change the natural key of a row                                      yes
    mistake     looks like a known mistake: a placeholder, an invented code, a cut text       no
    outlier     writes a number many times larger or smaller than the one before           no
    check       writes a value that a check of the catalog finds strange                   no

Warnings are shown in this order, the largest outliers first. `bake import` does not go on without a yes where one of
those that stop it is given, or rows are to be deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from bake.changeset.model import Warn, WarningCode

#: The warnings with which an import is not applied before somebody has said yes, and what they are about, in words.
STOPPING: Mapping[WarningCode, str] = {
    "duplicate": "a code that is another row's",
    "lookalike": "a row that looks like another",
    "key_change": "a changed natural key",
}

_RANKS: Mapping[str, int] = {code: n for n, code in enumerate(get_args(WarningCode))}


def rank(warning: Warn) -> tuple[int, int]:
    """Where a warning stands in the order in which they are shown: the lowest first."""
    return (_RANKS[warning.code], -(warning.factor or 0))

"""What is left in a text of the page, program or answer that it was taken from, and does not belong to it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from bake.catalog.values import shown

#: By what is left, how it is recognised.
_LEFT: Mapping[str, re.Pattern[str]] = {
    "HTML": re.compile(
        r"</?(?:p|b|i|br|a|div|span|strong|em|ul|ol|li|td|h[1-6])(?:\s[^<>]*)?/?>|&(?:amp|lt|gt|quot|nbsp|#\d{1,6});",
        re.IGNORECASE,
    ),
    "Markdown": re.compile(r"\*\*[^*\s][^*]*\*\*|\[[^\]]+\]\(https?://|```"),
    "the mark of a citation": re.compile(r"【[^】]*】|:contentReference\[|\boaicite\b|(?<=\w) ?\[\d{1,3}\]\.?$"),
    "an escaped character": re.compile(r"\\u[0-9a-fA-F]{4}|\\n(?![a-z])"),
    "a formula of a spreadsheet": re.compile(r"^[=@+]\s?[A-Za-z.]+\("),
    "an object of a program": re.compile(r"^\[object \w+\]$|^<[\w.]+ object at 0x"),
}
#: What each of these has in it, so that most texts are looked through only once.
_SIGN = re.compile(r"[<&*\[`【\\{]|^[=@+]|:contentReference|oaicite")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_LONGEST_REPEATED = 200


def leftover(text: str) -> str | None:
    """Say what is left in a text of where it was taken from; None if nothing is."""
    if not _SIGN.search(text):
        return None
    what = next((name for name, pattern in _LEFT.items() if pattern.search(text)), None)
    if what is None and _is_json(text):
        what = "JSON"
    return f"{shown(text)} has {what} in it" if what else None


def address(name: str) -> str | None:
    """Say that a name is the address of a page; None if it is not."""
    return f"{shown(name)} is the address of a page, and no name" if _ADDRESS.fullmatch(name.strip()) else None


def said_twice(text: str) -> str | None:
    """Say that a text begins with the same two words or more twice; None if it does not."""
    words = text.casefold().split()
    for size in range(2, min(len(words) // 2, _LONGEST_REPEATED) + 1):
        if words[size] == words[0] and words[:size] == words[size : 2 * size]:
            return f"{shown(' '.join(text.split()[:size]))} stands there twice"
    return None


def shouted(before: str, after: str) -> str | None:
    """Say that the letters of a text became capitals, and nothing else changed; None if it is not so."""
    if after.isupper() and not before.isupper() and before.casefold() == after.casefold():
        return "nothing changed but that all letters became capitals"
    return None


def _is_json(text: str) -> bool:
    bare = text.strip()
    if bare[:1] + bare[-1:] not in ("{}", "[]"):
        return False
    try:
        return isinstance(json.loads(bare), (dict, list)) and any(map(str.isalnum, bare))
    except (ValueError, RecursionError):
        return False

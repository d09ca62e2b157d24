"""Text from a source, made safe to show: what would steer a terminal, or hide, is shown as a visible sign instead."""

from __future__ import annotations

import re

UNSAFE = re.compile(
    "["
    # control characters: escape sequences begin with one, and so do new lines
    "\x00-\x1f\x7f-\x9f\u2028\u2029"
    # these turn the direction of what follows, so that it reads as something else
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    # these take no room and cannot be seen
    "\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
    # halves of characters: no encoding takes them
    "\ud800-\udfff"
    "]"
)


def printable(text: str) -> str:
    r"""`text` on one line and with nothing in it that a terminal obeys or a reader cannot see (rule 18).

    A control character becomes its picture (`␛` for ESC, `␊` for a new line), any other sign that steers or hides its
    number (`\u202e`). Joiners within words and emoji stay as they are. `printable(printable(x)) == printable(x)`.
    """
    return UNSAFE.sub(_sign, text)


def _sign(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"

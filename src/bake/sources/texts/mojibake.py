"""UTF-8 that a program has read as Windows-1252 and written as UTF-8 again (mojibake)."""

from __future__ import annotations

import codecs
import re

from bake.catalog.texts import unmangled

#: A run of characters that is longer is mended in parts, which bounds the memory that it takes.
_LONGEST = 1024 * 1024
_LAST_RUN = re.compile("[^\x00-\x7f]*$")


class MojibakeDecoder(codecs.IncrementalDecoder):
    """Decodes such a text, a part at a time; what is not mojibake stays as it is.

    Characters beyond ASCII at the end of a part are kept until the run that they belong to has ended.
    """

    def __init__(self, errors: str = "strict") -> None:
        super().__init__(errors)
        self._utf8 = codecs.getincrementaldecoder("utf-8-sig")(errors)
        self._kept = ""

    def decode(self, data: bytes, final: bool = False) -> str:  # type: ignore[override]  # the stub takes any buffer
        """The text of the next bytes, as far as it is certain."""
        text = self._kept + self._utf8.decode(data, final)
        run = _LAST_RUN.search(text)
        end = run.start() if run and not final and len(text) - run.start() < _LONGEST else len(text)
        self._kept = text[end:]
        return unmangled(text[:end])

"""Compares a record that would create a row with the rows that it resembles.

It is compared with the rows that have a trait (`likeness.traits`) in common with it. Traits are: a key of one
field or another name, in whichever of these fields the row has it (it may be a former slug); the key that would be
derived for the record; a whole key of several fields; the declared likeness of the entity; a code.

    what they have in common                                     what the rest says           then
    a whole key, or the derived key and all that it is made of,  nothing else                 `SAME`
      in normal form
    a code that belongs to one row only                          nothing else                 `SAME`
                                                                 another whole key            `APART`; warned of
    a key of one field, a former one, the derived key            whatever                     `ALIKE`
    a code of the row, which the record has as its title         whatever                     `ALIKE`
    any other name, the likeness                                 another key of several parts,
                                                                 or a uuid of its own         `APART`
                                                                 anything else                `ALIKE`
    any of these, but for a slip in names or text parts of keys  another name, key of several
                                                                 parts, or uuid of its own    `APART`
      (`bake.catalog.misspellings`)                              nothing else, or, beside a
                                                                 name, another key of a field `MISSPELT`
    a key of one field, but for a slip, in a field for names     a uuid of its own            `APART`
      of which the record says nothing (it may be a former slug) anything else                `MISSPELT`
    the words of all texts of a key together ("King Arthur",     another part of that key,
      "Bread Flour" and "King Arthur Bread Flour")               or a uuid of its own         `APART`
                                                                 anything else                `MISSPELT`

Of an entity that has no key, but names, all else by which its rows are told apart stands for the key of several parts.
A field that one of the two lacks is not compared; but a key is whole only if the same parts of it are null in both.

Two texts are almost equal if their loose forms are. If the record has no uuid, it is enough that one of their
fingerprints is: "Corn Starch" may be "Cornstarch". Beside a key of one field of its own, that is `MISSPELT`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, IntEnum
from itertools import chain, product

from bake.catalog.entity import Entity
from bake.catalog.field_types import Text
from bake.catalog.lookups import complete
from bake.catalog.misspellings import SLIPS, misspelt
from bake.catalog.names import enumerated, name_forms
from bake.catalog.values import Json, same
from bake.compiler.likeness.traits import Columns, Form, RecordTraits, Traits, is_number
from bake.compiler.likeness.vocabulary import Vocabulary

#: By field, the values of a row or a record; a reference is ("row", id of a row), or ("made", number of a create).
Values = Mapping[str, Json]


class Resemblance(Enum):
    """Whether a record is about a row."""

    SAME = "same"
    ALIKE = "alike"
    MISSPELT = "misspelt"
    APART = "apart"


class Agreement(IntEnum):
    """How far two values of one field are the same; UNKNOWN if one of them is missing."""

    DIFFERENT = 0
    UNKNOWN = 1
    ALMOST = 2
    NORMAL = 3


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of comparing a record with a row.

    Attributes:
        result: whether the record is about the row.
        common: the fields in which they are equal, at least in the loose form.
        differing: the fields in which they differ.
        elsewhere: a field whose value in the record the row has in another field, and that other field.
    """

    result: Resemblance
    common: tuple[str, ...]
    differing: tuple[str, ...]
    elsewhere: tuple[str, str] | None = None

    @property
    def problem(self) -> str:
        """The reason for the question whether the record is about the row, as part of a sentence."""
        if self.result is Resemblance.MISSPELT:
            return "what it is called may be the name of a row here, misspelt or in other words"
        if self.elsewhere:
            return f"its {self.elsewhere[0]} is the {self.elsewhere[1]} of a row here"
        but = f", but another {enumerated(self.differing)}" if self.differing else ""
        if not self.common:
            return f"the key that it would get is that of a row here{but}"
        return f"a row here has the same {enumerated(self.common)}, or almost{but}"


class Likeness:
    """Compares records and rows of one entity.

    Attributes:
        traits: computes their traits in the loose form.
        fields: the fields that are needed to compare them.
        texts: those of them that name rows, alone or with others, by what people may misspell.
    """

    def __init__(self, item: Entity) -> None:
        self._item = item
        self.traits = Traits(item)
        naming = chain(self.traits.single, self.traits.names, *self.traits.several)
        self.texts = tuple(name for name in dict.fromkeys(naming) if name in item.texts - {*item.coded, *item.codes})
        self._made_of = {
            name: tuple(dict.fromkeys(path[0] for group in how.parts for path in group))
            for name, how in item.derived.items()
        }
        rest = () if item.keys else tuple(name for name in item.compared if name not in item.alternates)
        self._compared = tuple(
            dict.fromkeys((*self.traits.compared, *chain.from_iterable(self._made_of.values()), *rest))
        )
        self._groups = (*self.traits.several, *(parts for parts in self._made_of.values() if len(parts) > 1), rest)
        uuid = ("uuid",) if "uuid" in item.fields else ()
        self.fields = tuple(dict.fromkeys((*self._compared, *item.codes, *uuid)))

    def compare(self, said: Values, row: Values, derived: Mapping[str, str]) -> Comparison:
        """Compare a record with a row, by the table above.

        Args:
            said: the values of the record.
            row: the values of the row.
            derived: by field, the keys that would be derived for the record.
        """
        keyed = self.is_keyed(said)
        first = self._compare(said, row, derived, Form.LOOSE if keyed else Form.BY_WORDS)
        if first.result is not Resemblance.APART or said.get("uuid") is not None:
            return first
        for form in (Form.BY_WORDS, Form.BY_LETTERS) if keyed else (Form.BY_LETTERS,):
            further = self._compare(said, row, derived, form)
            if further.result is not Resemblance.APART:
                return replace(further, result=Resemblance.MISSPELT) if keyed else further
        return first

    def _compare(self, said: Values, row: Values, derived: Mapping[str, str], form: Form) -> Comparison:
        how = {name: self._agreement(name, said.get(name), row.get(name), form) for name in self._compared}
        common = [name for name in self._compared if how[name] >= Agreement.ALMOST and said.get(name) is not None]
        common += [name for name in self._item.codes if self._has_code(said, row, name)]
        differing = tuple(name for name in self._compared if how[name] is Agreement.DIFFERENT)
        result = self._result(said, row, derived, how, form)
        if result is Resemblance.APART and said.get("uuid") is None:
            otherwise = self._is_misspelt(said, row, how, differing) or self._has_same_words(said, row, how)
            result = Resemblance.MISSPELT if otherwise else result
        return Comparison(result, tuple(common), differing, self._elsewhere(said, row, form))

    def is_keyed(self, said: Values) -> bool:
        """Whether a record says what is its row's alone: a key of one field, or a uuid."""
        return any(said.get(name) is not None for name in ("uuid", *self.traits.single))

    def record_traits(
        self, columns: Columns, derived: Sequence[Sequence[Json]], *, in_all_forms: bool = True
    ) -> list[RecordTraits]:
        """The traits of records that would create rows, in all forms in which each is compared.

        Args:
            columns: the values of the records.
            derived: for each field with a derived key, the key that would be derived for each record.
            in_all_forms: also those of records that say what is their row's alone.
        """
        own = [columns[name] for name in ("uuid", *(() if in_all_forms else self.traits.single)) if name in columns]
        alone = [any(value is not None for value in row) for row in zip(*own, strict=True)]
        if not any(alone):
            return self.traits.of_records(columns, derived, Form)
        narrow = self.traits.of_records(columns, derived)
        if all(alone):
            return narrow
        every = self.traits.of_records(columns, derived, Form)
        return [one if is_alone else more for one, more, is_alone in zip(narrow, every, alone, strict=True)]

    def misspelt_traits(
        self, columns: Columns, vocabulary: Vocabulary, traits: Sequence[RecordTraits]
    ) -> list[Sequence[int]]:
        """The further traits that records would have if words of their names were misspelt, and meant others.

        Args:
            columns: the values of the records.
            vocabulary: the words that may be meant.
            traits: those that they have in any case.
        """
        found: list[dict[int, None]] = [{} for _ in traits]
        for name in self.texts:
            near = [(n, text) for n, said in enumerate(columns[name]) for text in vocabulary.variants(said)]
            if near:
                places, texts = zip(*near, strict=True)
                meant = {other: [column[n] for n in places] for other, column in columns.items()} | {name: texts}
                for n, others in zip(places, self.traits.of_records(meant, ()), strict=True):
                    found[n].update(dict.fromkeys((*others.keys, *others.others)))
        return [
            tuple(mark for mark in those if mark not in own.keys and mark not in own.others)
            for own, those in zip(traits, found, strict=True)
        ]

    def _result(
        self, said: Values, row: Values, derived: Mapping[str, str], how: Mapping[str, Agreement], form: Form
    ) -> Resemblance:
        contradicted = any(one in (Agreement.DIFFERENT, Agreement.ALMOST) for one in how.values())
        code = any(self._has_code(said, row, name) for name in self._item.codes)
        if not contradicted and (code or self._has_whole_key(said, row, derived, how)):
            return Resemblance.SAME
        if self._has_key(said, row, derived, form) or self._code_typed_as_title(said, row):
            return Resemblance.ALIKE
        if code:
            keyed = {name for key in self._item.keys if complete(self._item, key, dict(said)) for name in key}
            return Resemblance.APART if any(how[n] is Agreement.DIFFERENT for n in keyed) else Resemblance.ALIKE
        if not self._share_names(said, row, form) and not self._agree_on_a_group(how):
            return Resemblance.APART  # they were found by what they share in a further form
        parts = {name for group in self._groups for name in group}
        own = said.get("uuid") is not None
        return Resemblance.APART if own or any(how[n] is Agreement.DIFFERENT for n in parts) else Resemblance.ALIKE

    def _is_misspelt(self, said: Values, row: Values, how: Mapping[str, Agreement], differing: Sequence[str]) -> bool:
        """Whether they differ by slips alone, in texts that name rows; a name that does outweighs another key."""
        unsaid = [name for name in self.traits.names if said.get(name) is None]
        if any(self._slipped_into(said, row, *pair) for pair in product(self.traits.single, unsaid)):
            return True
        alike = self._item.likeness and all(how[name] >= Agreement.ALMOST for name in self._item.likeness)
        slipped = [name for name in differing if self.slipped(said, row, name, SLIPS if alike else None)]
        outweighed = () if {*slipped}.issubset(self.traits.single) else self.traits.single
        return bool(slipped) and {*slipped, *outweighed}.issuperset(differing)

    def slipped(self, said: Values, row: Values, name: str, slips: int | None = None) -> bool:
        """Whether a text of a record may be that of a row, misspelt."""
        return self._slipped_into(said, row, name, name, slips)

    def _slipped_into(self, said: Values, row: Values, name: str, to: str, slips: int | None = None) -> bool:
        """Whether a text of a record may be one of a row in another field, misspelt; only keys may be codes."""
        text, other = said.get(name), row.get(to)
        if not {name, to}.issubset(self.texts) or not isinstance(text, str) or not isinstance(other, str):
            return False
        return misspelt(text, other, slips, codes=name in self.traits.single)

    def _has_same_words(self, said: Values, row: Values, how: Mapping[str, Agreement]) -> bool:
        """Whether the texts of a key consist of the same words together, and its other parts are the same."""
        return any(
            all(how[name] is Agreement.NORMAL for name in rest) and _words(said, texts) == _words(row, texts) != set()
            for texts, rest in self.traits.worded
        )

    def _has_whole_key(
        self, said: Values, row: Values, derived: Mapping[str, str], how: Mapping[str, Agreement]
    ) -> bool:
        equal = Agreement.NORMAL
        if any(said.get(name) is not None and how[name] is equal for name in self.traits.single):
            return True
        keys = (key for key in self.traits.several if complete(self._item, key, dict(said)))
        if any(all(how[name] is equal for name in key) for key in keys):
            return True
        return any(
            row.get(name) == stem and all(how[part] is equal for part in self._made_of[name])
            for name, stem in derived.items()
        )

    def _has_key(self, said: Values, row: Values, derived: Mapping[str, str], form: Form) -> bool:
        """Whether a row has or had a key of one field that the record gives, or that would be derived for it."""
        keys = _names(said, self.traits.single, form) | {name_forms(stem)[form] for stem in derived.values()}
        return not keys.isdisjoint(_names(row, (*self.traits.single, *self.traits.names), form))

    def _share_names(self, said: Values, row: Values, form: Form) -> bool:
        fields = (*self.traits.single, *self.traits.names)
        return not _names(said, fields, form).isdisjoint(_names(row, fields, form))

    def _agree_on_a_group(self, how: Mapping[str, Agreement]) -> bool:
        """Whether they have a key of several fields, or the likeness, in common."""
        groups = filter(None, (*self.traits.several, self._item.likeness))
        return any(all(how[name] >= Agreement.ALMOST for name in group) for group in groups)

    def recognised_by(self, said: Values, row: Values) -> Iterator[str]:
        """The fields whose values in the row are kept if the record turns out to be about it.

        They are the keys of one field, a title that is a code of the row, and names that differ only in their spelling,
        by a slip, or in how words stand in several texts.
        """
        worded = (texts for texts, _ in self.traits.worded if _words(said, texts) == _words(row, texts))
        kept = {*self.traits.single, *chain(*worded), *(self._code_typed_as_title(said, row) or ())[:1]}
        for name in self._compared:
            if isinstance(text := said.get(name), str) and isinstance(other := row.get(name), str):
                alike = name in kept or self.slipped(said, row, name, SLIPS)
                if alike or any(self._agreement(name, text, other, form) >= Agreement.ALMOST for form in Form):
                    yield name

    def _elsewhere(self, said: Values, row: Values, form: Form) -> tuple[str, str] | None:
        pairs = product(self.traits.single, self.traits.names)
        named = next((pair for pair in pairs if _names(said, pair[:1], form) & _names(row, pair[1:], form)), None)
        return named or self._code_typed_as_title(said, row)

    def _code_typed_as_title(self, said: Values, row: Values) -> tuple[str, str] | None:
        """The title, and the field of codes, if the title that a record gives is a code of the row."""
        title = self._item.title or ""
        if not isinstance(text := said.get(title), str) or not is_number(text):
            return None
        codes = ((name, self.traits.code(name, row.get(name))) for name in self._item.codes)
        return next(((title, name) for name, has in codes if has and has == self.traits.code(name, text)), None)

    def _has_code(self, said: Values, row: Values, name: str) -> bool:
        code = self.traits.code(name, said.get(name))
        return code is not None and any(code == self.traits.code(one, row.get(one)) for one in self._item.codes)

    def _agreement(self, name: str, said: Json, has: Json, form: Form) -> Agreement:
        if said is None or has is None:
            return Agreement.NORMAL if said is has else Agreement.UNKNOWN
        if isinstance(said, str) and isinstance(has, str) and isinstance(self._item.fields[name].type, Text):
            normal = self._item.fields[name].normal
            if said == has or (normal(said) and normal(said) == normal(has)):
                return Agreement.NORMAL
            return Agreement.ALMOST if name_forms(said)[form] == name_forms(has)[form] else Agreement.DIFFERENT
        return Agreement.NORMAL if said == has or same(said, has) else Agreement.DIFFERENT


def _words(values: Values, fields: Iterable[str]) -> set[str]:
    """The words of the texts in some fields, as they are compared."""
    return {word for text in _names(values, fields, Form.BY_WORDS) for word in text.split()}


def _names(values: Values, fields: Iterable[str], form: Form) -> set[str]:
    """The texts in some fields, in a form, but for blank ones."""
    texts = (text for name in fields if isinstance(text := values.get(name), str))
    return {formed for text in texts if (formed := name_forms(text)[form])}

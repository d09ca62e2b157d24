"""A changeset as a comment of a pull request: Markdown of bounded size, whatever the size of the changeset.

What matters most comes first: counts, questions, warnings, deletes, changed keys, the numbers that change most. Other
changes are shown by what they have in common. What does not fit is left out whole, and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import isinf

from bake.changeset.file import Changeset
from bake.changeset.model import Skip
from bake.renderer.change_groups import ChangeGroups, Group, NumberChange
from bake.renderer.document import gathered
from bake.renderer.document_builder import Gathering, Some
from bake.renderer.document_parts import Document, Inquiry, Item, Listing, State, Step, tense_of
from bake.renderer.fitting import Held, Section, fitted
from bake.renderer.markdown_parts import (
    code,
    escaped,
    heading_lines,
    noticed_lines,
    offer_lines,
    passed_lines,
    question_lines,
    row_code,
    state_lines,
    step_lines,
    summary_lines,
    warning_lines,
)
from bake.renderer.patch_steps import action_of
from bake.renderer.selection import Selection
from bake.renderer.words import clipped, counted, field_sides

#: The smallest budget in which it can be said of each part how much was left out.
LEAST = 4096

#: How many questions, warnings and notices are held.
_HELD = 300
_FIELDS = 4


def comment(file: Changeset, budget: int, selected: Selection) -> str:
    """A changeset as GitHub Flavored Markdown of at most so many bytes.

    Args:
        file: as it was read, damaged or not.
        budget: bytes, in UTF-8; at least `LEAST`.
        selected: what of it; without its pages.
    """
    held = Selection(selected.only, selected.entity, selected.where, limit=_HELD)
    gathering = Gathering(_HELD, held, Some(0))
    changes = ChangeGroups(budget, whole=lambda one: _text(step_lines(one)), brief=_brief)
    narrow = selected.is_narrow
    for operation in file.effective():
        gathering.add(operation)
        if not isinstance(operation, Skip) and (not narrow or selected.has_change(operation, action_of(operation))):
            changes.add(operation)
    return fitted([*_sections(gathered(file, gathering, held), changes)], budget)


def _sections(shown: Document, changes: ChangeGroups) -> Iterator[Section]:
    title, _, *facts = heading_lines(shown.heading)
    yield Section("", [f"{title}\n"], 1, lambda _: "## Changeset\n")
    yield _summary(shown)
    yield _state(shown.state)
    yield _questions(shown.questions)
    yield _listed("Proposals", shown.proposals, offer_lines, "proposals")
    yield _listed("Warnings", shown.warnings, warning_lines, "warnings")
    yield _held("Deletes", changes.deletes, "deletes")
    yield _held("Changed keys", changes.keys, "updates")
    yield _numbers(changes)
    yield _groups(changes.groups())
    yield _listed("Skipped", shown.skips, passed_lines, "skips")
    yield _listed("Notices", shown.notices, noticed_lines, "notices")
    yield Section("\n### Source\n\n", [f"{fact}\n" for fact in facts], len(facts), _more("lines"))


def _more(what: str, part: str | None = None) -> Callable[[int], str]:
    """Says how much was left out, and what shows it."""
    hint = f": `bake changeset show --only {part} --all` shows them" if part else ""
    return lambda number: f"\n… and {number:,} more {what}{hint}\n"


def _summary(shown: Document) -> Section:
    lines = list(summary_lines(shown.summary, tense_of(shown.state)))
    head = "".join(f"{line}\n" for line in lines[:3])
    return Section(head, [f"{line}\n" for line in lines[3:]], len(shown.summary), _more("entities"))


def _state(state: State) -> Section:
    """Its sentences, the blank line above each with it, then what to type next."""
    lines = list(state_lines(state))
    split = 2 * len(state.sentences)
    items = [f"\n{line}\n" for line in lines[1:split:2]]
    if lines[split:]:
        items.append(_text(lines[split:]))
    return Section("", items, len(items), _more("sentences on its state"))


def _questions(questions: Listing[Inquiry]) -> Section:
    items = [_text(question_lines(one)) for one in questions.items]

    def shorter(position: int) -> str:
        one = questions.items[position]
        return f"- **{escaped(clipped(one.question.id))}** {escaped(clipped(one.text))}\n"

    title = f"\n### Questions ({questions.total:,})\n\n"
    return Section(title, items, questions.total, _more("questions", "questions"), shorter)


def _listed(title: str, listing: Listing[Item], lines: Callable[[Item], Iterator[str]], part: str) -> Section:
    items = [_text(lines(one)) for one in listing.items]
    return Section(f"\n### {title} ({listing.total:,})\n\n", items, listing.total, _more(part, part))


def _held(title: str, held: Held, part: str) -> Section:
    return Section(f"\n### {title} ({held.total:,})\n\n", held.items, held.total, _more(part, part))


def _numbers(changes: ChangeGroups) -> Section:
    items = [_number(one) for one in changes.largest()]
    title = f"\n### Largest changes of numbers ({len(items):,} of {changes.numbers:,})\n\n"
    return Section(title, items, len(items), _more("numbers", "updates"))


def _number(one: NumberChange) -> str:
    before, after = (code(side) for side in field_sides(one.change))
    times = "" if isinf(one.times) else f", {one.times:,.2f} times {'more' if one.grows else 'less'}"
    row = row_code(one.step.entity, one.step.key, one.step.label)
    return f"- Operation {one.step.n}, {row}, {code(one.change.field)}: {before} → {after}{times}\n"


def _groups(groups: list[Group]) -> Section:
    items = [_text(_group(one)) for one in groups]
    title = f"\n### Changes by what they have in common ({len(items):,})\n\n"
    return Section(title, items, len(items), _more("kinds of changes", "creates,updates"))


def _group(group: Group) -> Iterator[str]:
    rows = counted(group.rows, "row")
    if not group.entity:
        yield f"- all others: {rows}"
    elif group.action == "create":
        yield f"- **create** {rows} of {code(group.entity)}"
    else:
        yield f"- **update** {rows} of {code(group.entity)}: {_few(map(code, group.fields), 'field', 12)}"
    yield from (f"  - {line}" for line in _common(group)[:_FIELDS])
    yield from (f"  - {'' if group.rows <= len(group.samples) else 'such as '}{sample}" for sample in group.samples)


def _common(group: Group) -> list[str]:
    """What many of the rows get: `notes` set to "checked" in all of them."""
    if group.rows == 1:
        return []
    found = []
    for name, values in group.values.items():
        value, rows = values.most()
        if rows == group.rows or rows >= 10:
            where = "all of them" if rows == group.rows else f"{rows:,} of them"
            found.append((-rows, f"{code(name)} set to {code(value)} in {where}"))
    return [line for _, line in sorted(found, key=lambda one: one[0])]


def _brief(step: Step) -> str:
    """An operation on one line: its row, and its first fields."""
    changed = (
        f"{code(one.field)} {' → '.join(code(side) for side in field_sides(one) if side)}" for one in step.fields
    )
    return f"{row_code(step.entity, step.key, step.label)}: {_few(changed, 'field', _FIELDS)}"


def _few(texts: Iterable[str], noun: str, limit: int) -> str:
    listed = list(texts)
    more = len(listed) - limit
    return ", ".join([*listed[:limit], *([f"and {counted(more, f'more {noun}')}"] if more > 0 else [])])


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)

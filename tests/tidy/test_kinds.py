"""A kind of message is listed once, in common/wire/kinds.h: what is not made from the list is held to it.

What C has beside it fails to compile without a new kind (the dispatch tables, tests/fuzz/make.c). The
recipe in CONTRIBUTING.md is walked through: what it names is there, and each kind has what a step asks for.
"""

from __future__ import annotations

import re

import tree

LETTERS = {
    "C": "WAY_FROM_CLIENT",
    "c": "WAY_TO_CLIENT",
    "D": "WAY_DOWN",
    "U": "WAY_UP",
    "L": "WAY_LINK",
}
RECIPE = "Adding a message"
SHAKES = ("HELLO", "WELCOME")  # their fields are section 3's


def _read(name: str) -> str:
    return (tree.ROOT / name).read_text()


def _kinds() -> dict[str, tuple[int, frozenset[str]]]:
    """The list: the number of each kind, and the ways in which it is said."""
    found = re.findall(r"X\((\w+), (\d+), ([^,)]+), \w+\)", _read("common/wire/kinds.h"))
    return {name: (int(number), frozenset(ways.split(" | "))) for name, number, ways in found}


def _section() -> str:
    """Section 5 of PROTOCOL.md."""
    return _read("common/PROTOCOL.md").partition("\n## 5. Messages\n")[2].partition("\n## ")[0]


def _rows() -> list[list[str]]:
    """Its table: kind, number, who, corr, what answers it, whether it ends the link, body."""
    table = _section().partition("\n### Who says what\n")[2].partition("\n### ")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if re.match(r"\| [A-Z]", line)]
    return [[cell.strip() for cell in row] for row in rows]


def _forms() -> list[tuple[str, str, list[str], int]]:
    """The lines of its blocks, `    C: LIST corr, [after]`: who, kind, fields, and how many must be there."""
    found = re.findall(r"^    ([CcDUL ]+): ([A-Z_]+)(.*)$", _section().partition("\n### ")[2], re.MULTILINE)
    return [
        (who, kind, re.findall(r"\w+", fields), len(re.findall(r"\w+", fields.partition("[")[0])))
        for who, kind, fields in found
    ]


def _handshake() -> str:
    """What section 3 says of the fields of HELLO and WELCOME."""
    return _read("common/PROTOCOL.md").partition("\n**Handshake.**")[2].partition("\nA link **goes on**")[0]


def _recipe() -> str:
    return _read("CONTRIBUTING.md").partition(f"\n## {RECIPE}\n")[2].partition("\n## ")[0]


def test_the_list_is_found() -> None:
    kinds = _kinds()
    assert len(kinds) > 30
    assert kinds["SUBMIT"] == (7, frozenset({"WAY_FROM_CLIENT", "WAY_DOWN", "WAY_UP"}))
    assert list(kinds.values()) == sorted(kinds.values(), key=lambda value: value[0])


def test_the_protocols_table_is_the_list() -> None:
    told = {row[0]: (int(row[1]), frozenset(LETTERS[who] for who in row[2].split())) for row in _rows()}
    assert told == _kinds()


def test_the_protocols_fields_are_those_of_the_table_in_c() -> None:
    source = _read("common/wire/message_fields.c")
    forms = _forms()
    for kind in _kinds():
        names = re.findall(rf"\b(?:FIELD|OPTION)\({kind}, (\w+),", source)
        told = [fields for _, name, fields, _ in forms if name == kind]
        if kind not in SHAKES:
            assert max(told, key=len, default=None) == names, kind
            assert all(fields == names[: len(fields)] for fields in told), kind


def test_the_protocol_has_a_line_for_each_way() -> None:
    forms = _forms()
    for kind, _, ways, *_ in _rows():
        told = {way for who, name, *_ in forms if name == kind for way in who.split()}
        assert kind in SHAKES or told == set(ways.split()), kind


def test_the_protocols_table_says_what_has_a_corr() -> None:
    asked = {kind for _, kind, fields, _ in _forms() if "corr" in fields}
    rows = _rows()
    assert all(row[3] in ("", "yes") for row in rows)
    assert {kind for kind, _, _, corr, *_ in rows if corr} == asked


def test_the_protocols_optional_fields_are_those_of_the_table_in_c() -> None:
    source = _read("common/wire/message_fields.c")
    some = {kind: int(count) for kind, count in re.findall(r"SHAPE_FROM\((\w+), \w+, (\d+)\)", source)}
    for kind in _kinds():
        told = [(len(fields), needed) for _, name, fields, needed in _forms() if name == kind]
        if kind not in SHAKES:
            least = some.get(kind, max(told)[0])
            assert min(needed for _, needed in told) == least, kind


def test_the_protocols_handshake_has_the_fields_of_the_table_in_c() -> None:
    source = _read("common/wire/message_fields.c")
    names = re.findall(r"FIELD\(kind, (\w+),", source.partition("#define SHAKE(kind)")[2])
    told = re.findall(r"^\* (\d+) `(\w+)`(.*)$", _handshake(), re.MULTILINE)
    assert [(int(number), name) for number, name, _ in told] == list(enumerate(names, start=4))
    least = {int(count) for count in re.findall(r"SHAPE_FROM\((?:HELLO|WELCOME), \w+, (\d+)\)", source)}
    assert {sum("May be left out" not in text for *_, text in told)} == least


def test_the_protocols_features_are_those_in_c() -> None:
    listed = re.findall(r"\bFEATURE_(\w+) =\s+(\d+)", _read("common/wire/message.h"))
    told = re.findall(r"^  \* Bit (\d+), ([A-Z]+)[,:]", _handshake(), re.MULTILINE)
    assert [(name, 1 << int(bit)) for bit, name in told] == [(name, int(value)) for name, value in listed]


def test_the_protocols_codes_are_those_in_c() -> None:
    codes = _read("common/wire/kinds.h").partition("X(BUSY, 1)")
    listed = re.findall(r"X\((\w+), (\d+)\)", codes[1] + codes[2])
    section = _read("common/PROTOCOL.md").partition("\n## 6. Errors\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| (\d+) \| (\w+) \|", section, re.MULTILINE) == [(n, name) for name, n in listed]


def test_python_has_the_list() -> None:
    source = _read("tests/peer/mailroom_peer/kinds.py").partition("class Kind")[2].partition("\nclass ")[0]
    numbers = {name: int(number) for name, number in re.findall(r"^    (\w+) = (\d+)$", source, re.MULTILINE)}
    assert numbers == {name: number for name, (number, _) in _kinds().items()}
    messages = [
        _read(f"tests/peer/mailroom_peer/{name}.py") for name in ("messages", "link_messages", "holds")
    ]
    classes = re.findall(r"^    KIND = Kind\.(\w+)$", "".join(messages), re.MULTILINE)
    assert sorted(classes) == sorted(numbers)


def test_each_kind_has_a_vector() -> None:
    vectors = _read("tests/vectors/messages.txt")
    recorded = set(re.findall(r"^text: (\w+)", vectors, re.MULTILINE))
    tree.expect_none([kind for kind in _kinds() if kind not in recorded])


def test_each_kind_is_said_in_a_story() -> None:
    stories = [path.read_text() for path in tree.files(".story")]
    said = {kind for story in stories for kind in re.findall(r"[<>] (\w+)", story)}
    tree.expect_none([kind for kind in _kinds() if kind not in said and kind not in ("PING", "PONG", "ACK")])


def test_each_kind_is_told_of() -> None:
    """By name, in a sentence of PROTOCOL.md, not in its table alone."""
    protocol = re.sub(r"^\|.*$", "", _read("common/PROTOCOL.md"), flags=re.MULTILINE)
    tree.expect_none([kind for kind in _kinds() if not re.search(rf"\b{kind}\b", protocol)])


def test_the_recipe_names_what_is_there() -> None:
    recipe = _recipe()
    named = re.findall(r"`([\w./-]+(?:\.\w+|/))`", recipe)
    assert len(named) >= 10
    tree.expect_none([name for name in named if not (tree.ROOT / name).exists()])


def test_there_is_one_recipe() -> None:
    """Whoever else speaks of adding a kind sends the reader there."""
    link = "CONTRIBUTING.md#adding-a-message"
    tree.expect_none([doc for doc in ("broker/README.md", "tests/fuzz/README.md") if link not in _read(doc)])

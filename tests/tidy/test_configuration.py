"""docs/configuration.md lists all settings with their true ranges and defaults, and says what each means."""

from __future__ import annotations

import configuration
import pytest
import tree

WRITE = "the settings of {} are not as docs/configuration.md says: run tests/tidy/configuration.py"


@pytest.mark.parametrize("program", configuration.PROGRAMS)
def test_the_tables_are_what_the_programs_say(program: str) -> None:
    told, said = configuration.told(program), configuration.table(program)
    tree.expect_none([] if told == said else [WRITE.format(program)])


@pytest.mark.parametrize("program", configuration.PROGRAMS)
def test_each_setting_has_a_meaning(program: str) -> None:
    rows = configuration.table(program).splitlines()[2:]
    assert len(rows) > 20
    empty = [row.split("`")[1] for row in rows if row.split("|")[-2].strip() == ""]
    tree.expect_none([f"{setting}: edge/setting_docs.c does not say what it means" for setting in empty])

"""docs/configuration.md lists all settings with their true ranges and defaults, and says what each means."""

from __future__ import annotations

import functools
import re

import configuration
import pytest
import tree

WRITE = "the settings of {} are not as docs/configuration.md says: run tests/tidy/configuration.py"


@pytest.mark.parametrize("program", configuration.PROGRAMS)
def test_the_lists_are_what_the_programs_say(program: str) -> None:
    told, said = configuration.told(program), configuration.listed(configuration.table(program))
    tree.expect_none([] if told == said else [WRITE.format(program)])


@pytest.mark.parametrize("program", configuration.PROGRAMS)
def test_each_setting_has_a_meaning(program: str) -> None:
    meanings = configuration.settings(program)
    assert len(meanings) > 20
    empty = [setting for setting, meaning in meanings.items() if not meaning]
    tree.expect_none([f"{setting}: edge/setting_docs.c does not say what it means" for setting in empty])


def _named(text: str) -> set[str]:
    """The settings that a source's texts tell people of. `%s` stands for a part of any name."""
    return set(re.findall(r"\(setting ([a-z%][a-z%/-]*)\)", text))


@functools.cache
def _known() -> set[str]:
    return {setting for program in configuration.PROGRAMS for setting in configuration.settings(program)}


def _unknown(names: set[str]) -> list[str]:
    patterns = {name: name.replace("%s", "[a-z-]+") for name in sorted(names)}
    return [name for name in patterns if not any(re.fullmatch(patterns[name], one) for one in _known())]


def test_a_setting_that_a_text_names_exists() -> None:
    sources = [path for path in tree.files(".c", ".h", ".py") if not tree.name(path).startswith("tests/")]
    found = {path: _named(tree.text(path) or "") for path in sources}
    assert len(set().union(*found.values())) > 10
    wrong = [f"{tree.name(path)}: {name}" for path, names in found.items() for name in _unknown(names)]
    tree.expect_none(wrong)


def test_a_setting_that_does_not_exist_is_found() -> None:
    text = 'f("... (setting clients/max-body)"); g("... (setting %s/max-body)"); h("(setting limits/tasks)")'
    assert _unknown(_named(text)) == ["clients/max-body"]

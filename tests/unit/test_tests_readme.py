"""tests/README.md: its templates are copies of real tests, and the files it names exist."""

import re

from tests.template import ROOT

README = (ROOT / "tests/README.md").read_text(encoding="utf-8")
TEMPLATE = re.compile(r"in `(?P<path>[\w/.]+)`:\n\n```python\n(?P<code>.*?)```", re.DOTALL)


def test_templates_are_copies_of_real_tests() -> None:
    templates = list(TEMPLATE.finditer(README))

    assert len(templates) == README.count("```python") == 3
    for template in templates:
        code = (ROOT / template["path"]).read_text(encoding="utf-8")
        assert template["code"] in code, f"copy the test from {template['path']} to tests/README.md again"


def test_helper_modules_exist() -> None:
    modules = re.findall(r"^\| `([\w/.]+)` \|", README, re.MULTILINE)

    assert len(modules) >= 15
    assert [module for module in modules if not (ROOT / "tests" / module).exists()] == []

"""The appendix of the parameters of ``template.yaml``, from the template."""

from collections.abc import Iterator, Mapping
from typing import Any

from local.template import read_section
from tools.site.markdown import build_table


def build_parameters_page() -> str:
    """Return the Markdown of the page."""
    return "\n".join(_build_page(read_section("Parameters")))


def _build_page(parameters: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield from ("# Parameters of the template", "")
    yield "Every parameter of `template.yaml`. [Operations](../operations.md#deployment) describes when to change them."
    yield ""
    rows = [
        (f"`{name}`", _format_default(each["Default"]), _format_values(each), each["Description"])
        for name, each in parameters.items()
    ]
    yield from build_table(("parameter", "default", "values", "description"), rows)


def _format_default(value: object) -> str:
    return "empty" if value == "" else f"`{value}`"


def _format_values(parameter: Mapping[str, Any]) -> str:
    if "AllowedValues" in parameter:
        return ", ".join(f"`{value}`" for value in parameter["AllowedValues"])
    if "AllowedPattern" in parameter:
        return f"`{parameter['AllowedPattern']}`"
    if "MaxValue" in parameter:
        return f"{parameter['MinValue']} to {parameter['MaxValue']}"
    if "MinValue" in parameter:
        return f"at least {parameter['MinValue']}"
    return "list, separated by commas" if parameter["Type"] == "CommaDelimitedList" else "text"

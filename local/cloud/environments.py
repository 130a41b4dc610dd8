"""The environments: the sections of ``samconfig.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.errors import LocalStackError
from local.settings import ROOT

CONFIG_FILE = ROOT / "samconfig.toml"


@dataclass(frozen=True, slots=True)
class Environment:
    """A stack on AWS.

    Attributes
    ----------
    name
        The section of ``samconfig.toml``.
    stack_name, region
        The stack, and its Region.
    parameters
        Parameters of the template that differ from their defaults.
    """

    name: str
    stack_name: str
    region: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_website(self) -> bool:
        """Whether the stack has a website."""
        return self.parameters.get("Website") != "false"


def read_environment(name: str) -> Environment:
    """Return an environment.

    Raises
    ------
    LocalStackError
        If samconfig.toml has no such environment for AWS, or it lacks a certificate for its domain.
    """
    sections = tomllib.loads(CONFIG_FILE.read_text())
    if name not in sections or name == "local":
        raise LocalStackError(f"ENV={name}: samconfig.toml has no such environment for AWS.")
    section: dict[str, Any] = sections[name]
    settings = {**section["global"]["parameters"], **section["deploy"]["parameters"]}
    parameters = dict(text.split("=", 1) for text in settings.get("parameter_overrides", []))
    if parameters.get("WebsiteDomain") and not parameters.get("WebsiteCertificateArn"):
        raise LocalStackError(f"ENV={name}: WebsiteDomain needs WebsiteCertificateArn, a certificate in us-east-1.")
    return Environment(name, settings["stack_name"], settings["region"], parameters)

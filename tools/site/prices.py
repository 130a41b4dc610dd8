"""The prices and amounts of ``docs/prices.toml`` for the cost calculator."""

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from local.template import read_resources
from tools.documents import ROOT


@cache
def read_prices() -> Mapping[str, Any]:
    """Return the prices, with the number of the template's alarms."""
    prices = tomllib.loads((ROOT / "docs/prices.toml").read_text(encoding="utf-8"))
    alarms = sum(resource["Type"] == "AWS::CloudWatch::Alarm" for resource in read_resources().values())
    return {**prices, "alarms": alarms}


def build_prices_module() -> str:
    """Return the JavaScript module that ``docs/assets/costs.js`` imports."""
    return f"export const PRICES = {json.dumps(read_prices(), default=str)};\n"

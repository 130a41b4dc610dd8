"""Finds the websites that scripts attach."""

from basic.package_names import normalize_website
from basic.program import Instruction, Program


def list_websites(program: Program) -> list[str]:
    """Return the websites whose addresses are written out in USE WEBSITE, each once."""
    websites = (normalize_website(url) for script in program.scripts.values() for url in _list_addresses(script.code))
    return [*dict.fromkeys(website for website in websites if website)]


def _list_addresses(code: tuple[Instruction, ...]) -> list[str]:
    """Return the texts that are pushed for USE WEBSITE: right before it, or before its interval."""
    addresses: list[str] = []
    for position, instruction in enumerate(code):
        if (instruction.opcode, instruction.first) == ("do", "USE WEBSITE"):
            slot = code[position - len(instruction.second)]
            if slot.opcode == "push" and isinstance(slot.first, str):
                addresses.append(slot.first)
    return addresses

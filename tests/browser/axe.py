"""What axe-core finds on a page: WCAG 2.0 to 2.2 A and AA, and best practices."""

from typing import Any

from playwright.sync_api import Page

from local.settings import ROOT

_SCRIPT = ROOT / "web/widget/node_modules/axe-core/axe.min.js"


def find_accessibility_problems(page: Page) -> list[str]:
    """Return the rules that are broken, with the elements."""
    if page.evaluate("typeof axe === 'undefined'"):
        # Not as a script of the page, which its policy would refuse.
        page.evaluate(_SCRIPT.read_text())
    violations: list[dict[str, Any]] = page.evaluate("axe.run().then(({ violations }) => violations)")
    return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in violations]

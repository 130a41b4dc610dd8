"""The pictures of the widget that the repository keeps. ``python -m tests.browser.pictures`` renews them."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, FilePayload, Route, expect

from local.settings import ROOT
from tests.browser.chromium import run_chromium
from tests.browser.widget_site import PRETTY_CSS, FakeChat

FOLDER = ROOT / "tests/browser/pictures"
_FONTS = ROOT / "web/widget/node_modules/@fontsource-variable"
NOW = "2026-11-29T12:00:00Z"

ANSWER = """We have **two** green teas:

| Tea | 100 g | From |
|---|---|---|
| Sencha | $7 | Japan |
| Gunpowder | $5.50 | China |

```js
brew({ grams: 2, seconds: 120 });
```
More in [our shop](https://shop.example/)."""
ARABIC_ANSWER = "لدينا نوعان من الشاي الأخضر:\n\n- سينشا، 7 دولارات\n- **بارود**، 5.50 دولارات"


def _talk(chat: FakeChat) -> None:
    chat.say("Hello! How can I help you?", timestamp="2026-11-28T09:14:02.253Z")
    chat.widget.write("Which green teas do you have?")
    chat.say(ANSWER, suggestions=[{"text": text, "value": text} for text in ("Order", "Opening hours")])
    expect(chat.widget.bot_bubbles.locator("table")).to_be_visible()


def _send_files(chat: FakeChat) -> None:
    chat.say(
        "Our prices, and a picture.",
        attachments=[
            {"name": "Prices 2026.pdf", "content_type": "application/pdf", "url": f"{chat.FILES}/p.pdf"},
            {"name": "Harvest in spring", "content_type": "image/svg+xml", "url": f"{chat.FILES}/tea.svg"},
        ],
        input={"type": "email"},
    )
    expect(chat.widget.page.get_by_role("img", name="Harvest in spring")).to_be_visible()
    chat.widget.page.get_by_role("button", name="Write a text instead").wait_for()
    chat.widget.wait_until_idle()


def _open_picture(chat: FakeChat) -> None:
    _send_files(chat)
    chat.widget.page.get_by_role("link", name="Harvest in spring").first.click()
    expect(chat.widget.page.locator("gb-chat .file-picture img")).to_be_visible()
    chat.widget.wait_until_idle()


def _open_text_in_arabic(chat: FakeChat) -> None:
    file = {"name": "أسعار.csv", "content_type": "text/csv", "url": f"{chat.FILES}/prices.csv"}
    chat.say("الأسعار", attachments=[file, file | {"name": "2.csv", "url": f"{chat.FILES}/2.csv"}])
    chat.widget.page.get_by_role("link", name="أسعار.csv").click()
    expect(chat.widget.page.locator("gb-chat .file-text")).to_be_visible()


def _choose_files(chat: FakeChat) -> None:
    chat.say("Send me a picture of the leaves.")
    page = chat.widget.page
    page.get_by_role("button").and_(page.locator("gb-chat .plain")).click()
    files: list[FilePayload] = [
        {"name": "leaves.svg", "mimeType": "image/svg+xml", "buffer": _PICTURE.encode()},
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"tea"},
        {"name": "empty.txt", "mimeType": "text/plain", "buffer": b""},
    ]
    page.locator("gb-chat input[type=file]").set_input_files(files)
    expect(page.locator("gb-chat .attach-state")).to_have_count(3)


def _talk_in_arabic(chat: FakeChat) -> None:
    chat.say("مرحبا! كيف يمكنني مساعدتك؟")
    field = chat.widget.composer_field
    field.fill("ما هي أنواع الشاي الأخضر؟")
    field.press("Enter")
    chat.say(ARABIC_ANSWER, suggestions=[{"text": text, "value": text} for text in ("طلب", "ساعات العمل")])
    expect(chat.widget.bot_bubbles.locator("strong")).to_be_visible()


def _close(chat: FakeChat) -> None:
    chat.widget.page.keyboard.press("Escape")
    expect(chat.widget.frame).to_be_hidden()
    chat.say("Are you still there?")
    expect(chat.widget.badge).to_have_text("1")


@dataclass
class Scene:
    """What a picture shows: a talk in a browser of one kind."""

    talk: Callable[[FakeChat], None]
    attributes: str = ""
    options: dict[str, Any] = field(default_factory=dict)


SCENES = {
    "light": Scene(_talk),
    "dark": Scene(_talk, 'theme="dark"'),
    "narrow": Scene(_talk, options={"viewport": {"width": 320, "height": 640}}),
    "files": Scene(_send_files),
    "right-to-left": Scene(_talk_in_arabic, 'lang="ar"'),
    "closed": Scene(_close),
    "picture": Scene(_open_picture),
    "picture-dark": Scene(_open_picture, 'theme="dark"'),
    "picture-narrow": Scene(_open_picture, options={"viewport": {"width": 320, "height": 640}}),
    "upload": Scene(_choose_files),
    "upload-dark": Scene(_choose_files, 'theme="dark"'),
    "upload-narrow": Scene(_choose_files, options={"viewport": {"width": 320, "height": 640}}),
    "upload-right-to-left": Scene(_choose_files, 'lang="ar"'),
    "text-right-to-left": Scene(_open_text_in_arabic, 'lang="ar"'),
}

_PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 170">
<rect width="240" height="170" fill="#cfe7d6"/>
<circle cx="180" cy="50" r="24" fill="#f4c95d"/><path d="M0 120q60-50 120 0t120-10v60H0z" fill="#4b8f5f"/></svg>"""


_PRICES = "شاي,سعر\nسنشي,7\nكرك,5.50\n"


def _serve_file(route: Route) -> None:
    if route.request.method == "POST":
        route.fulfill(status=204, headers={"Access-Control-Allow-Origin": "*"})
        return
    is_text = route.request.url.endswith(".csv")
    body, kind = (_PRICES, "text/csv; charset=utf-8") if is_text else (_PICTURE, "image/svg+xml")
    route.fulfill(body=body, content_type=kind, headers={"Access-Control-Allow-Origin": "*"})


def _read_font(family: str, package: str, script: str) -> str:
    """Return the CSS of a font of the npm packages."""
    data = base64.b64encode((_FONTS / package / f"files/{package}-{script}-wght-normal.woff2").read_bytes()).decode()
    return (
        f'@font-face {{ font-family: "{family}"; font-weight: 100 900;'
        f' src: url(data:font/woff2;base64,{data}) format("woff2"); }}'
    )


def _build_css() -> str:
    """Return the styles of the page, with fonts that are the same on every machine."""
    fonts = [
        _read_font("Picture Sans", "noto-sans", "latin"),
        _read_font("Picture Arabic", "noto-sans-arabic", "arabic"),
        # The first font that the widget asks for in code.
        _read_font("SF Mono", "noto-sans-mono", "latin"),
    ]
    own = """
    body { font-family: "Picture Sans" }
    gb-chat { --gb-chat-font: "Picture Sans", "Picture Arabic" }
    """
    return "".join([*fonts, PRETTY_CSS, own])


def take_picture(browser: Browser, name: str) -> bytes:
    """Return the picture of a scene."""
    scene = SCENES[name]
    viewport = {"viewport": {"width": 760, "height": 720}}
    fixed = {"locale": "en-GB", "timezone_id": "UTC", "color_scheme": "light", "reduced_motion": "reduce"}
    # The policy of the page allows no fonts.
    context = browser.new_context(**(viewport | fixed | scene.options), bypass_csp=True)
    try:
        page = context.new_page()
        page.clock.set_fixed_time(NOW)
        chat = FakeChat(page, scene.attributes, _build_css())
        chat.media = chat.FILES
        page.route(f"{chat.FILES}/**", _serve_file)
        chat.widget.visit().launcher.click()
        expect(page.locator("gb-chat .status.online")).to_be_visible()
        scene.talk(chat)
        page.mouse.move(2, 2)
        page.evaluate("document.fonts.ready.then(() => {})")
        return page.screenshot(animations="disabled", caret="hide")
    finally:
        context.close()


_COMPARE = """async ([first, second]) => {
  const read = async (data) => createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
  const images = [await read(first), await read(second)];
  const [width, height] = [Math.round(images[0].width / 8), Math.round(images[0].height / 8)];
  const shrink = (image) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
  };
  const [a, b] = images.map(shrink);
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += Math.abs(a[index] - b[index]);
  return sum / a.length;
}"""


def compare_pictures(browser: Browser, first: bytes, second: bytes) -> float:
    """Return the mean difference of two pictures, from 0 to 255, after both were shrunk to an eighth.

    Then another anti-aliasing of letters makes little difference.
    """
    page = browser.new_page()
    encoded = [base64.b64encode(picture).decode() for picture in (first, second)]
    difference: float = page.evaluate(_COMPARE, encoded)
    page.close()
    return difference


def get_path(name: str) -> Path:
    """Return the path of a picture."""
    return FOLDER / f"{name}.png"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with run_chromium() as chromium:
        for each in SCENES:
            get_path(each).write_bytes(take_picture(chromium, each))

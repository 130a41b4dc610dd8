"""The headers of the website's files, as the template has them."""

import pytest

from local.website_headers import get_headers, get_local_headers

IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("path", "cache_control"),
    [
        ("/", "no-cache"),
        ("/index.html", "no-cache"),
        ("/config.json", "no-cache"),
        ("/favicon.svg", "no-cache"),
        ("/docs/", "no-cache"),
        ("/assets/page-D689B107.css", IMMUTABLE),
        ("/widget/chunk-ABC.js", IMMUTABLE),
        ("/widget.js", "public, max-age=300"),
    ],
)
def test_each_file_has_its_cache_rule(path: str, cache_control: str) -> None:
    assert get_headers(path)["Cache-Control"] == cache_control


@pytest.mark.parametrize("path", ["/", "/docs/", "/assets/a.js", "/widget.js", "/widget/a.js"])
def test_all_files_have_the_security_headers(path: str) -> None:
    headers = get_headers(path)

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert get_local_headers(path) == {key: value for key, value in headers.items() if "Strict" not in key}


@pytest.mark.parametrize("path", ["/", "/docs/"])
def test_no_site_can_frame_the_pages(path: str) -> None:
    assert get_headers(path)["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in get_headers(path)["Content-Security-Policy"]


def test_page_allows_trusted_types_of_lit_only() -> None:
    policy = get_headers("/")["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "connect-src 'self'; frame-src blob:; base-uri 'none'; " in policy
    assert policy.endswith("require-trusted-types-for 'script'; trusted-types lit-html")


@pytest.mark.parametrize("path", ["/widget.js", "/widget/a.js"])
def test_widget_is_for_the_pages_of_all_sites(path: str) -> None:
    assert get_headers(path)["Access-Control-Allow-Origin"] == "*"
    assert get_headers(path)["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize("path", ["/", "/config.json", "/assets/a.js", "/docs/rest.js"])
def test_other_files_are_for_the_website_only(path: str) -> None:
    assert "Access-Control-Allow-Origin" not in get_headers(path)
    assert get_headers(path)["Cross-Origin-Resource-Policy"] == "same-origin"

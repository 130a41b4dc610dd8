"""The address of a client, directly and through the distribution."""

import pytest

from conversations.entrypoints.addresses import read_address

SECRET = "s" * 40
EDGE = "130.176.1.2"


def event(source: str, **headers: str) -> dict[str, object]:
    return {
        "requestContext": {"identity": {"sourceIp": source}},
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
    }


def test_direct_client_has_address_of_its_connection() -> None:
    assert read_address(event("203.0.113.7"), SECRET) == "203.0.113.7"


@pytest.mark.parametrize("secret", ["", "t" * 40, "\u00e9"])
@pytest.mark.parametrize("configured", ["", SECRET])
def test_only_distribution_names_another_address(secret: str, configured: str) -> None:
    forged = event("203.0.113.7", X_Forwarded_For="198.51.100.1, 203.0.113.7", X_Distribution_Secret=secret)

    assert read_address(forged, configured) == "203.0.113.7"


@pytest.mark.parametrize(
    "forwarded",
    [
        "203.0.113.7, 130.176.1.2",  # as API Gateway appends it
        "203.0.113.7",  # without API Gateway's
        "198.51.100.1, 203.0.113.7, 130.176.1.2",  # the client sent the first
        "130.176.1.2,198.51.100.1,203.0.113.7,130.176.1.2",
    ],
)
def test_viewer_of_distribution_has_address_that_cloudfront_appended(forwarded: str) -> None:
    through = event(EDGE, X_Forwarded_For=forwarded, X_Distribution_Secret=SECRET)

    assert read_address(through, SECRET) == "203.0.113.7"


def test_viewers_of_one_edge_have_addresses_of_their_own() -> None:
    first, second = (
        read_address(event(EDGE, x_forwarded_for=f"{viewer}, {EDGE}", x_distribution_secret=SECRET), SECRET)
        for viewer in ("203.0.113.7", "203.0.113.8")
    )

    assert first != second


@pytest.mark.parametrize("forwarded", ["", "unknown", "203.0.113.7:443", "130.176.1.2"])
def test_address_of_edge_counts_without_readable_address_of_viewer(forwarded: str) -> None:
    through = event(EDGE, X_Forwarded_For=forwarded, X_Distribution_Secret=SECRET)

    assert read_address(through, SECRET) == EDGE


def test_addresses_of_one_ipv6_network_count_together() -> None:
    first = read_address(event("2001:db8:1:2::1"), "")

    assert first == read_address(event("2001:db8:1:2:ffff::9"), "") == "2001:db8:1:2::/64"
    assert first != read_address(event("2001:db8:1:3::1"), "")
    assert read_address(event("::ffff:203.0.113.7"), "") == "203.0.113.7"

"""The guard: private addresses are rejected in every notation."""

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import ScriptError
from basic.http import guard
from tests.unit.basic.http.fake_web import PUBLIC, Web


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "path"),
    [
        ("https://api.test", "https", "api.test", 443, "/"),
        ("HTTP://API.Test:8080/a/b?c=d#e", "http", "api.test", 8080, "/a/b?c=d"),
        ("https://api.test?q=1", "https", "api.test", 443, "/?q=1"),
        ("https://api.test/a b?q=São Paulo", "https", "api.test", 443, "/a%20b?q=S%C3%A3o%20Paulo"),
        ("https://api.test./x", "https", "api.test.", 443, "/x"),
        ("https://münchen.test/", "https", "xn--mnchen-3ya.test", 443, "/"),
        ("http://[2606:4700::1111]:81/", "http", "2606:4700::1111", 81, "/"),
        (" https://api.test/ ", "https", "api.test", 443, "/"),
    ],
)
def test_url_is_parsed(url: str, scheme: str, host: str, port: int, path: str) -> None:
    target = guard.parse_target(url)

    assert (target.scheme, target.host, target.port, target.path) == (scheme, host, port, path)
    assert guard.parse_target(target.url) == target


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "api.test",
            "/users",
            "//api.test/",
            "ftp://api.test/",
            "file:///etc/passwd",
            "gopher://api.test/",
            "data:,x",
        ),
        *(
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "http://?x",
            "https://api.test:99999/",
            "https://api.test:x/",
        ),
        *("https://api.test\\@evil.test/", "https://api.test\n.evil.test/", "https://api.test\t/", "https://a..b/"),
        *("https://-a.test/", "http://[::1", "http://[fe80::1%25eth0]/"),
        *("http://\uff11\uff12\uff17.0.0.1/", "http://\u2460\u2461\u2466.0.0.1/", "http://127.0.0.1.1/", "http://0x/"),
        "http://1.2.3.4.5/",
        *(
            "http://999.1.1.1/",
            "http://api.test .evil.test/",
            "https://x/" + "a" * 9_000,
            "http://a_b!c/",
            "http://[v1.x]/",
        ),
    ],
)
def test_invalid_url_is_rejected_before_name_resolution(url: str) -> None:
    web = Web()

    with pytest.raises(ScriptError):
        web.get(url)

    assert not web.resolved


def test_errors_contain_no_secrets() -> None:
    with pytest.raises(ScriptError) as refusal:
        guard.parse_target("ftp://user:s3cret@api.test/x?key=t0ken")

    assert "s3cret" not in str(refusal.value)
    assert "t0ken" not in str(refusal.value)


FORBIDDEN = [
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "169.254.170.2"),
    *("172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1"),
    *("203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808"),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1", "fc00::1"),
    *("fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "4000::1", "nonsense", ""),
]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_private_address_is_not_reached(address: str) -> None:
    assert not guard.is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", PUBLIC, "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1"]
)
def test_public_address_is_reached(address: str) -> None:
    assert guard.is_public(address)


NETWORKS = [
    ipaddress.IPv4Network(network)
    for network in ("127.0.0.0/8", "10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
]
PRIVATE = (
    st.sampled_from(NETWORKS)
    .flatmap(lambda network: st.integers(int(network[0]), int(network[-1])))
    .map(ipaddress.IPv4Address)
)
PUBLIC_ONES = st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address).filter(lambda address: guard.is_public(str(address)))


@st.composite
def spelled(draw: st.DrawFn, address: ipaddress.IPv4Address) -> str:
    """Format an address in a valid notation: 1 to 4 numbers, each decimal, octal or hexadecimal."""
    parts = draw(st.integers(1, 4))
    numbers = [*address.packed[: parts - 1], int.from_bytes(address.packed[parts - 1 :])]
    forms = st.sampled_from(["{}", "0{:o}", "0x{:x}", "0X{:X}", "0x000{:x}"])
    return ".".join(draw(forms).format(number) for number in numbers) + draw(st.sampled_from(["", "."]))


@given(PRIVATE.flatmap(spelled), st.sampled_from(["http", "https"]))
def test_every_notation_of_a_private_address_is_rejected(spelling: str, scheme: str) -> None:
    web = Web()

    with pytest.raises(ScriptError):
        web.get(f"{scheme}://{spelling}/latest/meta-data/")

    assert not web.hops


@given(PUBLIC_ONES.flatmap(lambda address: st.tuples(st.just(address), spelled(address))))
def test_parsed_address_is_the_one_the_system_parses(address: tuple[ipaddress.IPv4Address, str]) -> None:
    expected, spelling = address
    web = Web()

    web.get(f"http://{spelling}/")

    assert [hop.address for hop in web.hops] == [str(expected)]
    assert socket.inet_ntoa(socket.inet_aton(spelling.rstrip("."))) == str(expected)


@given(PRIVATE)
def test_ipv6_addresses_that_embed_private_ones_are_rejected(inner: ipaddress.IPv4Address) -> None:
    number = int(inner)
    wrapped = [
        ipaddress.IPv6Address(0xFFFF << 32 | number),
        ipaddress.IPv6Address(number),
        ipaddress.IPv6Address(0x0064FF9B << 96 | number),
        ipaddress.IPv6Address(0x2002 << 112 | number << 80),
        ipaddress.IPv6Address(0x2001 << 112 | (number ^ 0xFFFFFFFF)),
    ]

    for address in wrapped:
        with pytest.raises(ScriptError, match="not have a public address"):
            Web().get(f"http://[{address}]/")


def test_percent_encoded_private_address_is_rejected() -> None:
    with pytest.raises(ScriptError, match="not have a public address"):
        Web().get("http://%31%32%37.0.0.1/")


@given(st.integers(0, 2**128 - 1).map(ipaddress.IPv6Address))
def test_only_global_unicast_of_ipv6_is_public(address: ipaddress.IPv6Address) -> None:
    if guard.is_public(str(address)):
        assert int(address) >> 125 == 1
        assert address.sixtofour is None
        assert address.teredo is None


@pytest.mark.parametrize("addresses", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::1", PUBLIC], ["fe80::1%eth0"]])
def test_host_with_a_private_and_a_public_address_is_rejected(addresses: list[str]) -> None:
    web = Web(hosts={"evil.test": addresses})

    with pytest.raises(ScriptError, match=r"evil\.test does not have a public address, so a script may not reach it"):
        web.get("https://evil.test/")

    assert not web.hops


@given(st.integers(0, 2**125 - 1))
def test_addresses_outside_global_unicast_are_not_public(rest: int) -> None:
    for prefix in (0, 2, 3, 4, 5, 6, 7):
        assert not guard.is_public(str(ipaddress.IPv6Address(prefix << 125 | rest)))


@given(st.text(alphabet="htps:/@?#[]\\.%0x127a1:: \n\tl-_", max_size=40))
def test_every_text_is_parsed_or_a_script_error(text: str) -> None:
    for url in (text, f"http://{text}"):
        try:
            target = guard.parse_target(url)
        except ScriptError:
            continue
        assert target.scheme in {"http", "https"}
        assert target.host
        assert not set(target.host + target.path) & set("\r\n\t \\")

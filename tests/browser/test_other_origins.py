"""A page of another origin has no access to the local AWS and none to the front door."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import boto3
import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.stack_file import get_stack_file

QUEUE = "made-by-a-page"
CREATE_QUEUE = f"Action=CreateQueue&QueueName={QUEUE}"

FETCH = """async ([url, options]) => {
    try {
        const response = await fetch(url, options);
        return response.type === "opaque" ? "opaque" : await response.text();
    } catch { return "failed"; }
}"""
CONNECT = """(url) => new Promise((done) => {
    const socket = new WebSocket(url);
    socket.onopen = () => done("opened");
    socket.onerror = () => done("failed");
})"""
SUBMIT = """([url, fields]) => new Promise((done) => {
    document.body.innerHTML = '<iframe name="target"></iframe><form method="post" target="target"></form>';
    const form = document.querySelector("form");
    form.action = url;
    for (const [name, value] of Object.entries(fields)) {
        const input = document.createElement("input");
        Object.assign(input, { name, value });
        form.append(input);
    }
    document.querySelector("iframe").onload = () => done();
    form.submit();
})"""
LOAD_IMAGE = """(url) => new Promise((done) => {
    const image = new Image();
    image.onload = image.onerror = () => done();
    image.src = url;
})"""
EMBED = """(url) => new Promise((done) => {
    document.body.innerHTML = "<iframe></iframe>";
    const frame = document.querySelector("iframe");
    frame.onload = () => done();
    frame.src = url;
})"""

type Stack = dict[str, Any]


@pytest.fixture(scope="module")
def description() -> Stack:
    content: Stack = json.loads(get_stack_file().read_text())
    if "aws_endpoint" not in content:
        pytest.skip("a stack on AWS has no front door and no emulator")
    return content


@pytest.fixture(scope="module")
def other_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A web site on another local port."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text(
        "<!doctype html><title>Another site</title><link rel='icon' href='data:,'><body>"
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def list_queues(description: Stack) -> Iterator[Callable[[], list[str]]]:
    """Lists the queues that a page has made."""
    sqs = boto3.client(
        "sqs",
        region_name=description["region"],
        endpoint_url=description["aws_endpoint"],
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )

    def list_made() -> list[str]:
        urls: list[str] = sqs.list_queues(QueueNamePrefix=QUEUE).get("QueueUrls", [])
        return urls

    yield list_made
    for url in list_made():
        sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def visited(page: Page, other_site: str) -> tuple[Page, list[tuple[str, int]]]:
    """The other site in a tab, and the responses that its requests get."""
    responses: list[tuple[str, int]] = []
    page.goto(other_site)
    page.on("response", lambda response: responses.append((response.url, response.status)))
    return page, responses


def test_page_of_another_origin_cannot_call_aws(
    visited: tuple[Page, list[tuple[str, int]]], description: Stack, list_queues: Callable[[], list[str]]
) -> None:
    page, responses = visited
    aws = description["aws_endpoint"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    target = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.CreateQueue"}

    read = page.evaluate(FETCH, [f"{aws}/_ministack/health", {}])
    simple = page.evaluate(FETCH, [aws, {"method": "POST", "headers": form, "body": CREATE_QUEUE}])
    preflighted = page.evaluate(
        FETCH, [aws, {"method": "POST", "headers": target, "body": f'{{"QueueName":"{QUEUE}"}}'}]
    )
    opaque = {"method": "POST", "mode": "no-cors", "headers": form, "body": CREATE_QUEUE}
    page.evaluate(FETCH, [aws, opaque])
    page.evaluate(FETCH, [f"{aws}/?{CREATE_QUEUE}", {"mode": "no-cors"}])
    page.evaluate(SUBMIT, [aws, {"Action": "CreateQueue", "QueueName": QUEUE}])
    page.evaluate(LOAD_IMAGE, f"{aws}/?{CREATE_QUEUE}")
    page.evaluate(EMBED, f"{aws}/?{CREATE_QUEUE}")
    socket_path = f"/_aws/execute-api/{description['outputs']['WebSocketApiId']}/ws"
    connected = page.evaluate(CONNECT, aws.replace("http", "ws", 1) + socket_path)

    assert [read, simple, preflighted, connected] == ["failed"] * 4
    assert list_queues() == []
    # Responses that CORS hides from the page are not reported.
    assert {status for _, status in responses} == {403}, responses
    assert httpx.get(f"{aws}/_ministack/health").is_success, "the same call of a program works"


def test_page_of_another_origin_cannot_use_the_front_door(
    visited: tuple[Page, list[tuple[str, int]]], description: Stack
) -> None:
    page, responses = visited
    door = description["base_url"]
    body = '{"username":"user1"}'
    token = f"{door}/demo/token"

    read = page.evaluate(FETCH, [f"{door}/config.json", {}])
    simple = page.evaluate(FETCH, [token, {"method": "POST", "body": body}])
    json_type = {"Content-Type": "application/json"}
    preflighted = page.evaluate(FETCH, [token, {"method": "POST", "headers": json_type, "body": body}])
    page.evaluate(FETCH, [token, {"method": "POST", "mode": "no-cors", "body": body}])
    page.evaluate(SUBMIT, [token, {'{"username":"user1","x":"': '"}'}])
    page.evaluate(LOAD_IMAGE, f"{door}/config.json")
    page.evaluate(EMBED, door)
    connected = page.evaluate(CONNECT, description["ws_url"])

    assert [read, simple, preflighted, connected] == ["failed"] * 4
    assert {status for _, status in responses} == {403}, responses


def test_page_of_another_origin_cannot_read_the_api(
    visited: tuple[Page, list[tuple[str, int]]], description: Stack
) -> None:
    page, _ = visited
    api = description["api_url"]

    read = page.evaluate(FETCH, [f"{api}/health", {}])
    preflighted = page.evaluate(FETCH, [f"{api}/conversations", {"headers": {"Authorization": "Bearer t"}}])

    assert [read, preflighted] == ["failed", "failed"]

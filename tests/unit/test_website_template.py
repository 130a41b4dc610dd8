"""The website in ``template.yaml``: distribution, bucket, headers, and the addresses that depend on them."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.template import EXAMPLE_NAMES, Deployment, properties, resources, template

DOMAIN = {"WebsiteDomain": "chat.example.com", "WebsiteCertificateArn": "arn:aws:acm:us-east-1:1:certificate/a"}
DISTRIBUTION_URL = "https://d111111abcdef8.cloudfront.net"
WEBSITE_TYPES = ("AWS::CloudFront::", "AWS::Route53::", "AWS::SecretsManager::")


def deployment(**parameters: str) -> Deployment:
    return Deployment({**EXAMPLE_NAMES, "AWS::NoValue": ""}, parameters)


def config() -> dict[str, Any]:
    return dict(properties("Distribution")["DistributionConfig"])


def behaviors() -> dict[str, dict[str, Any]]:
    return {behavior["PathPattern"]: behavior for behavior in config()["CacheBehaviors"]}


def origins() -> dict[str, dict[str, Any]]:
    return {origin["Id"]: origin for origin in config()["Origins"]}


def references(value: object) -> Iterator[str]:
    """Yield the logical ids that a value refers to."""
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from (part.partition("}")[0].partition(".")[0] for part in text.split("${")[1:])
        case dict():
            for item in value.values():
                yield from references(item)
        case list():
            for item in value:
                yield from references(item)


def test_whole_website_depends_on_its_parameter() -> None:
    conditions = {
        name: resource.get("Condition", "")
        for name, resource in template()["Resources"].items()
        if resource["Type"].startswith(WEBSITE_TYPES) or name in ("WebsiteBucket", "WebsiteBucketPolicy")
    }
    without = deployment(Website="false", **DOMAIN, WebsiteHostedZoneId="Z1", WebsiteUrl=DISTRIBUTION_URL)

    assert len(conditions) > 10
    assert [name for name, condition in conditions.items() if not condition or without.is_true(condition)] == []
    assert without.environment("connect")["DISTRIBUTION_SECRET"] == ""
    assert without.environment("connect")["REST_URL"] == ""


def test_no_function_and_no_client_depends_on_the_distribution() -> None:
    """CloudFormation refuses circles: the distribution depends on the REST API, which depends on all of them."""
    website = {name for name in template()["Resources"] if name.startswith(("Website", "Distribution"))}
    website -= {"DistributionSecret"}
    dependents = [*resources("AWS::Serverless::Function"), "UserPoolClient", "RestApi", "WebSocketApi"]

    assert website
    for name in dependents:
        assert website.isdisjoint(references(properties(name))), name
    assert website.isdisjoint(references(template()["Globals"]))


@pytest.mark.parametrize(
    ("parameters", "host"),
    [(DOMAIN, "chat.example.com"), ({"WebsiteUrl": DISTRIBUTION_URL}, "d111111abcdef8.cloudfront.net")],
)
def test_functions_know_the_origin_of_the_website(parameters: dict[str, str], host: str) -> None:
    environment = deployment(**parameters, AllowedOrigins="https://a.example,https://b.example").environment("connect")

    assert environment["ALLOWED_ORIGINS"] == f"https://{host},https://a.example,https://b.example"
    assert environment["WEBSOCKET_URL"] == f"wss://{host}/ws"
    assert environment["REST_URL"] == f"https://{host}/api"


def test_named_urls_go_before_those_of_the_website() -> None:
    environment = deployment(
        **DOMAIN, RestUrl="https://api.example.com", WebSocketUrl="wss://ws.example.com"
    ).environment("connect")

    assert environment["REST_URL"] == "https://api.example.com"
    assert environment["WEBSOCKET_URL"] == "wss://ws.example.com"


def test_urls_are_those_of_api_gateway_until_the_website_is_known() -> None:
    environment = deployment().environment("connect")

    assert environment["ALLOWED_ORIGINS"] == ","
    assert environment["WEBSOCKET_URL"].startswith("wss://a1b2c3d4e5.execute-api.")
    assert environment["REST_URL"] == ""


def test_apis_are_reached_at_their_stages() -> None:
    assert behaviors()["/api/*"]["TargetOriginId"] == "rest"
    assert behaviors()["/ws"]["TargetOriginId"] == "socket"
    for name in ("rest", "socket"):
        assert "OriginPath" not in origins()[name]
        assert origins()[name]["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert (properties("RestApi")["StageName"], properties("WebSocketApi")["StageName"]) == ("api", "ws")


def test_api_responses_are_never_cached_and_requests_keep_their_headers() -> None:
    for path in ("/api/*", "/ws"):
        assert behaviors()[path]["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "CachingDisabled"
        assert behaviors()[path]["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"
        assert behaviors()[path]["ViewerProtocolPolicy"] == "https-only"
    assert set(behaviors()["/api/*"]["AllowedMethods"]) == {
        "GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE",
    }  # fmt: skip


def test_errors_are_not_cached_and_not_replaced() -> None:
    """A distribution has one list for all behaviours: a page for errors would also replace errors of the API."""
    responses = config()["CustomErrorResponses"]

    assert {response["ErrorCode"] for response in responses} >= {400, 403, 404, 405, 500, 502, 503, 504}
    assert all(response["ErrorCachingMinTTL"] == 0 for response in responses)
    assert not [response for response in responses if "ResponsePagePath" in response]


def test_both_apis_get_the_secret_that_the_function_compares() -> None:
    value = {"Fn::Sub": "{{resolve:secretsmanager:${DistributionSecret}}}"}

    for name in ("rest", "socket"):
        assert origins()[name]["OriginCustomHeaders"] == [{"HeaderName": "X-Distribution-Secret", "HeaderValue": value}]
    variables = properties("ConnectFunction")["Environment"]["Variables"]
    assert variables["DISTRIBUTION_SECRET"] == {"Fn::If": ["HasWebsite", value, ""]}


def test_bucket_is_private_to_the_distribution() -> None:
    allow, deny = properties("WebsiteBucketPolicy")["PolicyDocument"]["Statement"]

    assert set(properties("WebsiteBucket")["PublicAccessBlockConfiguration"].values()) == {True}
    assert allow["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert "distribution/${Distribution}" in str(allow["Condition"]["StringEquals"]["aws:SourceArn"])
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert origins()["website"]["OriginAccessControlId"] == {"Fn::GetAtt": ["WebsiteAccess", "Id"]}


def test_page_may_call_the_sign_in_pages_and_the_bucket_of_files_and_nothing_else() -> None:
    policy = properties("PageHeaders")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    value = policy["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    pool = str(deployment().resolve(value))
    own = str(deployment(OidcIssuer="https://id.example", SignInOrigins="https://id.example").resolve(value))

    domain = deployment().resolve(properties("UserPoolDomain")["Domain"])
    assert f"connect-src 'self' https://cognito-idp.eu-central-1.amazonaws.com https://{domain}.auth." in pool
    bucket = deployment().resolve({"Ref": "DriveBucket"})
    # Forms are sent to the host of the Region, and addresses for downloads have the other one.
    files = f"https://{bucket}.s3.eu-central-1.amazonaws.com https://{bucket}.s3.amazonaws.com; frame-src blob:;"
    assert f"connect-src 'self' https://id.example {files}" in own
    assert files in pool
    assert "require-trusted-types-for 'script'; trusted-types lit-html" in pool
    assert "unsafe" not in pool


def test_user_pool_has_sign_in_pages_as_soon_as_the_website_is_known() -> None:
    client = properties("UserPoolClient")

    assert client["GenerateSecret"] is False
    assert deployment(**DOMAIN).is_true("HasSignInPages")
    assert not deployment().is_true("HasSignInPages")
    assert not deployment(**DOMAIN, OidcIssuer="https://id.example").is_true("HasSignInPages")
    for name in ("CallbackURLs", "LogoutURLs"):
        (url,) = deployment(WebsiteUrl=DISTRIBUTION_URL).resolve(client[name])
        assert deployment(WebsiteUrl=DISTRIBUTION_URL).resolve(url) == f"{DISTRIBUTION_URL}/"


def test_policies_are_few() -> None:
    # CloudFront quotas: 20 response headers policies per account.
    assert len(resources("AWS::CloudFront::ResponseHeadersPolicy")) <= 5

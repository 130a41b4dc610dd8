"""``POST /api/{bot_id}/webhook/{name}``: call a webhook of a bot."""

from conversations.bootstrap.stores import rate_limiter
from conversations.bootstrap.webhooks import webhook_service
from conversations.contract.operations import WEBHOOK
from conversations.domain import limits, timestamps
from conversations.domain.principal import webhook_principal
from conversations.entrypoints import rest, webhook_requests
from conversations.entrypoints.rest_request import Request
from conversations.entrypoints.rest_response import Response
from conversations.entrypoints.webhook_responses import build_webhook_response


def webhook(request: Request) -> Response:
    """Run the script of a webhook and respond with its result."""
    secret = webhook_requests.get_headers(request.raw_event).get(webhook_requests.SECRET_HEADER, "")
    bot = webhook_service().authenticate(request.path_parameters["bot_id"], secret)
    with request.count(rate_limiter(), limits.WEBHOOK, webhook_principal(bot.id).owner):
        delivery = webhook_requests.parse_webhook_request(request.raw_event, request.read_text(), timestamps.now())
        response = webhook_service().answer(bot, delivery, request.get_seconds_left)
    return build_webhook_response(response, request.usage)


handler = rest.custom_handler(WEBHOOK.method, WEBHOOK.path, webhook)

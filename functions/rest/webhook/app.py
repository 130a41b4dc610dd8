"""``POST /api/{bot_id}/webhook/{name}``: another system asks a bot's script."""

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.domain import limits, principal, timestamps
from conversations.entrypoints import rest, webhook_requests

app = rest.resolver()


@app.post(f"/{rest.ANY_ID}/webhook/{rest.ANY_ID}")
def webhook() -> Response[str]:
    """Run the script that has `WEBHOOK "name"`, and answer with its variable `result`.

    The script is given `params`, `body`, `headers` and `method`. A map with `status`, and besides it `body` and
    `headers` at most, is the whole response; anything else is the body of a 200, a text as text and the rest as JSON;
    without a result the answer is 204. A delivery with an `Idempotency-Key` is answered once: the same key and content
    give the same answer again for 24 hours.
    """
    event = app.current_event.raw_event
    service = bootstrap.webhook_service()
    secret = webhook_requests.get_headers(event).get(webhook_requests.SECRET_HEADER, "")
    bot = service.bot_of(event["pathParameters"]["bot_id"], secret)
    rest.count(app, principal.webhook_principal(bot.id), limits.WEBHOOK, bootstrap.rate_limiter())
    call = webhook_requests.parse_webhook_request(event, rest.text(app), timestamps.now())
    return rest.answer(app, service.answer(bot, call))


handler = rest.entry_point(app)

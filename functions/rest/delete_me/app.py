"""``DELETE /api/me``: forget the caller."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from conversations import bootstrap
from conversations.contract.rest_schemas import Erasing
from conversations.entrypoints import rest

app = rest.resolver()


@app.delete("/me")
def delete_me() -> Response[str]:
    """Erase everything that is stored about the caller; 202 while there is more to do, which goes on by itself."""
    principal = rest.caller(app)
    if bootstrap.erasure_service().delete_user(principal, time_left=lambda: rest.seconds_left(app)):
        return rest.no_content(app)
    return rest.ok(app, Erasing(), status=HTTPStatus.ACCEPTED)


handler = rest.entry_point(app)

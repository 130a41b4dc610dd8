"""Errors as clients see them: one table for REST and for the socket."""

import pytest

from conversations.contract import error_frames, problems
from conversations.domain import errors
from conversations.domain.errors import ConversationsError
from conversations.domain.limits import MESSAGES, Usage
from conversations.services.turns import UnknownEngineError

CONTRACT: list[tuple[ConversationsError, int, str]] = [
    (errors.InvalidMessageError("Why.", field="content"), 400, "invalid_message"),
    (errors.InvalidRequestError("Why.", field="limit"), 400, "invalid_request"),
    (errors.UnauthorizedError("Why."), 401, "unauthorized"),
    (errors.ForbiddenError("Why."), 403, "forbidden"),
    (errors.NotFoundError("Why."), 404, "not_found"),
    (errors.ConflictError("Why."), 409, "conflict"),
    (errors.PayloadTooLargeError("Why."), 413, "payload_too_large"),
    (errors.UnsupportedMediaTypeError("Why."), 415, "unsupported_media_type"),
    (errors.RateLimitedError(Usage(MESSAGES, remaining=0, reset_seconds=7)), 429, "rate_limited"),
    (errors.UnavailableError("Why.", retry_after=3), 503, "unavailable"),
]

each_error = pytest.mark.parametrize(("error", "status", "code"), CONTRACT, ids=[code for _, _, code in CONTRACT])


@each_error
def test_problem_has_status_and_code_of_the_contract(error: ConversationsError, status: int, code: str) -> None:
    problem = problems.build_problem(error)

    assert (problem.status, problem.error, problem.detail) == (status, code, str(error))
    assert problem.type == "about:blank"
    assert problem.title
    assert problem.field == getattr(error, "field", None)


@each_error
def test_error_frame_has_the_same_code_and_message(error: ConversationsError, status: int, code: str) -> None:
    frame = error_frames.build_error_frame(error, session_id="session-1", client_message_id="a")

    assert (frame.type, frame.error, frame.message) == ("error", code, str(error))
    assert (frame.session_id, frame.client_message_id) == ("session-1", "a")
    assert (frame.retry_after is not None) == (status in (429, 503))


@each_error
def test_error_headers_follow_the_status(error: ConversationsError, status: int, code: str) -> None:
    del code
    limit_headers = {"RateLimit-Policy": f'"messages";q={MESSAGES.limit};w=60', "RateLimit": '"messages";r=0;t=7'}
    wait = {429: {"Retry-After": "7", **limit_headers}, 503: {"Retry-After": "3"}}
    expected = {"WWW-Authenticate": "Bearer"} if status == 401 else wait.get(status, {})

    assert problems.build_headers(error) == expected


@pytest.mark.parametrize(
    "error",
    [
        KeyError("sessions-prod"),
        UnknownEngineError("bot hunter2 wants the engine x"),
        errors.ConnectionGoneError("phone"),
        ConversationsError("arn:aws:..."),
    ],
)
def test_other_errors_are_internal_and_disclose_no_text(error: Exception) -> None:
    problem = problems.build_problem(error)

    assert (problem.status, problem.error) == (500, "internal")
    assert problem.detail == error_frames.build_error_frame(error).message == "An internal error occurred."
    assert problems.build_headers(error) == {}


def test_every_client_error_of_the_domain_has_a_status() -> None:
    def list_subclasses(kind: type[ConversationsError]) -> set[type[ConversationsError]]:
        return {kind}.union(*(list_subclasses(child) for child in kind.__subclasses__()))

    domain_errors = {error for error in list_subclasses(ConversationsError) if error.__module__ == errors.__name__}

    assert domain_errors - problems.STATUSES.keys() == {
        ConversationsError,
        # As RateLimitedError.
        errors.ConnectionLimitError,
        errors.DailyLimitError,
        errors.ConnectionGoneError,
        errors.FrameTooLargeError,
        errors.DeadLetteredError,
        errors.NotSentError,
        errors.MailUnreadableError,
        errors.ProgramNotFoundError,
    }
    for kind in problems.STATUSES:
        assert kind.__name__ in (errors.__doc__ or "")

"""Errors of OpenAI-compatible endpoints: which of them mean that another request would fail as well."""

import re

from pydantic import ValidationError

from conversations.adapters.http_retries import is_temporary, parse_retry_after
from conversations.adapters.models.openai_chunks import ErrorBody, ProviderError
from conversations.adapters.streaming_request import ConnectionBrokenError, StreamedResponse
from conversations.domain.model import ModelRefusedError, ModelUnavailableError

MAX_ERROR_BYTES = 16 * 1024
"""Bytes that are read of a response that is an error."""

_FINAL = frozenset(
    {
        "authentication_error",
        "billing_hard_limit_reached",
        "context_length_exceeded",
        "exceed_context_size_error",
        "insufficient_quota",
        "invalid_api_key",
        "invalid_request_error",
        "model_not_found",
        "not_found_error",
        "permission_error",
        "BadRequestError",
        "NotFoundError",
    }
)
"""Codes and types after which the same request fails again: of OpenAI, Anthropic, llama.cpp and vLLM."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}|[0-9]{3}")


def build_stream_error(error: ProviderError | str) -> Exception:
    """Return the exception for an error inside a stream."""
    name = _get_name(error)
    text = f"the provider reported an error in its answer{name and f' ({name})'}"
    return ModelRefusedError(text) if _is_final(error) else ModelUnavailableError(text)


def build_status_error(response: StreamedResponse) -> Exception:
    """Return the exception for a response that is an error."""
    body = _read_body(response)
    error = body.error if body is not None else None
    name = _get_name(error)
    text = f"the provider responded with {response.status}{name and f' ({name})'}"
    # OpenAI responds with 429 to an account without credit.
    if not is_temporary(response.status) or _names_final(error):
        return ModelRefusedError(text)
    return ModelUnavailableError(text, wait_seconds=parse_retry_after(response.headers.get("retry-after", "")))


def build_content_error(response: StreamedResponse) -> Exception:
    """Return the exception for a response that is no event stream."""
    body = _read_body(response)
    if body is None:
        return ModelUnavailableError("the answer is no event stream")
    if body.error is not None:
        return build_stream_error(body.error)
    return ModelRefusedError("the provider does not stream its answer")


def _read_body(response: StreamedResponse) -> ErrorBody | None:
    """Return the body of a response; None if it is too large, or no JSON object."""
    body = bytearray()
    try:
        for chunk in response.chunks:
            body += chunk
            # safeguard: model-error-size
            if len(body) > MAX_ERROR_BYTES:
                return None
    except ConnectionBrokenError:
        return None
    try:
        return ErrorBody.model_validate_json(bytes(body))
    except ValidationError:
        return None


def _is_final(error: ProviderError | str) -> bool:
    code = str(error.code) if isinstance(error, ProviderError) else ""
    is_final_status = re.fullmatch(r"4[0-9][0-9]", code) is not None and not is_temporary(int(code))
    return is_final_status or _names_final(error)


def _names_final(error: ProviderError | str | None) -> bool:
    return isinstance(error, ProviderError) and bool({str(error.code), error.type} & _FINAL)


def _get_name(error: ProviderError | str | None) -> str:
    """Return the code or type of an error if it is a plain name, which cannot quote a key or a text."""
    if not isinstance(error, ProviderError):
        return ""
    names = (str(name) for name in (error.code, error.type) if name is not None)
    return next((name for name in names if _NAME.fullmatch(name)), "")

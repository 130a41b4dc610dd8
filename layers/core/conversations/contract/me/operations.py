"""The operations on all that is stored about the caller."""

from http import HTTPStatus

from conversations.contract.base import RequestModel
from conversations.contract.me import requests, responses
from conversations.contract.operation import Link, Operation
from conversations.domain import errors, limits

EXPORT_ME = Operation(
    name="export_me",
    method="GET",
    path="/me/export",
    tag="Me",
    summary="Export everything that is stored about the caller",
    description="Return a page of the export.",
    input=requests.ExportQuery,
    responses={HTTPStatus.OK: responses.Export},
    errors=(errors.InvalidRequestError,),
    policy=limits.ACTIONS,
    links={"next": Link("export_me", "Get the next page.", {"cursor": "$response.body#/next_cursor"})},
)

DELETE_ME: Operation[RequestModel] = Operation(
    name="delete_me",
    method="DELETE",
    path="/me",
    tag="Me",
    summary="Delete everything that is stored about the caller",
    description="Delete everything that is stored about the caller. 202 means that the deletion continues by itself.",
    responses={HTTPStatus.NO_CONTENT: None, HTTPStatus.ACCEPTED: responses.Erasing},
    policy=limits.ACTIONS,
)

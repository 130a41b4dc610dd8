"""HTTP as uvicorn reads it, with errors in the shape of the contract."""

from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from local.front_door.problems import build_problem


class ProblemProtocol(H11Protocol):
    """Answers a request that is no HTTP, or whose headers are too large, with a problem instead of plain text."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's signature
        """Refuse the request and close the connection."""
        problem = build_problem(HTTPStatus.BAD_REQUEST, "The request is malformed.")
        headers = [*problem.raw_headers, (b"connection", b"close")]
        events = (
            h11.Response(status_code=problem.status_code, headers=headers),
            h11.Data(data=bytes(problem.body)),
            h11.EndOfMessage(),
        )
        for event in events:
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

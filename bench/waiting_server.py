"""What turns that wait need in the benchmark: a language model that takes its time, and ``@connections``.

``python -m bench.waiting_server`` prints its port. It answers ``POST …/chat/completions`` with pieces over some seconds
(server-sent events of OpenAI's API), accepts every frame, and reports at ``GET /delays`` how long each first frame came
after the first piece of its answer.
"""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

ANSWER_SECONDS = 5.0
PIECES = 50

_first_pieces: dict[str, float] = {}
_first_frames: dict[str, float] = {}
_lock = Lock()


class Handler(BaseHTTPRequestHandler):
    """Answers requests; a thread for each connection."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer a model's request, or accept a frame."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/chat/completions"):
            self._answer(str(json.loads(body)["messages"][-1]["content"]))
            return
        frame = json.loads(body)
        if frame["type"] == "delta":
            with _lock:
                # The first word of an answer repeats the question.
                _first_frames.setdefault(frame["content"].split()[0], time.monotonic())
        self._respond(b"")

    def do_GET(self) -> None:
        """Report the seconds from each first piece to its frame, and forget them."""
        with _lock:
            delays = [_first_frames[key] - at for key, at in _first_pieces.items() if key in _first_frames]
            _first_pieces.clear()
            _first_frames.clear()
        self._respond(json.dumps(delays).encode())

    def _respond(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, question: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        start = time.monotonic()
        for number in range(PIECES):
            pause = start + (number + 1) * ANSWER_SECONDS / PIECES - time.monotonic()
            time.sleep(max(pause, 0))
            if number == 0:
                with _lock:
                    _first_pieces[question] = time.monotonic()
            self._write_event({"delta": {"content": f"{question if number == 0 else 'word'} "}})
        self._write_event({"delta": {}, "finish_reason": "stop"})
        self._write_chunk(b"data: [DONE]\n\n")
        self._write_chunk(b"")

    def _write_event(self, choice: dict[str, object]) -> None:
        self._write_chunk(f"data: {json.dumps({'choices': [choice]})}\n\n".encode())

    def _write_chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class Server(ThreadingHTTPServer):
    """The server; every device keeps its connection open."""

    daemon_threads = True
    request_queue_size = 100

    def handle_error(self, *_: object) -> None:
        """Ignore that a client has gone."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()

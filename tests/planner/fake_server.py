"""A real server on the loopback address with scripted responses."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def completion(text, **usage):
    """The document a chat server sends for an answer."""
    message = {"role": "assistant", "content": text}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    return {"id": "x", "object": "chat.completion", "choices": choices, "usage": usage}


def scores(prompt, rate, **usage):
    """The document of a server that says how likely each token of a prompt is: a token a letter.

    `rate` gives it for a place in the prompt. The first token has none, because nothing precedes it; the
    prompt is followed by the one token that every server writes.
    """
    logprobs = {
        "text_offset": list(range(len(prompt) + 1)),
        "token_logprobs": [None, *map(rate, range(1, len(prompt))), 0.0],
        "tokens": [*prompt, "x"],
        "top_logprobs": [{}] * (len(prompt) + 1),
    }
    choices = [{"index": 0, "text": f"{prompt}x", "logprobs": logprobs, "finish_reason": "length"}]
    return {"id": "x", "object": "text_completion", "choices": choices, "usage": usage}


class Server:
    """Answers requests with what stands in `script`, one entry each; the last one for ever.

    An entry is a document, a function that makes one of a request, a triple (status, headers, body
    bytes), "hang" or "cut off".
    `models` is what it says it serves, or a triple. Requests are kept in `asked`: (path, headers, document).
    """

    def __init__(self):
        self.script = [completion("{explore}")]
        self.models = [{"id": "served"}]
        self.asked = []
        self.let_go = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if isinstance(server.models, tuple):
                    self.reply(server.models)
                else:
                    self.reply((200, {}, json.dumps({"data": server.models}).encode()))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                document = json.loads(body)
                server.asked.append((self.path, dict(self.headers), document))
                entry = server.script[0]
                if len(server.script) > 1:
                    server.script.pop(0)
                if callable(entry):
                    entry = entry(document)
                if entry == "hang":
                    server.let_go.wait(10)
                elif entry == "cut off":
                    self.reply((200, {"Content-Length": "1000"}, b'{"choices": [{"mess'))
                elif isinstance(entry, dict):
                    self.reply((200, {}, json.dumps(entry).encode()))
                else:
                    self.reply(entry)

            def reply(self, entry):
                status, headers, body = entry
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1/chat/completions"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self):
        """Close the socket: from now on connections are refused."""
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

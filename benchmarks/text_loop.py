"""How well the loop of text worlds keeps a slow server busy.

    python benchmarks/text_loop.py          half a minute

64 episodes of SimpleDoorKey, 16 active at a time, with the scripted model behind a server on loopback
that takes 100 to 300 ms for an answer, and 1.2 s for one in twenty. Measured: the maximum of concurrent
requests and the seconds for all episodes, compared with the ideal, in which each episode takes the sum of its
answers' times and a free place takes the next case at once. For comparison, the same in batches, which wait for
their slowest answer.
Written to benchmarks/results/text_loop.json, and printed.
"""

import hashlib
import heapq
import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agents.react import ReActPolicy  # noqa: E402
from agents.text_prompt import load_text_prompt  # noqa: E402
from core.chat import Message, Reply, Request, Sampling  # noqa: E402
from core.files import write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.task import TEXT_TASKS  # noqa: E402
from planner.chat import ChatModel  # noqa: E402
from planner.openai_client import ServerModel  # noqa: E402
from planner.scripted import ScriptedModel  # noqa: E402
from runner.text import History, TextPlayer  # noqa: E402

NUM_EPISODES, NUM_ENVS = 64, 16
ALLOWED = 1.3


@dataclass(frozen=True)
class CasePolicy(ReActPolicy):
    """Act, with the case in each request: no two are equal, so that none is answered for another."""

    def request(self, history: History) -> Request:
        """See `ReActPolicy.request`."""
        request = super().request(history)
        return replace(request, messages=(Message("system", history.case), *request.messages))


@dataclass(frozen=True)
class Waves:
    """A model whose requests go out together, and whose answers are waited for together."""

    model: ChatModel
    name: str = "waves"
    in_flight: int = 1

    def chat(self, requests: Sequence[Request]) -> Iterable[Reply]:
        """All answers."""
        return list(self.model.chat(requests))


class Traffic:
    """What a server has seen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way = 0
        self.most = 0
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def request(self, case: str, seconds: float) -> Iterator[None]:
        """One request is in progress."""
        with self._lock:
            self._under_way += 1
            self.most = max(self.most, self._under_way)
            self.seconds[case] += seconds
        yield
        with self._lock:
            self._under_way -= 1


def delay(text: str) -> float:
    """Seconds that an answer takes: 0.1 to 0.3, one in twenty 1.2."""
    draw = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) / 2**32
    return 1.2 if draw < 0.05 else 0.1 + 0.2 * (draw - 0.05) / 0.95


@contextmanager
def slow_server() -> Iterator[tuple[str, Traffic]]:
    """The scripted model behind a socket; yields its URL and what it sees."""
    traffic = Traffic()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # head and body in one packet: otherwise each answer waits 40 ms for an acknowledgement
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            messages = tuple(Message(**message) for message in json.loads(body)["messages"])
            seconds = delay(body)
            with traffic.request(messages[0].content, seconds):
                time.sleep(seconds)
            [reply] = ScriptedModel().chat([Request(messages)])
            message = {"role": "assistant", "content": reply.text}
            document = json.dumps({"choices": [{"message": message}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(document)))
            self.end_headers()
            self.wfile.write(document)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/chat/completions", traffic
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ideal(seconds: Sequence[float]) -> float:
    """Seconds until all episodes have ended if a free place takes the next one at once."""
    places = [0.0] * NUM_ENVS
    for length in seconds:
        heapq.heappush(places, heapq.heappop(places) + length)
    return max(places)


def measure(*, in_waves: bool) -> dict[str, float]:
    """Play all episodes over a new server."""
    task, cases = TEXT_TASKS["SimpleDoorKey"], [str(case) for case in range(NUM_EPISODES)]
    policy = CasePolicy(load_text_prompt(task.world), "act", Sampling())
    with slow_server() as (url, traffic):
        server = ServerModel(url, "scripted", in_flight=NUM_ENVS)
        model: ChatModel = Waves(server) if in_waves else server
        player = TextPlayer("act", task, policy, model, NUM_ENVS, task.max_steps)
        started = time.perf_counter()
        episodes = list(player.play(cases))
        seconds = time.perf_counter() - started
    assert all(episode.success for episode in episodes)
    best = ideal([traffic.seconds[case] for case in cases])
    return {
        "requests": sum(episode.num_steps for episode in episodes),
        "most_in_flight": traffic.most,
        "seconds": round(seconds, 3),
        "ideal_seconds": round(best, 3),
        "ratio": round(seconds / best, 3),
        "slowest_episode_seconds": round(max(traffic.seconds.values()), 3),
    }


def main() -> None:
    """Measure, print, write."""
    loop, waves = measure(in_waves=False), measure(in_waves=True)
    print(
        f"{NUM_EPISODES} episodes, {loop['requests']} requests, most in flight {loop['most_in_flight']} of {NUM_ENVS}: "
        f"{loop['seconds']:.2f} s, {loop['ratio']:.2f} x the ideal {loop['ideal_seconds']:.2f} s "
        f"(allowed {ALLOWED}); in waves {waves['seconds']:.2f} s, {waves['ratio']:.2f} x"
    )
    document = {
        "command": "python benchmarks/text_loop.py",
        "num_episodes": NUM_EPISODES,
        "num_envs": NUM_ENVS,
        "loop": loop,
        "waves": waves,
        **provenance(),
    }
    write_json(ROOT / "benchmarks" / "results" / "text_loop.json", document)
    if loop["ratio"] > ALLOWED:
        sys.exit(1)


if __name__ == "__main__":
    main()

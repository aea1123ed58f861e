"""Videos of episodes: the room in its fog of war, with step, skill, current plan and questions."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from core.episode import Episode, Step
from reports.palette import DARK, rgb
from reports.replay import replay

Picture = npt.NDArray[np.uint8]

FRAMES_PER_SECOND = 5
HOLD_ON_ASK = 4
"""Number of frame times for which a frame with a question stays."""
PANEL_HEIGHT = 96
BORDER = 5
INK, FAINT, BACKGROUND = (235, 238, 245), (150, 158, 175), (24, 27, 36)
CHOSEN, FORCED, GOOD, BAD = (rgb(DARK[name]) for name in ("chosen", "forced", "good", "bad"))


@dataclass(frozen=True, slots=True)
class _Recording:
    """Pictures of one episode; `steps[i]` with current plan `plans[i]` led to `pictures[i + 1]`."""

    max_steps: int
    pictures: list[Picture]
    plans: list[str]
    steps: tuple[Step, ...]


def record_video(episode: Episode, directory: Path) -> list[Path]:
    """Replay an episode, and write it as GIF and as MP4; returns the two paths."""
    recording = _render(episode)
    frames = [_first_frame(recording)]
    holds = [HOLD_ON_ASK]
    for number, step in enumerate(recording.steps):
        frames.append(_frame(recording, number))
        holds.append(HOLD_ON_ASK if step.consultation is not None else 1)
    frames.append(_last_frame(frames[-1], episode))
    holds.append(2 * HOLD_ON_ASK)

    directory.mkdir(parents=True, exist_ok=True)
    stem = directory / f"episode_{episode.case:0>3}"
    milliseconds = [1000 * hold // FRAMES_PER_SECOND for hold in holds]
    gif, mp4 = stem.with_suffix(".gif"), stem.with_suffix(".mp4")
    iio.imwrite(gif, np.stack(frames), duration=milliseconds, loop=0)
    held = np.repeat(np.stack(frames), holds, axis=0)
    iio.imwrite(mp4, held, fps=FRAMES_PER_SECOND, codec="libx264", macro_block_size=2)
    return [gif, mp4]


def _render(episode: Episode) -> _Recording:
    """A picture of the room at the start and after every step."""
    pictures, max_steps = [], 0
    for env in replay(episode):
        pictures.append(env.render_room())
        max_steps = env.max_steps
    return _Recording(max_steps, pictures, episode.plans, episode.steps)


def _first_frame(recording: _Recording) -> Picture:
    return _compose(recording, recording.pictures[0], "start", "", number=-1)


def _frame(recording: _Recording, number: int) -> Picture:
    step = recording.steps[number]
    title = f"step {number + 1}   {step.skill}"
    return _compose(
        recording, recording.pictures[number + 1], title, recording.plans[number], number
    )


def _compose(recording: _Recording, room: Picture, title: str, plan: str, number: int) -> Picture:
    """The room above a panel with text and timeline; a question frames the room in its colour."""
    height, width = room.shape[:2]
    canvas = Image.new("RGB", (width, height + PANEL_HEIGHT), BACKGROUND)
    canvas.paste(Image.fromarray(room), (0, 0))
    draw = ImageDraw.Draw(canvas)
    asked = recording.steps[number].consultation if number >= 0 else None
    if asked is not None:
        color = FORCED if asked.is_forced else CHOSEN
        draw.rectangle((0, 0, width - 1, height - 1), outline=color, width=BORDER)
        label = "asks: plan finished" if asked.is_forced else "asks"
        draw.text((width - 8, height + 8), label, color, _font(15), anchor="ra")
    draw.text((8, height + 8), title, INK, _font(15))
    draw.text((8, height + 32), _fit(draw, plan, width - 16), FAINT, _font(12))
    _timeline(draw, recording, number, (8, height + 62, width - 8, height + 86))
    return np.asarray(canvas)


def _timeline(
    draw: ImageDraw.ImageDraw, recording: _Recording, number: int, box: tuple[int, int, int, int]
) -> None:
    """The timeline up to the step limit, with a mark for every question so far."""
    left, top, right, bottom = box
    middle = (top + bottom) // 2
    draw.line((left, middle, right, middle), FAINT, 1)
    scale = (right - left) / recording.max_steps
    here = left + round((number + 1) * scale)
    draw.line((left, middle, here, middle), INK, 3)
    for index, step in enumerate(recording.steps[: number + 1]):
        if step.consultation is not None:
            x = left + round(index * scale)
            color = FORCED if step.consultation.is_forced else CHOSEN
            draw.line((x, top, x, bottom), color, 3)


def _last_frame(last: Picture, episode: Episode) -> Picture:
    canvas = Image.fromarray(last.copy())
    draw = ImageDraw.Draw(canvas)
    top = last.shape[0] - PANEL_HEIGHT
    draw.rectangle((0, top, last.shape[1], top + 54), fill=BACKGROUND)
    words, color = ("the door is open", GOOD) if episode.success else ("out of steps", BAD)
    draw.text((8, top + 8), words, color, _font(15))
    sums = f"{episode.num_steps} steps, {episode.asks} questions"
    draw.text((8, top + 32), sums, INK, _font(12))
    return np.asarray(canvas)


def _fit(draw: ImageDraw.ImageDraw, text: str, width: int) -> str:
    """The text, shortened with an ellipsis if it is wider than `width` pixels."""
    if draw.textlength(text, _font(12)) <= width:
        return text
    while text and draw.textlength(text + "...", _font(12)) > width:
        text = text[:-1]
    return text + "..."


def _font(size: int) -> Any:
    return ImageFont.load_default(size)

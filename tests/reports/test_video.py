"""Videos of episodes."""

import imageio.v3 as iio
import imageio_ffmpeg

from envs.fog import FOG_COLOR
from reports.video import FORCED, HOLD_ON_ASK, record_video


def test_a_video_shows_the_fog_and_frames_every_question(play_policy, tmp_path):
    [episode] = play_policy("baseline", [0])
    gif, mp4 = record_video(episode, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {gif.name, mp4.name}

    frames = iio.imread(gif, mode="RGB")
    assert len(frames) == episode.num_steps + 2
    assert (frames[0] == FOG_COLOR).all(axis=2).any()
    # the border of the first step's frame is in the colour of a forced question
    assert tuple(frames[1][2, 2]) == FORCED
    assert tuple(frames[2][2, 2]) != FORCED
    held = len(episode.consultations) * (HOLD_ON_ASK - 1)
    # counted by ffmpeg itself: imageio's reader leaves its pipes open
    num_played, _ = imageio_ffmpeg.count_frames_and_secs(str(mp4))
    assert num_played == episode.num_steps + held + HOLD_ON_ASK + 2 * HOLD_ON_ASK

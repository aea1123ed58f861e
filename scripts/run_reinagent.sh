#!/usr/bin/env bash
# Trials with notes about failures (Reflexion) in ALFWorld. Further arguments are flags of `python main.py reflexion`,
# for example: scripts/run_reinagent.sh --planner fastchat --llm_url http://127.0.0.1:8000/v1
set -euo pipefail

num_trials=10
num_envs=134                  # number of cases, the first of the split
run_name=reflexion_run        # kept in log/reflexion/alfworld/reflexion_run
use_memory=true               # false: mere retries
model=                        # name of the server's model (default: the first one it offers)
is_resume=false               # continue this run, or begin from the files of another one:
resume_dir=                   # directory with env_results_trial_N.json, of this program or the published code
start_trial_num=0             # the first trial to play, with resume_dir

arguments=(--num_trials "$num_trials" --num_envs "$num_envs" --run_name "$run_name")
[ "$use_memory" = true ] && arguments+=(--use_memory)
[ -n "$model" ] && arguments+=(--planner fastchat --llm_model "$model")
[ "$is_resume" = true ] && arguments+=(--is_resume)
[ -n "$resume_dir" ] && arguments+=(--resume_dir "$resume_dir" --start_trial_num "$start_trial_num")
cd "$(dirname "$0")/.."
exec "${PYTHON:-python}" main.py reflexion --task alfworld "${arguments[@]}" "$@"

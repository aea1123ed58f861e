#!/usr/bin/env bash
# ETO from demonstrations to the last model: scripts/run_eto.sh TASK EXP MODEL SAVE [FLAGS]
#   TASK   alfworld, sciworld, webshop, or another text world
#   EXP    name of the run
#   MODEL  directory of the model to begin with, its name on a hub, or tiny: one made from scratch
#   SAVE   directory of all runs; this one is SAVE/eto/TASK/EXP
# FLAGS are further flags of `python main.py eto`, for example --seed 1. The same command continues a run.
set -euo pipefail

help() { sed -n '2,7s/^# \{0,1\}//p' "$0"; }
for word; do
    case $word in -h | --help) help && exit ;; esac
done
if [ $# -lt 4 ]; then
    help >&2
    exit 2
fi
task=$1 exp=$2 model=$3 save=$4
shift 4
# paths are meant from where the script is called
[ -d "$model" ] && model=$(cd "$model" && pwd)
[[ $save = /* ]] || save=$PWD/$save
cd "$(dirname "$0")/.."
exec "${PYTHON:-python}" main.py eto --task "$task" --save_name "$exp" --resume \
    --model_path "$model" --logdir "$save" "$@"

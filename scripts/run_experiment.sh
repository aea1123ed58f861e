#!/usr/bin/env bash
# The experiments of LearnAct: scripts/run_experiment.sh METHOD DOMAIN MODEL [FLAGS]
#   METHOD  act, react, act_reflexion, react_reflexion, code_as_policy or learnact
#   DOMAIN  robotic_planning (four domains), alfworld (six kinds of tasks), or one task of either
#   MODEL   name of the server's model (--llm_url says where it is), or scripted for rules in place of a model
# FLAGS are further flags of `python main.py METHOD`, for example --learner_model gpt-4 --exp_id 0.
# Three experiments with the published limits are kept in log/METHOD/TASK/MODEL_expN; the same command continues them.
set -euo pipefail

if [ $# -lt 3 ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
method=$1 domain=$2 model=$3
shift 3
case $domain in
robotic_planning | gripper | blockworld | barman | tyreworld) max_steps=30 history=10 ;;
*) max_steps=20 history=25 ;; # a step is one entry of the published memory for the action and one for the observation
esac
planner=(--planner fastchat --llm_model "$model")
[ "$model" = scripted ] && planner=(--planner scripted)
cd "$(dirname "$0")/.."
exec "${PYTHON:-python}" main.py "$method" --task "$domain" --save_name "${model//\//_}" --exp_id 0 1 2 --resume \
    --max_steps "$max_steps" --history "$history" "${planner[@]}" "$@"

#!/bin/sh
# The page and the API of a deployed stack, on a port of this machine, for as long as this runs: console.sh [STACK] [PORT]
# Starts one more worker, whose port Session Manager carries here, and stops it at the end. Needs the AWS CLI with its Session Manager plugin.
set -eu
stack=${1:-oss-s3-bridge}
port=${2:-8080}
patience=${CONSOLE_PATIENCE_SECONDS:-300}

fail() { echo "console.sh: $*" >&2; exit 1; }
command -v aws >/dev/null || fail 'the AWS CLI is not installed: https://aws.amazon.com/cli/'
command -v session-manager-plugin >/dev/null || fail 'the Session Manager plugin of the AWS CLI is not installed.'

output() {
  value=$(aws cloudformation describe-stacks --stack-name "$stack" \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text)
  case $value in '' | None) fail "the stack $stack has no output $1: is that its name, and is this its region?" ;; esac
  echo "$value"
}
# Of the container of the worker, beside which AWS may run others.
container() {
  aws ecs describe-tasks --cluster "$cluster" --tasks "$task" --query "tasks[0].containers[?name=='worker'] | [0].$1" --output text
}

cluster=$(output Cluster)
definition=$(output ConsoleTask)
network=$(output ConsoleNetwork)
secret=$(output ApiTokenSecret)

task=$(aws ecs run-task --cluster "$cluster" --task-definition "$definition" --network-configuration "$network" \
  --launch-type FARGATE --enable-execute-command --started-by console.sh --query 'tasks[0].taskArn' --output text)
case $task in '' | None) fail 'ECS did not start the task: aws ecs run-task says why.' ;; esac
trap 'aws ecs stop-task --cluster "$cluster" --task "$task" --reason "console.sh ended" >/dev/null && echo "The worker of the console stops."' EXIT
trap 'exit 130' INT TERM HUP
echo "A worker for the console starts; that takes a minute or two: $task"

waited=0
until [ "$(container "managedAgents[?name=='ExecuteCommandAgent'] | [0].lastStatus")/$(container healthStatus)" = RUNNING/HEALTHY ]; do
  case $(container lastStatus) in
    STOPPED) fail 'the task has stopped: its log in CloudWatch, or its stopped reason in ECS, says why.' ;;
  esac
  [ "$waited" -lt "$patience" ] || fail "the task is not healthy after $patience s: its log in CloudWatch says why."
  waited=$((waited + 5))
  sleep "${CONSOLE_LOOK_SECONDS:-5}"
done

echo "Page and API: http://127.0.0.1:$port/ (Ctrl-C ends it). The token:"
echo "  aws secretsmanager get-secret-value --secret-id $secret --query SecretString --output text"
aws ssm start-session --target "ecs:${cluster}_${task##*/}_$(container runtimeId)" \
  --document-name AWS-StartPortForwardingSession --parameters "portNumber=8080,localPortNumber=$port"

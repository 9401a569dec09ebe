#!/bin/sh
# Prints a file of this folder with the names of the environment's variables replaced by their values: ./fill.sh aws-worker.json
# A variable that a file needs and that is not set stops it; a prefix may be empty, and what has a default below may be left out.
# `bridge init` fills the same files by the same rules (cli/init/fill-template.ts).
set -eu
cd "$(dirname "$0")"
if [ $# -ne 1 ] || [ ! -f "$1" ]; then echo "usage: fill.sh FILE, one of:" *.json >&2; exit 2; fi

case ${AWS_REGION:-} in
  cn-*) AWS_PARTITION=aws-cn AWS_DNS_SUFFIX=amazonaws.com.cn ;;
  us-gov-*) AWS_PARTITION=aws-us-gov AWS_DNS_SUFFIX=amazonaws.com ;;
  eusc-*) AWS_PARTITION=aws-eusc AWS_DNS_SUFFIX=amazonaws.eu ;;
  us-iso-*) AWS_PARTITION=aws-iso AWS_DNS_SUFFIX=c2s.ic.gov ;;
  us-isob-*) AWS_PARTITION=aws-iso-b AWS_DNS_SUFFIX=sc2s.sgov.gov ;;
  eu-isoe-*) AWS_PARTITION=aws-iso-e AWS_DNS_SUFFIX=cloud.adc-e.uk ;;
  us-isof-*) AWS_PARTITION=aws-iso-f AWS_DNS_SUFFIX=csp.hci.ic.gov ;;
  *) AWS_PARTITION=aws AWS_DNS_SUFFIX=amazonaws.com ;;
esac
OSS_REGION=${OSS_REGION:-} OSS_REGION=${OSS_REGION#oss-}
BRIDGE_NAME=${BRIDGE_NAME:-oss-s3-bridge}
if [ -n "${AWS_ACCOUNT_ID:-}" ]; then
  WORKER_ROLE_ARN=${WORKER_ROLE_ARN:-arn:$AWS_PARTITION:iam::$AWS_ACCOUNT_ID:role/$BRIDGE_NAME-worker}
  here=${AWS_REGION:-}:$AWS_ACCOUNT_ID
  case ${OSS_SECRET_ID:-} in
    '') ;;
    arn:*:ssm:*) OSS_PARAMETER_ARN=$OSS_SECRET_ID ;;
    ssm:*) name=${OSS_SECRET_ID#ssm:} OSS_PARAMETER_ARN=arn:$AWS_PARTITION:ssm:$here:parameter/${name#/} ;;
    arn:*) OSS_SECRET_ARN=$OSS_SECRET_ID ;;
    *) OSS_SECRET_ARN=arn:$AWS_PARTITION:secretsmanager:$here:secret:$OSS_SECRET_ID ;;
  esac
fi
FUNCTION_NAME=${FUNCTION_NAME:-oss-s3-bridge}
FAILURE_QUEUE=${FAILURE_QUEUE:-oss-s3-bridge-failures}
case ${LOG_PROJECT:-auto} in # what `logConfig: auto` makes
  auto) LOG_PROJECT="serverless-$OSS_REGION-*" LOG_STORE=default-logs ;;
  *) LOG_STORE=${LOG_STORE:-oss-s3-bridge} ;;
esac

text=$(cat "$1")
script=
replace() { script="$script;$1s|$2|$(printf '%s' "$3" | sed 's/[\\&|]/\\&/g')|g"; }
for name in AWS_PARTITION AWS_DNS_SUFFIX AWS_REGION AWS_ACCOUNT_ID BRIDGE_NAME QUEUE_NAME QUEUE_KMS_KEY_ARN FUNCTION_USER_ARN \
  S3_BUCKET S3_PREFIX S3_KMS_KEY_ARN S3_ROLE_ARN S3_ROLE_EXTERNAL_ID WORKER_ROLE_ARN OSS_SECRET_ARN OSS_PARAMETER_ARN LEDGER_TABLE \
  OSS_BUCKET OSS_PREFIX OSS_REGION ALIYUN_ACCOUNT_ID FUNCTION_NAME FAILURE_QUEUE LOG_PROJECT LOG_STORE; do
  case $text in *"$name"*) ;; *) continue ;; esac
  eval "value=\${$name:-}"
  case $name:$value in
    *_PREFIX:) ;;
    *:) echo "$1 needs $name in the environment" >&2; exit 1 ;;
  esac
  value=$(printf '%s' "$value" | sed 's/[\\"]/\\&/g')
  # In an ARN of AWS these characters would be wildcards and variables; so they are written as themselves.
  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
  if [ "$name" = S3_PREFIX ]; then replace '/"arn:/' "$name" "$(printf '%s' "$value" | sed 's/[$*?]/${&}/g')"; fi
  replace '' "$name" "$value"
done
sed "${script#;}" "$1"

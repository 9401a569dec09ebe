#!/bin/sh
# Prints a file of this folder with the names of the environment's variables replaced by their values: ./fill.sh aws-worker.json
# A variable that a file needs and that is not set stops it; a prefix may be empty.
set -eu
cd "$(dirname "$0")"
if [ $# -ne 1 ] || [ ! -f "$1" ]; then echo "usage: fill.sh FILE, one of:" *.json >&2; exit 2; fi
script=
for name in S3_BUCKET S3_PREFIX S3_KMS_KEY_ARN LEDGER_TABLE AWS_REGION AWS_ACCOUNT_ID OSS_BUCKET OSS_PREFIX OSS_REGION ALIYUN_ACCOUNT_ID; do
  value=$(printenv "$name" || true)
  case $name in *_PREFIX) ;; *)
    if [ -z "$value" ] && grep -q "$name" "$1"; then echo "$1 needs $name in the environment" >&2; exit 1; fi ;;
  esac
  escaped=$(printf '%s' "$value" | sed 's/[\\&|]/\\&/g')
  script="$script;s|$name|$escaped|g"
done
sed "${script#;}" "$1"

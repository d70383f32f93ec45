#!/bin/bash
# Starts MLflow's server; with arguments, runs them instead.
# Environment: AKKO_DATABASE_ADDRESS (host:port), AKKO_DATABASE_PASSWORD, AKKO_ARTIFACTS (s3://bucket/), MLFLOW_S3_ENDPOINT_URL and AWS_*.
set -euo pipefail
[ $# -eq 0 ] || exec "$@"
for name in AKKO_DATABASE_ADDRESS AKKO_DATABASE_PASSWORD AKKO_ARTIFACTS; do
  [ -n "${!name:-}" ] || { printf 'akko-mlflow: %s is empty\n  The chart sets it; see docs/guide/images.md.\n' "$name" >&2; exit 1; }
done
# By environment: an argument could be read by everyone who can list processes.
MLFLOW_BACKEND_STORE_URI=postgresql://mlflow:$(python3 -c 'import os, urllib.parse; print(urllib.parse.quote(os.environ["AKKO_DATABASE_PASSWORD"], safe=""))')@$AKKO_DATABASE_ADDRESS/mlflow
export MLFLOW_BACKEND_STORE_URI
exec mlflow server --host 0.0.0.0 --port 5000 --workers "${AKKO_WORKERS:-1}" --serve-artifacts --artifacts-destination "$AKKO_ARTIFACTS"

#!/bin/bash
# Brings Airflow's database up to date and starts its four processes; the container ends when one of them does. With arguments, runs them instead.
# Settings come as Airflow's own environment variables (AIRFLOW__SECTION__KEY).
set -euo pipefail
[ $# -eq 0 ] || exec "$@"
airflow db migrate
started=()
for part in api-server scheduler dag-processor triggerer; do
  airflow "$part" &
  started+=($!)
done
trap 'kill -TERM "${started[@]}" 2>/dev/null || true' TERM INT
code=0
wait -n || code=$?
kill -TERM "${started[@]}" 2>/dev/null || true
wait || true
exit "$code"

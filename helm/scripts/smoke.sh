#!/usr/bin/env bash
# Asks a running release whether it does what it must, and whether it refuses what it must: one line per check, exit 1 when any failed.
# Needs kubectl alone. What is asked follows from the declarations (smoke.json).
set -euo pipefail

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CHECK=$SCRIPTS/smoke.json

json=''

usage() {
  cat <<'TEXT'
smoke.sh [options]

  --namespace NAME   default akko
  --release NAME     default akko
  --context NAME     of kubectl; default: the current one
  --json             one JSON array instead of lines
TEXT
}

while [ $# -gt 0 ]; do
  case $1 in
    --namespace) namespace=$(value_of "$@"); shift 2 ;;
    --release) release=$(value_of "$@"); shift 2 ;;
    --context) context=$(value_of "$@"); shift 2 ;;
    --json) json=yes && shift ;;
    -h | --help) usage && exit 0 ;;
    *) misused "unknown argument $1" ;;
  esac
done
reach_cluster

field() { # field NAME: a text at the top of smoke.json
  sed -nE "s/^ \"$1\": \"([^\"]*)\",?$/\1/p" "$CHECK"
}

results=''
failed=0

report() { # report OUTCOME NAME SECONDS DETAIL
  [ "$1" = ok ] || failed=$((failed + 1))
  if [ -n "$json" ]; then
    results+="${results:+,}{\"name\":$(json_string "$2"),\"ok\":$([ "$1" = ok ] && echo true || echo false),\"seconds\":$3,\"detail\":$(json_string "$4")}"
  else
    printf '%-6s  %6s s  %s%s\n' "$1" "$3" "$2" "${4:+: $4}"
  fi
}

now() { # milliseconds
  local stamp=${EPOCHREALTIME/[.,]/}
  printf '%s' "${stamp:0:-3}"
}

timed() { # timed NAME COMMAND...: the command's words are the detail
  local name=$1 began words outcome=ok
  shift
  began=$(now)
  words=$("$@" 2>&1) || outcome=FAILED
  local took=$(($(now) - began))
  report "$outcome" "$name" "$((took / 1000)).$((took % 1000 / 100))" "$(tail -n 1 <<<"$words")"
}

workloads_ready() {
  local lines waiting
  lines=$(kube get deployments,statefulsets,daemonsets -l "$(of_release)" -o go-template='{{range .items}}{{.kind}}/{{.metadata.name}} {{
    if eq .kind "DaemonSet"}}{{or .status.numberReady 0}} {{or .status.desiredNumberScheduled 0}}{{
    else}}{{or .status.readyReplicas 0}} {{.spec.replicas}}{{end}}{{"\n"}}{{end}}')
  [ -n "$lines" ] || { echo "nothing of the release $release is in the namespace $namespace"; return 1; }
  waiting=$(awk '$2 < $3 { printf "%s (%s of %s) ", $1, $2, $3 }' <<<"$lines")
  [ -z "$waiting" ] || { echo "not ready: $waiting"; return 1; }
  echo "$(wc -l <<<"$lines") workloads"
}

jobs_done() {
  local lines open
  lines=$(kube get jobs -l "$(of_release),akko.io/component!=secrets" \
    -o go-template='{{range .items}}{{.metadata.name}} {{or .status.succeeded 0}}{{"\n"}}{{end}}')
  [ -n "$lines" ] || { echo 'there is none'; return 1; }
  open=$(awk '$2 < 1 { printf "%s ", $1 }' <<<"$lines")
  [ -z "$open" ] || { echo "not done: $open"; return 1; }
  echo "$(wc -l <<<"$lines") jobs"
}

inside() {
  local from consumer names secrets endpoint region environment
  from=$(field from)
  consumer=$(field s3Consumer)
  mapfile -t names < <(sed -nE 's/.*"secret": "([^"]+)".*/\1/p' "$CHECK" | sort -u)
  secrets=$(kube get secrets --ignore-not-found -o json "${names[@]}")
  environment='{range .spec.template.spec.containers[0].env[*]}{.name}={.value}{"\n"}{end}'
  environment=$(kube get deployment "$consumer" -o "jsonpath=$environment")
  endpoint=$(sed -n 's/^AKKO_S3_ENDPOINT=//p' <<<"$environment")
  region=$(sed -n 's/^AKKO_S3_REGION=//p' <<<"$environment")
  {
    printf 'const given = { check: %s, secrets: %s, s3: { endpoint: "%s", region: "%s" } }\n' "$(cat "$CHECK")" "${secrets:-"{ \"items\": [] }"}" "$endpoint" "$region"
    cat "$SCRIPTS/smoke-in-pod.mjs"
  } | kube exec --stdin --quiet "deployment/$from" --container main -- node --input-type=module -
}

timed 'every workload is ready' workloads_ready
timed 'the init jobs are done' jobs_done
began=$(now)
if answers=$(inside 2>&1); then
  while IFS=$'\t' read -r outcome name seconds detail; do
    case $outcome in
      ok | FAILED) report "$outcome" "$name" "$seconds" "$detail" ;;
    esac
  done <<<"$answers"
else
  took=$(($(now) - began))
  report FAILED 'the checks inside the cluster run' "$((took / 1000)).$((took % 1000 / 100))" "$(tail -n 1 <<<"$answers") (they run in the pod of $(field from))"
fi
[ -z "$json" ] || printf '[%s]\n' "$results"
[ "$failed" -eq 0 ] || exit 1

#!/usr/bin/env bash
# Puts back what the nightly backups keep: a database beside the one that is there, or the objects of buckets. Each in a pod of the backup's own kind.
set -euo pipefail

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SERVERS=$(dirname "${BASH_SOURCE[0]}")/restore.json
from=''
into=''

servers() { # the declared servers of databases, one a line: NAME HOST PORT PASSWORD, the last an environment variable of the backup's pod
  sed -nE 's/^ \{"name":"([^"]*)","host":"([^"]*)","port":([0-9]+),"password":"([^"]*)"\},?$/\1 \2 \3 \4/p' "$SERVERS"
}

usage() {
  cat <<TEXT
restore.sh [options] list
restore.sh [options] database SERVER NAME     SERVER is $(servers | awk '{ printf "%s%s", separator, $1; separator = ", " }')
restore.sh [options] storage [BUCKET...]      without a name every bucket

  --from TIME        a copy that 'list' names; default: the newest
  --into NAME        of the database that is made; default NAME_restored
  --namespace NAME   default akko
  --context NAME     of kubectl; default: the current one

A database is restored into a new one, and no existing one is touched. Objects are put back under their names; what a bucket holds beside them stays.
TEXT
}

words=()
while [ $# -gt 0 ]; do
  case $1 in
    --from) from=$(value_of "$@"); shift 2 ;;
    --into) into=$(value_of "$@"); shift 2 ;;
    --namespace) namespace=$(value_of "$@"); shift 2 ;;
    --context) context=$(value_of "$@"); shift 2 ;;
    -h | --help) usage && exit 0 ;;
    -*) misused "unknown argument $1" ;;
    *) words+=("$1") && shift ;;
  esac
done
[ ${#words[@]} -gt 0 ] || misused 'what shall be restored?'
case ${words[0]} in
  list) [ ${#words[@]} -eq 1 ] || misused "list takes no ${words[1]}" ;;
  storage) [ -z "$into" ] || misused '--into is for a database' ;;
  database)
    [ ${#words[@]} -eq 3 ] || misused 'database wants a server and a name'
    read -r _ host port password < <(servers | awk -v name="${words[1]}" '$1 == name') || misused "there is no server ${words[1]}"
    ;;
  *) misused "there is nothing to restore that is called ${words[0]}" ;;
esac
reach_cluster

# Run by sh in the pod: of /backups, the copy that was asked for, or the newest.
# shellcheck disable=SC2016 # the pod's shell reads it
COPY='copies=$(cd /backups && ls -1d 2* 2>/dev/null || true) # and not lost+found
from=${1:-$(echo "$copies" | tail -n 1)}
if [ -z "$from" ] || [ ! -d "/backups/$from" ]; then echo "there is no copy ${from:-at all}; there are: $(echo "$copies" | paste -sd" ")" >&2; exit 1; fi
'
# shellcheck disable=SC2016
DATABASE='set -eu
'$COPY'server=$2 name=$3 into=$4 password=$7
file=/backups/$from/$server/$name.dump
if [ ! -f "$file" ]; then echo "the copy $from has no database $name of $server; it has: $(cd "/backups/$from/$server" && ls -1 ./*.dump | sed "s|^./||; s|[.]dump$||" | paste -sd" ")" >&2; exit 1; fi
export PGUSER=postgres PGHOST="$5" PGPORT="$6" PGPASSWORD="$(printenv "$password")"
owner=$(echo "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = :'"'name'"'" | psql --dbname=postgres --no-psqlrc -At --variable=name="$name")
createdb --template=template0 --owner="${owner:-postgres}" -- "$into"
if ! PGOPTIONS="-c maintenance_work_mem=256MB" pg_restore --exit-on-error --jobs=2 --dbname="$into" "$file"; then
  dropdb -- "$into"
  echo "nothing is left of the attempt; a role that is missing is made anew by the lines of /backups/$from/$server/globals.sql" >&2
  exit 1
fi
echo "$server: $name of $from is now the database $into, owned by ${owner:-postgres}"'
# shellcheck disable=SC2016
LIST='cd /backups; for copy in 2*; do [ -d "$copy" ] && echo "$copy  $(du -sh "$copy" | cut -f1)"; done; true'

job=''
forget_job() {
  [ -z "$job" ] || kube delete job "$job" --ignore-not-found --wait=false >/dev/null
  job=''
}
trap forget_job EXIT

outcome() { # pods of the job that did it, and that failed
  kube get job "$job" --output=go-template='{{or .status.succeeded 0}} {{or .status.failed 0}}'
}

in_backup_pod() { # in_backup_pod CRONJOB ARG...: a Job like its next one, with other arguments; its words are ours
  local cronjob=$1 began=$SECONDS phase='0 0' heard=''
  shift
  kube get cronjob "$cronjob" >/dev/null 2>&1 || fail "there is no CronJob $cronjob in the namespace $namespace" \
    'Backups are on by default: helm get values shows akko-init.backup'
  job=akko-restore-$(date -u +%H%M%S)-$$
  kube create job "$job" --from="cronjob/$cronjob" --dry-run=client --output=json |
    kubectl patch --local --filename=- --type=json --output=json --patch \
      "[{\"op\":\"replace\",\"path\":\"/spec/template/spec/containers/0/args\",\"value\":$(json_list "$@")},{\"op\":\"replace\",\"path\":\"/spec/backoffLimit\",\"value\":0}]" |
    kube create --filename=- >/dev/null
  # Its words as it says them: they fail to come while it waits for what it needs.
  until [ -n "$heard" ] || [ "$phase" != '0 0' ]; do
    if kube logs --follow "job/$job" --container=main 2>/dev/null; then heard=yes; else sleep 1; fi
    phase=$(outcome)
  done
  [ -n "$heard" ] || kube logs "job/$job" --container=main --tail=-1 2>/dev/null || true
  while [ "$phase" = '0 0' ]; do sleep 1; phase=$(outcome); done
  forget_job
  [ "${phase% *}" != 0 ] || fail "${words[*]}: failed after $((SECONDS - began)) s" 'The words above say why; it may be run again as often as you like'
}

began=$SECONDS
case ${words[0]} in
  list)
    echo 'databases:'
    in_backup_pod akko-backup-postgres "$LIST"
    echo 'storage:'
    in_backup_pod akko-backup-storage list-copies /backups
    exit ;;
  database)
    in_backup_pod akko-backup-postgres "$DATABASE" restore "$from" "${words[1]}" "${words[2]}" "${into:-${words[2]}_restored}" "$host" "$port" "$password" ;;
  storage)
    in_backup_pod akko-backup-storage restore-storage /backups ${from:+"--from=$from"} -- "${words[@]:1}" ;;
esac
printf 'restored in %s s\n' "$((SECONDS - began))"

#!/bin/bash
# Starts PostgreSQL; on an empty PGDATA makes the cluster first.
# The first start works in `$PGDATA.new` and renames it at the end: a crash in the middle leaves nothing that looks finished, and the next start begins anew.
# Environment: PGDATA, POSTGRES_PASSWORD (first start), POSTGRES_INITDB_ARGS, AKKO_SERVER (whose roles and databases the first start makes).
set -Eeuo pipefail

SCRIPTS=/docker-entrypoint-initdb.d

fail() {
  printf '%s\n%s\n' "akko-postgres: $1" "  $2" >&2
  exit 1
}

main() {
  case ${1:-} in
    '' | -*) set -- postgres "$@" ;;
  esac
  [ "$1" = postgres ] || exec "$@"
  shift
  [ -s "$PGDATA/PG_VERSION" ] || first_start "$@"
  unset POSTGRES_PASSWORD POSTGRES_INITDB_ARGS
  exec postgres -D "$PGDATA" "$@"
}

first_start() {
  local new=$PGDATA.new
  [ -n "${POSTGRES_PASSWORD:-}" ] || fail 'POSTGRES_PASSWORD is empty' 'The first start needs a password for the superuser postgres.'
  if [ -e "$PGDATA" ]; then
    rmdir "$PGDATA" 2>/dev/null ||
      fail "$PGDATA holds files, but no cluster" 'Give PGDATA an empty or missing folder inside the volume, never the volume itself.'
  fi
  if ! { rm -rf "$new" && mkdir -p "$(dirname "$PGDATA")" && mkdir "$new" && rmdir "$new"; } 2>/dev/null; then
    fail "cannot write beside $PGDATA" 'Give PGDATA a folder inside the volume, never the volume itself, and the volume to group 26 (fsGroup).'
  fi

  local initdb_args=()
  read -ra initdb_args <<<"${POSTGRES_INITDB_ARGS:-}"
  initdb -D "$new" --username=postgres --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") \
    --auth-local=peer --auth-host=scram-sha-256 "${initdb_args[@]}"
  printf "\nlisten_addresses = '*'\n" >>"$new/postgresql.conf"
  printf '\nhost all all all scram-sha-256\n' >>"$new/pg_hba.conf"

  run_scripts "$new" "$@"
  sync -f "$new"
  mv -T "$new" "$PGDATA"
  sync -f "$(dirname "$PGDATA")"
}

# The server of the scripts has a socket of its own and no port: nobody takes it for the finished one.
run_scripts() {
  local data=$1 socket server
  shift
  socket=$(mktemp -d /var/run/postgresql/first.XXXXXX)
  postgres -D "$data" "$@" -c listen_addresses= -c port=5432 -c unix_socket_directories="$socket" &
  server=$!
  # shellcheck disable=SC2064 # the values of now
  trap "kill -INT $server 2>/dev/null; wait $server; exit 1" TERM INT ERR
  until pg_isready -q -h "$socket" -U postgres; do
    kill -0 "$server" 2>/dev/null || fail 'the server of the first start ended' 'Its words stand above.'
    sleep 0.1
  done
  local script
  for script in "$SCRIPTS"/*; do
    [ -f "$script" ] || continue
    echo "akko-postgres: $script"
    case $script in
      *.sql) psql -X -q -v ON_ERROR_STOP=1 -h "$socket" -U postgres -d postgres -f "$script" ;;
      *.sh) PGHOST=$socket PGUSER=postgres PGDATABASE=postgres sh "$script" ;;
      *) fail "$script is neither .sql nor .sh" 'Only those are run on the first start.' ;;
    esac
  done
  trap - TERM INT ERR
  kill -INT "$server"
  wait "$server"
  rm -rf "$socket"
}

main "$@"

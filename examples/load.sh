#!/bin/sh
# Loads the tables of an example as the home's administrator: sh examples/load.sh bank | hospital. What is there already stays.
set -eu
seed="$(cd "$(dirname "$0")/$1/seed" && pwd)"
${AKKO:-akko} sql <"$seed/0-schema.sql"
begun=
for file in "$seed"/[1-9]*.sql; do
  ${AKKO:-akko} sql <"$file" &
  begun="$begun $!"
done
for one in $begun; do wait "$one"; done

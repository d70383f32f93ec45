#!/usr/bin/env bash
# Takes the platform away and says exactly what stays: the data and the Secrets, unless --purge.
set -euo pipefail

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

purge=''
yes=''
dry_run=''

usage() {
  cat <<'TEXT'
uninstall.sh [options]

  --namespace NAME   default akko
  --release NAME     default akko
  --context NAME     of kubectl; default: the current one
  --purge            delete the data and the Secrets too; asks for the release's name
  --yes              do not ask
  --dry-run          print what would be done and what would stay

Without --purge, installing again finds its data and its passwords where they were.
TEXT
}

while [ $# -gt 0 ]; do
  case $1 in
    --namespace) namespace=$(value_of "$@"); shift 2 ;;
    --release) release=$(value_of "$@"); shift 2 ;;
    --context) context=$(value_of "$@"); shift 2 ;;
    --purge) purge=yes && shift ;;
    --yes) yes=yes && shift ;;
    --dry-run) dry_run=yes && shift ;;
    -h | --help) usage && exit 0 ;;
    *) misused "unknown argument $1" ;;
  esac
done
need helm 'Install helm 3.18 or newer: https://helm.sh/docs/intro/install/'
reach_cluster

# Secrets are written by the pre-install step for the namespace, not by helm for the release.
kept() { # kind/name of everything that holds data or passwords, as kubectl takes it back
  if kube get crd clusters.postgresql.cnpg.io >/dev/null 2>&1; then
    kube get clusters.postgresql.cnpg.io,imagecatalogs.postgresql.cnpg.io -l "$(of_release)" -o name
  fi
  kube get persistentvolumeclaims -l "$(of_release)" -o name
  kube get secrets -l app.kubernetes.io/part-of=akko -o name
}

uninstall=(helm uninstall "$release" --namespace "$namespace" --ignore-not-found --wait)
[ -z "$context" ] || uninstall+=(--kube-context "$context")

if [ -n "$dry_run" ]; then
  print_command "${uninstall[@]}"
  if [ -n "$purge" ]; then printf 'and then deleted:\n'; else printf 'kept:\n'; fi
  kept | sed 's|^|  |'
  exit 0
fi
if [ -n "$purge" ] && [ -z "$yes" ]; then
  [ -t 0 ] || fail '--purge deletes all data and has nobody to ask' 'Add --yes if that is meant'
  kept | sed 's|^|  |'
  read -rp "All of this will be deleted, with no way back. Type the release's name ($release): " answer
  [ "$answer" = "$release" ] || fail "that is not $release: nothing was done" 'Without --purge the data stays'
fi
"${uninstall[@]}"
# The hub starts people's notebooks by itself; helm does not know them.
kube delete pods -l "$(of_release),akko.io/component=notebook" --ignore-not-found >/dev/null

mapfile -t left < <(kept)
if [ ${#left[@]} -eq 0 ]; then
  printf 'Nothing of it is left in the namespace %s.\n' "$namespace"
elif [ -n "$purge" ]; then
  kube delete --ignore-not-found "${left[@]}"
  printf 'Deleted: %s objects with data and passwords. The namespace %s itself stays.\n' "${#left[@]}" "$namespace"
else
  printf 'Kept, for the next installation (uninstall.sh --purge deletes it):\n'
  printf '  %s\n' "${left[@]}"
fi

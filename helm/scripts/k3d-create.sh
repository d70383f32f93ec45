#!/usr/bin/env bash
# Makes a local k3d cluster with what the chart expects: k3s' own Traefik as the ingress controller, ports 80 and 443 of this machine.
set -euo pipefail

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

name=akko
agents=0
http=80
https=443
k3s=rancher/k3s:v1.34.1-k3s1
dry_run=''

usage() {
  cat <<TEXT
k3d-create.sh [options]

  --name NAME       name of the cluster (default $name)
  --agents N        worker nodes beside the server (default $agents)
  --http PORT       port of this machine for HTTP (default $http)
  --https PORT      port of this machine for HTTPS (default $https)
  --k3s-image REF   k3s to run (default $k3s; Kubernetes 1.30 or newer)
  --dry-run         print the command and do nothing

Then:  helm/scripts/deploy.sh --context k3d-$name
TEXT
}

number() { # number OPTION VALUE LEAST MOST
  [[ $2 =~ ^[0-9]{1,5}$ ]] && [ "$((10#$2))" -ge "$3" ] && [ "$((10#$2))" -le "$4" ] || misused "$1 wants a number from $3 to $4, not $2"
}

while [ $# -gt 0 ]; do
  case $1 in
    --name) name=$(value_of "$@"); shift 2 ;;
    --agents) agents=$(value_of "$@"); shift 2 ;;
    --http) http=$(value_of "$@"); shift 2 ;;
    --https) https=$(value_of "$@"); shift 2 ;;
    --k3s-image) k3s=$(value_of "$@"); shift 2 ;;
    --dry-run) dry_run=yes && shift ;;
    -h | --help) usage && exit 0 ;;
    *) misused "unknown argument $1" ;;
  esac
done
[[ $name =~ ^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$ ]] || misused "--name wants lower-case letters, digits and dashes, at most 32, not $name"
number --agents "$agents" 0 20
number --http "$http" 1 65535
number --https "$https" 1 65535
[ "$((10#$http))" -ne "$((10#$https))" ] || misused '--http and --https are the same port'

command=(k3d cluster create "$name" --image "$k3s" --servers 1 --agents "$agents"
  --port "$http:80@loadbalancer" --port "$https:443@loadbalancer" --wait --timeout 5m)

if [ -n "$dry_run" ]; then
  print_command "${command[@]}"
  exit 0
fi
need docker 'k3d runs nodes as containers: install Docker, or use a cluster that is there (deploy.sh --context NAME)'
docker info >/dev/null 2>&1 || fail 'docker does not answer' 'Start it, and see that you may use it: docker info'
need k3d 'Install k3d 5.8 or newer: https://k3d.io'
need kubectl 'Install kubectl: https://kubernetes.io/docs/tasks/tools/'
! k3d cluster get "$name" >/dev/null 2>&1 || fail "there is a cluster $name already" "Use it (deploy.sh --context k3d-$name), choose another --name, or: k3d cluster delete $name"
"${command[@]}"

# k3s installs Traefik by a job of its own; the chart asks for its API before it renders.
printf 'waiting for Traefik\n'
until kubectl --context "k3d-$name" get crd middlewares.traefik.io >/dev/null 2>&1; do
  [ "$SECONDS" -lt 300 ] || fail 'Traefik has not come up in 5 minutes' "kubectl --context k3d-$name -n kube-system get pods"
  sleep 2
done
printf 'The cluster stands after %s s. Next: helm/scripts/deploy.sh --context k3d-%s --load-images\n' "$SECONDS" "$name"

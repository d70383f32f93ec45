#!/usr/bin/env bash
# Brings the platform up, or up to date, in one phase: `helm upgrade --install`, then waits for each workload and says where things are.
set -euo pipefail

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CHART=$SCRIPTS/../akko

profile=core
domain=''
timeout=900
values=()
load=''
wait=yes
dry_run=''

usage() {
  cat <<'TEXT'
deploy.sh [options] [-- arguments for helm]

  --profile NAME     core (default), full (core and full) or governance (core and governance)
  --domain NAME      domain of every host (default: the chart's, akko.local)
  --values FILE      a values file, again for more; a name like `production` means helm/akko/values-production.yaml
  --namespace NAME   default akko; made when missing
  --release NAME     default akko
  --context NAME     of kubectl; default: the current one
  --load-images      give the own images of this machine's Docker to a kind or k3d cluster first
  --timeout SECONDS  for everything to be ready (default 900)
  --no-wait          do not wait
  --dry-run          print the helm command and do nothing

Examples:  deploy.sh --context kind-akko --load-images --values dev
           deploy.sh --profile full --domain lake.example.org --values production -- --set akko-ollama.enabled=false
TEXT
}

while [ $# -gt 0 ]; do
  case $1 in
    --profile) profile=$(value_of "$@"); shift 2 ;;
    --domain) domain=$(value_of "$@"); shift 2 ;;
    --values) file=$(value_of "$@"); values+=("$file"); shift 2 ;;
    --namespace) namespace=$(value_of "$@"); shift 2 ;;
    --release) release=$(value_of "$@"); shift 2 ;;
    --context) context=$(value_of "$@"); shift 2 ;;
    --timeout) timeout=$(value_of "$@"); shift 2 ;;
    --load-images) load=yes && shift ;;
    --no-wait) wait='' && shift ;;
    --dry-run) dry_run=yes && shift ;;
    -h | --help) usage && exit 0 ;;
    --) shift && break ;;
    *) misused "unknown argument $1" ;;
  esac
done
[[ $timeout =~ ^[1-9][0-9]{0,5}$ ]] || misused "--timeout wants seconds, not $timeout"

arguments=(--namespace "$namespace")
[ -z "$context" ] || arguments+=(--kube-context "$context")
for file in ${values[@]+"${values[@]}"}; do
  [ -f "$file" ] || [[ $file == */* ]] || file=$CHART/values-$file.yaml
  [ -f "$file" ] || fail "there is no values file $file" "Of this chart: $(cd "$CHART" && printf '%s ' values-*.yaml)"
  arguments+=(--values "$file")
done
case $profile in
  core) ;;
  full | governance) arguments+=(--set "tags.$profile=true") ;;
  aden-standalone) fail 'the profile aden-standalone holds nothing yet' 'ADEN is not part of AKKO yet; use --profile full' 64 ;;
  *) misused "--profile is core, full or governance, not $profile" ;;
esac
[ -z "$domain" ] || arguments+=(--set-string "global.domain=$domain")
arguments+=("$@")
upgrade=(helm upgrade --install "$release" "$CHART" --create-namespace --timeout "${timeout}s" "${arguments[@]}")

if [ -n "$dry_run" ]; then
  print_command "${upgrade[@]}"
  exit 0
fi
need helm 'Install helm 3.18 or newer: https://helm.sh/docs/intro/install/'
reach_cluster

load_images() {
  local cluster kind images image
  cluster=${context:-$(kubectl config current-context)}
  kind=${cluster%%-*}
  case $kind in
    kind | k3d) need "$kind" "The context $cluster is one of $kind, which gives it images" ;;
    *) fail "the context $cluster is neither of kind nor of k3d" 'Push the images to a registry (build-images.sh --push) and name it: -- --set global.image.registry=HOST' ;;
  esac
  need docker 'Images are taken from Docker of this machine'
  images=$(helm template "$release" "$CHART" --set global.checkPrerequisites=false "${arguments[@]}" | sed -nE 's/^ *image: *"?(akko-[a-z-]+:[^" ]+).*/\1/p' | sort -u)
  for image in $images; do
    docker image inspect "$image" >/dev/null 2>&1 || fail "Docker of this machine has no image $image" "helm/scripts/build-images.sh ${image%%:*}"
    case $kind in
      kind) kind load docker-image "$image" --name "${cluster#kind-}" ;;
      k3d) k3d image import "$image" --cluster "${cluster#k3d-}" ;;
    esac
  done
}

# One line per workload: kind/name, how many are ready (-1: its controller has not looked yet), how many are wanted. Numbers are compared
# outside the template, where a missing one is of another type than one that is there.
workloads() {
  kube get deployments,statefulsets,daemonsets,jobs -l "$(of_release)" -o go-template='{{range .items}}{{.kind}}/{{.metadata.name}} {{
    if eq .kind "Job"}}0 0 {{or .status.succeeded 0}} {{or .status.succeeded 0}} {{or .spec.completions 1}}{{
    else}}{{.metadata.generation}} {{or .status.observedGeneration 0}} {{
    if eq .kind "DaemonSet"}}{{or .status.updatedNumberScheduled 0}} {{or .status.numberReady 0}} {{or .status.desiredNumberScheduled 0}}{{
    else}}{{or .status.updatedReplicas 0}} {{or .status.readyReplicas 0}} {{.spec.replicas}}{{end}}{{end}}{{"\n"}}{{end}}' |
    awk 'NF { ready = $4 < $5 ? $4 : $5; print $1, ($2 != $3 ? -1 : ready), $6 }'
  if kube get crd clusters.postgresql.cnpg.io >/dev/null 2>&1; then
    kube get clusters.postgresql.cnpg.io -l "$(of_release)" \
      -o go-template='{{range .items}}Cluster/{{.metadata.name}} {{or .status.readyInstances 0}} {{.spec.instances}}{{"\n"}}{{end}}'
  fi
}

wait_ready() {
  local began=$SECONDS name ready wanted lines open total
  local -A said=()
  while :; do
    if ! lines=$(workloads); then
      lines='' # the API may be gone for a moment
    fi
    open='' total=0
    while read -r name ready wanted; do
      [ -n "$name" ] || continue
      total=$((total + 1))
      if [ "$ready" -lt "$wanted" ]; then
        open+="$name ($ready of $wanted) "
        unset "said[$name]"
      elif [ -z "${said[$name]:-}" ]; then
        printf '%5s s  %s\n' "$((SECONDS - began))" "$name"
        said[$name]=yes
      fi
    done <<<"$lines"
    [ "$total" -eq 0 ] || [ -n "$open" ] || break
    if [ $((SECONDS - began)) -ge "$timeout" ]; then
      fail "not ready after $timeout s: ${open:-nothing was found}" \
        "kubectl${context:+ --context $context} -n $namespace get pods; the logs of a container named wait say what a pod waits for"
    fi
    sleep 3
  done
  printf '%s workloads are ready\n' "$total"
}

print_urls() {
  local hosts secret='akko-identity-user-admin'
  hosts=$(kube get ingresses -l "$(of_release)" -o go-template='{{range .items}}{{range .spec.rules}}{{.host}}{{"\n"}}{{end}}{{end}}' 2>/dev/null || true)
  hosts+=$'\n'$(kube get httproutes.gateway.networking.k8s.io -l "$(of_release)" -o go-template='{{range .items}}{{range .spec.hostnames}}{{.}}{{"\n"}}{{end}}{{end}}' 2>/dev/null || true)
  if [[ $hosts =~ [a-z] ]]; then
    printf '\nWhere things are (these names must lead to the ingress controller):\n'
    awk 'NF' <<<"$hosts" | sort -u | sed 's|^|  https://|'
  else
    printf '\nNo host is published: neither an Ingress nor an HTTPRoute belongs to the release.\n'
  fi
  if kube get secret "$secret" >/dev/null 2>&1; then
    printf '\nSign in as admin. Its first password:\n  kubectl%s -n %s get secret %s -o go-template='\''{{.data.value | base64decode}}{{"\\n"}}'\''\n' \
      "${context:+ --context $context}" "$namespace" "$secret"
  fi
}

began=$SECONDS
[ -z "$load" ] || load_images
"${upgrade[@]}" >/dev/null
printf 'helm has handed everything over after %s s\n' "$((SECONDS - began))"
[ -z "$wait" ] || wait_ready
print_urls

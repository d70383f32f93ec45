"""Authlib logs in as Superset's Flask-AppBuilder does: discovery, code, token, ID token verified against the JWKS, userinfo."""
import json
import os
import re
import sys
from html import unescape
from urllib.parse import parse_qs, urljoin, urlparse

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt

client_id, client_secret, redirect = sys.argv[1:4]
ca = os.environ["AKKO_CA_FILE"]
issuer = os.environ["AKKO_OIDC_ISSUER"]
metadata = requests.get(f"{issuer}/.well-known/openid-configuration", verify=ca).json()
session = OAuth2Session(client_id, client_secret, scope="openid profile email", redirect_uri=redirect, token_endpoint_auth_method="client_secret_basic")
session.verify = ca
url, state = session.create_authorization_url(metadata["authorization_endpoint"], nonce="n-1", code_verifier=None)

browser = requests.Session()
browser.verify = ca
answer = browser.get(url, allow_redirects=False)
for _ in range(20):
    location = answer.headers.get("location")
    if location:
        url = urljoin(url, location)
        if url.startswith(redirect):
            break
        answer = browser.get(url, allow_redirects=False)
        continue
    form = re.search(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', answer.text, re.S)
    fields = {m.group(1): "" for m in re.finditer(r'<input[^>]*name="([^"]*)"', form.group(2))}
    for m in re.finditer(r"<input[^>]*>", form.group(2)):
        name, value = re.search(r'name="([^"]*)"', m.group(0)), re.search(r'value="([^"]*)"', m.group(0))
        if name and value:
            fields[name.group(1)] = unescape(value.group(1))
    fields.update(username="engineer@demo", password="engineer-demo")
    url = urljoin(url, unescape(form.group(1)))
    origin = "{0.scheme}://{0.netloc}".format(urlparse(url))
    answer = browser.post(url, data=fields, allow_redirects=False, headers={"Origin": origin})

token = session.fetch_token(metadata["token_endpoint"], authorization_response=url)
assert parse_qs(urlparse(url).query)["state"] == [state]
keys = JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"], verify=ca).json())
claims = jwt.decode(token["id_token"], keys)
claims.validate()
userinfo = session.get(metadata["userinfo_endpoint"], verify=ca).json()
assert userinfo["sub"] == claims["sub"]
print(json.dumps({"user": claims["preferred_username"], "roles": userinfo["realm_access"]["roles"]}))

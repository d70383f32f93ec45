"""A slow upload of a foreign client: PUT of SECONDS pieces, one a second, on one connection; then what was stored is read and compared.

    slow_upload.py SECONDS
"""
import http.client
import os
import sys
import time
from urllib.parse import urlsplit

import boto3

BUCKET, KEY = "akko-shared", f"slow-upload/{os.getpid()}"
seconds = int(sys.argv[1])
piece = os.urandom(64 * 1024)
client = boto3.client("s3")
url = urlsplit(client.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": KEY}))

connection = http.client.HTTPConnection(url.netloc, timeout=60)
connection.putrequest("PUT", f"{url.path}?{url.query}")
connection.putheader("Content-Length", str(seconds * len(piece)))
connection.endheaders()
for _ in range(seconds):
    connection.send(piece)
    print("sent", flush=True)
    time.sleep(1)
answer = connection.getresponse()
answer.read()
if answer.status != 200:
    sys.exit(f"PUT answers {answer.status}")
stored = client.get_object(Bucket=BUCKET, Key=KEY)["Body"].read()
if stored != piece * seconds:
    sys.exit(f"{len(stored)} bytes are stored, and not those that were sent")

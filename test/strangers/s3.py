"""boto3 against the platform's object storage, configured by `akko env` alone."""
import io
import json
import sys
from datetime import datetime, timedelta, timezone
from unittest import mock

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

action, bucket = sys.argv[1:3]
s3 = boto3.client("s3")


def code(call):
    try:
        call()
        return None
    except ClientError as error:
        return error.response["Error"]["Code"]


if action == "roundtrip":
    prefix = "boto3"
    body = b"hello" * 1000
    s3.put_object(Bucket=bucket, Key=f"{prefix}/a b+c.txt", Body=body, Metadata={"owner": "me"}, ContentType="text/plain")
    got = s3.get_object(Bucket=bucket, Key=f"{prefix}/a b+c.txt")
    same = got["Body"].read() == body and got["Metadata"] == {"owner": "me"} and got["ContentType"] == "text/plain"
    part = s3.get_object(Bucket=bucket, Key=f"{prefix}/a b+c.txt", Range="bytes=1-3")["Body"].read().decode()
    s3.copy_object(Bucket=bucket, Key=f"{prefix}/copy", CopySource={"Bucket": bucket, "Key": f"{prefix}/a b+c.txt"})
    copied = s3.get_object(Bucket=bucket, Key=f"{prefix}/copy")["Body"].read() == body
    large = bytes(range(256)) * 4096 * 12
    s3.upload_fileobj(io.BytesIO(large), bucket, f"{prefix}/large")
    multipart = s3.get_object(Bucket=bucket, Key=f"{prefix}/large")["Body"].read() == large
    keys = sum(len(page.get("Contents", [])) for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/", PaginationConfig={"PageSize": 1}))
    condition = code(lambda: s3.put_object(Bucket=bucket, Key=f"{prefix}/copy", Body=b"x", IfNoneMatch="*"))
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": f"{prefix}/copy"}, {"Key": f"{prefix}/large"}, {"Key": f"{prefix}/a b+c.txt"}]})
    deleted = s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/")["KeyCount"] == 0
    print(json.dumps({"bytes": same, "range": part, "copy": copied, "keys": keys, "multipart": multipart, "condition": condition, "deleted": deleted}))
elif action == "refusals":
    anonymous = boto3.client("s3", config=Config(signature_version=UNSIGNED))
    unknown = boto3.client("s3", aws_access_key_id="AKIAUNKNOWNUNKNOWN00", aws_secret_access_key="x" * 40)
    wrong = boto3.client("s3", aws_secret_access_key="x" * 40, aws_access_key_id=s3._request_signer._credentials.access_key)

    def skewed():
        import botocore.auth

        past = datetime.now(timezone.utc) - timedelta(hours=1)
        with mock.patch("botocore.auth.get_current_datetime", lambda *a, **k: past.replace(tzinfo=None), create=True):
            boto3.client("s3").list_objects_v2(Bucket=bucket)

    s3.put_object(Bucket=bucket, Key="../../etc/passwd", Body=b"only a name")
    dots = s3.get_object(Bucket=bucket, Key="../../etc/passwd")["Body"].read()
    s3.delete_object(Bucket=bucket, Key="../../etc/passwd")
    print(
        json.dumps(
            {
                "anonymous": code(lambda: anonymous.list_objects_v2(Bucket=bucket)),
                "unknown_key": code(lambda: unknown.list_objects_v2(Bucket=bucket)),
                "wrong_secret": code(lambda: wrong.list_objects_v2(Bucket=bucket)),
                "expired_clock": code(skewed),
                "other_bucket": code(lambda: boto3.client("s3").list_objects_v2(Bucket="akko-nowhere-of-mine")),
                "warehouse": code(lambda: s3.list_objects_v2(Bucket="akko-iceberg")),
                "dots": "kept as a name" if dots == b"only a name" else "lost",
            }
        )
    )

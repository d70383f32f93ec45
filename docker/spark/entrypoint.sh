#!/bin/bash
# akko-spark master | worker URL | connect URL | any other program.
# Environment: SPARK_RPC_AUTHENTICATION_SECRET (all three), SPARK_CONNECT_TOKEN (connect), AKKO_S3_* and, for Iceberg, AKKO_CATALOG_URL, AKKO_CATALOG_CREDENTIAL.
set -euo pipefail

need() {
  local name
  for name; do
    [ -n "${!name:-}" ] || { printf 'akko-spark: %s is empty\n  The chart sets it; see docs/guide/images.md.\n' "$name" >&2; exit 1; }
  done
}

# Secrets reach Spark by a file that only its user can read: arguments and the page of settings would show them.
settings() {
  need SPARK_RPC_AUTHENTICATION_SECRET
  mkdir -p "$SPARK_CONF_DIR"
  umask 077
  cat >"$SPARK_CONF_DIR/spark-defaults.conf" <<TEXT
spark.authenticate true
spark.authenticate.secret $SPARK_RPC_AUTHENTICATION_SECRET
spark.network.crypto.enabled true
spark.redaction.regex (?i)secret|password|token|credential|access[.]key
spark.local.dir /opt/spark/work
TEXT
  if [ -n "${AKKO_S3_ENDPOINT:-}" ]; then
    cat >>"$SPARK_CONF_DIR/spark-defaults.conf" <<TEXT
spark.hadoop.fs.s3a.endpoint $AKKO_S3_ENDPOINT
spark.hadoop.fs.s3a.endpoint.region ${AKKO_S3_REGION:-us-east-1}
spark.hadoop.fs.s3a.path.style.access true
spark.hadoop.fs.s3a.access.key ${AKKO_S3_ACCESS_KEY:-}
spark.hadoop.fs.s3a.secret.key ${AKKO_S3_SECRET_KEY:-}
TEXT
  fi
  if [ -n "${AKKO_CATALOG_URL:-}" ]; then
    need AKKO_CATALOG_CREDENTIAL AKKO_S3_ENDPOINT AKKO_S3_ACCESS_KEY AKKO_S3_SECRET_KEY
    cat >>"$SPARK_CONF_DIR/spark-defaults.conf" <<TEXT
spark.sql.extensions org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions
spark.sql.defaultCatalog iceberg
spark.sql.catalog.iceberg org.apache.iceberg.spark.SparkCatalog
spark.sql.catalog.iceberg.type rest
spark.sql.catalog.iceberg.uri $AKKO_CATALOG_URL
spark.sql.catalog.iceberg.warehouse ${AKKO_WAREHOUSE:-akko-warehouse}
spark.sql.catalog.iceberg.credential $AKKO_CATALOG_CREDENTIAL
spark.sql.catalog.iceberg.scope PRINCIPAL_ROLE:ALL
spark.sql.catalog.iceberg.io-impl org.apache.iceberg.aws.s3.S3FileIO
spark.sql.catalog.iceberg.s3.endpoint $AKKO_S3_ENDPOINT
spark.sql.catalog.iceberg.s3.path-style-access true
spark.sql.catalog.iceberg.s3.access-key-id $AKKO_S3_ACCESS_KEY
spark.sql.catalog.iceberg.s3.secret-access-key $AKKO_S3_SECRET_KEY
spark.sql.catalog.iceberg.client.region ${AKKO_S3_REGION:-us-east-1}
TEXT
  fi
}

case ${1:-} in
  master)
    settings
    exec spark-class org.apache.spark.deploy.master.Master --host "${SPARK_MASTER_HOST:-0.0.0.0}" --port 7077 --webui-port 8080
    ;;
  worker)
    settings
    exec spark-class org.apache.spark.deploy.worker.Worker --webui-port 8081 --work-dir /opt/spark/work "${2:?the URL of the master}"
    ;;
  connect)
    settings
    need SPARK_CONNECT_TOKEN
    exec spark-submit --master "${2:?the URL of the master}" --name 'Spark Connect' \
      --conf spark.connect.grpc.interceptor.classes=org.akko.spark.ConnectToken \
      --class org.apache.spark.sql.connect.service.SparkConnectServer spark-internal
    ;;
  '')
    printf 'akko-spark: nothing to start\n  Say master, worker URL, connect URL or a program.\n' >&2
    exit 2
    ;;
  *) exec "$@" ;;
esac

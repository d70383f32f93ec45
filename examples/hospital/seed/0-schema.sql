CREATE SCHEMA IF NOT EXISTS iceberg.healthcare

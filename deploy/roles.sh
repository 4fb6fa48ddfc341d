#!/bin/sh
# Runs once, when the PostgreSQL container makes its database: the role that owns the tables and the one that works.
set -eu
psql --username "${POSTGRES_USER:-postgres}" --set ON_ERROR_STOP=1 \
    --set owner="$FIRSTREAD_OWNER_PASSWORD" --set app="$FIRSTREAD_APP_PASSWORD" <<'SQL'
SET password_encryption = 'scram-sha-256';
CREATE ROLE firstread_owner LOGIN PASSWORD :'owner';
CREATE ROLE firstread_app LOGIN PASSWORD :'app';
CREATE DATABASE firstread OWNER firstread_owner;
REVOKE ALL ON DATABASE firstread FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE firstread TO firstread_app;
SQL

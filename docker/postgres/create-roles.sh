#!/bin/sh
# Run once by the PostgreSQL image on an empty volume: the roles of promptguard/core/embedded.py, with passwords.
set -eu
export SECRETS="${SECRETS:-/run/secrets}"

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\set owner_password `cat "$SECRETS/database_owner_password"`
\set app_password `cat "$SECRETS/database_app_password"`
\set sequencer_password `cat "$SECRETS/database_sequencer_password"`
CREATE ROLE promptguard_owner LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE promptguard_app LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'app_password';
CREATE ROLE promptguard_sequencer LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'sequencer_password';
CREATE ROLE promptguard_retention NOLOGIN NOSUPERUSER NOBYPASSRLS;
CREATE ROLE promptguard_auditor NOLOGIN NOSUPERUSER NOBYPASSRLS;
CREATE DATABASE promptguard OWNER promptguard_owner;
REVOKE CONNECT ON DATABASE promptguard FROM PUBLIC;
GRANT CONNECT ON DATABASE promptguard
    TO promptguard_app, promptguard_sequencer, promptguard_retention, promptguard_auditor;
SQL

-- The schemas of a build, and the tables that the loader fills.
CREATE SCHEMA raw;   -- every snapshot as published, all text
CREATE SCHEMA stg;   -- typed, one to one with raw, and each dataset's observations
CREATE SCHEMA core;  -- all datasets together: observations, places, measures
CREATE SCHEMA mart;  -- what tests of claims read
CREATE SCHEMA meta;  -- where everything came from and which checks it passed

CREATE TABLE meta.dataset (
    dataset VARCHAR PRIMARY KEY,
    title VARCHAR NOT NULL,
    publisher VARCHAR NOT NULL,
    publisher_url VARCHAR NOT NULL,
    "table" VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    licence VARCHAR NOT NULL,
    licence_url VARCHAR NOT NULL,
    description VARCHAR NOT NULL,
    evidence VARCHAR NOT NULL,
    revision VARCHAR NOT NULL,
    grain VARCHAR NOT NULL
);

CREATE TABLE meta.snapshot (
    snapshot_id VARCHAR PRIMARY KEY,
    dataset VARCHAR NOT NULL,
    vintage DATE NOT NULL,
    vintage_basis VARCHAR NOT NULL,
    published DATE NOT NULL,
    retrieved DATE NOT NULL,
    source_url VARCHAR NOT NULL,
    origin VARCHAR NOT NULL,
    covers_start DATE,
    covers_end DATE,
    file VARCHAR NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 VARCHAR NOT NULL,
    rows BIGINT NOT NULL
);

CREATE TABLE meta.check_result (
    suite VARCHAR NOT NULL,
    check_id VARCHAR NOT NULL,
    severity VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    observed VARCHAR,
    n_offending BIGINT,
    offending VARCHAR
);

CREATE TABLE meta.build (
    build_id VARCHAR PRIMARY KEY,
    format INTEGER NOT NULL,
    duckdb_version VARCHAR NOT NULL
);

-- What the datasets' own staging gives, united by the transform step; core and mart use these up.
CREATE TABLE core.staged_observation (
    snapshot_id VARCHAR,
    measure VARCHAR,
    definition VARCHAR,
    place VARCHAR,
    period_start DATE,
    period_end DATE,
    value DOUBLE,
    status VARCHAR,
    source_row INTEGER,
    n_rows INTEGER,
    note VARCHAR
);

CREATE TABLE mart.staged_daily (
    snapshot_id VARCHAR, measure VARCHAR, definition VARCHAR, place VARCHAR, day DATE, n BIGINT
);

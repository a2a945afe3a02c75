-- Every fact as it is, once per position. Repeated inserts are the same row: ReplacingMergeTree
-- keeps one, and the view `log` never shows two. `unreadable` says why the message cannot be read;
-- what unfolds a message asks for an empty one. All rows of one insert share `archived_at`.
CREATE TABLE IF NOT EXISTS log_rows
(
    topic LowCardinality(String),
    partition UInt16,
    `offset` UInt64,
    at DateTime64(3, 'UTC'),
    key Nullable(String),
    value Nullable(String) CODEC(ZSTD(1)),
    unreadable LowCardinality(String),
    archived_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, `offset`);

-- One row a ballot, at its place in the log: frame (partition, offset), then item.
CREATE TABLE IF NOT EXISTS vote_rows
(
    round LowCardinality(String),
    unit LowCardinality(String),
    voter UInt64,
    choice Enum8('very_satisfied' = 0, 'satisfied' = 1, 'average' = 2, 'not_satisfied' = 3, 'not_applicable' = 4),
    received_at DateTime64(3, 'UTC') CODEC(Delta, LZ4),
    created_at DateTime64(3, 'UTC') CODEC(Delta, LZ4),
    source LowCardinality(String),
    partition UInt16,
    `offset` UInt64 CODEC(Delta, LZ4),
    item UInt32
)
ENGINE = ReplacingMergeTree
ORDER BY (partition, `offset`, item);

-- A frame is `{"type":"ballots_cast","at":ms,"b":[[round,unit,voter,choice,created_at,source],...]}`.
CREATE MATERIALIZED VIEW IF NOT EXISTS vote_rows_unfold TO vote_rows AS
SELECT
    ballot.1 AS round,
    ballot.2 AS unit,
    ballot.3 AS voter,
    CAST(ballot.4, 'Enum8(\'very_satisfied\' = 0, \'satisfied\' = 1, \'average\' = 2, \'not_satisfied\' = 3, \'not_applicable\' = 4)') AS choice,
    received_at,
    fromUnixTimestamp64Milli(least(ballot.5, 35184372088831), 'UTC') AS created_at,
    ballot.6 AS source,
    partition,
    `offset`,
    toUInt32(number - 1) AS item
FROM
(
    SELECT
        partition,
        `offset`,
        fromUnixTimestamp64Milli(least(JSONExtractInt(ifNull(value, ''), 'at'), 35184372088831), 'UTC') AS received_at,
        JSONExtract(ifNull(value, ''), 'b', 'Array(Tuple(String, String, UInt64, UInt8, Int64, String))') AS ballots
    FROM log_rows
    WHERE topic = 'votes' AND unreadable = ''
)
ARRAY JOIN ballots AS ballot, arrayEnumerate(ballots) AS number
WHERE ballot.4 <= 4;

-- The latest ballot of each voter on each unit: by the ballot's own time, then by log order.
-- A voter's ballots are all in one partition, so its number does not order them.
CREATE TABLE IF NOT EXISTS current_rows
(
    round LowCardinality(String),
    unit LowCardinality(String),
    voter UInt64,
    choice Enum8('very_satisfied' = 0, 'satisfied' = 1, 'average' = 2, 'not_satisfied' = 3, 'not_applicable' = 4),
    received_at DateTime64(3, 'UTC'),
    source LowCardinality(String),
    partition UInt16,
    version UInt128
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (round, unit, voter);

CREATE MATERIALIZED VIEW IF NOT EXISTS current_rows_unfold TO current_rows AS
SELECT
    round,
    unit,
    voter,
    choice,
    received_at,
    source,
    partition,
    bitOr(
        bitShiftLeft(toUInt128(toUnixTimestamp64Milli(created_at)), 64),
        toUInt128(bitOr(bitShiftLeft(`offset`, 20), toUInt64(item)))
    ) AS version
FROM vote_rows;

-- Boards by name and number; two of the same number are the same.
CREATE TABLE IF NOT EXISTS board_versions
(
    board LowCardinality(String),
    seq UInt64,
    value String CODEC(ZSTD(1)),
    archived_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (board, seq);

-- Which messages could not be read, and why, once per source position.
CREATE TABLE IF NOT EXISTS dead_letter_rows
(
    topic LowCardinality(String),
    partition UInt16,
    `offset` UInt64,
    reason String,
    by LowCardinality(String),
    at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, `offset`);

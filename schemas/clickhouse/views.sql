-- What analysts read: every name is exact as it stands, without FINAL.

CREATE OR REPLACE VIEW log AS
SELECT topic, partition, `offset`, at, key, value, unreadable, archived_at
FROM log_rows FINAL;

CREATE OR REPLACE VIEW votes AS
SELECT round, unit, voter, choice, received_at, created_at, source, partition, `offset`, item
FROM vote_rows FINAL;

CREATE OR REPLACE VIEW votes_current AS
SELECT
    round,
    unit,
    voter,
    choice,
    received_at,
    fromUnixTimestamp64Milli(toInt64(bitShiftRight(version, 64)), 'UTC') AS created_at,
    source,
    partition,
    toUInt64(bitAnd(bitShiftRight(version, 20), 17592186044415)) AS `offset`,
    toUInt32(bitAnd(version, 1048575)) AS item
FROM current_rows FINAL;

CREATE OR REPLACE VIEW boards AS
SELECT
    board,
    seq,
    JSONExtractString(value, 'round') AS round,
    JSONExtractString(value, 'group') AS `group`,
    JSONExtractUInt(value, 'version') AS version,
    JSONExtractString(value, 'broadcast') AS broadcast,
    JSONExtractString(value, 'status') AS status,
    fromUnixTimestamp64Milli(JSONExtractInt(value, 'as_of'), 'UTC') AS as_of,
    JSONExtractString(value, 'formula', 'id') AS formula,
    JSONExtractUInt(value, 'formula', 'version') AS formula_version,
    JSONExtract(value, 'positions', 'Map(String, Map(String, UInt64))') AS positions,
    JSONExtractUInt(value, 'minimum_ballots') AS minimum_ballots,
    JSONExtractRaw(value, 'rows') AS rows,
    value AS message,
    archived_at
FROM board_versions FINAL;

-- One row per row of each board; scores and intervals are hundredths, as on the board.
CREATE OR REPLACE VIEW board_rows AS
SELECT
    board,
    seq,
    round,
    `group`,
    version,
    status,
    as_of,
    toUInt32(number) AS place,
    line.1 AS unit,
    line.2 AS slot,
    line.3 AS rank,
    line.4 AS rank_from,
    line.5 AS rank_to,
    line.6 AS score,
    if(empty(line.7), NULL, line.7[1]) AS low,
    if(empty(line.7), NULL, line.7[2]) AS high,
    if(empty(line.8), NULL, line.8['very_satisfied']) AS very_satisfied,
    if(empty(line.8), NULL, line.8['satisfied']) AS satisfied,
    if(empty(line.8), NULL, line.8['average']) AS average,
    if(empty(line.8), NULL, line.8['not_satisfied']) AS not_satisfied,
    if(empty(line.8), NULL, line.8['not_applicable']) AS not_applicable,
    line.9 AS rated,
    line.10 AS ballots,
    line.11 AS row_status,
    line.12 AS panels,
    line.13 AS marks,
    line.14 AS missing
FROM
(
    SELECT
        *,
        JSONExtract(rows, 'Array(Tuple(unit String, slot String, rank Nullable(UInt32), rank_from Nullable(UInt32), rank_to Nullable(UInt32), score Nullable(UInt32), interval Array(UInt32), counts Map(String, UInt64), rated UInt64, ballots UInt64, status String, panels Map(String, UInt32), marks UInt32, missing UInt32))') AS lines
    FROM boards
)
ARRAY JOIN lines AS line, arrayEnumerate(lines) AS number;

CREATE OR REPLACE VIEW dead_letters AS
SELECT topic, partition, `offset`, reason, by, at
FROM dead_letter_rows FINAL;

-- Broadcasts as loaded last, and what they define.
CREATE OR REPLACE VIEW broadcasts AS
SELECT
    broadcast,
    argMax(document, `offset`) AS document,
    min(at) AS loaded_at,
    max(at) AS changed_at
FROM
(
    SELECT
        `offset`,
        fromUnixTimestamp64Milli(JSONExtractInt(ifNull(value, ''), 'at'), 'UTC') AS at,
        JSONExtractRaw(ifNull(value, ''), 'broadcast') AS document,
        JSONExtractString(ifNull(value, ''), 'broadcast', 'id') AS broadcast
    FROM log
    WHERE topic = 'broadcasts' AND unreadable = '' AND JSONExtractString(ifNull(value, ''), 'type') = 'broadcast_loaded'
)
GROUP BY broadcast;

CREATE OR REPLACE VIEW units AS
SELECT
    broadcast,
    JSONExtractString(unit_json, 'id') AS unit,
    JSONExtractUInt(unit_json, 'number') AS number,
    JSONExtractString(unit_json, 'kind') AS kind,
    JSONExtractString(unit_json, 'name', 'zh') AS name_zh,
    JSONExtractString(unit_json, 'name', 'en') AS name_en
FROM broadcasts
ARRAY JOIN JSONExtractArrayRaw(document, 'units') AS unit_json;

CREATE OR REPLACE VIEW rounds AS
SELECT
    definitions.broadcast AS broadcast,
    definitions.round AS round,
    definitions.title_zh AS title_zh,
    definitions.title_en AS title_en,
    definitions.minimum_ballots AS minimum_ballots,
    turns.opened_at AS opened_at,
    turns.closed_at AS closed_at,
    turns.final_at AS final_at
FROM
(
    SELECT
        broadcast,
        JSONExtractString(round_json, 'id') AS round,
        JSONExtractString(round_json, 'title', 'zh') AS title_zh,
        JSONExtractString(round_json, 'title', 'en') AS title_en,
        JSONExtractUInt(round_json, 'minimum_ballots') AS minimum_ballots
    FROM broadcasts
    ARRAY JOIN JSONExtractArrayRaw(document, 'rounds') AS round_json
) AS definitions
LEFT JOIN
(
    SELECT
        round,
        minOrNullIf(at, type = 'round_opened') AS opened_at,
        maxOrNullIf(at, type = 'round_closed') AS closed_at,
        minOrNullIf(at, type = 'round_finalised') AS final_at
    FROM
    (
        SELECT
            JSONExtractString(ifNull(value, ''), 'type') AS type,
            JSONExtractString(ifNull(value, ''), 'round') AS round,
            fromUnixTimestamp64Milli(JSONExtractInt(ifNull(value, ''), 'at'), 'UTC') AS at
        FROM log
        WHERE topic = 'broadcasts' AND unreadable = ''
    )
    GROUP BY round
) AS turns ON turns.round = definitions.round;

-- One row a question, with what became of it; the facts themselves are in `log`.
CREATE OR REPLACE VIEW questions AS
SELECT
    question,
    any(broadcast) AS broadcast,
    argMax(replaceAll(type, 'question_', ''), place) AS last_event,
    minOrNullIf(at, type = 'question_asked') AS asked_at,
    argMinIf(JSONExtractString(body, 'text'), place, type = 'question_asked') AS text,
    argMinIf(JSONExtractString(body, 'unit'), place, type = 'question_asked') AS unit,
    argMinIf(JSONExtractUInt(body, 'asker'), place, type = 'question_asked') AS asker,
    argMinIf(JSONExtractString(body, 'source'), place, type = 'question_asked') AS source,
    argMaxIf(JSONExtractString(body, 'decision'), place, type = 'question_moderated') AS decision,
    argMaxIf(JSONExtractString(body, 'reason'), place, type = 'question_moderated') AS decision_reason,
    argMaxIf(JSONExtractString(body, 'into'), place, type = 'question_merged') AS merged_into,
    minOrNullIf(at, type = 'question_aired') AS aired_at,
    maxOrNullIf(at, type = 'question_answered') AS answered_at,
    argMaxIf(JSONExtractString(body, 'summary'), place, type = 'question_answered') AS answer,
    maxOrNullIf(at, type = 'promise_made') AS promised_at,
    argMaxIf(JSONExtractString(body, 'text'), place, type = 'promise_made') AS promise,
    fromUnixTimestamp64Milli(argMaxIf(JSONExtract(body, 'due_at', 'Nullable(Int64)'), place, type = 'promise_made'), 'UTC') AS due_at,
    argMaxIf(JSONExtractString(body, 'outcome'), place, type = 'promise_followed_up') AS outcome,
    argMaxIf(JSONExtractString(body, 'note'), place, type = 'promise_followed_up') AS outcome_note
FROM
(
    SELECT
        (partition, `offset`) AS place,
        ifNull(value, '') AS body,
        JSONExtractString(body, 'type') AS type,
        JSONExtractString(body, 'question') AS question,
        JSONExtractString(body, 'broadcast') AS broadcast,
        fromUnixTimestamp64Milli(JSONExtractInt(body, 'at'), 'UTC') AS at
    FROM log
    WHERE topic = 'questions' AND unreadable = ''
)
GROUP BY question;

-- The facts of the rundown that had effect; of two facts for one command (or deed of a device) the
-- first counts, and what a device confirmed before what it did not. A decision names in `after` the
-- one that it was judged by: of two that were judged by the same the first counts, and none that
-- was overtaken by a cut straight at the stage (`cut_to`) in its presentation.
CREATE OR REPLACE VIEW session_facts AS
SELECT place, body, type, command, broadcast, slot, device, at
FROM
(
    SELECT
        *,
        JSONExtract(body, 'after', 'Nullable(UInt64)') AS after,
        max(if(after IS NULL AND type = 'microphone_ordered', place.2 + 1, 0)) OVER (
            PARTITION BY broadcast, slot ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS cut_to
    FROM
    (
        SELECT
            (partition, `offset`) AS place,
            ifNull(value, '') AS body,
            JSONExtractString(body, 'type') AS type,
            JSONExtractString(body, 'id') AS command,
            JSONExtractString(body, 'broadcast') AS broadcast,
            JSONExtractString(body, 'slot') AS slot,
            JSONExtractString(body, 'device') AS device,
            fromUnixTimestamp64Milli(JSONExtractInt(body, 'at'), 'UTC') AS at
        FROM log
        WHERE topic = 'sessions' AND unreadable = '' AND type != 'session_command'
        ORDER BY JSONExtractRaw(body, 'confirmed_at') = 'null', place
        LIMIT 1 BY broadcast, command, device, if(device = '', '', type)
    )
)
WHERE type = 'command_refused' OR after IS NULL OR cut_to <= after
ORDER BY place
LIMIT 1 BY broadcast, if(type = 'command_refused' OR after IS NULL, tuple(place.2, 0), tuple(after, 1));

-- One row a slot that was started or skipped.
CREATE OR REPLACE VIEW presentations AS
SELECT
    broadcast,
    slot,
    argMaxIf(JSONExtractString(body, 'group'), place, type = 'presentation_started') AS `group`,
    argMaxIf(JSONExtractString(body, 'unit'), place, type = 'presentation_started') AS unit,
    minOrNullIf(fromUnixTimestamp64Milli(JSONExtractInt(body, 'started_at'), 'UTC'), type = 'presentation_started') AS started_at,
    fromUnixTimestamp64Milli(argMaxIf(JSONExtract(body, 'sent_at', 'Nullable(Int64)'), JSONExtractInt(body, 'planned_at'), type = 'warning_given'), 'UTC') AS warned_at,
    maxOrNullIf(at, type = 'presentation_finished') AS finished_at,
    maxOrNullIf(JSONExtractInt(body, 'allotted_ms'), type = 'presentation_started') AS allotted_ms,
    sumIf(JSONExtractInt(body, 'added_ms'), type = 'time_added') AS added_ms,
    countIf(type = 'presentation_paused') AS pauses,
    argMaxIf(JSONExtract(body, 'used_ms', 'Nullable(Int64)'), place, type = 'presentation_finished') AS used_ms,
    argMaxIf(JSONExtract(body, 'overtime_ms', 'Nullable(Int64)'), place, type = 'presentation_finished') AS overtime_ms,
    dateDiff('millisecond', started_at, finished_at) - used_ms - overtime_ms AS paused_ms,
    countIf(type = 'slot_skipped') > 0 AS skipped,
    argMaxIf(JSONExtractString(body, 'reason'), place, type = 'slot_skipped') AS skip_reason
FROM session_facts
WHERE type IN ('presentation_started', 'presentation_paused', 'time_added', 'warning_given', 'presentation_finished', 'slot_skipped')
GROUP BY broadcast, slot;

-- Warnings that the stage gave, and what each microphone was told and said back. Late is a warning
-- from when it was due until it was sent, a cut from the limit until it was confirmed.
CREATE OR REPLACE VIEW cues AS
SELECT
    broadcast,
    slot,
    command,
    transform(type, ['microphone_cut', 'microphone_opened'], ['cut', 'open'], 'warning') AS cue,
    device,
    fromUnixTimestamp64Milli(planned_ms, 'UTC') AS planned_at,
    fromUnixTimestamp64Milli(sent_ms, 'UTC') AS sent_at,
    fromUnixTimestamp64Milli(confirmed_ms, 'UTC') AS confirmed_at,
    multiIf(type = 'microphone_cut', confirmed_ms, type = 'warning_given', sent_ms, NULL) - planned_ms AS late_ms,
    attempts
FROM
(
    SELECT
        *,
        JSONExtract(body, 'planned_at', 'Nullable(Int64)') AS planned_ms,
        JSONExtract(body, 'sent_at', 'Nullable(Int64)') AS sent_ms,
        JSONExtract(body, 'confirmed_at', 'Nullable(Int64)') AS confirmed_ms,
        JSONExtract(body, 'attempts', 'Nullable(UInt32)') AS attempts
    FROM session_facts
    WHERE type IN ('microphone_cut', 'microphone_opened', 'warning_given')
);

-- Evaluators' marks, the latest of each on each slot before the group's close, or as corrected
-- after it; only of groups whose key is published: nothing else opens them, and until then they are
-- nowhere in the open.
CREATE OR REPLACE VIEW scores AS
SELECT
    broadcast,
    `group`,
    slot,
    evaluator,
    at,
    JSONExtract(opened, 'marks', 'Map(String, UInt32)') AS marks,
    JSONExtractBool(opened, 'submitted') AS submitted,
    JSONExtract(opened, 'recused', 'Nullable(String)') AS recused,
    correction
FROM
(
    SELECT
        sealed.broadcast AS broadcast,
        sealed.`group` AS `group`,
        sealed.slot AS slot,
        sealed.evaluator AS evaluator,
        sealed.at AS at,
        sealed.correction AS correction,
        ifNull(tryDecrypt('aes-256-gcm', tryBase64Decode(sealed.sealed),
            substring(concat(tryBase64Decode(turns.key), repeat('\0', 32)), 1, 32),
            substring(concat(tryBase64Decode(sealed.nonce), repeat('\0', 12)), 1, 12),
            concat(sealed.broadcast, '/', sealed.`group`, '/', sealed.slot, '/', sealed.evaluator)), '') AS opened
    FROM
    (
        SELECT
            (partition, `offset`) AS place,
            ifNull(value, '') AS body,
            fromUnixTimestamp64Milli(JSONExtractInt(body, 'at'), 'UTC') AS at,
            JSONExtractString(body, 'type') AS type,
            JSONExtractString(body, 'broadcast') AS broadcast,
            JSONExtractString(body, 'group') AS `group`,
            JSONExtractString(body, 'slot') AS slot,
            JSONExtractString(body, 'evaluator') AS evaluator,
            JSONExtractString(body, 'nonce') AS nonce,
            JSONExtractString(body, 'sealed') AS sealed,
            JSONExtractString(body, 'reason') AS correction
        FROM log
        WHERE topic = 'scores' AND unreadable = '' AND type IN ('marks_sealed', 'marks_corrected')
        ORDER BY place
        LIMIT 1 BY broadcast, `group`, nonce -- a copy counts where it stands first
    ) AS sealed
    INNER JOIN
    (
        SELECT
            JSONExtractString(ifNull(value, ''), 'broadcast') AS broadcast,
            JSONExtractString(ifNull(value, ''), 'group') AS `group`,
            minIf((partition, `offset`), JSONExtractString(ifNull(value, ''), 'type') = 'group_closed') AS closed,
            argMinIf(JSONExtractString(ifNull(value, ''), 'key'), (partition, `offset`), JSONExtractString(ifNull(value, ''), 'type') = 'key_published') AS key
        FROM log
        WHERE topic = 'scores' AND unreadable = ''
        GROUP BY broadcast, `group`
        HAVING countIf(JSONExtractString(ifNull(value, ''), 'type') = 'group_closed') > 0
            AND countIf(JSONExtractString(ifNull(value, ''), 'type') = 'key_published') > 0
    ) AS turns ON turns.broadcast = sealed.broadcast AND turns.`group` = sealed.`group`
    WHERE (sealed.type = 'marks_sealed' AND sealed.place < turns.closed)
        OR (sealed.type = 'marks_corrected' AND sealed.place > turns.closed)
    ORDER BY sealed.place DESC
    LIMIT 1 BY sealed.broadcast, sealed.`group`, sealed.slot, sealed.evaluator
)
WHERE opened != '';

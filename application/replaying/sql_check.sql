-- The events of an export that were known at an instant, and what follows from them by sets alone.
-- $files, $known_at, $valid_at, $left_out: accounts whose events cannot be read.
CREATE TEMP TABLE known AS
SELECT account, version, type, "at", header,
       header ->> '$.sanction' AS sanction,
       CAST(header ->> '$.until' AS TIMESTAMPTZ) AS until,
       CAST(header ->> '$.deadline' AS TIMESTAMPTZ) AS deadline
FROM (
    SELECT account, version, "at", split_part(topic, '.', 2) AS type, json_extract(decode(state), '$.event') AS header
    FROM read_parquet($files, hive_partitioning = false)
    WHERE ($known_at IS NULL OR recorded_at <= $known_at) AND NOT list_contains($left_out, account)
);

CREATE TEMP TABLE instant AS SELECT CAST($valid_at AS TIMESTAMPTZ) AS valid_at;

CREATE TEMP TABLE sanctions AS
WITH imposed AS (
    SELECT account, sanction, header, until,
           CAST(header ->> '$.from' AS TIMESTAMPTZ) AS starts,
           CASE type WHEN 'WarningIssued' THEN 'warning' WHEN 'RectificationOrdered' THEN 'rectification'
                     WHEN 'FunctionsRestricted' THEN 'restriction' ELSE 'ban' END AS kind
    FROM known
    WHERE "at" <= $valid_at
      AND type IN ('WarningIssued', 'RectificationOrdered', 'FunctionsRestricted', 'AccountBanned')
), terms AS (
    -- The newest terms hold. Null here means no end: the versions tell whether there are any.
    SELECT account, sanction, max(version) AS changed,
           arg_max(until, version) FILTER (until IS NOT NULL) AS until,
           arg_max(until IS NULL, version) AS endless
    FROM known WHERE "at" <= $valid_at AND type = 'SanctionChanged' GROUP BY ALL
), reach AS (
    SELECT account, sanction, arg_max(header -> '$.functions', version) AS functions
    FROM known WHERE "at" <= $valid_at AND type = 'SanctionChanged' AND (header -> '$.functions') IS NOT NULL GROUP BY ALL
), deadlines AS (
    SELECT account, sanction, arg_max(deadline, version) AS deadline
    FROM known
    WHERE "at" <= $valid_at AND deadline IS NOT NULL AND type IN ('RectificationExtended', 'RectificationRejected')
    GROUP BY ALL
), ended AS (
    SELECT DISTINCT account, sanction
    FROM known
    WHERE type = 'SanctionOverturned' OR ("at" <= $valid_at AND (
        type IN ('SanctionExpired', 'SanctionLifted', 'SanctionSuperseded', 'RectificationDefaulted')
        OR (type = 'RectificationAccepted' AND coalesce(header ->> '$.late', 'false') <> 'true')))
)
SELECT i.account, i.sanction, i.kind, i.starts,
       CASE WHEN i.kind = 'rectification' THEN coalesce(d.deadline, i.until)
            WHEN t.changed IS NULL THEN i.until WHEN t.endless THEN NULL ELSE t.until END AS ends,
       coalesce(r.functions, (i.header -> '$.functions')) AS functions,
       e.sanction IS NOT NULL AS over,
       (i.header -> '$.because_of') IS NOT NULL AS linked,
       coalesce(i.header ->> '$.withheld', 'false') = 'true' AS withheld
FROM imposed i
LEFT JOIN terms t USING (account, sanction)
LEFT JOIN reach r USING (account, sanction)
LEFT JOIN deadlines d USING (account, sanction)
LEFT JOIN ended e USING (account, sanction);

-- Accounts of which sets alone do not tell what fell due: an order defaulted and nobody recorded it, a sanction exists because
-- of another account's, an exemption may have kept a sanction from starting.
CREATE TEMP TABLE unjudged AS
SELECT DISTINCT account FROM sanctions
WHERE NOT over AND ((kind = 'rectification' AND ends <= $valid_at) OR linked)
UNION
SELECT DISTINCT s.account FROM sanctions s
JOIN known k ON k.account = s.account AND k.type = 'AccountExempted'
WHERE NOT s.over AND s.starts > k."at";

CREATE TEMP TABLE in_force AS
SELECT * FROM sanctions
WHERE NOT over AND NOT withheld AND starts <= $valid_at AND (ends IS NULL OR ends > $valid_at)
  AND account NOT IN (SELECT account FROM unjudged);

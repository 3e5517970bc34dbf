-- What is in force at :valid_at as known at :known_at (microseconds since 1970), of one account or (:account null) of all.
-- One question to the table of events, answered by sets and windows alone: nothing is folded, and no code of the library runs.
-- {micros:X} stands for the microseconds of the stored time X; periods are whole days here, anything else is an error.
WITH known AS (
    SELECT account, version,
           substr(topic, 19, instr(substr(topic, 19), '.v') - 1) AS type,
           json_extract(CAST(state AS TEXT), '$.event') AS e,
           {micros:json_extract(CAST(state AS TEXT), '$.event.at')} AS at
    FROM sanctions_events
    WHERE (:account IS NULL OR account = :account)
      AND {micros:json_extract(CAST(state AS TEXT), '$.recorded_at')} <= :known_at
),
void AS (  -- whatever the date of the overturning
    SELECT DISTINCT account, e ->> 'sanction' AS sanction FROM known WHERE type = 'SanctionOverturned'
),
heard AS (SELECT * FROM known WHERE at <= :valid_at),
imposed AS (
    SELECT h.account, h.version, h.at, h.e ->> 'sanction' AS sanction, h.type,
           {micros:h.e ->> 'from'} AS start, {micros:h.e ->> 'until'} AS until, h.e -> 'functions' AS functions,
           h.e -> 'on_default' AS on_default, coalesce(h.e ->> 'clock', 'acceptance_by_deadline') AS clock,
           coalesce(h.e ->> 'withheld', 0) AS withheld
    FROM heard h LEFT JOIN void ON void.account = h.account AND void.sanction = h.e ->> 'sanction'
    WHERE h.type IN ('WarningIssued', 'RectificationOrdered', 'FunctionsRestricted', 'AccountBanned') AND void.sanction IS NULL
),
words AS (  -- every word on the terms of a sanction, the last one first
    SELECT account, sanction, until, functions,
           row_number() OVER (PARTITION BY account, sanction ORDER BY version DESC) AS age
    FROM (
        SELECT account, version, sanction, until, functions FROM imposed
        UNION ALL
        SELECT account, version, e ->> 'sanction', {micros:e ->> 'until'}, e -> 'functions'
        FROM heard WHERE type = 'SanctionChanged'
        UNION ALL
        SELECT account, version, e ->> 'sanction', {micros:e ->> 'deadline'}, NULL
        FROM heard WHERE type IN ('RectificationExtended', 'RectificationRejected') AND e ->> 'deadline' IS NOT NULL
    )
),
reviews AS (  -- whether a submission is under review
    SELECT account, e ->> 'sanction' AS sanction, type = 'RectificationSubmitted' AS submitted,
           row_number() OVER (PARTITION BY account, e ->> 'sanction' ORDER BY version DESC) AS age
    FROM heard WHERE type IN ('RectificationSubmitted', 'RectificationRejected', 'RectificationAccepted')
),
ended AS (
    SELECT DISTINCT account, e ->> 'sanction' AS sanction FROM heard
    WHERE type IN ('SanctionExpired', 'SanctionLifted', 'SanctionSuperseded', 'RectificationDefaulted')
       OR (type = 'RectificationAccepted' AND coalesce(e ->> 'late', 0) = 0)
),
begun AS (SELECT account, e ->> 'sanction' AS sanction FROM heard WHERE type = 'SanctionStarted'),
protected AS (
    SELECT account FROM (
        SELECT account, type, row_number() OVER (PARTITION BY account ORDER BY version DESC) AS age
        FROM heard WHERE type IN ('AccountExempted', 'ExemptionEnded')
    ) WHERE age = 1 AND type = 'AccountExempted'
),
open AS (  -- not ended by anybody; a start that nobody recorded does not happen to an exempt account
    SELECT i.account, i.sanction, i.type, i.on_default, w.until, w.functions,
           i.clock = 'submission_stops_clock' AND coalesce(r.submitted, 0) AS stopped,
           p.account IS NOT NULL AS exempt
    FROM imposed i
    JOIN words w ON w.account = i.account AND w.sanction = i.sanction AND w.age = 1
    LEFT JOIN reviews r ON r.account = i.account AND r.sanction = i.sanction AND r.age = 1
    LEFT JOIN protected p ON p.account = i.account
    LEFT JOIN ended ON ended.account = i.account AND ended.sanction = i.sanction
    LEFT JOIN begun ON begun.account = i.account AND begun.sanction = i.sanction
    WHERE ended.sanction IS NULL AND NOT i.withheld AND i.start <= :valid_at
      AND (i.start <= i.at OR begun.sanction IS NOT NULL OR p.account IS NULL)
),
running AS (
    SELECT * FROM open WHERE until IS NULL OR until > :valid_at OR stopped
),
consequences AS (  -- of the orders whose deadline has passed without a record of it
    SELECT o.account, o.sanction || '/' || (c.key + 1) AS sanction, o.until AS deadline, c.value AS terms
    FROM open o, json_each(o.on_default) c
    WHERE o.type = 'RectificationOrdered' AND NOT o.stopped AND o.until <= :valid_at AND NOT o.exempt
),
takes AS (
    SELECT account, sanction, 1 AS rank, '' AS function, until FROM running WHERE type = 'WarningIssued'
    UNION ALL
    SELECT account, sanction, 2, '', until FROM running WHERE type = 'RectificationOrdered'
    UNION ALL
    SELECT account, sanction, 4, '*', until FROM running WHERE type = 'AccountBanned'
    UNION ALL
    SELECT account, sanction, 3, f.key, {micros:f.value} FROM running, json_each(running.functions) f
    UNION ALL
    SELECT account, sanction, rank, function,
           CASE WHEN own ->> 'permanent' THEN NULL
                WHEN own ->> 'until' IS NOT NULL THEN {micros:own ->> 'until'}
                WHEN own ->> 'for' GLOB 'P[0-9]*D'
                THEN deadline + CAST(substr(own ->> 'for', 2, length(own ->> 'for') - 2) AS INTEGER) * 86400000000
                ELSE json_extract('this query knows periods of whole days alone', '$') END
    FROM (
        SELECT account, sanction, deadline, 4 AS rank, '*' AS function, terms -> 'ban' AS own
        FROM consequences WHERE terms -> 'ban' IS NOT NULL
        UNION ALL
        SELECT account, sanction, deadline, 1, '', terms -> 'warn' FROM consequences WHERE terms -> 'warn' IS NOT NULL
        UNION ALL
        SELECT account, sanction, deadline, 3, CASE f.type WHEN 'text' THEN f.value ELSE f.value ->> 'function' END,
               CASE f.type WHEN 'text' THEN terms ELSE f.value END
        FROM consequences, json_each(terms -> 'restrict') f
    )
)
SELECT account, sanction, function,
       CASE WHEN count(until) < count(*) THEN NULL ELSE max(until) END AS until,
       max(max(rank)) OVER (PARTITION BY account) AS standing
FROM takes
WHERE until IS NULL OR until > :valid_at OR rank = 2
GROUP BY account, sanction, function
ORDER BY account, sanction, function

SELECT
  "t24"."person_id"
FROM (
  SELECT DISTINCT
    "t22"."person_id"
  FROM (
    SELECT
      "t15"."person_id",
      "t15"."gender_concept_id",
      "t15"."year_of_birth",
      "t15"."month_of_birth",
      "t15"."day_of_birth",
      "t15"."birth_datetime",
      "t15"."gender_source_value",
      "t15"."person_source_value",
      "t15"."location_id",
      "t19"."first_seen"
    FROM (
      SELECT
        *
      FROM "person" AS "t5"
      WHERE
        "t5"."gender_concept_id" IN (8532, 8507)
    ) AS "t15"
    INNER JOIN (
      SELECT
        "t11"."person_id",
        MIN("t11"."visit_start_date") AS "first_seen"
      FROM (
        SELECT
          *
        FROM "visit_occurrence" AS "t6"
        WHERE
          "t6"."visit_start_date" IS NOT NULL
          AND "t6"."visit_start_date" >= FROM_ISO8601_DATE('2017-01-01')
          AND "t6"."visit_start_date" <= FROM_ISO8601_DATE('2025-12-31')
      ) AS "t11"
      GROUP BY
        1
    ) AS "t19"
      ON "t15"."person_id" = "t19"."person_id"
  ) AS "t22"
  WHERE
    (
      (
        EXTRACT(year FROM "t22"."first_seen") - "t22"."year_of_birth"
      ) - IF(
        (
          EXTRACT(month FROM "t22"."first_seen") < "t22"."month_of_birth"
        )
        OR (
          (
            EXTRACT(month FROM "t22"."first_seen") = "t22"."month_of_birth"
          )
          AND (
            EXTRACT(day FROM "t22"."first_seen") < "t22"."day_of_birth"
          )
        ),
        1,
        0
      )
    ) >= 18
) AS "t24"
WHERE
  (
    (
      EXISTS(
        SELECT
          1
        FROM (
          SELECT
            "t0"."person_id"
          FROM "condition_occurrence" AS "t0"
          WHERE
            "t0"."condition_start_date" >= FROM_ISO8601_DATE('2017-01-01')
            AND "t0"."condition_start_date" <= FROM_ISO8601_DATE('2025-12-31')
            AND (
              STARTS_WITH("t0"."condition_source_value", 'I21')
              OR "t0"."condition_source_value" IN ('I22.0')
            )
        ) AS "t16"
        WHERE
          "t24"."person_id" = "t16"."person_id"
      )
      AND EXISTS(
        SELECT
          1
        FROM (
          SELECT
            "t1"."person_id"
          FROM "measurement" AS "t1"
          WHERE
            "t1"."measurement_date" >= FROM_ISO8601_DATE('2017-01-01')
            AND "t1"."measurement_date" <= FROM_ISO8601_DATE('2025-12-31')
            AND "t1"."measurement_source_value" = '8867-4'
            AND "t1"."unit_source_value" = '/min'
            AND "t1"."value_as_number" < CAST(80.0 AS DOUBLE)
        ) AS "t13"
        WHERE
          "t24"."person_id" = "t13"."person_id"
      )
    )
    AND EXISTS(
      SELECT
        1
      FROM (
        SELECT
          *
        FROM (
          SELECT
            "t3"."person_id"
          FROM "drug_exposure" AS "t3"
          WHERE
            "t3"."drug_exposure_start_date" >= FROM_ISO8601_DATE('2017-01-01')
            AND "t3"."drug_exposure_start_date" <= FROM_ISO8601_DATE('2025-12-31')
            AND "t3"."drug_source_value" IN ('B01AF01', 'B01AF02')
        ) AS "t8"
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            "t4"."person_id"
          FROM "procedure_occurrence" AS "t4"
          WHERE
            "t4"."procedure_date" >= FROM_ISO8601_DATE('2017-01-01')
            AND "t4"."procedure_date" <= FROM_ISO8601_DATE('2025-12-31')
            AND STARTS_WITH("t4"."procedure_source_value", 'DDAF')
        ) AS "t9"
      ) AS "t17"
      WHERE
        "t24"."person_id" = "t17"."person_id"
    )
  )
  AND NOT EXISTS(
    SELECT
      1
    FROM (
      SELECT
        "t2"."person_id"
      FROM "note" AS "t2"
      WHERE
        "t2"."note_date" >= FROM_ISO8601_DATE('2017-01-01')
        AND "t2"."note_date" <= FROM_ISO8601_DATE('2025-12-31')
        AND "t2"."note_source_value" = 'anatomopathologie'
        AND STRPOS(
          TRANSLATE(
            REPLACE(
              REPLACE(REPLACE(REPLACE(LOWER("t2"."note_text"), 'œ', 'oe'), 'æ', 'ae'), 'Œ', 'oe'),
              'Æ',
              'ae'
            ),
            'àâäáãéèêëîïíìôöóòõûüùúçñÿÀÂÄÁÃÉÈÊËÎÏÍÌÔÖÓÒÕÛÜÙÚÇÑŸ',
            'aaaaaeeeeiiiiooooouuuucnyaaaaaeeeeiiiiooooouuuucny'
          ),
          'metastase'
        ) > 0
    ) AS "t21"
    WHERE
      "t24"."person_id" = "t21"."person_id"
  )

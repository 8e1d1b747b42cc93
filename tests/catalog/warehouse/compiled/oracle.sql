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
      FROM "person" "t5"
      WHERE
        "t5"."gender_concept_id" IN (8532, 8507)
    ) "t15"
    INNER JOIN (
      SELECT
        "t11"."person_id",
        MIN("t11"."visit_start_date") AS "first_seen"
      FROM (
        SELECT
          *
        FROM "visit_occurrence" "t6"
        WHERE
          "t6"."visit_start_date" IS NOT NULL
          AND "t6"."visit_start_date" >= TO_DATE('2017-01-01', 'FXYYYY-MM-DD')
          AND "t6"."visit_start_date" <= TO_DATE('2025-12-31', 'FXYYYY-MM-DD')
      ) "t11"
      GROUP BY
        "t11"."person_id"
    ) "t19"
      ON "t15"."person_id" = "t19"."person_id"
  ) "t22"
  WHERE
    (
      (
        EXTRACT(year FROM "t22"."first_seen") - "t22"."year_of_birth"
      ) - CASE
        WHEN (
          EXTRACT(month FROM "t22"."first_seen") < "t22"."month_of_birth"
        )
        OR (
          (
            EXTRACT(month FROM "t22"."first_seen") = "t22"."month_of_birth"
          )
          AND (
            EXTRACT(day FROM "t22"."first_seen") < "t22"."day_of_birth"
          )
        )
        THEN 1
        ELSE 0
      END
    ) >= 18
) "t24"
WHERE
  (
    (
      EXISTS(
        SELECT
          1
        FROM (
          SELECT
            "t0"."person_id"
          FROM "condition_occurrence" "t0"
          WHERE
            "t0"."condition_start_date" >= TO_DATE('2017-01-01', 'FXYYYY-MM-DD')
            AND "t0"."condition_start_date" <= TO_DATE('2025-12-31', 'FXYYYY-MM-DD')
            AND (
              (
                SUBSTR("t0"."condition_source_value", 0, LENGTH('I21')) = 'I21'
              )
              OR "t0"."condition_source_value" IN ('I22.0')
            )
        ) "t16"
        WHERE
          "t24"."person_id" = "t16"."person_id"
      )
      AND EXISTS(
        SELECT
          1
        FROM (
          SELECT
            "t1"."person_id"
          FROM "measurement" "t1"
          WHERE
            "t1"."measurement_date" >= TO_DATE('2017-01-01', 'FXYYYY-MM-DD')
            AND "t1"."measurement_date" <= TO_DATE('2025-12-31', 'FXYYYY-MM-DD')
            AND "t1"."measurement_source_value" = '8867-4'
            AND "t1"."unit_source_value" = '/min'
            AND "t1"."value_as_number" < 80.0
        ) "t13"
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
          FROM "drug_exposure" "t3"
          WHERE
            "t3"."drug_exposure_start_date" >= TO_DATE('2017-01-01', 'FXYYYY-MM-DD')
            AND "t3"."drug_exposure_start_date" <= TO_DATE('2025-12-31', 'FXYYYY-MM-DD')
            AND "t3"."drug_source_value" IN ('B01AF01', 'B01AF02')
        ) "t8"
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            "t4"."person_id"
          FROM "procedure_occurrence" "t4"
          WHERE
            "t4"."procedure_date" >= TO_DATE('2017-01-01', 'FXYYYY-MM-DD')
            AND "t4"."procedure_date" <= TO_DATE('2025-12-31', 'FXYYYY-MM-DD')
            AND SUBSTR("t4"."procedure_source_value", 0, LENGTH('DDAF')) = 'DDAF'
        ) "t9"
      ) "t17"
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
      FROM "note" "t2"
      WHERE
        "t2"."note_date" >= TO_DATE('2017-01-01', 'FXYYYY-MM-DD')
        AND "t2"."note_date" <= TO_DATE('2025-12-31', 'FXYYYY-MM-DD')
        AND "t2"."note_source_value" = 'anatomopathologie'
        AND INSTR(
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
    ) "t21"
    WHERE
      "t24"."person_id" = "t21"."person_id"
  )
